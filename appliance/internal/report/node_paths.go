package report

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

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
func (p Packets) PathsThrough(ctx context.Context, key meshcore.PublicKey, limit int) (NodePaths, error) {
	return p.pathsThrough(ctx, key, limit, recentHours)
}

// recentHours is how many hours, the newest, are added up one by one, and so are
// those in which late copies have overridden rows. What the others come to
// together changes when one of these is sealed again, or another joins them.
const recentHours = 3

func (p Packets) pathsThrough(ctx context.Context, key meshcore.PublicKey, limit, recent int) (out NodePaths, err error) {
	hops := p.Nodes.Hops(key)
	views := p.Store.Views(func(uint32) bool { return true }).Hours
	x := nodeHours{p, hops, fmt.Sprint("paths through ", hops)}
	all := newPathFinder(hops)
	var changing, settled []*store.View
	for i := range views {
		v := &views[i]
		x.open(v, all)
		if i < recent || v.Overridden() {
			changing = append(changing, v)
		} else {
			settled = append(settled, v)
		}
	}
	if err := x.each(ctx, changing, all); err != nil {
		return out, err
	}
	old, err := x.old(ctx, settled, all)
	if err != nil {
		return out, err
	}
	last := all.lasts()
	since := int64(math.MinInt64)
	if len(last) >= limit {
		since = nth(last, limit) // what was seen last before is not shown
	}
	others, late := all.besides(old, since)
	last = all.lasts() // those that are in old too may be later
	out.Transmissions, out.PathsAll = all.transmissions, len(last)+others
	for _, x := range late {
		last = append(last, x.Last)
	}
	least := nth(last, limit)
	for i := range all.seen {
		if s := &all.seen[i]; s.count > 0 && s.last >= least {
			out.Paths = append(out.Paths, NodePath{all.trie.hops(uint32(i)), s.count, s.last, s.sample})
		}
	}
	out.Paths = append(out.Paths, late...)
	slices.SortFunc(out.Paths, func(a, b NodePath) int {
		return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(b.Count, a.Count), compareHops(a.Hops, b.Hops))
	})
	out.Paths = out.Paths[:min(limit, len(out.Paths))]
	return out, err
}

// nodeHours finds paths through a node hour by hour, and remembers them.
type nodeHours struct {
	p        Packets
	hops     []meshcore.Hop
	question string
}

// open adds those of the open records of an hour.
func (x nodeHours) open(v *store.View, to *pathFinder) {
	mentions := mentioning(x.hops)
	x.p.Memory.EachPart(x.question, v.Hour, v.Heads.Serials(), func(k int) []byte {
		alone := newPathFinder(x.hops)
		store.EachOf(v.Heads.Chunk(k), mentions, func(s *mesh.Scanned) bool { return !heardHop(s, alone.hops) || alone.add(s) })
		return alone.pack()
	}, func(_ int, packed []byte) { to.unpack(packed) })
}

// each adds those of the rows of hours, hour by hour.
func (x nodeHours) each(ctx context.Context, views []*store.View, to *pathFinder) error {
	found := make([][]byte, len(views))
	err := Share(ctx, len(views), func(_, i int) { found[i] = x.hour(views[i]) })
	for _, b := range found {
		if b != nil {
			to.unpack(b)
		}
	}
	return err
}

// hour packs those of an hour; nil if it has no rows.
func (x nodeHours) hour(v *store.View) []byte {
	state := v.State()
	if state == "" {
		return nil
	}
	known, ok := x.p.Memory.Recall(x.question, v.Hour, state)
	if !ok {
		alone := newPathFinder(x.hops)
		sealedOf(v, x.p.Relays.Within(v.Hour, x.hops), alone.add)
		known = alone.pack()
		x.p.Memory.Remember(x.question, v.Hour, state, known)
	}
	return known
}

// old packs those of hours together, which are remembered as one once they are
// asked for a second time. Before that they are added, as those of each.
func (x nodeHours) old(ctx context.Context, views []*store.View, to *pathFinder) ([]byte, error) {
	var states []byte
	for _, v := range views {
		state := v.State()
		states = binary.AppendUvarint(binary.AppendUvarint(states, uint64(v.Hour)), uint64(len(state)))
		states = append(states, state...)
	}
	question := "old " + x.question
	known, asked := x.p.Memory.Recall(question, 0, string(states))
	if len(known) > 0 {
		return known, nil
	}
	if !asked {
		x.p.Memory.Remember(question, 0, string(states), nil)
		return nil, x.each(ctx, views, to)
	}
	sum := newPathFinder(x.hops)
	if err := x.each(ctx, views, sum); err != nil {
		return nil, err
	}
	known = sum.pack()
	x.p.Memory.Remember(question, 0, string(states), known)
	return known, nil
}

// pathFinder gathers the paths through a node.
type pathFinder struct {
	hops          map[meshcore.Hop]bool
	trie          pathTrie
	seen          []pathSeen // by path of trie
	transmissions int64

	behind  []bool   // by node of the tree: the node is on the way there
	heard   []bool   // such nodes that are the whole path of a copy, then the way to these
	ends    []int32  // these nodes
	numbers []uint32 // paths by node
	own     []uint32 // paths of copies beside the tree
}

// pathSeen is what is known of a path.
type pathSeen struct {
	count, last int64
	sample      meshcore.Hash
}

func newPathFinder(hops []meshcore.Hop) *pathFinder {
	f := &pathFinder{hops: map[meshcore.Hop]bool{}}
	for _, h := range hops {
		f.hops[h] = true
	}
	return f
}

// pack gives what was found in bytes, the paths in the order of their widths and
// hops.
func (f *pathFinder) pack() []byte {
	var paths [][]byte
	for path, s := range f.seen {
		if s.count == 0 {
			continue
		}
		width, hops := f.trie.bytes(uint32(path))
		b := append(make([]byte, 0, 2+len(hops)+2*binary.MaxVarintLen64+len(s.sample)), byte(width), byte(len(hops)))
		b = append(b, hops...)
		b = binary.AppendVarint(binary.AppendUvarint(b, uint64(s.count)), s.last)
		paths = append(paths, append(b, s.sample[:]...))
	}
	slices.SortFunc(paths, func(a, b []byte) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), bytes.Compare(a[2:2+a[1]], b[2:2+b[1]]))
	})
	out := binary.AppendUvarint(nil, uint64(f.transmissions))
	for _, b := range paths {
		out = append(out, b...)
	}
	return slices.Clip(slices.Clone(out))
}

// packedPath is a path that was packed.
type packedPath struct {
	width int
	hops  []byte
	pathSeen
}

// eachPacked gives the paths that were packed, after the count of transmissions.
func eachPacked(b []byte, fn func(packedPath)) {
	for len(b) > 0 {
		p := packedPath{width: int(b[0]), hops: b[2 : 2+b[1]]}
		b = b[2+b[1]:]
		count, size := binary.Uvarint(b)
		last, more := binary.Varint(b[size:])
		b = b[size+more:]
		p.count, p.last, p.sample = int64(count), last, meshcore.Hash(b[:len(meshcore.Hash{})])
		b = b[len(meshcore.Hash{}):]
		fn(p)
	}
}

// lasts are when those paths that were seen were seen last.
func (f *pathFinder) lasts() (last []int64) {
	for i := range f.seen {
		if f.seen[i].count > 0 {
			last = append(last, f.seen[i].last)
		}
	}
	return last
}

// besides adds what another has packed to the paths that were seen here. It counts
// the others, and gives those of them that were seen at a time or later.
func (f *pathFinder) besides(b []byte, since int64) (others int, late []NodePath) {
	n, size := binary.Uvarint(b)
	f.transmissions += int64(n)
	f.seen = lengthened(f.seen, len(f.trie.nodes))
	var before packedPath
	var ways []uint32 // of the path before, by how many hops: its number here; 0 none
	eachPacked(b[size:], func(p packedPath) {
		same := 0 // hops that both begin with
		if p.width == before.width {
			for same < min(len(p.hops), len(before.hops))/p.width && bytes.Equal(p.hops[same*p.width:(same+1)*p.width], before.hops[same*p.width:(same+1)*p.width]) {
				same++
			}
			ways = ways[:same+1]
		} else {
			ways = append(ways[:0], uint32(p.width))
		}
		for at := same * p.width; at < len(p.hops); at += p.width {
			way := ways[len(ways)-1]
			if way != 0 {
				way = f.trie.find(way, hopNumber(p.hops[at:at+p.width]))
			}
			ways = append(ways, way)
		}
		before = p
		if at := ways[len(ways)-1]; at != 0 && f.seen[at].count > 0 {
			f.seen[at].join(p.pathSeen)
			return
		}
		if others++; p.last >= since {
			late = append(late, NodePath{hopsOf(p.hops, p.width), p.count, p.last, p.sample})
		}
	})
	return others, late
}

// unpack adds what another has packed.
func (f *pathFinder) unpack(b []byte) {
	n, size := binary.Uvarint(b)
	f.transmissions += int64(n)
	eachPacked(b[size:], func(p packedPath) {
		path := f.trie.of(p.hops, p.width)
		f.seen = lengthened(f.seen, len(f.trie.nodes))
		f.seen[path].join(p.pathSeen)
	})
}

// add takes the paths of a transmission.
func (f *pathFinder) add(s *mesh.Scanned) bool {
	f.transmissions++
	t := &s.Tree
	f.behind = append(f.behind[:0], false)
	for i, parent := range t.Parents {
		f.behind = append(f.behind, f.behind[parent] || f.hops[t.Hop(i+1)])
	}
	f.heard, f.ends, f.own = append(f.heard[:0], make([]bool, len(f.behind))...), f.ends[:0], f.own[:0]
	for i := range s.Obs {
		o := &s.Obs[i]
		if !o.HasTree() {
			f.beside(o)
		} else if f.behind[o.Leaf] && !f.heard[o.Leaf] {
			f.heard[o.Leaf], f.ends = true, append(f.ends, o.Leaf)
		}
	}
	towards(t, f.heard)
	f.numbers = f.trie.ofTree(f.numbers, t, f.heard)
	for _, node := range f.ends {
		f.note(f.numbers[node], s)
	}
	slices.Sort(f.own)
	for _, path := range slices.Compact(f.own) {
		if !slices.ContainsFunc(f.ends, func(node int32) bool { return f.numbers[node] == path }) {
			f.note(path, s)
		}
	}
	return true
}

// beside takes the path of a copy beside the tree.
func (f *pathFinder) beside(o *mesh.ScannedObs) {
	width, path, ok := ownHeard(o)
	for at := 0; ok && at+width <= len(path); at += width {
		if f.hops[meshcore.NewHop(path[at:at+width])] {
			f.own = append(f.own, f.trie.of(path, width))
			return
		}
	}
}

// note counts a transmission that was received by a path.
func (f *pathFinder) note(path uint32, s *mesh.Scanned) {
	f.seen = lengthened(f.seen, len(f.trie.nodes))
	f.seen[path].join(pathSeen{1, s.First, s.Hash})
}

// join adds the same path counted elsewhere.
func (p *pathSeen) join(o pathSeen) {
	if p.count == 0 || o.last > p.last || o.last == p.last && bytes.Compare(o.sample[:], p.sample[:]) > 0 {
		p.last, p.sample = o.last, o.sample
	}
	p.count += o.count
}
