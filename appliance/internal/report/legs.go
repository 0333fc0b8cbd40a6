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
	list := make([]Edge, len(legs))
	pairs, of := n.legPairs(legs)
	sentOn, received := n.Links.Between(n.Index.Naming(), pairs, from, to)
	for i, p := range pairs {
		l := sentOn[i]
		if p.To.Observer != 0 {
			l = received[i]
		}
		e := &list[of[i]]
		if e.Leg = legs[of[i]]; cmp.Or(l.Count, l.First, l.Last) == 0 {
			continue
		}
		if p.From == e.A.Key {
			e.There.join(l)
		} else {
			e.Back.join(l)
		}
	}
	return list
}

// Measured gives the SNRs that observers at the ends of legs measured of the other end,
// in the UTC days that overlap a span.
func (n Nodes) Measured(legs []Leg, from, to int64) []index.Spread {
	list := make([]index.Spread, len(legs))
	pairs, of := n.legPairs(legs)
	for i, each := range n.Links.Measured(n.Index.Naming(), pairs, from, to) {
		list[of[i]].Join(each)
	}
	return list
}

// legPairs are the links that legs may stand for, both ways, and the place of each one's
// leg: what a node received as an observer, in the order of its numbers, then what it sent
// on.
func (n Nodes) legPairs(legs []Leg) (pairs []index.LinkPair, of []int) {
	receivers := map[meshcore.PublicKey][]uint32{}
	for num, key := range n.observerKeys() {
		receivers[key] = append(receivers[key], num)
	}
	for i, leg := range legs {
		for _, way := range [...][2]meshcore.PublicKey{{leg.A.Key, leg.B.Key}, {leg.B.Key, leg.A.Key}} {
			for _, num := range append(slices.Sorted(slices.Values(receivers[way[1]])), 0) {
				pairs, of = append(pairs, index.LinkPair{From: way[0], To: index.LinkEnd{Key: way[1], Observer: num}}), append(of, i)
			}
		}
	}
	return pairs, of
}

// Distances tells how far the floods of the latest survey's day went that were received
// in one of some regions, in upper case; nil: anywhere.
func (n Nodes) Distances(regions []string) survey.Distances {
	return n.Board.Distances(regionNumbers(n.Store, regions))
}
