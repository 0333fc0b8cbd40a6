package survey

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
	"hilltop/firmware-bridge/meshcore"
)

// Named gives the transmission of an ID and calls f for every step of it over
// which names were decided; false if nothing was decided of it.
type Named func(id uint64, signed bool, f func(*mesh.Transmission, naming.Step)) bool

// believed are the links of some hours that are not certain: at least one end is
// named by belief. Ends are numbers in keys.
type believed struct {
	keys  []meshcore.PublicKey
	links []believedLink
	air   map[meshcore.PublicKey]time.Duration // of sendings under hops that several relays fit, by who is named
	none  int64                                // floods of which nothing was decided
}

type believedLink struct {
	from, to         uint32
	observer         uint32 // valid if to is noEnd
	count            uint32
	widths           [4]uint32
	first, last      int64
	snrs             uint32
	snrSum           int32 // quarter dB
	snrLeast, snrTop int8
}

const noEnd = 1<<32 - 1

// believer collects what is believed.
type believer struct {
	names  index.Naming
	out    *believed
	number map[meshcore.PublicKey]uint32
	at     map[[3]uint32]int // place in out.links, by ends
	tx     map[[2]uint32]bool
	sent   map[meshcore.PublicKey]int // by who sent the transmission on by belief: the hops of the path then
}

func newBeliever(names index.Naming) *believer {
	return &believer{names: names, out: &believed{air: map[meshcore.PublicKey]time.Duration{}}, number: map[meshcore.PublicKey]uint32{},
		at: map[[3]uint32]int{}, tx: map[[2]uint32]bool{}, sent: map[meshcore.PublicKey]int{}}
}

// flood is one that names may tell of.
type flood struct {
	id     uint64
	signed bool
	bytes  int // of its frame with no hops
}

// takeAll has believers go through floods of which names may have been decided.
func takeAll(ctx context.Context, list []flood, named Named, preset meshcore.Preset, all ...*believer) {
	for _, f := range list {
		if ctx.Err() != nil {
			return
		}
		for _, b := range all {
			clear(b.tx)
			clear(b.sent)
		}
		width := 0
		ok := named(f.id, f.signed, func(tx *mesh.Transmission, s naming.Step) {
			width = max(width, s.From.Hop.Width(), s.To.Hop.Width())
			for _, b := range all {
				b.step(tx, s)
			}
		})
		for _, b := range all {
			if !ok {
				b.out.none++
			}
			for key, depth := range b.sent {
				b.out.air[key] += preset.Airtime(f.bytes + depth*width)
			}
		}
	}
}

// end is who is at an end of a step: where one relay alone fits the hop that is
// certain, whatever was decided before that was so.
func (b *believer) end(e naming.End) (key meshcore.PublicKey, certain, ok bool) {
	if e.Hop.Width() == 0 {
		return e.Key, true, e.Named
	}
	if only, one := b.names.One(e.Hop); one {
		return only, true, true
	}
	return e.Key, false, e.Named
}

func (b *believer) step(tx *mesh.Transmission, s naming.Step) {
	from, fromCertain, fromOK := b.end(s.From)
	if s.Observation >= 0 {
		if fromOK && !fromCertain {
			o := &tx.Observations[s.Observation]
			b.link(from, noEnd, o.Observer, s.From.Hop.Width(), o.At, o.SNR4)
		}
		return
	}
	to, toCertain, toOK := b.end(s.To)
	if toOK && !toCertain {
		if depth, known := b.sent[to]; !known || s.Depth < depth {
			b.sent[to] = s.Depth
		}
	}
	if !fromOK || !toOK || fromCertain && toCertain || from == to {
		return
	}
	ends := [2]uint32{b.numberOf(from), b.numberOf(to)}
	if !b.tx[ends] {
		b.tx[ends] = true
		b.link(from, ends[1], 0, s.To.Hop.Width(), tx.First(), mesh.NoSNR)
	}
}

func (b *believer) numberOf(key meshcore.PublicKey) uint32 {
	n, ok := b.number[key]
	if !ok {
		n = uint32(len(b.out.keys))
		b.number[key] = n
		b.out.keys = append(b.out.keys, key)
	}
	return n
}

func (b *believer) link(from meshcore.PublicKey, to, observer uint32, width int, at int64, snr4 int8) {
	ends := [3]uint32{b.numberOf(from), to, observer}
	i, ok := b.at[ends]
	if !ok {
		i = len(b.out.links)
		b.at[ends] = i
		b.out.links = append(b.out.links, believedLink{from: ends[0], to: to, observer: observer, first: at, last: at})
	}
	l := &b.out.links[i]
	l.count++
	l.widths[width]++
	l.first, l.last = min(l.first, at), max(l.last, at)
	if snr4 == mesh.NoSNR {
		return
	}
	if l.snrs == 0 {
		l.snrLeast, l.snrTop = snr4, snr4
	}
	l.snrs++
	l.snrSum += int32(snr4)
	l.snrLeast, l.snrTop = min(l.snrLeast, snr4), max(l.snrTop, snr4)
}

// list gives the links that a key is an end of, as sender or, by node, as
// receiver; all of them if it is nil. They are in the order of their ends.
func (b *believed) list(of *meshcore.PublicKey, observer uint32) []index.Link {
	n := uint32(noEnd)
	if of != nil {
		n = uint32(slices.Index(b.keys, *of))
	}
	return b.those(func(l *believedLink) bool {
		return of == nil || l.from == n || l.to == n && n != noEnd || l.to == noEnd && observer != 0 && l.observer == observer
	})
}

// those gives the links that are wanted, in the order of their ends.
func (b *believed) those(wanted func(*believedLink) bool) (out []index.Link) {
	for i := range b.links {
		if l := &b.links[i]; wanted(l) {
			out = append(out, b.link(l))
		}
	}
	slices.SortFunc(out, compareEnds)
	return out
}

func (b *believed) link(l *believedLink) index.Link {
	out := index.Link{From: b.keys[l.from], Observer: l.observer, Count: int64(l.count), First: l.first, Last: l.last}
	for w, n := range l.widths {
		out.Widths[w] = int64(n)
	}
	if l.to != noEnd {
		out.To = b.keys[l.to]
	}
	if l.snrs > 0 {
		out.SNR = index.SNR{Count: int64(l.snrs), Mean4: float64(l.snrSum) / float64(l.snrs), Min: l.snrLeast, Max: l.snrTop}
	}
	return out
}

// Believed gives the links with an end that is only believed, in the UTC days that
// overlap from ≤ time < to (Unix ms), up to To, over all that is held: those of a
// node, who is the observer of that number if that is not 0.
func (b *Board) Believed(node meshcore.PublicKey, observer uint32, from, to int64) []index.Link {
	type ends struct {
		from, to meshcore.PublicKey
		observer uint32
	}
	at := map[ends]int{}
	var out []index.Link
	for _, day := range slices.Sorted(maps.Keys(b.byDay)) {
		if start := int64(day) * dayMs; start-lateMs >= to || start+dayMs+lateMs <= from {
			continue
		}
		for _, l := range b.byDay[day].list(&node, observer) {
			e := ends{l.From, l.To, l.Observer}
			if i, ok := at[e]; ok {
				out[i] = joined(out[i], l)
				continue
			}
			at[e] = len(out)
			out = append(out, l)
		}
	}
	slices.SortFunc(out, compareEnds)
	return out
}

// lateMs is how far from its day what is stored there may stand.
const lateMs = 600_000

// joined adds up the same link of two days.
func joined(a, b index.Link) index.Link {
	a.Count += b.Count
	for i, n := range b.Widths {
		a.Widths[i] += n
	}
	a.First, a.Last = min(a.First, b.First), max(a.Last, b.Last)
	switch n := a.SNR.Count + b.SNR.Count; {
	case a.SNR.Count == 0:
		a.SNR = b.SNR
	case b.SNR.Count > 0:
		sum := math.Round(a.SNR.Mean4*float64(a.SNR.Count)) + math.Round(b.SNR.Mean4*float64(b.SNR.Count))
		a.SNR = index.SNR{Count: n, Mean4: sum / float64(n), Min: min(a.SNR.Min, b.SNR.Min), Max: max(a.SNR.Max, b.SNR.Max)}
	}
	return a
}

// compareEnds orders links by who sent, then by who received.
func compareEnds(a, b index.Link) int {
	return cmp.Or(bytes.Compare(a.From[:], b.From[:]), bytes.Compare(a.To[:], b.To[:]), cmp.Compare(a.Observer, b.Observer))
}

// BelievedAmong gives those of the day that have a node of the set at both ends, in the order
// of their ends.
func (b *Board) BelievedAmong(nodes map[meshcore.PublicKey]bool) []index.Link {
	in := make([]bool, len(b.believed.keys))
	for i, key := range b.believed.keys {
		in[i] = nodes[key]
	}
	return b.believed.those(func(l *believedLink) bool { return l.to != noEnd && in[l.from] && in[l.to] })
}

// Unnamed is how many floods of the day nothing was decided of.
func (b *Board) Unnamed() int64 { return b.believed.none }

// AllBelieved gives all of the day, in the order of their ends.
func (b *Board) AllBelieved() []index.Link { return b.believed.list(nil, 0) }
