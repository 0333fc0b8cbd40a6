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

// recentHours is how many hours, the newest, are added up one by one: what older
// ones come to together seldom changes.
const recentHours = 24

func (p Packets) pathsThrough(ctx context.Context, key meshcore.PublicKey, limit, recent int) (out NodePaths, err error) {
	hops := p.Nodes.Hops(key)
	hours := p.Store.Hours()
	picks := make([]store.HourPick, len(hours))
	parts, err := inParallel(ctx, len(hours), func() *pathFinder { return newPathFinder(hops) }, func(part *pathFinder, i int) {
		picks[i] = p.Store.PickHour(hours[i])
		picks[i].Open(func(s *mesh.Scanned) bool { return !heardHop(s, part.hops) || part.add(s) })
	})
	if err != nil {
		return out, err
	}
	all := parts[0]
	for _, part := range parts[1:] {
		all.merge(part)
	}
	x := sealedPaths{p, hops, fmt.Sprint("paths through ", hops)}
	recent = min(recent, len(picks))
	if err := x.each(ctx, picks[:recent], all); err != nil {
		return out, err
	}
	if err := x.old(ctx, picks[recent:], all); err != nil {
		return out, err
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

// sealedPaths finds paths in the rows of sealed hours, and remembers them.
type sealedPaths struct {
	p        Packets
	hops     []meshcore.Hop
	question string
}

// each adds those of hours, hour by hour.
func (x sealedPaths) each(ctx context.Context, picks []store.HourPick, to *pathFinder) error {
	found := make([][]byte, len(picks))
	err := Share(ctx, len(picks), func(_, i int) { found[i] = x.hour(picks[i]) })
	for _, b := range found {
		if b != nil {
			to.unpack(b)
		}
	}
	return err
}

// hour packs those of an hour; nil if it has no rows.
func (x sealedPaths) hour(pick store.HourPick) []byte {
	state := pick.State()
	if state == "" {
		return nil
	}
	known, ok := x.p.Memory.Recall(x.question, pick.Hour(), state)
	if !ok {
		alone := newPathFinder(x.hops)
		alone.rows(pick, x.p.Relays.Within(pick.Hour(), x.hops))
		known = alone.pack()
		x.p.Memory.Remember(x.question, pick.Hour(), state, known)
	}
	return known
}

// old adds those of hours, which are remembered as one.
func (x sealedPaths) old(ctx context.Context, picks []store.HourPick, to *pathFinder) error {
	if len(picks) == 0 {
		return nil
	}
	var states []byte
	for _, pick := range picks {
		state := pick.State()
		states = binary.AppendUvarint(binary.AppendUvarint(states, uint64(pick.Hour())), uint64(len(state)))
		states = append(states, state...)
	}
	question := "old " + x.question
	known, ok := x.p.Memory.Recall(question, 0, string(states))
	if !ok {
		sum := newPathFinder(x.hops)
		if err := x.each(ctx, picks, sum); err != nil {
			return err
		}
		known = sum.pack()
		x.p.Memory.Remember(question, 0, string(states), known)
	}
	to.unpack(known)
	return nil
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

// rows looks at those sealed transmissions of an hour that were relayed.
func (f *pathFinder) rows(pick store.HourPick, ids []uint64) {
	if len(ids) == 0 {
		return
	}
	base := ids[0]
	relayed := make([]uint64, (ids[len(ids)-1]-base)/64+1) // a bit for each
	for _, id := range ids {
		relayed[(id-base)/64] |= 1 << ((id - base) % 64)
	}
	is := func(id uint64) bool {
		return id >= base && (id-base)/64 < uint64(len(relayed)) && relayed[(id-base)/64]>>((id-base)%64)&1 != 0
	}
	block, over := pick.Block()
	block.Scan(0, block.Len(), func(row int) bool { return over(row) || !is(block.ID(row)) }, f.add)
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
