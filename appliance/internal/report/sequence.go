package report

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// SequenceDetail is what is known of one sequence of relays.
type SequenceDetail struct {
	Matches     int64 // transmissions in whose paths it occurs
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
	var want []byte
	for _, h := range hops {
		want = append(want, h.Bytes()...)
	}
	width := hops[0].Width()
	within, by := map[string]int64{}, map[uint32]int64{}
	var buf []byte
	var seen []string
	err = p.each(ctx, PacketSearch{}, &matcher{wantsAll: true}, func(s *mesh.Scanned) {
		seen = seen[:0]
		for i := range s.Obs {
			o := &s.Obs[i]
			w, path, ok := receivedPath(buf[:0], s, o)
			if buf = path; !ok || w != width || !hasSequence(path, want, width) {
				continue
			}
			by[o.Observer]++
			if o.SNR4 != mesh.NoSNR {
				d.SNR.add(float64(o.SNR4) / 4)
			}
			if o.RSSI != mesh.NoRSSI {
				d.RSSI.add(float64(o.RSSI))
			}
			seen = append(seen, string(path))
		}
		if len(seen) == 0 {
			return
		}
		slices.Sort(seen)
		for _, path := range slices.Compact(seen) {
			within[path]++
		}
		d.count(s.First)
	})
	d.WithinAll, d.ObserversAll = len(within), len(by)
	for _, path := range most(within, paths, strings.Compare) {
		d.Within = append(d.Within, PathCount{hopsOf([]byte(path), width), within[path]})
	}
	for _, num := range most(by, observers, cmp.Compare[uint32]) {
		o, _ := p.Store.ObserverByNum(num)
		d.Observers = append(d.Observers, SequenceEnd{o, by[num]})
	}
	return d, err
}

func (d *SequenceDetail) count(first int64) {
	if d.Matches == 0 {
		d.First, d.Last = first, first
	}
	d.Matches++
	d.First, d.Last = min(d.First, first), max(d.Last, first)
	d.ByHour[time.UnixMilli(first).UTC().Hour()]++
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
	q := PacketSearch{OfNodes: true, Nodes: []meshcore.PublicKey{key}}
	m := p.matcher(q)
	m.senders = nil // its own adverts are no relaying
	groups := map[string]*NodePath{}
	var buf []byte
	var seen []string
	err = p.each(ctx, q, &m, func(s *mesh.Scanned) {
		out.Transmissions++
		seen = seen[:0]
		for i := range s.Obs {
			width, path, ok := receivedPath(buf[:0], s, &s.Obs[i])
			if buf = path; ok && m.passes(path, width) {
				seen = append(seen, string(append([]byte{byte(width)}, path...)))
			}
		}
		slices.Sort(seen)
		for _, path := range slices.Compact(seen) {
			g := groups[path]
			if g == nil { // the newest comes first
				g = &NodePath{Hops: hopsOf([]byte(path[1:]), int(path[0])), Last: s.First, Sample: s.Hash}
				groups[path] = g
			}
			g.Count++
		}
	})
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
