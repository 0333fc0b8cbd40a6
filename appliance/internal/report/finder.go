package report

import (
	"context"
	"math"
	"slices"
	"sort"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// finder finds what one search wants, from views of the hours: it unpacks
// nothing.
type finder struct {
	p      Packets
	pick   *figure.Picker
	from   int64       // the first time that is wanted, Unix ms
	until  mesh.Cursor // the place before which what is wanted stands
	views  []store.View
	counts []figure.Tally // of each view, within from and until
	total  int
	mixing bool // what they come to will be asked for as well

	tallies  *Tallies
	rowsKept int // how many rows of an hour are remembered as those that match, whatever has to be read
}

// spot is a packet that was found.
type spot struct {
	first int64
	id    uint64
	view  *store.View
	row   int // of the view's block; -1: head
	head  int
}

func (s spot) cursor() mesh.Cursor { return mesh.Cursor{First: s.first, ID: s.id} }

func (s spot) hash() meshcore.Hash {
	if s.row >= 0 {
		return s.view.Block.Hash(s.row)
	}
	return s.view.Heads.At(s.head).Hash
}

// last is where its latest copy stands, Unix ms.
func (s spot) last() int64 {
	if s.row >= 0 {
		return s.view.Block.Last(s.row)
	}
	return s.view.Heads.At(s.head).Last
}

// load unpacks it; false if it is no longer held.
func (f *finder) load(s spot) (mesh.Transmission, bool) { return f.loadInto(s, nil) }

// loadInto is load with the observations in obs, if they have room.
func (f *finder) loadInto(s spot, obs []mesh.Observation) (mesh.Transmission, bool) {
	if s.row >= 0 {
		return s.view.Block.TransmissionInto(s.row, obs), true
	}
	return f.p.Store.PacketByID(s.id)
}

// described unpacks packets that were found and describes each; those that are
// no longer held are left out. describe keeps no list of observations that it is given:
// they are unpacked into memory that is used again.
func described[T any](ctx context.Context, f *finder, list []spot, describe func(mesh.Transmission) T) ([]T, error) {
	spare := make([][]mesh.Observation, workers(len(list)))
	rows, held := make([]T, len(list)), make([]bool, len(list))
	err := Share(ctx, len(list), func(worker, i int) {
		tx, ok := f.loadInto(list[i], spare[worker])
		if held[i] = ok; ok {
			rows[i] = describe(tx)
		}
		if list[i].row >= 0 { // others may be the store's
			spare[worker] = tx.Observations[:0]
		}
	})
	n := 0
	for i, ok := range held {
		if ok {
			rows[n] = rows[i]
			n++
		}
	}
	return rows[:n], err
}

// find counts what a search wants that stands before a place, the zero Cursor:
// anywhere.
func (p Packets) find(ctx context.Context, q PacketSearch, before mesh.Cursor) (*finder, error) {
	f := p.finder(q, before)
	return f, f.count(ctx)
}

// findMix is find where mix is asked for as well: hours are looked through once.
func (p Packets) findMix(ctx context.Context, q PacketSearch, before mesh.Cursor) (*finder, error) {
	f := p.finder(q, before)
	f.mixing = true
	return f, f.count(ctx)
}

// finder is made ready for a search; it has counted nothing.
func (p Packets) finder(q PacketSearch, before mesh.Cursor) *finder {
	in := q.span()
	f := &finder{p: p, from: in.from, until: mesh.Cursor{First: in.to}, tallies: p.Tallies}
	if f.tallies == nil {
		f.tallies = &Tallies{}
	}
	if before != (mesh.Cursor{}) && older(before, f.until) {
		f.until = before
	}
	held := p.Store.Views(span{in.from, f.until.First + min(1, math.MaxInt64-f.until.First)}.mayHold)
	f.pick, f.views = figure.NewSelector(p.selection(q)).Sees(held.Voices), held.Hours
	return f
}

// count counts what matches in each view.
func (f *finder) count(ctx context.Context) error {
	f.counts = make([]figure.Tally, len(f.views))
	known := f.tallies.Known(f.pick.Selector, f.views, f.counts)
	err := Share(ctx, len(f.views), func(_, i int) {
		v := &f.views[i]
		if !f.whole(v) {
			f.counts[i] = tally(v, f.picked(v, f.rows(v), f.heads(v)))
			return
		}
		if v.Block != nil && !known[i] {
			version := f.pick.Version(v)
			got := f.pick.Pick(v, [2]int{0, v.Block.Len()}, [2]int{})
			f.counts[i] = tally(v, got)
			f.tallies.Remember(f.pick.Selector, version, f.counts[i])
			if f.mixing {
				f.tallies.RememberMix(f.pick.Selector, version, f.pick.Mix(v, got))
			}
		}
		open, _ := f.tallies.Open(f.pick, v)
		f.counts[i].Early += open.Early
		f.counts[i].Main += open.Main
	})
	for _, n := range f.counts {
		f.total += n.Total()
	}
	return err
}

// whole tells whether all that is stored in an hour stands within what is wanted.
func (f *finder) whole(v *store.View) bool {
	start := int64(v.Hour) * hourMs
	return f.from <= start-earlyMs && f.until.First >= start+hourMs
}

// tally counts what was picked of a view.
func tally(v *store.View, got figure.Picked) (n figure.Tally) {
	if len(got.Rows) > 0 {
		start := uint32(v.Block.Search(int64(v.Hour) * hourMs))
		n.Early, _ = slices.BinarySearch(got.Rows, start)
	}
	for _, i := range got.Heads {
		if v.Heads.At(int(i)).First >= int64(v.Hour)*hourMs {
			break
		}
		n.Early++
	}
	n.Main = len(got.Rows) + len(got.Heads) - n.Early
	return n
}

// rows are those that stand within what is wanted.
func (f *finder) rows(v *store.View) (in [2]int) {
	if v.Block == nil {
		return in
	}
	return [2]int{rowAt(v, f.from, 0), rowAt(v, f.until.First, f.until.ID)}
}

// rowAt is the first row that does not stand before a place.
func rowAt(v *store.View, first int64, id uint64) int {
	b := v.Block
	return sort.Search(b.Len(), func(i int) bool {
		at := b.First(i)
		return at > first || at == first && b.ID(i) >= id
	})
}

func (f *finder) heads(v *store.View) [2]int {
	return [2]int{headAt(v, f.from, 0), headAt(v, f.until.First, f.until.ID)}
}

func headAt(v *store.View, first int64, id uint64) int {
	return sort.Search(v.Heads.Len(), func(i int) bool {
		h := v.Heads.At(i)
		return h.First > first || h.First == first && h.ID >= id
	})
}

// stretch is an hour of the clock: what is stored in it and stands in it, and
// what is stored in the hour after and stands before that.
type stretch struct {
	main, early int // places of views; -1: none
	count       int
}

// stretches are those in which something matches, newest first: they follow one
// another.
func (f *finder) stretches() (list []stretch) {
	early := -1 // the view whose early part belongs to what follows
	for i := range f.views {
		if early >= 0 && f.views[early].Hour != f.views[i].Hour+1 {
			list = append(list, stretch{-1, early, f.counts[early].Early})
			early = -1
		}
		s := stretch{i, early, f.counts[i].Main}
		if early >= 0 {
			s.count += f.counts[early].Early
		}
		if s.count > 0 {
			list = append(list, s)
		}
		if early = -1; f.counts[i].Early > 0 {
			early = i
		}
	}
	if early >= 0 {
		list = append(list, stretch{-1, early, f.counts[early].Early})
	}
	return list
}

// found is what matches of a view, of its rows or of its heads, oldest first.
type found struct {
	view  *store.View
	heads bool
	list  []uint32
}

func (r *found) spot(i int) spot {
	at := int(r.list[i])
	if !r.heads {
		return spot{r.view.Block.First(at), r.view.Block.ID(at), r.view, at, 0}
	}
	h := r.view.Heads.At(at)
	return spot{h.First, h.ID, r.view, -1, at}
}

// found finds what matches in a stretch.
func (f *finder) found(s stretch) (all []found) {
	for _, part := range [...]struct {
		view  int
		early bool
	}{{s.main, false}, {s.early, true}} {
		if part.view < 0 {
			continue
		}
		v := &f.views[part.view]
		start := int64(v.Hour) * hourMs
		rows, heads := f.rows(v), f.heads(v)
		if part.early {
			rows[1], heads[1] = min(rows[1], rowEdge(v, start)), min(heads[1], headAt(v, start, 0))
		} else {
			rows[0], heads[0] = max(rows[0], rowEdge(v, start)), max(heads[0], headAt(v, start, 0))
		}
		got := f.picked(v, rows, heads)
		if len(got.Rows) > 0 {
			all = append(all, found{v, false, got.Rows})
		}
		if len(got.Heads) > 0 {
			all = append(all, found{v, true, got.Heads})
		}
	}
	return all
}

// walk calls fn for what matches in a stretch, newest or oldest first, until fn is
// false, and tells whether it never was.
func (f *finder) walk(s stretch, ascending bool, fn func(spot) bool) bool {
	parts := f.found(s)
	next := make([]spot, len(parts)) // of each part
	end := func(p *found) int {
		if ascending {
			return 0
		}
		return len(p.list) - 1
	}
	for i := range parts {
		next[i] = parts[i].spot(end(&parts[i]))
	}
	for len(parts) > 0 {
		best := 0
		for i := range next[1:] {
			if older(next[i+1].cursor(), next[best].cursor()) == ascending {
				best = i + 1
			}
		}
		if !fn(next[best]) {
			return false
		}
		p := &parts[best]
		if len(p.list) == 1 {
			parts, next = slices.Delete(parts, best, best+1), slices.Delete(next, best, best+1)
			continue
		}
		if ascending {
			p.list = p.list[1:]
		} else {
			p.list = p.list[:len(p.list)-1]
		}
		next[best] = p.spot(end(p))
	}
	return true
}

// picked finds what matches among some rows and heads of a view. Where more has to be
// read than columns and lists, and where rowsKept says so, what matches of the hour's
// block is remembered.
func (f *finder) picked(v *store.View, rows, heads [2]int) (got figure.Picked) {
	got.Heads = f.tallies.Heads(f.pick, v, heads)
	most := f.rowsKept
	if f.pick.Reads() {
		most = max(most, figure.RowsKept)
	}
	switch {
	case v.Block == nil || rows[0] >= rows[1]:
	case most == 0:
		got.Rows = f.pick.Pick(v, rows, [2]int{}).Rows
	default:
		list := f.wholeRows(v, most)
		from, _ := slices.BinarySearch(list, uint32(rows[0]))
		to, _ := slices.BinarySearch(list, uint32(rows[1]))
		got.Rows = list[from:to:to]
	}
	return got
}

// wholeRows finds what matches in the block of an hour, wherever it stands, and
// remembers it if it is no more than most.
func (f *finder) wholeRows(v *store.View, most int) []uint32 {
	list, known := f.tallies.KnownRows(f.pick.Selector, v)
	if known {
		return list
	}
	version := f.pick.Version(v)
	list = f.pick.Pick(v, [2]int{0, v.Block.Len()}, [2]int{}).Rows
	if len(list) <= most {
		f.tallies.RememberRows(f.pick.Selector, version, list)
	}
	return list
}

// rowEdge is the first row that stands at a time or later.
func rowEdge(v *store.View, at int64) int {
	if v.Block == nil {
		return 0
	}
	return v.Block.Search(at)
}

// each calls fn for what matches, newest or oldest first, after the first n of
// it, until fn is false. Of the hours that it leaves out it looks at nothing.
func (f *finder) each(after int, ascending bool, fn func(spot) bool) {
	list := f.stretches()
	if ascending {
		slices.Reverse(list)
	}
	for _, s := range list {
		if after >= s.count {
			after -= s.count
			continue
		}
		more := f.walk(s, ascending, func(at spot) bool {
			if after--; after >= 0 {
				return true
			}
			return fn(at)
		})
		if !more {
			return
		}
		after = 0
	}
}

// part gives n of what matches from an offset on.
func (f *finder) part(offset, n int, ascending bool) []spot {
	if offset >= f.total || n <= 0 {
		return nil
	}
	out := make([]spot, 0, min(n, f.total-offset))
	f.each(offset, ascending, func(s spot) bool {
		out = append(out, s)
		return len(out) < n
	})
	return out
}
