package report

import (
	"cmp"
	"context"
	"slices"

	"hilltop/appliance/internal/figure"
)

// PacketOrder is an order of the list of packets.
type PacketOrder uint8

// The orders. Packets of which as many copies were heard are newest first.
const (
	NewestFirst PacketOrder = iota
	OldestFirst
	MostCopies
)

// ReceptionOrder is an order of a packet's receptions.
type ReceptionOrder uint8

// The orders. Receptions that are equal in it are earliest first.
const (
	EarliestReception ReceptionOrder = iota
	LatestReception
	ByObserver
	ShortestPath
	LongestPath
)

// sorted puts receptions, which are in the order in which they stand, into this
// one.
func (o ReceptionOrder) sorted(list []Reception) []Reception {
	hops := func(r Reception) int { return int(r.Obs.PathLen & 63) }
	switch o {
	case LatestReception:
		slices.Reverse(list)
	case ByObserver:
		// The observer that heard it first comes first, with all its receptions.
		place := map[uint32]int{}
		for i, r := range list {
			if _, ok := place[r.Obs.Observer]; !ok {
				place[r.Obs.Observer] = i
			}
		}
		slices.SortStableFunc(list, func(a, b Reception) int { return cmp.Compare(place[a.Obs.Observer], place[b.Obs.Observer]) })
	case ShortestPath:
		slices.SortStableFunc(list, func(a, b Reception) int { return cmp.Compare(hops(a), hops(b)) })
	case LongestPath:
		slices.SortStableFunc(list, func(a, b Reception) int { return cmp.Compare(hops(b), hops(a)) })
	}
	return list
}

// arranged gives n of what matches from an offset on, in an order.
func (f *finder) arranged(ctx context.Context, order PacketOrder, offset, n int) ([]spot, error) {
	if order == MostCopies {
		return f.most(ctx, offset, n)
	}
	return f.part(offset, n, order == OldestFirst), nil
}

// copiesCounted is from which number of copies on packets are counted together.
const copiesCounted = 1 << 10

// most gives n of what matches from an offset on, that of which most copies were
// heard first.
func (f *finder) most(ctx context.Context, offset, n int) ([]spot, error) {
	end := min(offset+n, f.total)
	if offset >= end {
		return nil, nil
	}
	picked := make([]figure.Picked, len(f.views))
	counts := make([][copiesCounted + 1]int, workers(len(f.views)))
	err := Share(ctx, len(f.views), func(worker, i int) {
		if f.counts[i].Total() == 0 {
			return
		}
		v := &f.views[i]
		picked[i] = f.pick.Pick(v, f.rows(v), f.heads(v))
		for _, row := range picked[i].Rows {
			counts[worker][min(v.Block.Copies(int(row)), copiesCounted)]++
		}
		for _, k := range picked[i].Heads {
			counts[worker][min(len(v.Heads.At(int(k)).Voices), copiesCounted)]++
		}
	})
	if err != nil {
		return nil, err
	}
	least, wanted := leastCopies(counts, end)
	var list []ranked
	last := -1 // the view after which there are enough of those that are equal
	for i := range f.views {
		v, found := &f.views[i], picked[i]
		if last >= 0 && i > last+1 {
			wanted = -1
		}
		take := func(copies int, s spot) {
			if copies > least || copies == least && wanted >= 0 || copies >= copiesCounted {
				list = append(list, ranked{s, copies})
				if copies == least {
					wanted = max(wanted-1, 0)
				}
			}
		}
		for _, row := range found.Rows {
			take(v.Block.Copies(int(row)), spot{v.Block.First(int(row)), v.Block.ID(int(row)), v, int(row), 0})
		}
		for _, k := range found.Heads {
			h := v.Heads.At(int(k))
			take(len(h.Voices), spot{h.First, h.ID, v, -1, int(k)})
		}
		// What is kept with this hour may stand in the hour before: among equal
		// ones the next view can have newer ones.
		if wanted == 0 && last < 0 {
			last = i
		}
	}
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.copies, a.copies), cmp.Compare(b.first, a.first), cmp.Compare(b.id, a.id))
	})
	out := make([]spot, 0, end-offset)
	for _, r := range list[offset:end] {
		out = append(out, r.spot)
	}
	return out, nil
}

// ranked is a packet that was found, with how many copies of it were heard.
type ranked struct {
	spot
	copies int
}

// leastCopies is how many copies the n-th packet has, and how many of those that
// have as many are among the first n.
func leastCopies(counts [][copiesCounted + 1]int, n int) (least, wanted int) {
	for least = copiesCounted; ; least-- {
		here := 0
		for i := range counts {
			here += counts[i][least]
		}
		if here >= n || least == 0 {
			return least, n
		}
		n -= here
	}
}

// mix counts what everything that was found comes to.
func (f *finder) mix(ctx context.Context) (all figure.Mix, err error) {
	parts := make([]figure.Mix, len(f.views))
	known := f.tallies.KnownMix(f.pick.Selector, f.views, parts)
	err = Share(ctx, len(f.views), func(_, i int) {
		v := &f.views[i]
		switch {
		case f.counts[i].Total() == 0:
			parts[i] = figure.Mix{}
		case !f.whole(v):
			parts[i] = f.pick.Mix(v, f.rows(v), f.heads(v))
		default:
			if v.Block != nil && !known[i] {
				version := f.pick.Version(v)
				parts[i] = f.pick.Mix(v, [2]int{0, v.Block.Len()}, [2]int{})
				f.tallies.RememberMix(f.pick.Selector, version, parts[i])
			}
			_, open := f.tallies.Open(f.pick, v)
			parts[i].Add(open)
		}
	})
	for _, m := range parts {
		all.Add(m)
	}
	return all, err
}
