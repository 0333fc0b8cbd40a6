package report

import (
	"context"
	"time"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// LastHour is the traffic of the 60 minutes up to now, the current one last.
func LastHour(t *index.Traffic, now time.Time) []index.Minute {
	return t.Rate(now.Add(time.Minute).UnixMilli())
}

// ReceptionsLastHour counts those of LastHour.
func ReceptionsLastHour(t *index.Traffic, now time.Time) (n int64) {
	for _, m := range LastHour(t, now) {
		n += m.Observations
	}
	return n
}

// Traffic is what was received within a span.
type Traffic struct {
	Receptions int64
	Packets    int64
	ByHour     []index.Hour // every hour of the span, the current one last; the first may begin before the span
}

// LastDay is the traffic of the 24 hours up to now, to the millisecond: whole
// hours from the index, and what of the first hour belongs to it from the store.
// Its error is that of ctx.
func LastDay(ctx context.Context, st *store.Store, t *index.Traffic, now time.Time) (Traffic, error) {
	const hour = int64(time.Hour / time.Millisecond)
	from, to := now.Add(-24*time.Hour).UnixMilli(), now.UnixMilli()+1
	first := (from/hour + 1) * hour // of the first whole hour
	out := Traffic{ByHour: make([]index.Hour, 24)}
	for i := range out.ByHour {
		out.ByHour[i].Start = first + int64(i)*hour
	}
	for _, h := range t.Hours(first, to) {
		if i := (h.Start - first) / hour; i >= 0 && i < int64(len(out.ByHour)) {
			out.ByHour[i] = h
			out.Receptions += h.Observations
			out.Packets += h.Transmissions
		}
	}
	hours := hoursOf(st, from-earlyMs, first)
	filter := figure.Always()
	filter.From, filter.To = from, first
	received, err := figure.Run(ctx, hours, filter, figure.Want{})
	if err != nil {
		return out, err
	}
	filter.ByFirst = true
	sent, err := figure.Run(ctx, hours, filter, figure.Want{})
	out.Receptions += received.Total.Observations
	out.Packets += sent.Total.Transmissions
	return out, err
}

// hoursOf are the hours that may hold a transmission that stands in from ≤ time
// ≤ to, Unix ms, as figures count them.
func hoursOf(st *store.Store, from, to int64) []figure.Hour {
	return hoursSeen(viewsIn(st, span{from, to + 1}).Hours, anyHead)
}

// anyHead wants every open record.
func anyHead(*store.Head) bool { return true }

// hoursSeen are hours as figures count them: of open records, those whose heads are
// wanted, which have to be the same whenever the same is asked.
func hoursSeen(views []store.View, want func(*store.Head) bool) []figure.Hour {
	hours := make([]figure.Hour, len(views))
	for i := range views {
		v := &views[i]
		hours[i] = figure.Hour{Number: v.Hour, Block: v.Block, State: v.State(), Overridden: v.Over}
		for k := range v.Heads.Chunks() {
			heads := v.Heads.Chunk(k)
			part := figure.OpenPart{Serial: v.Heads.Serial(k), First: heads[0].First, Last: heads[0].Last,
				Each: func(fn func(*mesh.Scanned) bool) { store.EachOf(heads, want, fn) }}
			for n := range heads {
				part.Last = max(part.Last, heads[n].Last) // they are in the order of First
			}
			hours[i].Open = append(hours[i].Open, part)
		}
	}
	return hours
}

// episodeLength is how long after its first copy an episode may have others.
const episodeLength = 10 * time.Minute

// RoleCount is how many nodes have a role.
type RoleCount struct {
	Role   meshcore.Role
	Nodes  int
	Active int // within their usual time
}

// Roles counts the nodes by role, relays first.
func (n Nodes) Roles(now time.Time) []RoleCount {
	order := []meshcore.Role{meshcore.RoleRepeater, meshcore.RoleRoom, meshcore.RoleCompanion, meshcore.RoleSensor}
	place := map[meshcore.Role]int{}
	var out []RoleCount
	for i, r := range order {
		place[r] = i
		out = append(out, RoleCount{Role: r})
	}
	at := listening(n.Store, now.UnixMilli())
	n.each(func(_ int, s *index.NodeStats) {
		i, ok := place[s.Node.Role]
		if !ok {
			i = len(out)
			place[s.Node.Role] = i
			out = append(out, RoleCount{Role: s.Node.Role})
		}
		out[i].Nodes++
		if s.StateAt(at) == mesh.NodeActive {
			out[i].Active++
		}
	})
	return out
}
