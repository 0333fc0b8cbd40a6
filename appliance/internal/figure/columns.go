package figure

import (
	"hilltop/appliance/internal/column"
	"hilltop/firmware-bridge/meshcore"
)

// block counts a sealed hour from its columns.
type block struct {
	h          *column.Hour
	overridden func(row int) bool
	f          *compiled
	a          *accumulator
	channels   bool    // a transmission's channel is asked for
	wanted     []uint8 // 1 for each reporter whose observations may match
	inside     bool    // all of the hour stands in the span
	from, to   int     // rows that may match
}

func newBlock(h *column.Hour, overridden func(row int) bool, f *compiled, a *accumulator) *block {
	b := &block{h: h, overridden: overridden, f: f, a: a, channels: f.channelOn, to: h.Search(f.To)}
	for _, t := range a.want.Tables {
		b.channels = b.channels || t.By == ByChannel
	}
	if f.ByFirst {
		b.from = h.Search(f.From)
	}
	least, greatest := h.Bounds()
	b.inside = f.ByFirst || f.inSpan(least) && f.inSpan(greatest)
	list := h.ReporterList()
	b.wanted = make([]uint8, max(len(list), 256))
	for i, r := range list {
		if f.observers.has(r.Observer) && f.regions.has(uint32(r.Region)) {
			b.wanted[i] = 1
		}
	}
	return b
}

// skips tells, from columns alone, that nothing of a row matches.
func (b *block) skips(row int) bool {
	if b.skipsRow(row) {
		return true
	}
	starts, reporters := b.h.Starts(), b.h.Reporters()
	for o := int(starts[row]); o < int(starts[row+1]); o++ {
		if b.wanted[reporters.At(o)] != 0 && (b.inside || b.f.inSpan(b.h.At(o))) {
			return false
		}
	}
	return true
}

// skipsRow is skips but for a row's observations.
func (b *block) skipsRow(row int) bool {
	return !b.f.types[b.h.Types()[row]] || b.overridden != nil && b.overridden(row) || b.f.Verified && !b.h.Verified(row)
}

// transmission is what columns tell of a row.
func (b *block) transmission(row int) transmission {
	t := transmission{first: b.h.First(row), kind: b.h.Type(row), channel: NoChannel}
	if b.channels && (t.kind == meshcore.TypeGrpTxt || t.kind == meshcore.TypeGrpData) {
		t.channel = channel(t.kind, b.h.Payload(row))
	}
	return t
}

// count counts what does not depend on paths.
func (b *block) count() {
	var t transmission
	starts, reporters, list := b.h.Starts(), b.h.Reporters(), b.h.ReporterList()
	for row := b.from; row < b.to; row++ {
		if b.skipsRow(row) {
			continue
		}
		if t = b.transmission(row); !b.f.takes(&t, b.h.Verified(row)) {
			continue
		}
		b.a.begin(&t)
		for o := int(starts[row]); o < int(starts[row+1]); o++ {
			n := reporters.At(o)
			if b.wanted[n] == 0 {
				continue
			}
			c := copyOf{at: b.h.At(o), observer: list[n].Observer, region: list[n].Region, snr: b.h.SNR(o), rssi: b.h.RSSI(o)}
			if (b.inside || b.f.inSpan(c.at)) && b.f.signal(c.snr, c.rssi) {
				b.a.add(&c)
			}
		}
		b.a.end(0)
	}
}
