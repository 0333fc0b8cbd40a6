package naming

import (
	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
)

// hourReader reads the transmissions of one hour, as it was when it was made,
// without looking for each.
type hourReader struct {
	store *store.Store
	block *column.Hour
	rows  map[uint64]int // by ID
}

func newHourReader(s *store.Store, hour uint32) hourReader {
	r := hourReader{store: s, rows: map[uint64]int{}}
	block, over := s.PickHour(hour).Block()
	if block == nil {
		return r
	}
	r.block = block
	for row := range block.Len() {
		if !over(row) {
			r.rows[block.ID(row)] = row
		}
	}
	return r
}

// read is the transmission with an ID; false if it is not held any more.
func (r hourReader) read(id uint64) (mesh.Transmission, bool) {
	if row, ok := r.rows[id]; ok {
		return r.block.Transmission(row), true
	}
	return r.store.PacketByID(id)
}
