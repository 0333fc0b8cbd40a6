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
	if b.skipsRow(row) || b.f.relayOn && b.strange(row) {
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

// strange tells that no relay of the filter is in any path of a row.
func (b *block) strange(row int) bool {
	width, _ := b.h.Tree(row)
	for p := b.h.HopBytes(row); len(p) > 0; p = p[width:] {
		if b.f.means(p[:width]) {
			return false
		}
	}
	starts, leaves := b.h.Starts(), b.h.Leaves()
	for o := int(starts[row]); o < int(starts[row+1]); o++ {
		if leaves.At(o) == 0 {
			return false // a path of its own
		}
	}
	return true
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
	b.a.block = b
	switch n := b.h.Reporters(); n.Width() {
	case 1:
		gather(b, column.View[uint8](n))
	case 2:
		gather(b, column.View[uint16](n))
	case 4:
		gather(b, column.View[uint32](n))
	}
	b.a.flush()
	b.a.block = nil
}

// gather gathers the observations that match.
func gather[R uint8 | uint16 | uint32](b *block, reporters []R) {
	a, starts, wanted := b.a, b.h.Starts(), b.wanted
	plain := b.inside && !b.f.SNR4.On && !b.f.RSSI.On
	for row := b.from; row < b.to; row++ {
		if b.skipsRow(row) {
			continue
		}
		t := b.transmission(row)
		if !b.f.takes(&t, b.h.Verified(row)) {
			continue
		}
		a.begin()
		for o := starts[row]; o < starts[row+1]; o++ {
			if wanted[reporters[o]] != 0 && (plain || b.hears(int(o))) {
				a.obs = append(a.obs, o)
			}
		}
		a.end(t, 0)
	}
}

// hears tells whether an observation, of a reporter that is wanted, matches.
func (b *block) hears(o int) bool {
	return (b.inside || b.f.inSpan(b.h.At(o))) && b.f.signal(b.h.SNR(o), b.h.RSSI(o))
}

// keys finds the rows of a table in which observations stand.
func (b *block) keys(by By, obs []uint32, keys []int64) []int64 {
	list, reporters := b.h.ReporterList(), b.h.Reporters()
	switch by {
	case ByObserver:
		for _, o := range obs {
			keys = append(keys, int64(list[reporters.At(int(o))].Observer))
		}
	case ByRegion:
		for _, o := range obs {
			keys = append(keys, int64(list[reporters.At(int(o))].Region))
		}
	case BySNR:
		snr := b.h.SNRs()
		for _, o := range obs {
			keys = append(keys, int64(snr[o]))
		}
	case ByRSSI:
		for _, o := range obs {
			keys = append(keys, int64(b.h.RSSI(int(o))))
		}
	}
	return keys
}
