package report

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// Widths is how wide the hops of floods are that some relay sent on.
type Widths struct {
	Transmissions [4]int64    // by bytes a hop
	Hours         []WidthHour // those that have any, oldest first
	Hops          []HopCount  // by how many transmissions have it, most first
}

// WidthHour is one hour of them.
type WidthHour struct {
	Start         int64 // Unix ms
	Transmissions [4]int64
}

// HopCount is how many transmissions have a hop.
type HopCount struct {
	Hop           meshcore.Hop
	Transmissions int64
}

// WidthsOf counts the floods with a hop that were received in one of the
// regions, in upper case; nil: anywhere. hops is how many hops are listed. What
// sealed hours came to is remembered in m, which may be nil.
func WidthsOf(ctx context.Context, st *store.Store, m *Memory, regions []string, hops int) (Widths, error) {
	got, first, err := widthRows(ctx, st, m, SequenceQuery{Regions: regions})
	if err != nil {
		return Widths{}, err
	}
	return widthsOf(got.Tables[0], got.Tables[1], first, hops), nil
}

// widthRows counts floods with a hop in a table by width, with a timeline of the
// hours from first on, and in one by relay.
func widthRows(ctx context.Context, st *store.Store, m *Memory, q SequenceQuery) (got figure.Figures, first int64, err error) {
	f := figure.Always()
	f.Routes, f.Hops = []meshcore.Route{meshcore.Flood, meshcore.TransportFlood}, figure.Between(1, math.MaxInt32)
	if q.Regions != nil {
		f.Regions = append([]uint16{}, numbersOf(st, q.Regions)...)
	}
	if q.From != 0 || q.To != 0 {
		in := PacketSearch{From: q.From, To: q.To}.span()
		f.From, f.To, f.ByFirst = in.from, in.to, true
	}
	held := st.Counts()
	first = held.From - held.From%hourMs
	w := figure.Want{Tables: []figure.Table{{By: figure.ByWidth, Timeline: true}, {By: figure.ByRelay}},
		Timeline: figure.Timeline{From: first, Each: time.Hour, Buckets: int((held.To-first)/hourMs) + 1}}
	got, err = m.Run(ctx, hoursOf(st, max(f.From, math.MinInt64/2), min(f.To, math.MaxInt64/2)), f, w)
	return got, first, err
}

// widthsOf sums rows by width and by hop up.
func widthsOf(widths, relays []figure.Row, first int64, hops int) (out Widths) {
	hours := map[int64]*WidthHour{}
	for _, row := range widths {
		if row.Key < 1 || row.Key > 3 {
			continue
		}
		out.Transmissions[row.Key] = row.Transmissions
		for i, c := range row.Timeline {
			if c.Transmissions == 0 {
				continue
			}
			start := first + int64(i)*hourMs
			if hours[start] == nil {
				hours[start] = &WidthHour{Start: start}
			}
			hours[start].Transmissions[row.Key] = c.Transmissions
		}
	}
	for _, start := range slices.Sorted(maps.Keys(hours)) {
		out.Hours = append(out.Hours, *hours[start])
	}
	for _, row := range relays {
		out.Hops = append(out.Hops, HopCount{figure.HopOf(row.Key), row.Transmissions})
	}
	slices.SortStableFunc(out.Hops, func(a, b HopCount) int { return cmp.Compare(b.Transmissions, a.Transmissions) })
	out.Hops = out.Hops[:min(hops, len(out.Hops))]
	return out
}
