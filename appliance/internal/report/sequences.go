package report

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// SequencesMost is the greatest number of hops of a sequence that is counted.
const SequencesMost = 8

// SequenceQuery asks for sequences of relays: hops that follow one another in
// the tree of a flood. The few copies beside a tree, with hops of another width
// or other transport codes, do not count.
type SequenceQuery struct {
	Regions  []string // upper case; a copy was received in one of them
	From, To int64    // first received within [From, To), Unix ms; 0 is open
}

// SequenceGroup asks for the most frequent sequences of some lengths.
type SequenceGroup struct {
	Least, Most int // hops, 2 to SequencesMost
	Limit       int
}

// Sequence is a sequence of relays.
type Sequence struct {
	Hops  []meshcore.Hop // in the direction of travel
	Count int64          // transmissions in whose tree it occurs
}

// SequenceList is the most frequent sequences, and how many transmissions have
// a path of two hops or more.
type SequenceList struct {
	Groups [][]Sequence // by group asked for; the most frequent first
	Paths  int64
}

// Sequences counts sequences of relays. A transmission counts once for each
// sequence, however many of its copies have it. Where nothing is filtered, the
// index has counted the sequences of at most four hops.
func (p Packets) Sequences(ctx context.Context, routes *index.Routes, q SequenceQuery, groups []SequenceGroup) (out SequenceList, err error) {
	return p.SequencesTrying(ctx, routes, q, groups, sequencesTried)
}

// SequencesTrying is Sequences that tries with this many of the most frequent
// four hops first, for tests: the answer is the same.
func (p Packets) SequencesTrying(ctx context.Context, routes *index.Routes, q SequenceQuery, groups []SequenceGroup, tried int) (out SequenceList, err error) {
	all := q.Regions == nil && q.From == 0 && q.To == 0 && routes.Counted()
	least := 2
	if all {
		least = indexLongest + 1
	}
	c, err := p.countSequences(ctx, routes, q, groups, least, tried)
	if err != nil {
		return out, err
	}
	if out.Paths = c.paths; all {
		out.Paths = routes.Top(2, 2, 0).Paths
	}
	for _, g := range groups {
		list := c.top(g)
		if all && g.Least <= indexLongest {
			for _, r := range routes.Top(g.Least, min(g.Most, indexLongest), g.Limit).Routes {
				list = append(list, Sequence{r.Hops, r.Count})
			}
			slices.SortStableFunc(list, compareSequences)
			list = list[:min(len(list), g.Limit)]
		}
		out.Groups = append(out.Groups, list)
	}
	return out, nil
}

// indexLongest is the greatest number of hops of a sequence in the index.
const indexLongest = 4

// compareSequences orders the most frequent first; of as frequent ones the
// shorter, then by their hops.
func compareSequences(a, b Sequence) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(len(a.Hops), len(b.Hops)), cmp.Compare(a.Hops[0].Width(), b.Hops[0].Width()), compareHops(a.Hops, b.Hops))
}

// countSequences counts the sequences of the groups' lengths from least hops on.
//
// There are millions, nearly all of them heard once or twice. A sequence occurs
// no more often than any part of it, and under a filter no more often than
// without. So only those are counted that are among the most frequent of the
// index, or, beyond four hops, whose every four hops are: all others occur less
// often than the rarest of these. If that leaves too few, it is done again with
// more of them.
func (p Packets) countSequences(ctx context.Context, routes *index.Routes, q SequenceQuery, groups []SequenceGroup, least, tried int) (*sequenceCounter, error) {
	for most := tried; ; most *= 8 {
		c := &sequenceCounter{}
		any := false
		for _, g := range groups {
			for n := max(g.Least, least); n <= g.Most; n++ {
				c.wanted[n], any = true, true
			}
		}
		if !any {
			return c, nil
		}
		var rarest int64 // of what was cut off
		if routes.Counted() {
			for n := 2; n <= indexLongest; n++ {
				frequent := routes.Top(n, n, most).Routes
				if c.frequent[n] = newSequenceSet(frequent); len(frequent) == most {
					rarest = max(rarest, frequent[most-1].Count)
				}
			}
		}
		if err := p.runSequences(ctx, q, c); err != nil {
			return nil, err
		}
		if rarest == 0 || c.enough(groups, least, rarest) {
			return c, nil
		}
	}
}

// sequencesTried is how many of the most frequent four hops are tried first.
const sequencesTried = 4096

// runSequences counts over all hours.
func (p Packets) runSequences(ctx context.Context, q SequenceQuery, c *sequenceCounter) error {
	search := PacketSearch{Regions: q.Regions, From: q.From, To: q.To}
	m := p.matcher(search)
	m.tree = func(width int, hops []byte) bool { return len(hops) > width }
	parts, err := scan(ctx, p.Store, search.span(), func() *sequenceCounter {
		return &sequenceCounter{wanted: c.wanted, frequent: c.frequent}
	}, func(part *sequenceCounter, pick store.HourPick) {
		m.each(pick, search.span(), part.add)
	})
	if err != nil {
		return err
	}
	for _, part := range parts {
		c.join(part)
	}
	return nil
}

// sequenceCounter counts sequences by their bytes: those that fit eight bytes
// as a number.
type sequenceCounter struct {
	wanted [SequencesMost + 1]bool // by hops
	short  [4][SequencesMost + 1]map[uint64]int64
	long   [4][SequencesMost + 1]map[wideBytes]int64
	paths  int64

	frequent [indexLongest + 1]*sequenceSet // by hops; nil: any

	keys  []sequenceKey // of one transmission
	whole []bool        // by node of its tree: the four hops that end there are frequent
}

// wideBytes are the bytes of a sequence that has more than eight, at the front.
type wideBytes [3 * SequencesMost]byte

// sequenceKey is a sequence: its hops' width, their number and their bytes, in
// number if these are at most eight, else in wide.
type sequenceKey struct {
	width, hops uint8
	number      uint64
	wide        wideBytes
}

// len is how many bytes it has.
func (k sequenceKey) len() int { return int(k.width) * int(k.hops) }

func (k sequenceKey) compare(b sequenceKey) int {
	return cmp.Or(cmp.Compare(k.width, b.width), cmp.Compare(k.hops, b.hops), cmp.Compare(k.number, b.number), bytes.Compare(k.wide[:], b.wide[:]))
}

func keyOf(width int, b []byte) sequenceKey {
	k := sequenceKey{width: uint8(width), hops: uint8(len(b) / width)}
	if len(b) > 8 {
		copy(k.wide[:], b)
		return k
	}
	var buf [8]byte
	copy(buf[8-len(b):], b)
	k.number = binary.BigEndian.Uint64(buf[:])
	return k
}

func (k sequenceKey) list() (hops []meshcore.Hop) {
	b := k.wide[:k.len()]
	if k.len() <= 8 {
		b = binary.BigEndian.AppendUint64(nil, k.number)[8-k.len():]
	}
	for i := 0; i < len(b); i += int(k.width) {
		hops = append(hops, meshcore.NewHop(b[i:i+int(k.width)]))
	}
	return hops
}

// sequenceSet is a set of sequences.
type sequenceSet struct {
	short [4]map[uint64]struct{} // by width, then by number
	long  map[wideBytes]struct{} // those of more than eight bytes
}

func newSequenceSet(list []index.Route) *sequenceSet {
	set := &sequenceSet{long: map[wideBytes]struct{}{}}
	for width := range set.short {
		set.short[width] = map[uint64]struct{}{}
	}
	var buf []byte
	for _, r := range list {
		buf = buf[:0]
		for _, h := range r.Hops {
			buf = append(buf, h.Bytes()...)
		}
		if k := keyOf(r.Hops[0].Width(), buf); k.len() > 8 {
			set.long[k.wide] = struct{}{}
		} else {
			set.short[k.width][k.number] = struct{}{}
		}
	}
	return set
}

// has tells whether a sequence is in the set; all are in a nil one.
func (s *sequenceSet) has(k sequenceKey) (ok bool) {
	switch {
	case s == nil:
		return true
	case k.len() > 8:
		_, ok = s.long[k.wide]
	default:
		_, ok = s.short[k.width][k.number]
	}
	return ok
}

// enough tells whether every group has as many sequences as it wants that occur
// more often than the rarest of the frequent four hops.
func (c *sequenceCounter) enough(groups []SequenceGroup, least int, rarest int64) bool {
	for _, g := range groups {
		if g.Most < least {
			continue
		}
		g.Least = max(g.Least, least)
		list := c.top(g)
		if len(list) < g.Limit || list[len(list)-1].Count <= rarest {
			return false
		}
	}
	return true
}

// add counts the sequences of one transmission.
func (c *sequenceCounter) add(s *mesh.Scanned) {
	c.keys, c.whole = c.keys[:0], append(c.whole[:0], make([]bool, s.Tree.Len()+1)...)
	has := false
	eachEnd(s, func(node, width int, tail []byte) {
		hops := len(tail) / width
		has = has || hops > 1
		for n := 2; n <= min(hops, indexLongest); n++ {
			if !c.wanted[n] && n < indexLongest {
				continue
			}
			k := keyOf(width, tail[len(tail)-n*width:])
			if !c.frequent[n].has(k) {
				continue
			}
			c.whole[node] = n == indexLongest
			if c.wanted[n] {
				c.keys = append(c.keys, k)
			}
		}
		at := node
		for n := indexLongest + 1; n <= hops && c.whole[at]; n++ {
			if at = s.Tree.Parent(at); c.whole[at] && c.wanted[n] {
				c.keys = append(c.keys, keyOf(width, tail[len(tail)-n*width:]))
			}
		}
	})
	if has {
		c.paths++
	}
	slices.SortFunc(c.keys, sequenceKey.compare)
	for i, k := range c.keys {
		if i == 0 || k != c.keys[i-1] {
			c.count(k)
		}
	}
}

func (c *sequenceCounter) count(k sequenceKey) {
	if k.len() > 8 {
		m := &c.long[k.width][k.hops]
		if *m == nil {
			*m = map[wideBytes]int64{}
		}
		(*m)[k.wide]++
		return
	}
	m := &c.short[k.width][k.hops]
	if *m == nil {
		*m = map[uint64]int64{}
	}
	(*m)[k.number]++
}

// join adds what another has counted.
func (c *sequenceCounter) join(o *sequenceCounter) {
	c.paths += o.paths
	for width := range c.short {
		for hops := range c.short[width] {
			c.short[width][hops] = joined(c.short[width][hops], o.short[width][hops])
			c.long[width][hops] = joined(c.long[width][hops], o.long[width][hops])
		}
	}
}

// joined adds up counts, in the larger of two maps.
func joined[K comparable](a, b map[K]int64) map[K]int64 {
	if len(a) < len(b) {
		a, b = b, a
	}
	for k, n := range b {
		a[k] += n
	}
	return a
}

// eachEnd calls fn for every place at which a relay stands in the tree of a
// transmission, with the bytes of the hops that lead there, at most
// SequencesMost of them.
func eachEnd(s *mesh.Scanned, fn func(node, width int, tail []byte)) {
	var buf [3 * SequencesMost]byte
	t := s.Tree
	for n := 1; n <= t.Len(); n++ {
		from := len(buf)
		for at := n; at > 0 && from >= t.Width; at = t.Parent(at) {
			from -= t.Width
			copy(buf[from:], t.HopBytes[(at-1)*t.Width:at*t.Width])
			if len(buf)-from == SequencesMost*t.Width {
				break
			}
		}
		fn(n, t.Width, buf[from:])
	}
}

// ownHeard is the heard path of a copy beside the tree.
func ownHeard(o *mesh.ScannedObs) (width int, path []byte, ok bool) {
	if o.HasTree() || len(o.OwnPath) == 0 {
		return 0, nil, false
	}
	p := ownPacket(o)
	heard, ok := p.Heard()
	return p.HopWidth(), o.OwnPath, ok && heard.Len() > 0
}

// top gives the most frequent sequences of a group; of as frequent ones the
// shorter first, then by their hops.
func (c *sequenceCounter) top(g SequenceGroup) (list []Sequence) {
	type counted struct {
		key   sequenceKey
		count int64
	}
	var all []counted
	for width := 1; width <= 3; width++ {
		for n := g.Least; n <= g.Most; n++ {
			for number, count := range c.short[width][n] {
				all = append(all, counted{sequenceKey{width: uint8(width), hops: uint8(n), number: number}, count})
			}
			for wide, count := range c.long[width][n] {
				all = append(all, counted{sequenceKey{width: uint8(width), hops: uint8(n), wide: wide}, count})
			}
		}
	}
	slices.SortFunc(all, func(a, b counted) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.key.hops, b.key.hops), a.key.compare(b.key))
	})
	for _, x := range all[:min(len(all), g.Limit)] {
		list = append(list, Sequence{x.key.list(), x.count})
	}
	return list
}

// receivedPath is the heard path of a copy: its hops' width and their bytes,
// behind dst; false for what is not flooded.
func receivedPath(dst []byte, s *mesh.Scanned, o *mesh.ScannedObs) (width int, path []byte, ok bool) {
	if !o.HasTree() {
		p := ownPacket(o)
		_, ok := p.Heard()
		return p.HopWidth(), append(dst, o.OwnPath...), ok
	}
	t := s.Tree
	from := len(dst)
	for n := int(o.Leaf); n > 0; n = t.Parent(n) {
		dst = append(dst, t.HopBytes[(n-1)*t.Width:n*t.Width]...)
	}
	turn(dst[from:], t.Width)
	return t.Width, dst, true
}

// turn reverses the order of entries of some width.
func turn(b []byte, width int) {
	for i, j := 0, len(b)-width; i < j; i, j = i+width, j-width {
		for k := range width {
			b[i+k], b[j+k] = b[j+k], b[i+k]
		}
	}
}

// hasSequence tells whether a path has a sequence, at the bounds of its hops.
func hasSequence(path, sequence []byte, width int) bool {
	for i := 0; i+len(sequence) <= len(path); i += width {
		if bytes.Equal(path[i:i+len(sequence)], sequence) {
			return true
		}
	}
	return false
}

// hopsOf splits the bytes of a path.
func hopsOf(path []byte, width int) []meshcore.Hop {
	hops := make([]meshcore.Hop, 0, len(path)/width)
	for i := 0; i+width <= len(path); i += width {
		hops = append(hops, meshcore.NewHop(path[i:i+width]))
	}
	return hops
}
