package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"hash/maphash"
	"math/bits"
	"slices"
	"sort"

	"hilltop/appliance/internal/store"
)

// A busy relay has passed on by hundreds of thousands of paths, of which only the
// latest are shown. Of all others it has to be known how often each was seen, and that
// it is one: for that a mark of eight bytes is enough.

// hourGroup is hours whose rows are added up together.
type hourGroup struct {
	by     string // kind of group
	number uint32 // among those of its kind: hour, or day since 1970
	state  string // of the rows of all of them
	views  []*store.View
}

// groupHours parts hours that have rows, given the newest first: each of the newest,
// and of those with overridden rows, by itself, the others by days.
func groupHours(views []store.View, recent int) (groups []hourGroup) {
	for i := range views {
		v := &views[i]
		state := v.State()
		if state == "" {
			continue
		}
		if i < recent || v.Overridden() {
			groups = append(groups, hourGroup{"hour ", v.Hour, state, []*store.View{v}})
			continue
		}
		day := v.Hour / 24
		at := slices.IndexFunc(groups, func(g hourGroup) bool { return g.by == "day " && g.number == day })
		if at < 0 {
			at, groups = len(groups), append(groups, hourGroup{by: "day ", number: day})
		}
		g := &groups[at]
		g.views = append(g.views, v)
		g.state += string(binary.AppendUvarint(binary.AppendUvarint(nil, uint64(v.Hour)), uint64(len(state)))) + state
	}
	return groups
}

// stateSum tells states of hours apart.
type stateSum struct{ sum hash.Hash }

func newStateSum() stateSum { return stateSum{sha256.New()} }

func (s stateSum) add(state string) {
	s.sum.Write(binary.AppendUvarint(nil, uint64(len(state))))
	s.sum.Write([]byte(state))
}

func (s stateSum) serials(hour uint32, list []uint64) {
	b := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(hour)), uint64(len(list)))
	for _, serial := range list {
		b = binary.AppendUvarint(b, serial)
	}
	s.sum.Write(b)
}

func (s stateSum) name() string { return string(s.sum.Sum(nil)) }

// pathSums is what some hours say of the paths through a node.
type pathSums struct {
	transmissions int64
	marks         []byte // of all paths, eight bytes each, ascending
	many          []byte // of those that were seen more than once: which one and how often, four bytes each
	latest        []byte // those seen last, in full, as eachPacked reads them
}

const (
	markSize = 8
	manySize = 8
)

// sums packs what was found, in full the paths seen last: limit of them, and those seen
// at the time of the last of these.
func (f *pathFinder) sums(limit int) []byte {
	type marked struct {
		mark uint64
		n    int64
	}
	var all []marked
	var last []int64
	for i, mark := range f.marks() {
		if i < len(f.seen) && f.seen[i].count > 0 {
			all, last = append(all, marked{mark, f.seen[i].count}), append(last, f.seen[i].last)
		}
	}
	slices.SortFunc(all, func(a, b marked) int { return cmp.Compare(a.mark, b.mark) })
	b := binary.AppendUvarint(make([]byte, 0, 32+markSize*len(all)), uint64(f.transmissions))
	b = binary.AppendUvarint(b, uint64(len(all)))
	var many []byte
	for i, m := range all {
		b = binary.BigEndian.AppendUint64(b, m.mark)
		if m.n > 1 {
			many = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(many, uint32(i)), uint32(m.n))
		}
	}
	b = append(binary.AppendUvarint(b, uint64(len(many)/manySize)), many...)
	least := nth(last, limit)
	for i := range f.seen {
		if f.seen[i].count > 0 && f.seen[i].last >= least {
			b = append(b, f.packed(uint32(i))...)
		}
	}
	return slices.Clip(slices.Clone(b))
}

// readPathSums reads what sums gave.
func readPathSums(b []byte) (s pathSums) {
	number := func() int {
		n, size := binary.Uvarint(b)
		b = b[size:]
		return int(n)
	}
	take := func(n int) []byte {
		taken := b[:n]
		b = b[n:]
		return taken
	}
	s.transmissions = int64(number())
	s.marks = take(markSize * number())
	s.many = take(manySize * number())
	s.latest = b
	return s
}

// markSeed makes marks such that nobody can send paths of the same.
var markSeed = maphash.MakeSeed()

// marks are those of the paths, by number. Two paths of the same are as rare as two
// packets of the same hash.
func (f *pathFinder) marks() []uint64 {
	type step struct {
		before uint64
		hop    uint32
	}
	marks := make([]uint64, len(f.trie.nodes))
	for i, n := range f.trie.nodes {
		s := step{hop: n.hop}
		if i < pathRoots {
			s.hop = uint32(i)
		} else {
			s.before = marks[n.before]
		}
		marks[i] = maphash.Comparable(markSeed, s)
	}
	return marks
}

func (s *pathSums) mark(i int) uint64 { return binary.BigEndian.Uint64(s.marks[markSize*i:]) }

// count is how often the path of a mark was seen.
func (s *pathSums) count(mark uint64) int64 {
	n := len(s.marks) / markSize
	at, _ := bits.Mul64(mark, uint64(n)) // about there: marks are spread evenly
	from, to := int(at), int(at)
	for step := 1; from > 0 && s.mark(from) > mark; step *= 2 {
		to, from = from, max(0, from-step)
	}
	for step := 1; to < n && s.mark(to) < mark; step *= 2 {
		from, to = to, min(n, to+step)
	}
	i := from + sort.Search(to-from, func(i int) bool { return s.mark(from+i) >= mark })
	if i == n || s.mark(i) != mark {
		return 0
	}
	k := sort.Search(len(s.many)/manySize, func(k int) bool { return int(binary.BigEndian.Uint32(s.many[manySize*k:])) >= i })
	if at := s.many[min(manySize*k, len(s.many)):]; len(at) > 0 && int(binary.BigEndian.Uint32(at)) == i {
		return int64(binary.BigEndian.Uint32(at[4:]))
	}
	return 1
}

// differentMarks counts the paths that are in any of the sums.
func differentMarks(sums []pathSums) int {
	var all []uint64
	for k := range sums {
		for i := range len(sums[k].marks) / markSize {
			all = append(all, sums[k].mark(i))
		}
	}
	slices.Sort(all)
	return len(slices.Compact(all))
}

// beside counts the paths that were seen here and are in none of the sums, and gives
// limit of all, the latest first.
//
// A path that is not among the latest of some sum was seen there before limit others:
// if that was its last time, it is not shown, and else what is known of it elsewhere is
// enough.
func (f *pathFinder) beside(sums []pathSums, limit int) (others int, paths []NodePath) {
	f.seen = lengthened(f.seen, len(f.trie.nodes))
	marks := f.marks()
	for i := range f.seen {
		if f.seen[i].count > 0 && !slices.ContainsFunc(sums, func(s pathSums) bool { return s.count(marks[i]) > 0 }) {
			others++
		}
	}
	own := slices.Clone(f.seen)
	for i := range sums {
		eachPacked(sums[i].latest, func(p packedPath) {
			path := f.trie.of(p.hops, p.width)
			f.seen = lengthened(f.seen, len(f.trie.nodes))
			f.seen[path].join(p.pathSeen)
		})
	}
	own, marks = lengthened(own, len(f.trie.nodes)), f.marks()
	var last []int64
	for i := range f.seen {
		if f.seen[i].count > 0 {
			last = append(last, f.seen[i].last)
		}
	}
	least := nth(last, limit)
	for i := range f.seen {
		seen := f.seen[i]
		if seen.count == 0 || seen.last < least {
			continue
		}
		count := own[i].count
		for k := range sums {
			count += sums[k].count(marks[i])
		}
		paths = append(paths, NodePath{f.trie.hops(uint32(i)), count, seen.last, seen.sample})
	}
	slices.SortFunc(paths, func(a, b NodePath) int {
		return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(b.Count, a.Count), compareHops(a.Hops, b.Hops))
	})
	return others, paths[:min(limit, len(paths))]
}

// pack gives the answer in bytes.
func (n NodePaths) pack() []byte {
	b := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(n.PathsAll)), uint64(n.Transmissions))
	for _, p := range n.Paths {
		packed := packedPath{pathSeen: pathSeen{p.Count, p.Last, p.Sample}}
		for _, h := range p.Hops {
			packed.width, packed.hops = h.Width(), append(packed.hops, h.Bytes()...)
		}
		b = packed.append(b)
	}
	return slices.Clip(b)
}

// unpackNodePaths reads what pack gave.
func unpackNodePaths(b []byte) (n NodePaths) {
	all, size := binary.Uvarint(b)
	transmissions, more := binary.Uvarint(b[size:])
	n.PathsAll, n.Transmissions = int(all), int64(transmissions)
	eachPacked(b[size+more:], func(p packedPath) {
		n.Paths = append(n.Paths, NodePath{hopsOf(p.hops, p.width), p.count, p.last, p.sample})
	})
	return n
}
