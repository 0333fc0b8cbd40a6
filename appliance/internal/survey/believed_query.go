package survey

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"hilltop/appliance/internal/index"
	"hilltop/firmware-bridge/meshcore"
)

// lateMs is how far from its day what is stored there may stand.
const lateMs = 600_000

// Believed gives the links with an end that is only believed, in the UTC days that
// overlap from ≤ time < to (Unix ms), up to To, over all that is held: those of a
// node, who is the observer of that number if that is not 0. They are in the order of
// their ends.
func (b *Board) Believed(node meshcore.PublicKey, observer uint32, from, to int64) []index.Link {
	return b.joined(from, to, func(day *believed, add func(*believedLink)) { day.ofNode(node, observer, add) })
}

// BelievedAmong gives those of the same span that have a node of the set at both
// ends, in the order of their ends.
func (b *Board) BelievedAmong(nodes map[meshcore.PublicKey]bool, from, to int64) []index.Link {
	return b.joined(from, to, func(day *believed, add func(*believedLink)) {
		in := make([]bool, len(day.keys))
		for i, key := range day.keys {
			in[i] = nodes[key]
		}
		for i := range day.links {
			if l := &day.links[i]; l.to != noEnd && in[l.from] && in[l.to] {
				add(l)
			}
		}
	})
}

// AllBelieved gives all of the same span, in the order of their ends.
func (b *Board) AllBelieved(from, to int64) []index.Link {
	return b.joined(from, to, func(day *believed, add func(*believedLink)) {
		for i := range day.links {
			add(&day.links[i])
		}
	})
}

// joined adds up those links of days that each gives of a day.
func (b *Board) joined(from, to int64, each func(day *believed, add func(*believedLink))) []index.Link {
	sum := newBeliever(nil)
	for _, number := range slices.Sorted(maps.Keys(b.byDay)) {
		if start := int64(number) * dayMs; start-lateMs >= to || start+dayMs+lateMs <= from {
			continue
		}
		day := b.byDay[number]
		numbers := make([]uint32, len(day.keys)) // in sum, from 1; 0 not known yet
		renumber := func(n uint32) uint32 {
			if numbers[n] == 0 {
				numbers[n] = sum.numberOf(day.keys[n]) + 1
			}
			return numbers[n] - 1
		}
		each(day, func(link *believedLink) {
			l := *link
			if l.from = renumber(l.from); l.to != noEnd {
				l.to = renumber(l.to)
			}
			sum.put(l)
		})
	}
	return sum.out.sorted()
}

// sorted gives the links in the order of their ends: by who sent, then by who received, of
// whom observers come first.
func (b *believed) sorted() (list []index.Link) {
	byKey := make([]uint32, len(b.keys))
	for i := range byKey {
		byKey[i] = uint32(i)
	}
	slices.SortFunc(byKey, func(x, y uint32) int { return bytes.Compare(b.keys[x][:], b.keys[y][:]) })
	ranks := make([]uint64, len(b.keys))
	for rank, n := range byKey {
		ranks[n] = uint64(rank)
	}
	type placed struct {
		ends     uint64
		observer uint32
		at       int32
	}
	order := make([]placed, len(b.links))
	for i := range b.links {
		l := &b.links[i]
		if order[i] = (placed{ranks[l.from] << 32, l.observer, int32(i)}); l.to != noEnd {
			order[i].ends |= ranks[l.to] + 1
		}
	}
	slices.SortFunc(order, func(x, y placed) int { return cmp.Or(cmp.Compare(x.ends, y.ends), cmp.Compare(x.observer, y.observer)) })
	list = make([]index.Link, len(order))
	for i, o := range order {
		list[i] = b.link(&b.links[o.at])
	}
	return list
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
