package report

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
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

// recentHours is how many hours, the newest, are each remembered by itself, and so are
// those in which late copies have overridden rows. The others of a day are remembered
// together: what they come to changes only when one of them is sealed again, or another
// joins them.
const recentHours = 3

func (p Packets) pathsThrough(ctx context.Context, key meshcore.PublicKey, limit, recent int) (NodePaths, error) {
	hops := p.Nodes.Hops(key)
	views := p.Store.Views(func(uint32) bool { return true }).Hours
	x := nodeHours{p, hops, limit, fmt.Sprint("paths through ", hops), ""}
	x.latest = fmt.Sprint("latest ", limit, " ", x.question)
	groups := groupHours(views, recent)
	state := newStateSum()
	for i := range groups {
		state.add(groups[i].state)
	}
	sealed := state.name()
	for i := range views {
		state.serials(views[i].Hour, views[i].Heads.Serials())
	}
	if known, ok := p.Memory.Recall("all "+x.latest, 0, state.name()); ok {
		return unpackNodePaths(known), nil
	}
	sums, err := x.sums(ctx, groups)
	if err != nil {
		return NodePaths{}, err
	}
	open := newPathFinder(hops)
	for i := range views {
		x.open(&views[i], open)
	}
	out := NodePaths{PathsAll: x.different(sums, sealed), Transmissions: open.transmissions}
	for i := range sums {
		out.Transmissions += sums[i].transmissions
	}
	others, paths := open.beside(sums, limit)
	out.PathsAll, out.Paths = out.PathsAll+others, paths
	p.Memory.Remember("all "+x.latest, 0, state.name(), out.pack())
	return out, nil
}

// nodeHours finds paths through a node hour by hour, and remembers them.
type nodeHours struct {
	p        Packets
	hops     []meshcore.Hop
	limit    int
	question string // of open records
	latest   string // likewise of rows, and how many paths are wanted
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

// sums adds up the rows of each group of hours, if what they come to is not remembered.
func (x nodeHours) sums(ctx context.Context, groups []hourGroup) ([]pathSums, error) {
	out := make([]pathSums, len(groups))
	err := Share(ctx, len(groups), func(_, i int) {
		g := &groups[i]
		question := g.by + x.latest
		known, ok := x.p.Memory.Recall(question, g.number, g.state)
		if !ok {
			alone := newPathFinder(x.hops)
			for _, v := range g.views {
				sealedOf(v, x.p.Relays.Within(v.Hour, x.hops), alone.add)
			}
			known = alone.sums(x.limit)
			x.p.Memory.Remember(question, g.number, g.state, known)
		}
		out[i] = readPathSums(known)
	})
	return out, err
}

// different counts the paths that are in any of the sums, unless that is remembered of
// this state of them.
func (x nodeHours) different(sums []pathSums, state string) int {
	question := "different " + x.question
	if known, ok := x.p.Memory.Recall(question, 0, state); ok {
		n, _ := binary.Uvarint(known)
		return int(n)
	}
	n := differentMarks(sums)
	x.p.Memory.Remember(question, 0, state, binary.AppendUvarint(nil, uint64(n)))
	return n
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
		if s.count > 0 {
			paths = append(paths, f.packed(uint32(path)))
		}
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

// packed is what is known of a path, in bytes.
func (f *pathFinder) packed(path uint32) []byte {
	width, hops := f.trie.bytes(path)
	return packedPath{width, hops, f.seen[path]}.append(make([]byte, 0, 2+len(hops)+2*binary.MaxVarintLen64+len(meshcore.Hash{})))
}

// append gives it in bytes.
func (p packedPath) append(b []byte) []byte {
	b = append(append(b, byte(p.width), byte(len(p.hops))), p.hops...)
	b = binary.AppendVarint(binary.AppendUvarint(b, uint64(p.count)), p.last)
	return append(b, p.sample[:]...)
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
			f.ownPath(o)
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

// ownPath takes the path of a copy beside the tree.
func (f *pathFinder) ownPath(o *mesh.ScannedObs) {
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
