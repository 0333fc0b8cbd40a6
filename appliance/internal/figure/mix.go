package figure

import (
	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
)

// Mix is what matches, by type, and its observations.
type Mix struct {
	Types        [16]uint32 // transmissions of each payload type
	Observations uint64     // that are by a wanted observer, in a wanted region and by a wanted route at once
}

// Add adds what was counted elsewhere.
func (m *Mix) Add(o Mix) {
	for i, n := range o.Types {
		m.Types[i] += n
	}
	m.Observations += o.Observations
}

// Mix counts what matches in an hour: among the rows from..to of its block and
// the heads whose places are from..to below.
func (p *Picker) Mix(v *store.View, rows, heads [2]int) (m Mix) {
	got := p.Pick(v, rows, heads)
	for _, i := range got.Heads {
		p.addHead(&m, v.Heads.At(int(i)))
	}
	if len(got.Rows) == 0 {
		return m
	}
	b := v.Block
	types, starts := b.Types(), b.Starts()
	for _, row := range got.Rows {
		m.Types[types[row]&15]++
	}
	if !p.who && !p.routed {
		for _, row := range got.Rows {
			m.Observations += uint64(starts[row+1] - starts[row])
		}
		return m
	}
	wanted := make([]uint8, 1<<8)
	for i, r := range b.ReporterList() {
		if i >= len(wanted) {
			wanted = append(wanted, 0)
		}
		if p.by.has(r.Observer) && p.in.has(uint32(r.Region)) {
			wanted[i] = 1
		}
	}
	mixed := func(row uint32) bool { return p.routed && b.Routes()[row]&^p.routes != 0 }
	switch n := b.Reporters(); n.Width() {
	case 1:
		m.Observations += heardBy(got.Rows, starts, column.View[uint8](n), wanted, mixed)
	case 2:
		m.Observations += heardBy(got.Rows, starts, column.View[uint16](n), wanted, mixed)
	default:
		m.Observations += heardBy(got.Rows, starts, column.View[uint32](n), wanted, mixed)
	}
	for _, row := range got.Rows {
		if mixed(row) {
			m.Observations += p.heardIn(b, int(row))
		}
	}
	return m
}

// addHead adds an open record that matches.
func (p *Picker) addHead(m *Mix, h *store.Head) {
	m.Types[h.Type&15]++
	for _, n := range h.Voices {
		if int(n) < len(p.voices) && p.voices[n] {
			m.Observations++
		}
	}
}

// heardBy counts the observations by wanted reporters of the rows that are not
// left out.
func heardBy[R uint8 | uint16 | uint32](rows []uint32, starts []uint32, reporters []R, wanted []uint8, leave func(uint32) bool) (n uint64) {
	for _, row := range rows {
		if leave(row) {
			continue
		}
		for _, r := range reporters[starts[row]:starts[row+1]] {
			n += uint64(wanted[r])
		}
	}
	return n
}

// heardIn counts the wanted observations of a row whose copies came by several
// routes.
func (p *Picker) heardIn(b *column.Hour, row int) (n uint64) {
	b.Scan(row, row+1, nil, func(s *mesh.Scanned) bool {
		for i := range s.Obs {
			if o := &s.Obs[i]; p.routes&(1<<(o.Header&3)) != 0 && p.by.has(o.Observer) && p.in.has(uint32(o.Region)) {
				n++
			}
		}
		return true
	})
	return n
}
