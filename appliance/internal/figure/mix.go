package figure

import (
	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/store"
)

// Mix is what matches, by type, and its observations.
type Mix struct {
	Types        [16]uint32 // transmissions of each payload type
	Observations uint64     // that are wanted in all that is asked of one at once
}

// Add adds what was counted elsewhere.
func (m *Mix) Add(o Mix) {
	for i, n := range o.Types {
		m.Types[i] += n
	}
	m.Observations += o.Observations
}

// Mix counts what was picked of an hour.
func (p *Picker) Mix(v *store.View, got Picked) (m Mix) {
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
	if !p.heard() {
		for _, row := range got.Rows {
			m.Observations += uint64(starts[row+1] - starts[row])
		}
		return m
	}
	wanted, _ := p.reporters(b)
	switch n := b.Reporters(); n.Width() {
	case 1:
		m.Observations += heardBy(p, b, got.Rows, column.View[uint8](n), wanted)
	case 2:
		m.Observations += heardBy(p, b, got.Rows, column.View[uint16](n), wanted)
	default:
		m.Observations += heardBy(p, b, got.Rows, column.View[uint32](n), wanted)
	}
	return m
}

// addHead adds an open record that matches.
func (p *Picker) addHead(m *Mix, h *store.Head) {
	m.Types[h.Type&15]++
	p.eachCopy(h, func(*store.Heard) bool {
		m.Observations++
		return true
	})
}

// heardBy counts the wanted observations of rows.
func heardBy[R uint8 | uint16 | uint32](p *Picker, b *column.Hour, rows []uint32, reporters []R, wanted []uint8) (n uint64) {
	starts, snrs := b.Starts(), b.SNRs()
	for _, row := range rows {
		switch from, to := starts[row], starts[row+1]; {
		case p.mixed(b, int(row)):
			n += p.heardIn(b, int(row), wanted)
		case p.snr.On:
			for o := from; o < to; o++ {
				if (wanted == nil || wanted[reporters[o]] != 0) && p.loud(snrs[o]) {
					n++
				}
			}
		case wanted == nil:
			n += uint64(to - from)
		default:
			for _, r := range reporters[from:to] {
				n += uint64(wanted[r])
			}
		}
	}
	return n
}

// heardIn counts the wanted observations of a row that has to be read.
func (p *Picker) heardIn(b *column.Hour, row int, reporters []uint8) (n uint64) {
	p.eachWanted(b, row, reporters, func(int) bool {
		n++
		return true
	})
	return n
}
