package survey

import (
	"cmp"
	"slices"
	"sort"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
	"hilltop/firmware-bridge/meshcore"
)

// believed are the links of some hours that are not certain: at least one end is
// named by belief. Ends are numbers in keys.
type believed struct {
	keys  []meshcore.PublicKey
	links []believedLink // once it is in order, by who sent
	byTo  []uint32       // places of links by who received: nodes, then observers; nil until it is in order
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

// believer collects links that are believed. It is a listener.
type believer struct {
	names  index.Naming
	out    *believed
	number map[meshcore.PublicKey]uint32
	at     map[[3]uint32]int  // place in out.links, by ends
	tx     map[[2]uint32]bool // links of the flood
}

func newBeliever(names index.Naming) *believer {
	return &believer{names: names, out: &believed{}, number: map[meshcore.PublicKey]uint32{}, at: map[[3]uint32]int{}, tx: map[[2]uint32]bool{}}
}

func (b *believer) begin(flood) { clear(b.tx) }
func (b *believer) done(bool)   {}

func (b *believer) step(tx *mesh.Transmission, s naming.Step) {
	from, fromCertain, fromOK := endOf(b.names, s.From)
	if s.Observation >= 0 {
		if fromOK && !fromCertain {
			o := &tx.Observations[s.Observation]
			b.link(from, noEnd, o.Observer, s.From.Hop.Width(), o.At, o.SNR4)
		}
		return
	}
	to, toCertain, toOK := endOf(b.names, s.To)
	if !fromOK || !toOK || fromCertain && toCertain || from == to {
		return
	}
	ends := [2]uint32{b.numberOf(from), b.numberOf(to)}
	if !b.tx[ends] {
		b.tx[ends] = true
		b.link(from, ends[1], 0, s.To.Hop.Width(), tx.First(), mesh.NoSNR)
	}
}

func (b *believer) link(from meshcore.PublicKey, to, observer uint32, width int, at int64, snr4 int8) {
	l := believedLink{from: b.numberOf(from), to: to, observer: observer, count: 1, first: at, last: at}
	l.widths[width] = 1
	if snr4 != mesh.NoSNR {
		l.snrs, l.snrSum, l.snrLeast, l.snrTop = 1, int32(snr4), snr4, snr4
	}
	b.put(l)
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

// put adds up a link whose ends are numbers in b.out.keys.
func (b *believer) put(l believedLink) {
	ends := [3]uint32{l.from, l.to, l.observer}
	i, ok := b.at[ends]
	if !ok {
		b.at[ends] = len(b.out.links)
		b.out.links = append(b.out.links, l)
		return
	}
	x := &b.out.links[i]
	x.count += l.count
	for width, n := range l.widths {
		x.widths[width] += n
	}
	x.first, x.last = min(x.first, l.first), max(x.last, l.last)
	switch {
	case x.snrs == 0:
		x.snrs, x.snrSum, x.snrLeast, x.snrTop = l.snrs, l.snrSum, l.snrLeast, l.snrTop
	case l.snrs > 0:
		x.snrs, x.snrSum = x.snrs+l.snrs, x.snrSum+l.snrSum
		x.snrLeast, x.snrTop = min(x.snrLeast, l.snrLeast), max(x.snrTop, l.snrTop)
	}
}

// inOrder makes links easy to find by their ends. None is put in afterwards.
func (b *believed) inOrder() {
	if b.byTo != nil {
		return
	}
	b.keys, b.links, b.byTo = slices.Clip(b.keys), slices.Clip(b.links), make([]uint32, len(b.links))
	slices.SortFunc(b.links, func(x, y believedLink) int { return cmp.Compare(x.from, y.from) })
	for i := range b.byTo {
		b.byTo[i] = uint32(i)
	}
	slices.SortFunc(b.byTo, func(x, y uint32) int { return cmp.Compare(b.links[x].receiver(), b.links[y].receiver()) })
}

// receiver is who received: observers are greater than nodes.
func (l *believedLink) receiver() uint64 { return uint64(l.to)<<32 | uint64(l.observer) }

// ofNode calls fn for the links that have a node at an end, which is the observer of
// that number if that is not 0.
func (b *believed) ofNode(node meshcore.PublicKey, observer uint32, fn func(*believedLink)) {
	received := func(by uint64) {
		i := sort.Search(len(b.byTo), func(i int) bool { return b.links[b.byTo[i]].receiver() >= by })
		for ; i < len(b.byTo) && b.links[b.byTo[i]].receiver() == by; i++ {
			fn(&b.links[b.byTo[i]])
		}
	}
	if i := slices.Index(b.keys, node); i >= 0 {
		n := uint32(i)
		for at := sort.Search(len(b.links), func(i int) bool { return b.links[i].from >= n }); at < len(b.links) && b.links[at].from == n; at++ {
			if l := &b.links[at]; l.to != noEnd || observer == 0 || l.observer != observer { // the others follow
				fn(l)
			}
		}
		received((&believedLink{to: n}).receiver())
	}
	if observer != 0 {
		received((&believedLink{to: noEnd, observer: observer}).receiver())
	}
}
