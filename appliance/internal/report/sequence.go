package report

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// SequenceDetail is what is known of one sequence of relays.
type SequenceDetail struct {
	Matches     int64 // transmissions in whose tree it occurs
	First, Last int64 // where they stand, Unix ms; 0 without any
	// Of the observations whose own path has the sequence:
	SNR, RSSI    Mean
	ByHour       [24]int64 // transmissions, by the hour of the day, UTC
	Within       []PathCount
	WithinAll    int           // different paths that have it
	Observers    []SequenceEnd // that received such paths, most often first
	ObserversAll int
}

// Mean is an average of some measurements.
type Mean struct {
	Sum   float64
	Count int64
}

func (m *Mean) add(v float64) { m.Sum, m.Count = m.Sum+v, m.Count+1 }

// PathCount is a whole path and how many transmissions were received by it.
type PathCount struct {
	Hops  []meshcore.Hop
	Count int64
}

// SequenceEnd is an observer and how many observations it made.
type SequenceEnd struct {
	Observer mesh.Observer
	Count    int64
}

// SequenceHops checks that hops can be a sequence: two to SequencesMost of one
// width.
func SequenceHops(hops []meshcore.Hop) bool {
	if len(hops) < 2 || len(hops) > meshcore.MaxHops {
		return false
	}
	return !slices.ContainsFunc(hops, func(h meshcore.Hop) bool { return h.Width() != hops[0].Width() })
}

// Sequence describes one sequence of hops, with at most paths of the paths and
// observers of the observers.
func (p Packets) Sequence(ctx context.Context, hops []meshcore.Hop, paths, observers int) (d SequenceDetail, err error) {
	f := sequenceFinder{width: hops[0].Width()}
	for _, h := range hops {
		f.want = append(f.want, h.Bytes()...)
	}
	always := span{math.MinInt64, math.MaxInt64}
	parts, err := scan(ctx, p.Store, always, func() *sequenceFinder {
		return &sequenceFinder{width: f.width, want: f.want, within: map[string]int64{}, by: map[uint32]int64{}}
	}, func(part *sequenceFinder, pick store.HourPick) {
		m := matcher{tree: part.mayHave}
		m.each(pick, always, part.add)
	})
	for _, part := range parts {
		d.join(part.SequenceDetail)
		f.within, f.by = joined(f.within, part.within), joined(f.by, part.by)
	}
	d.WithinAll, d.ObserversAll = len(f.within), len(f.by)
	for _, path := range most(f.within, paths, strings.Compare) {
		d.Within = append(d.Within, PathCount{hopsOf([]byte(path), f.width), f.within[path]})
	}
	for _, num := range most(f.by, observers, cmp.Compare[uint32]) {
		o, _ := p.Store.ObserverByNum(num)
		d.Observers = append(d.Observers, SequenceEnd{o, f.by[num]})
	}
	return d, err
}

// sequenceFinder looks for one sequence.
type sequenceFinder struct {
	width  int
	want   []byte
	within map[string]int64 // by the bytes of the path
	by     map[uint32]int64 // observations by observer
	SequenceDetail

	path []byte
	seen []string
}

// mayHave tells whether the hops of a tree may have the sequence: it has all of
// its hops.
func (f *sequenceFinder) mayHave(width int, hops []byte) bool {
	if width != f.width {
		return false
	}
	for i := 0; i < len(f.want); i += width {
		if !hasSequence(hops, f.want[i:i+width], width) {
			return false
		}
	}
	return true
}

func (f *sequenceFinder) add(s *mesh.Scanned) {
	f.seen = f.seen[:0]
	for i := range s.Obs {
		o := &s.Obs[i]
		if !o.HasTree() {
			continue
		}
		w, path, ok := receivedPath(f.path[:0], s, o)
		if f.path = path; !ok || w != f.width || !hasSequence(path, f.want, w) {
			continue
		}
		f.by[o.Observer]++
		if o.SNR4 != mesh.NoSNR {
			f.SNR.add(float64(o.SNR4) / 4)
		}
		if o.RSSI != mesh.NoRSSI {
			f.RSSI.add(float64(o.RSSI))
		}
		f.seen = append(f.seen, string(path))
	}
	if len(f.seen) == 0 {
		return
	}
	slices.Sort(f.seen)
	for _, path := range slices.Compact(f.seen) {
		f.within[path]++
	}
	one := SequenceDetail{Matches: 1, First: s.First, Last: s.First}
	one.ByHour[time.UnixMilli(s.First).UTC().Hour()] = 1
	f.join(one)
}

// join adds what was counted elsewhere.
func (d *SequenceDetail) join(o SequenceDetail) {
	if o.Matches == 0 {
		return
	}
	if d.Matches == 0 {
		d.First, d.Last = o.First, o.Last
	}
	d.Matches += o.Matches
	d.First, d.Last = min(d.First, o.First), max(d.Last, o.Last)
	d.SNR, d.RSSI = Mean{d.SNR.Sum + o.SNR.Sum, d.SNR.Count + o.SNR.Count}, Mean{d.RSSI.Sum + o.RSSI.Sum, d.RSSI.Count + o.RSSI.Count}
	for i, n := range o.ByHour {
		d.ByHour[i] += n
	}
}

// most gives the n keys with the greatest counts, of as great ones in their
// order.
func most[K comparable](counts map[K]int64, n int, compare func(a, b K) int) []K {
	keys := slices.Collect(maps.Keys(counts))
	slices.SortFunc(keys, func(a, b K) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), compare(a, b)) })
	return keys[:min(n, len(keys))]
}

// NodePath is a path through a node, as it was received.
type NodePath struct {
	Hops   []meshcore.Hop
	Count  int64         // transmissions
	Last   int64         // where the latest of them stands, Unix ms
	Sample meshcore.Hash // of it
}

// NodePaths are the paths through a node.
type NodePaths struct {
	Paths         []NodePath // the latest first
	PathsAll      int
	Transmissions int64 // that it certainly relayed
}

// PathsThrough lists the paths of received copies that passed a node for
// certain: at a hop that it alone fits. It gives limit of them.
func (p Packets) PathsThrough(ctx context.Context, key meshcore.PublicKey, limit int) (out NodePaths, err error) {
	m := p.matcher(PacketSearch{OfNodes: true, Nodes: []meshcore.PublicKey{key}})
	m.senders = nil // its own adverts are no relaying
	always := span{math.MinInt64, math.MaxInt64}
	parts, err := scan(ctx, p.Store, always, func() *pathFinder { return &pathFinder{m: &m, groups: map[string]*NodePath{}} }, func(part *pathFinder, pick store.HourPick) {
		part.m.each(pick, always, part.add)
	})
	groups := map[string]*NodePath{}
	for _, part := range parts {
		out.Transmissions += part.transmissions
		for path, g := range part.groups {
			if groups[path] == nil {
				groups[path] = &NodePath{}
			}
			groups[path].join(*g)
		}
	}
	for _, g := range groups {
		out.Paths = append(out.Paths, *g)
	}
	slices.SortFunc(out.Paths, func(a, b NodePath) int {
		return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(b.Count, a.Count), compareHops(a.Hops, b.Hops))
	})
	out.PathsAll = len(out.Paths)
	out.Paths = out.Paths[:min(limit, len(out.Paths))]
	return out, err
}

// pathFinder gathers the paths through a node.
type pathFinder struct {
	m             *matcher
	groups        map[string]*NodePath // by width and bytes
	transmissions int64

	path []byte
	seen []string
}

func (f *pathFinder) add(s *mesh.Scanned) {
	f.transmissions++
	f.seen = f.seen[:0]
	for i := range s.Obs {
		width, path, ok := receivedPath(append(f.path[:0], 0), s, &s.Obs[i])
		if f.path = path; ok && f.m.passes(path[1:], width) {
			path[0] = byte(width)
			f.seen = append(f.seen, string(path))
		}
	}
	slices.Sort(f.seen)
	for _, path := range slices.Compact(f.seen) {
		g := f.groups[path]
		if g == nil {
			g = &NodePath{Hops: hopsOf([]byte(path[1:]), int(path[0]))}
			f.groups[path] = g
		}
		g.join(NodePath{Hops: g.Hops, Count: 1, Last: s.First, Sample: s.Hash})
	}
}

// join adds the same path counted elsewhere.
func (p *NodePath) join(o NodePath) {
	if p.Count == 0 || o.Last > p.Last || o.Last == p.Last && bytes.Compare(o.Sample[:], p.Sample[:]) > 0 {
		p.Hops, p.Last, p.Sample = o.Hops, o.Last, o.Sample
	}
	p.Count += o.Count
}

// passes tells whether a path has one of the wanted hops.
func (m *matcher) passes(path []byte, width int) bool {
	for i := 0; i+width <= len(path); i += width {
		if m.hops[meshcore.NewHop(path[i:i+width])] {
			return true
		}
	}
	return false
}

func compareHops(a, b []meshcore.Hop) int {
	return slices.CompareFunc(a, b, func(a, b meshcore.Hop) int { return bytes.Compare(a.Bytes(), b.Bytes()) })
}
