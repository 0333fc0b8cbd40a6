package report

import (
	"bytes"
	"cmp"
	"slices"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
)

// Legs lists those of Edges that are certain, in the same order, without what
// went over them.
func (n Nodes) Legs(from, to int64, board *survey.Board) []Leg {
	observers := n.observerKeys()
	ends := edgeEnds{store: n.Store, board: board, known: map[meshcore.PublicKey]*edgeEnd{}}
	var known []*edgeEnd
	note := func(e *edgeEnd) *edgeEnd {
		if !e.listed {
			e.listed = true
			known = append(known, e)
		}
		return e
	}
	var pairs [][2]*edgeEnd
	for _, p := range n.Links.Pairs(n.Index.Naming(), from, to) {
		other := p.To
		if other == (meshcore.PublicKey{}) {
			other = observers[p.Observer]
		}
		if a, b := ends.of(p.From), ends.of(other); a != nil && b != nil && a != b {
			pairs = append(pairs, [2]*edgeEnd{note(a), note(b)})
		}
	}
	slices.SortFunc(known, func(a, b *edgeEnd) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	for rank, e := range known {
		e.rank = uint64(rank)
	}
	ranked := make([]uint64, len(pairs))
	for i, p := range pairs {
		a, b := p[0].rank, p[1].rank
		ranked[i] = min(a, b)<<32 | max(a, b)
	}
	slices.Sort(ranked)
	ranked = slices.Compact(ranked)
	list := make([]Leg, len(ranked))
	for i, r := range ranked {
		list[i] = legOf(known[r>>32], known[uint32(r)])
	}
	return list
}

// EdgesOf gives what went over legs for certain, in the UTC days that overlap a
// span, as Edges does.
func (n Nodes) EdgesOf(legs []Leg, from, to int64) []Edge {
	receivers := map[meshcore.PublicKey][]uint32{}
	for num, key := range n.observerKeys() {
		receivers[key] = append(receivers[key], num)
	}
	list := make([]Edge, len(legs))
	var pairs []index.LinkPair
	var into []*Heard
	ask := func(a, b meshcore.PublicKey, h *Heard) {
		numbers := append(slices.Sorted(slices.Values(receivers[b])), 0) // what it sent on is joined last
		for _, num := range numbers {
			pairs, into = append(pairs, index.LinkPair{From: a, To: index.LinkEnd{Key: b, Observer: num}}), append(into, h)
		}
	}
	for i, leg := range legs {
		list[i].Leg = leg
		ask(leg.A.Key, leg.B.Key, &list[i].There)
		ask(leg.B.Key, leg.A.Key, &list[i].Back)
	}
	sentOn, received := n.Links.Between(n.Index.Naming(), pairs, from, to)
	for i, p := range pairs {
		l := sentOn[i]
		if p.To.Observer != 0 {
			l = received[i]
		}
		if cmp.Or(l.Count, l.First, l.Last) != 0 {
			into[i].join(l)
		}
	}
	return list
}
