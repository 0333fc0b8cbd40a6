package report

import (
	"cmp"
	"context"
	"slices"

	"hilltop/appliance/internal/figure"
)

// PacketOrder is an order of the list of packets: by a value, the greatest first
// unless it ascends. What has no value comes last in both directions, and what has
// the same is newest first. The zero PacketOrder is the newest first.
type PacketOrder struct {
	By        PacketValue
	Ascending bool
}

// PacketValue is a value by which packets are put in order.
type PacketValue uint8

// The values. Those from BySNR on are of the reception that a row shows: the first
// that matches.
const (
	ByReceived PacketValue = iota // when the first copy was
	ByCopies                      // receptions, whether they match or not
	ByType                        // as PacketQuery.TypeRank says
	BySNR
	ByHops // relays passed; direct packets and traces have none
	BySize // of the frame
	ByWidth
	ByFirstObserver // name, or ID where there is none
	ByFirstRegion   // name
)

// sorts are the values as figures know them.
var sorts = [...]figure.Sort{
	ByCopies: figure.SortCopies, ByType: figure.SortType, BySNR: figure.SortSNR, ByHops: figure.SortHops, BySize: figure.SortSize,
	ByWidth: figure.SortWidth, ByFirstObserver: figure.SortObserver, ByFirstRegion: figure.SortRegion,
}

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

// arranged gives n of what matches from an offset on, in the order of a query.
func (f *finder) arranged(ctx context.Context, q PacketQuery) ([]spot, error) {
	if q.Order.By != ByReceived {
		return f.ordered(ctx, q)
	}
	return f.part(q.Offset, q.Limit, q.Order.Ascending), nil
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
			parts[i] = f.pick.Mix(v, f.picked(v, f.rows(v), f.heads(v)))
		default:
			if v.Block != nil && !known[i] {
				version := f.pick.Version(v)
				parts[i] = f.pick.Mix(v, f.pick.Pick(v, [2]int{0, v.Block.Len()}, [2]int{}))
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
