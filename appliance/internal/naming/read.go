package naming

import (
	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// hourReader reads the floods of one hour, as it was when it was made, without
// looking for each. One may be made of many hours in turn.
type hourReader struct {
	store *store.Store
	keys  *meshcore.KeyRing
	block *column.Hour
	rows  map[uint64]int // by ID
	row   column.Reader
	in    arrivals
}

// open turns to an hour.
func (r *hourReader) open(s *store.Store, keys *meshcore.KeyRing, hour uint32) {
	r.store, r.keys = s, keys
	if r.rows == nil {
		r.rows = map[uint64]int{}
	}
	clear(r.rows)
	var over func(int) bool
	if r.block, over = s.PickHour(hour).Block(); r.block == nil {
		return
	}
	for row := range r.block.Len() {
		if !over(row) {
			r.rows[r.block.ID(row)] = row
		}
	}
}

// close lets go of the hour.
func (r *hourReader) close() { r.block = nil }

// read makes the tree of a transmission of as many of its observations as cover
// says, at most all; none if that is 0. It is not held any more if ok is false.
func (r *hourReader) read(id uint64, t *tree, cover func(arrivals) int) (in int, isFlood, ok bool) {
	if row, known := r.rows[id]; known {
		tx := r.row.Row(r.block, row)
		r.in = r.in[:0]
		for i := range tx.Obs {
			r.in = append(r.in, tx.Obs[i].Arrived)
		}
		in = min(cover(r.in), len(r.in))
		if isFlood, can := t.scan(tx, in, r.keys); can {
			return in, isFlood, true
		}
		whole := r.block.Transmission(row)
		return in, t.build(&whole, in, r.keys), true
	}
	tx, ok := r.store.PacketByID(id)
	if !ok {
		return 0, false, false
	}
	in = min(cover(arrivalsOf(&tx)), len(tx.Observations))
	return in, t.build(&tx, in, r.keys), true
}
