package report

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sort"
	"strings"

	"hilltop/appliance/internal/figure"
	"hilltop/firmware-bridge/meshcore"
)

// orderedIn is what was found in a view, in an order.
type orderedIn struct {
	rows  figure.Ordered
	heads []figure.Ordered
}

// each calls fn for each value of each part: false rows, true heads.
func (o *orderedIn) each(fn func(of *figure.Ordered, heads bool, value int64, from, to int)) {
	o.rows.Each(func(value int64, from, to int) { fn(&o.rows, false, value, from, to) })
	for i := range o.heads {
		o.heads[i].Each(func(value int64, from, to int) { fn(&o.heads[i], true, value, from, to) })
	}
}

// ordered gives a page of what matches by a value. Hours are put in order each for
// itself; of all of them only how many packets have which value is looked at, and
// those packets that the page has, with what is as new as they are.
func (f *finder) ordered(ctx context.Context, q PacketQuery) ([]spot, error) {
	parts, err := f.putInOrder(ctx, sorts[q.Order.By])
	if err != nil {
		return nil, err
	}
	var have byValue
	for i := range parts {
		parts[i].each(func(_ *figure.Ordered, _ bool, value int64, from, to int) { *have.of(value) += to - from })
	}
	values := have.values()
	ranks := f.p.ranks(values, q)
	counts := map[int64]int{} // by rank
	for _, value := range values {
		counts[ranks[value]] += *have.of(value)
	}
	skip, left := q.Offset, q.Limit
	var pages []orderedPage
	place := map[int64]int{} // of a rank among pages, plus 1
	for _, rank := range inOrder(counts, q.Order.Ascending) {
		if n := counts[rank]; skip >= n {
			skip -= n
		} else if left > 0 {
			pages = append(pages, orderedPage{skip: skip, n: min(left, n-skip)})
			place[rank] = len(pages)
			left -= min(left, n-skip)
			skip = 0
		}
	}
	var on byValue // the place of a value's rank among pages, plus 1
	for _, value := range values {
		*on.of(value) = place[ranks[value]]
	}
	for i := range parts {
		parts[i].each(func(of *figure.Ordered, heads bool, value int64, from, to int) {
			if at := *on.of(value); at > 0 {
				f.runs(i, of, heads, from, to, &pages[at-1])
			}
		})
	}
	var out []spot
	for i := range pages {
		out = append(out, f.page(&pages[i])...)
	}
	return out, nil
}

// byValue has a number for each value, 0 unless it was set. Most values are small.
type byValue struct {
	near [256]int
	far  map[int64]*int
}

// of is the number of a value.
func (b *byValue) of(value int64) *int {
	if i := value + int64(len(b.near)/2); i >= 0 && i < int64(len(b.near)) {
		return &b.near[i]
	}
	n := b.far[value]
	if n == nil {
		if n = new(int); b.far == nil {
			b.far = map[int64]*int{}
		}
		b.far[value] = n
	}
	return n
}

// values are those that have a number, in no order.
func (b *byValue) values() (list []int64) {
	for i, n := range b.near {
		if n != 0 {
			list = append(list, int64(i-len(b.near)/2))
		}
	}
	for value, n := range b.far {
		if *n != 0 {
			list = append(list, value)
		}
	}
	return list
}

// inOrder are ranks in the order in which their packets stand: what has no value
// comes last.
func inOrder(counts map[int64]int, ascending bool) []int64 {
	ranks := slices.Sorted(maps.Keys(counts))
	unknown := 0
	if len(ranks) > 0 && ranks[0] == figure.Unknown {
		unknown = 1
	}
	known := ranks[unknown:]
	if !ascending {
		slices.Reverse(known)
	}
	return slices.Concat(known, ranks[:unknown])
}

// putInOrder puts what was found in each view in order.
func (f *finder) putInOrder(ctx context.Context, by figure.Sort) ([]orderedIn, error) {
	parts := make([]orderedIn, len(f.views))
	return parts, Share(ctx, len(f.views), func(_, i int) {
		v := &f.views[i]
		if f.counts[i].Total() == 0 {
			return
		}
		if f.whole(v) {
			parts[i].rows = f.p.Orders.OrderOf(f.pick, v, by)
			parts[i].heads = f.p.Orders.OrderOpen(f.pick, v, f.tallies.Heads(f.pick, v, f.heads(v)), by)
			return
		}
		got := f.picked(v, f.rows(v), f.heads(v))
		parts[i].rows = f.pick.OrderRows(v, got.Rows, by)
		parts[i].heads = []figure.Ordered{f.pick.OrderHeads(v, got.Heads, by)}
	})
}

// orderedPage is the part of a page that has values of one rank.
type orderedPage struct {
	skip, n int // of those of the rank, newest first
	runs    []orderedRun
}

// orderedRun are packets of one rank in a view, newest first, that stand in one
// hour of the clock.
type orderedRun struct {
	clock    int64 // number of that hour
	view     int
	of       *figure.Ordered
	heads    bool
	from, to int // places in of
}

// runs parts packets of a view into those that stand in its hour and those that
// stand before it, as a late copy was heard earlier.
func (f *finder) runs(view int, of *figure.Ordered, heads bool, from, to int, into *orderedPage) {
	run := orderedRun{int64(f.views[view].Hour), view, of, heads, from, to}
	start := run.clock * hourMs
	edge := from + sort.Search(to-from, func(i int) bool { return f.spotAt(&run, from+i).first < start })
	if run.to = edge; from < edge {
		into.runs = append(into.runs, run)
	}
	if edge < to {
		run.clock, run.from, run.to = run.clock-1, edge, to
		into.runs = append(into.runs, run)
	}
}

func (f *finder) spotAt(run *orderedRun, i int) spot {
	v := &f.views[run.view]
	if at := run.of.At(i); !run.heads {
		return spot{v.Block.First(at), v.Block.ID(at), v, at, 0}
	} else {
		h := v.Heads.At(at)
		return spot{h.First, h.ID, v, -1, at}
	}
}

// page gives the packets of a part of a page. No packet stands in more than one hour
// of the clock, so only the hours that have some of them are put in order.
func (f *finder) page(p *orderedPage) (out []spot) {
	slices.SortStableFunc(p.runs, func(a, b orderedRun) int { return cmp.Compare(b.clock, a.clock) })
	skip, left := p.skip, p.n
	for runs := p.runs; len(runs) > 0 && left > 0; {
		n, count := 0, 0
		for n < len(runs) && runs[n].clock == runs[0].clock {
			count += runs[n].to - runs[n].from
			n++
		}
		if skip >= count {
			skip -= count
		} else {
			list := make([]spot, 0, count)
			for k := range runs[:n] {
				for i := runs[k].from; i < runs[k].to; i++ {
					list = append(list, f.spotAt(&runs[k], i))
				}
			}
			slices.SortFunc(list, func(a, b spot) int { return cmp.Or(cmp.Compare(b.first, a.first), cmp.Compare(b.id, a.id)) })
			list = list[skip:min(skip+left, len(list))]
			out, skip, left = append(out, list...), 0, left-len(list)
		}
		runs = runs[n:]
	}
	return out
}

// ranks are the places of values in ascending order; Unknown keeps its own. Values
// that are shown as the same text have the same.
func (p Packets) ranks(values []int64, q PacketQuery) map[int64]int64 {
	ranks := make(map[int64]int64, len(values))
	text := map[int64]string{}
	for _, v := range values {
		switch {
		case v == figure.Unknown:
			ranks[v] = v
		case q.Order.By == ByType && q.TypeRank != nil:
			ranks[v] = int64(q.TypeRank(meshcore.Type(v)))
		case q.Order.By == ByFirstObserver:
			o, _ := p.Store.ObserverByNum(uint32(v))
			text[v] = strings.ToLower(cmp.Or(strings.TrimSpace(o.Name), o.ID)) + "\x00" + o.ID
		case q.Order.By == ByFirstRegion:
			text[v] = strings.ToUpper(p.Store.Region(uint16(v)))
		default:
			ranks[v] = v
		}
	}
	words := slices.Compact(slices.Sorted(maps.Values(text)))
	for v, word := range text {
		at, _ := slices.BinarySearch(words, word)
		ranks[v] = int64(at)
	}
	return ranks
}
