package figure

import (
	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/store"
)

// The observation that a row of a list shows is the first that is wanted: of those
// that stand at the same time the one that arrived first.

// shownIn is the observation that a row shows, by its place in the columns of its
// block; -1 if none is wanted. reporters is what the picker's reporters are.
func (p *Picker) shownIn(b *column.Hour, row int, reporters []uint8) int {
	if p.mixed(b, row) {
		return p.firstIn(b, row, reporters)
	}
	from, to := int(b.Starts()[row]), int(b.Starts()[row+1])
	ats, who, snrs := b.Ats(), b.Reporters(), b.SNRs()
	first := b.Firsts().At(row)
	shown, at := -1, uint64(0)
	for o := from; o < to; o++ {
		if reporters != nil && reporters[who.At(o)] == 0 || p.snr.On && !p.loud(snrs[o]) {
			continue
		}
		if n := ats.At(o); shown < 0 || n < at {
			if shown, at = o, n; at == first {
				break
			}
		}
	}
	return shown
}

// firstIn is shownIn of a row that has to be read.
func (p *Picker) firstIn(b *column.Hour, row int, reporters []uint8) int {
	shown, at, ats := -1, uint64(0), b.Ats()
	p.eachWanted(b, row, reporters, func(o int) bool {
		if n := ats.At(o); shown < 0 || n < at {
			shown, at = o, n
		}
		return true
	})
	return shown
}

// shownOf is the copy of an open record that its row shows; nil if none is wanted.
func (p *Picker) shownOf(h *store.Head) (shown *store.Heard) {
	p.eachCopy(h, func(c *store.Heard) bool {
		if shown == nil || c.At < shown.At {
			shown = c
		}
		return true
	})
	return shown
}
