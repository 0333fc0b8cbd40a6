package report

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"slices"
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
	var want []byte
	for _, h := range hops {
		want = append(want, h.Bytes()...)
	}
	always := span{math.MinInt64, math.MaxInt64}
	parts, err := scan(ctx, p.Store, always, func() *sequenceFinder {
		return &sequenceFinder{width: hops[0].Width(), want: want, by: map[uint32]int64{}}
	}, func(part *sequenceFinder, v *store.View) {
		m := matcher{tree: part.find}
		m.each(v, always, part.add)
	})
	all := parts[0]
	for _, part := range parts[1:] {
		all.merge(part)
	}
	d = all.SequenceDetail
	var within []PathCount
	var counts []int64
	for _, count := range all.within {
		if count > 0 {
			counts = append(counts, count)
		}
	}
	least := nth(counts, paths)
	for path, count := range all.within {
		if count >= max(least, 1) {
			within = append(within, PathCount{all.trie.hops(uint32(path)), count})
		}
	}
	slices.SortFunc(within, func(a, b PathCount) int { return cmp.Or(cmp.Compare(b.Count, a.Count), compareHops(a.Hops, b.Hops)) })
	d.Within, d.WithinAll, d.ObserversAll = within[:min(paths, len(within))], len(counts), len(all.by)
	for num, count := range all.by {
		o, _ := p.Store.ObserverByNum(num)
		d.Observers = append(d.Observers, SequenceEnd{o, count})
	}
	slices.SortFunc(d.Observers, func(a, b SequenceEnd) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Observer.Num, b.Observer.Num))
	})
	d.Observers = d.Observers[:min(observers, len(d.Observers))]
	return d, err
}

// sequenceFinder looks for one sequence.
type sequenceFinder struct {
	width int
	want  []byte

	trie   pathTrie
	within []int64          // transmissions received by a path of trie
	by     map[uint32]int64 // observations by observer
	SequenceDetail

	behind  []bool   // by node of the tree: the sequence is on the way there
	heard   []bool   // such nodes that are the whole path of a copy, then the way to these
	ends    []int32  // these nodes
	numbers []uint32 // paths by node
}

// find tells whether a tree has the sequence; behind then tells where.
func (f *sequenceFinder) find(t *mesh.Tree) (has bool) {
	if t.Width != f.width {
		return false
	}
	f.behind = append(f.behind[:0], false)
	last := f.want[len(f.want)-f.width:]
	for i, parent := range t.Parents {
		is := f.behind[parent] || string(t.HopBytes[i*f.width:(i+1)*f.width]) == string(last) && f.leadsTo(t, i+1)
		f.behind, has = append(f.behind, is), has || is
	}
	return has
}

// leadsTo tells whether the sequence ends at a node.
func (f *sequenceFinder) leadsTo(t *mesh.Tree, node int) bool {
	for at := len(f.want) - f.width; at >= 0; at -= f.width {
		if node == 0 || string(t.HopBytes[(node-1)*f.width:node*f.width]) != string(f.want[at:at+f.width]) {
			return false
		}
		node = t.Parent(node)
	}
	return true
}

func (f *sequenceFinder) add(s *mesh.Scanned) {
	if !f.find(&s.Tree) {
		return
	}
	f.heard, f.ends = append(f.heard[:0], make([]bool, len(f.behind))...), f.ends[:0]
	for i := range s.Obs {
		o := &s.Obs[i]
		if !o.HasTree() || !f.behind[o.Leaf] {
			continue
		}
		f.by[o.Observer]++
		if o.SNR4 != mesh.NoSNR {
			f.SNR.add(float64(o.SNR4) / 4)
		}
		if o.RSSI != mesh.NoRSSI {
			f.RSSI.add(float64(o.RSSI))
		}
		if !f.heard[o.Leaf] {
			f.heard[o.Leaf], f.ends = true, append(f.ends, o.Leaf)
		}
	}
	if len(f.ends) == 0 {
		return
	}
	towards(&s.Tree, f.heard)
	f.numbers = f.trie.ofTree(f.numbers, &s.Tree, f.heard)
	f.within = lengthened(f.within, len(f.trie.nodes))
	for _, node := range f.ends {
		f.within[f.numbers[node]]++
	}
	one := SequenceDetail{Matches: 1, First: s.First, Last: s.First}
	one.ByHour[time.UnixMilli(s.First).UTC().Hour()] = 1
	f.join(one)
}

// merge adds what another has found.
func (f *sequenceFinder) merge(o *sequenceFinder) {
	f.join(o.SequenceDetail)
	numbers := f.trie.join(&o.trie)
	f.within = lengthened(f.within, len(f.trie.nodes))
	for path, count := range o.within {
		f.within[numbers[path]] += count
	}
	for observer, count := range o.by {
		f.by[observer] += count
	}
}

// lengthened gives a slice at least n entries.
func lengthened[T any](s []T, n int) []T {
	if n > len(s) {
		s = append(s, make([]T, n-len(s))...)
	}
	return s
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

// nth is the n-th greatest of some counts, the least if there are fewer; it puts
// them in order.
func nth(counts []int64, n int) int64 {
	slices.Sort(counts)
	if len(counts) == 0 {
		return 0
	}
	return counts[max(len(counts)-n, 0)]
}

func compareHops(a, b []meshcore.Hop) int {
	return slices.CompareFunc(a, b, func(a, b meshcore.Hop) int { return bytes.Compare(a.Bytes(), b.Bytes()) })
}
