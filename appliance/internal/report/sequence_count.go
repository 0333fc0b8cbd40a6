package report

import (
	"context"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
)

// sequenceCounting finds the most frequent sequences in the trees of all hours.
//
// There are millions of sequences, nearly all of them heard once or twice. So
// the trees are gone through twice. The first time transmissions are counted at
// places of a table to which the sums of their sequences lead: what counts at
// a place bounds the count of every sequence that leads there. The second time
// only those sequences are counted, by themselves, that may be frequent
// enough; a sequence occurs no more often than its parts. How often that is, is
// guessed from the bounds; if too few sequences are found, it is done again
// with what is known then. So the answer is exact whatever was guessed.
type sequenceCounting struct {
	wants []sequenceWant
	paths int64 // transmissions that match with a path of two hops or more

	begin uint32 // what is guessed; 0: it follows from the bounds
	room  int    // sequences that are counted at a time by each worker

	in      span
	regions map[uint16]bool // that are wanted; nil: all
	views   []store.View
}

// sequenceWant is a group that is asked for: Least is what the trees have to
// be asked for.
type sequenceWant struct {
	SequenceGroup
	known []Sequence // of the group, from elsewhere, in order
	found []Sequence // from the trees, in order
	least uint32     // sequences that occur more seldom were not counted
}

// floor is how often a sequence must occur to be wanted.
func (w *sequenceWant) floor() int64 {
	if n := len(w.known); n > 0 && n >= w.Limit {
		return w.known[n-1].Count
	}
	return 1
}

// list is the group's sequences.
func (w *sequenceWant) list() []Sequence {
	list := slices.Concat(w.known, w.found)
	slices.SortFunc(list, compareSequences)
	return list[:min(len(list), w.Limit)]
}

// settled tells whether nothing that was not counted can be among the first.
func (w *sequenceWant) settled() bool {
	if int64(w.least) <= w.floor() {
		return true
	}
	list := w.list()
	return len(list) >= w.Limit && list[len(list)-1].Count >= int64(w.least)
}

// lower makes it settled the next time, if there are as many sequences.
func (w *sequenceWant) lower() {
	next := w.least / 8
	if list := w.list(); len(list) >= w.Limit {
		next = uint32(list[len(list)-1].Count)
	}
	w.least = max(next, uint32(w.floor()))
}

// run counts; with paths also where no sequences are wanted.
func (c *sequenceCounting) run(ctx context.Context, p Packets, q SequenceQuery, paths bool) error {
	c.in, c.regions = PacketSearch{From: q.From, To: q.To}.span(), regionNumbers(p.Store, q.Regions)
	var bounded [SequencesMost + 1]bool
	open := []*sequenceWant{}
	for i := range c.wants {
		if w := &c.wants[i]; w.Least <= w.Most && w.Limit > 0 {
			bounded[w.Least], open = true, append(open, w)
		}
	}
	if len(open) == 0 && !paths {
		return nil
	}
	c.views = viewsIn(p.Store, c.in).Hours
	first, err := walkTrees(ctx, c, func() *boundsPart { return newBoundsPart(bounded) }, (*boundsPart).add)
	if err != nil {
		return err
	}
	var bounds sequenceBounds
	bounds, c.paths = joinBounds(first)
	for _, w := range open {
		if w.least = c.begin; c.begin == 0 {
			w.least = guess(bounds[w.Least], w.Limit)
		}
		w.least = max(w.least, uint32(w.floor()))
	}
	for len(open) > 0 {
		if err := c.count(ctx, &bounds, open); err != nil {
			return err
		}
		open = slices.DeleteFunc(open, (*sequenceWant).settled)
		for _, w := range open {
			w.lower()
		}
	}
	return nil
}

// guess is how often the last of so many sequences may occur: half of what the
// place says that has as many before it.
func guess(bounds []uint32, limit int) uint32 {
	var all []uint32
	for _, count := range bounds {
		if count > 1 {
			all = append(all, count)
		}
	}
	if len(all) < limit {
		return 1
	}
	slices.Sort(all)
	return max(all[len(all)-limit]/2, 1)
}

// needs is what some groups ask for.
func needs(groups []*sequenceWant) (least sequenceNeeds) {
	for _, w := range groups {
		for n := w.Least; n <= w.Most; n++ {
			if least[n] == 0 || w.least < least[n] {
				least[n] = w.least
			}
		}
	}
	return least
}

// count counts the sequences of some groups that occur as often as each of them
// asks for.
func (c *sequenceCounting) count(ctx context.Context, bounds *sequenceBounds, groups []*sequenceWant) error {
	for shares := uint64(1); ; shares *= 4 {
		for _, w := range groups {
			w.found = nil
		}
		whole := true
		for number := uint64(0); number < shares && whole; number++ {
			parts, err := walkTrees(ctx, c, func() *countsPart {
				return &countsPart{least: needs(groups), bounds: bounds, share: sequenceShare{number, shares}, table: sequenceTable{room: c.room}}
			}, (*countsPart).add)
			if err != nil {
				return err
			}
			whole = take(parts, groups)
		}
		if whole {
			return nil
		}
	}
}

// take gives groups what workers have counted; false if a table was full.
func take(parts []*countsPart, groups []*sequenceWant) bool {
	all := &parts[0].table
	for i, part := range parts {
		if part.table.full() {
			return false
		}
		if i > 0 {
			all.join(&part.table)
		}
	}
	for _, w := range groups {
		w.take(all)
	}
	return true
}

// take adds what is counted to what is found.
func (w *sequenceWant) take(t *sequenceTable) {
	for i := range t.slots {
		s := &t.slots[i]
		if n := int(s.key.hops); s.count > 0 && s.count >= w.least && n >= w.Least && n <= w.Most {
			w.found = append(w.found, Sequence{s.key.list(), int64(s.count)})
		}
	}
	slices.SortFunc(w.found, compareSequences)
	w.found = w.found[:min(len(w.found), w.Limit)]
}

// walkTrees has workers go through the trees of what matches.
func walkTrees[T any](ctx context.Context, c *sequenceCounting, state func() T, add func(T, *mesh.Tree)) ([]T, error) {
	return inParallel(ctx, len(c.views), state, func(part T, i int) {
		c.trees(&c.views[i], func(t *mesh.Tree) { add(part, t) })
	})
}

// trees calls fn for the trees of what matches in one hour, which it may not
// keep.
func (c *sequenceCounting) trees(v *store.View, fn func(*mesh.Tree)) {
	if block := v.Block; block != nil {
		from, to := rowsIn(block, c.in)
		starts, who := block.Starts(), block.Reporters()
		wanted := make([]bool, len(block.ReporterList()))
		for i, r := range block.ReporterList() {
			wanted[i] = c.regions[r.Region]
		}
		var parents []uint32
		for row := from; row < to; row++ {
			if v.Over(row) || c.regions != nil && !anyOf(wanted, who, starts[row], starts[row+1]) {
				continue
			}
			if t := block.TreeOf(row, parents); t.Width > 0 {
				parents = t.Parents
				fn(&t)
			}
		}
	}
	v.Open(anyHead, func(s *mesh.Scanned) bool {
		if c.in.has(s.First) && (c.regions == nil || slices.ContainsFunc(s.Obs, func(o mesh.ScannedObs) bool { return c.regions[o.Region] })) {
			fn(&s.Tree)
		}
		return true
	})
}
