package report

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"hilltop/appliance/internal/mesh"
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
func (p Packets) PathsThrough(ctx context.Context, key meshcore.PublicKey, limit int) (out NodePaths, err error) {
	hops := p.Nodes.Hops(key)
	question := fmt.Sprint("paths through ", hops)
	hours := p.Store.Hours()
	parts, err := inParallel(ctx, len(hours), func() *pathsPart { return &pathsPart{pathFinder: newPathFinder(hops)} }, func(part *pathsPart, i int) {
		pick := p.Store.PickHour(hours[i])
		if state := pick.State(); state != "" {
			known, ok := p.Memory.Recall(question, hours[i], state)
			if !ok {
				alone := newPathFinder(hops)
				sealedOf(pick, p.Relays.Within(hours[i], hops), alone.add)
				known = alone.pack()
				p.Memory.Remember(question, hours[i], state, known)
			}
			part.sealed = append(part.sealed, known)
		}
		pick.Open(func(s *mesh.Scanned) bool { return !heardHop(s, part.hops) || part.add(s) })
	})
	all := parts[0].pathFinder
	for i, part := range parts {
		if i > 0 {
			all.merge(part.pathFinder)
		}
		for _, b := range part.sealed {
			all.unpack(b)
		}
	}
	out.Transmissions = all.transmissions
	var last []int64
	for i := range all.seen {
		if all.seen[i].count > 0 {
			last = append(last, all.seen[i].last)
		}
	}
	out.PathsAll = len(last)
	least := nth(last, limit)
	for i := range all.seen {
		if s := &all.seen[i]; s.count > 0 && s.last >= least {
			out.Paths = append(out.Paths, NodePath{all.trie.hops(uint32(i)), s.count, s.last, s.sample})
		}
	}
	slices.SortFunc(out.Paths, func(a, b NodePath) int {
		return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(b.Count, a.Count), compareHops(a.Hops, b.Hops))
	})
	out.Paths = out.Paths[:min(limit, len(out.Paths))]
	return out, err
}

// pathsPart is what a worker has: what open records show, and what sealed hours
// come to, packed.
type pathsPart struct {
	*pathFinder
	sealed [][]byte
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

// pack gives what was found in bytes.
func (f *pathFinder) pack() []byte {
	b := binary.AppendUvarint(nil, uint64(f.transmissions))
	for path, s := range f.seen {
		if s.count == 0 {
			continue
		}
		width, hops := f.trie.bytes(uint32(path))
		b = append(b, byte(width), byte(len(hops)))
		b = append(b, hops...)
		b = binary.AppendVarint(binary.AppendUvarint(b, uint64(s.count)), s.last)
		b = append(b, s.sample[:]...)
	}
	return slices.Clip(slices.Clone(b))
}

// unpack adds what another has packed.
func (f *pathFinder) unpack(b []byte) {
	n, size := binary.Uvarint(b)
	f.transmissions += int64(n)
	for b = b[size:]; len(b) > 0; {
		width, length := int(b[0]), int(b[1])
		path := f.trie.of(b[2:2+length], width)
		b = b[2+length:]
		count, size := binary.Uvarint(b)
		last, more := binary.Varint(b[size:])
		b = b[size+more:]
		f.seen = lengthened(f.seen, len(f.trie.nodes))
		f.seen[path].join(pathSeen{int64(count), last, meshcore.Hash(b[:len(meshcore.Hash{})])})
		b = b[len(meshcore.Hash{}):]
	}
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

// merge adds what another has found.
func (f *pathFinder) merge(o *pathFinder) {
	f.transmissions += o.transmissions
	numbers := f.trie.join(&o.trie)
	f.seen = lengthened(f.seen, len(f.trie.nodes))
	for path, s := range o.seen {
		if s.count > 0 {
			f.seen[numbers[path]].join(s)
		}
	}
}
