package index

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"hilltop/appliance/internal/figure"
	"hilltop/firmware-bridge/meshcore"
)

// Busiest counts for every node that certainly relayed something that stands in
// from ≤ time < to (Unix ms), the busiest first; of as busy ones by key. What is
// believed or has no scope is not counted here, nor is it told when the latest
// stands. What whole hours come to is remembered in m; nil: nothing is.
func (x *Relays) Busiest(m *figure.Memory, names Naming, from, to int64) []RelayCount {
	b := busiest{names: names}
	x.eachHour(from, to, func(hour uint32, h *relayHour) bool {
		if all, _ := inside(hour, from, to); !all {
			b.count(hour, h, from, to)
			return true
		}
		state := string(binary.AppendUvarint(binary.AppendUvarint(nil, h.turn), names.Turn()))
		known, ok := m.Recall("busiest relays", hour, state)
		if !ok {
			alone := busiest{names: names}
			alone.count(hour, h, math.MinInt64, math.MaxInt64)
			known = alone.pack()
			m.Remember("busiest relays", hour, state, known)
		}
		b.unpack(known)
		return true
	})
	counts := slices.DeleteFunc(b.counts, func(r RelayCount) bool { return r.Certain == 0 })
	slices.SortFunc(counts, func(a, b RelayCount) int {
		return cmp.Or(cmp.Compare(b.Certain, a.Certain), slices.Compare(a.Key[:], b.Key[:]))
	})
	return counts
}

// busiest counts what nodes certainly relayed.
type busiest struct {
	names  Naming
	hops   hopNumbers
	whose  []int32 // place in counts, by number of the hop; -1 if no node alone fits it
	places map[meshcore.PublicKey]int32
	counts []RelayCount
	some   []hopCode // a hop of each
}

// place is where a hop's node stands in counts, made if need be; -1 if no node
// alone fits it.
func (b *busiest) place(c hopCode) int32 {
	n := b.hops.of(c)
	if int(n) < len(b.whose) {
		return b.whose[n]
	}
	at := int32(-1)
	if key, ok := b.names.One(c.hop()); ok {
		if b.places == nil {
			b.places = map[meshcore.PublicKey]int32{}
		}
		known := false
		if at, known = b.places[key]; !known {
			at = int32(len(b.counts))
			b.places[key] = at
			b.counts, b.some = append(b.counts, RelayCount{Key: key}), append(b.some, c)
		}
	}
	b.whose = append(b.whose, at)
	return at
}

// count adds what of an hour stands in from ≤ time < to. The index is locked.
func (b *busiest) count(hour uint32, h *relayHour, from, to int64) {
	codes := map[int32][]hopCode{}
	for c := range h.eachHop() {
		if at := b.place(c); at >= 0 {
			codes[at] = append(codes[at], c)
		}
	}
	for at, codes := range codes {
		b.counts[at].Certain += h.countWithin(hour, codes, from, to)
	}
}

// pack gives the counts in bytes: a hop of each node, and how many.
func (b *busiest) pack() (out []byte) {
	for at := range b.counts {
		out = binary.AppendUvarint(out, uint64(b.some[at]))
		out = binary.AppendUvarint(out, uint64(b.counts[at].Certain))
	}
	return slices.Clip(slices.Clone(out))
}

// unpack adds what was packed with the same names.
func (b *busiest) unpack(packed []byte) {
	for len(packed) > 0 {
		c, size := binary.Uvarint(packed)
		n, more := binary.Uvarint(packed[size:])
		packed = packed[size+more:]
		if at := b.place(hopCode(c)); at >= 0 {
			b.counts[at].Certain += int64(n)
		}
	}
}
