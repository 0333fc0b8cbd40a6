package report

import (
	"cmp"
	"context"
	"slices"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// SequencesMost is the greatest number of hops of a sequence that is counted.
const SequencesMost = 8

// SequenceQuery asks for sequences of relays: hops that follow one another in
// the tree of a flood. The few copies beside a tree, with hops of another width
// or other transport codes, do not count.
type SequenceQuery struct {
	Regions  []string // upper case; a copy was received in one of them
	From, To int64    // first received within [From, To), Unix ms; 0 is open
}

// SequenceGroup asks for the most frequent sequences of some lengths.
type SequenceGroup struct {
	Least, Most int // hops, 2 to SequencesMost
	Limit       int
}

// Sequence is a sequence of relays.
type Sequence struct {
	Hops  []meshcore.Hop // in the direction of travel
	Count int64          // transmissions in whose tree it occurs
}

// SequenceList is the most frequent sequences, and how many transmissions have
// a path of two hops or more.
type SequenceList struct {
	Groups [][]Sequence // by group asked for; the most frequent first
	Paths  int64
}

// Sequences counts sequences of relays. A transmission counts once for each
// sequence, however many of its copies have it. Where nothing is filtered, the
// index has counted the sequences of at most four hops.
func (p Packets) Sequences(ctx context.Context, routes *index.Routes, q SequenceQuery, groups []SequenceGroup) (out SequenceList, err error) {
	return p.sequences(ctx, routes, q, groups, sequenceCounting{room: sequencesRoom})
}

// sequencesRoom is how many sequences a worker counts at a time: in 8 MB.
const sequencesRoom = 1 << 16

func (p Packets) sequences(ctx context.Context, routes *index.Routes, q SequenceQuery, groups []SequenceGroup, counting sequenceCounting) (out SequenceList, err error) {
	all := q.Regions == nil && q.From == 0 && q.To == 0 && routes.Counted()
	counting.wants = make([]sequenceWant, len(groups))
	for i, g := range groups {
		w := &counting.wants[i]
		if w.SequenceGroup = g; all {
			w.known = indexed(routes, g)
			w.Least = max(g.Least, indexLongest+1)
			// Nothing occurs more often than its parts.
			if top := routes.Top(indexLongest, indexLongest, 1).Routes; len(top) == 0 || top[0].Count < w.floor() {
				w.Least = w.Most + 1
			}
		}
	}
	if err := counting.run(ctx, p, q, !all); err != nil {
		return out, err
	}
	if out.Paths = counting.paths; all {
		out.Paths = routes.Top(shortestSequence, shortestSequence, 0).Paths
	}
	for i := range counting.wants {
		out.Groups = append(out.Groups, counting.wants[i].list())
	}
	return out, nil
}

const (
	shortestSequence = 2
	indexLongest     = 4 // hops of the longest sequences in the index
)

// indexed are those of a group's sequences that the index knows.
func indexed(routes *index.Routes, g SequenceGroup) (list []Sequence) {
	if g.Least > indexLongest {
		return nil
	}
	for _, r := range routes.Top(g.Least, min(g.Most, indexLongest), g.Limit).Routes {
		list = append(list, Sequence{r.Hops, r.Count})
	}
	slices.SortFunc(list, compareSequences)
	return list
}

// compareSequences orders the most frequent first; of as frequent ones the
// shorter, then by their hops.
func compareSequences(a, b Sequence) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(len(a.Hops), len(b.Hops)), cmp.Compare(a.Hops[0].Width(), b.Hops[0].Width()), compareHops(a.Hops, b.Hops))
}

// ownHeard is the heard path of a copy beside the tree.
func ownHeard(o *mesh.ScannedObs) (width int, path []byte, ok bool) {
	if o.HasTree() || len(o.OwnPath) == 0 {
		return 0, nil, false
	}
	p := ownPacket(o)
	heard, ok := p.Heard()
	return p.HopWidth(), o.OwnPath, ok && heard.Len() > 0
}

// hopsOf splits the bytes of a path.
func hopsOf(path []byte, width int) []meshcore.Hop {
	hops := make([]meshcore.Hop, 0, len(path)/width)
	for i := 0; i+width <= len(path); i += width {
		hops = append(hops, meshcore.NewHop(path[i:i+width]))
	}
	return hops
}
