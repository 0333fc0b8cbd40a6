package report

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strings"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// SequencesMost is the greatest number of hops of a sequence that is counted.
const SequencesMost = 8

// SequenceQuery asks for sequences of relays: hops that follow one another in
// the heard paths of floods.
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
	Count int64          // transmissions in whose paths it occurs
}

// SequenceList is the most frequent sequences, and how many transmissions have
// a path of two hops or more.
type SequenceList struct {
	Groups [][]Sequence // by group asked for; the most frequent first
	Paths  int64
}

// Sequences counts sequences of relays. A transmission counts once for each
// sequence, however many of its copies have it.
func (p Packets) Sequences(ctx context.Context, q SequenceQuery, groups []SequenceGroup) (out SequenceList, err error) {
	var c sequenceCounter
	for _, g := range groups {
		for n := g.Least; n <= g.Most; n++ {
			c.wanted[n] = true
		}
	}
	search := PacketSearch{Regions: q.Regions, From: q.From, To: q.To}
	m := p.matcher(search)
	parts, err := scan(ctx, p.Store, search.span(), func() *sequenceCounter { return &sequenceCounter{wanted: c.wanted} }, func(part *sequenceCounter, pick store.HourPick) {
		m.clone().each(pick, search.span(), part.add)
	})
	if err != nil {
		return out, err
	}
	for _, part := range parts {
		c.join(part)
	}
	out.Paths = c.paths
	for _, g := range groups {
		out.Groups = append(out.Groups, c.top(g))
	}
	return out, nil
}

// sequenceCounter counts sequences by their bytes: those that fit eight bytes
// as a number, the others as a string.
type sequenceCounter struct {
	wanted [SequencesMost + 1]bool // by hops
	short  [4][SequencesMost + 1]map[uint64]int64
	long   [4][SequencesMost + 1]map[string]int64
	paths  int64

	keys []sequenceKey // of one transmission
}

// sequenceKey is a sequence: its hops' width, their number and their bytes, in
// number if these are at most eight.
type sequenceKey struct {
	width, hops uint8
	number      uint64
	text        string
}

func (k sequenceKey) compare(b sequenceKey) int {
	return cmp.Or(cmp.Compare(k.width, b.width), cmp.Compare(k.hops, b.hops), cmp.Compare(k.number, b.number), strings.Compare(k.text, b.text))
}

func keyOf(width int, b []byte) sequenceKey {
	k := sequenceKey{width: uint8(width), hops: uint8(len(b) / width)}
	if len(b) > 8 {
		k.text = string(b)
		return k
	}
	var buf [8]byte
	copy(buf[8-len(b):], b)
	k.number = binary.BigEndian.Uint64(buf[:])
	return k
}

func (k sequenceKey) list() (hops []meshcore.Hop) {
	b := []byte(k.text)
	if k.text == "" {
		b = binary.BigEndian.AppendUint64(nil, k.number)[8-int(k.width)*int(k.hops):]
	}
	for i := 0; i < len(b); i += int(k.width) {
		hops = append(hops, meshcore.NewHop(b[i:i+int(k.width)]))
	}
	return hops
}

// add counts the sequences of one transmission.
func (c *sequenceCounter) add(s *mesh.Scanned) {
	c.keys = c.keys[:0]
	has := false
	eachEnd(s, func(width int, tail []byte) {
		has = has || len(tail) > width
		for n := 2; n*width <= len(tail); n++ {
			if c.wanted[n] {
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
	if k.text != "" {
		m := &c.long[k.width][k.hops]
		if *m == nil {
			*m = map[string]int64{}
		}
		(*m)[k.text]++
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

// eachEnd calls fn for every place at which a relay stands in the heard paths
// of a transmission, with the bytes of the hops that lead there, at most
// SequencesMost of them.
func eachEnd(s *mesh.Scanned, fn func(width int, tail []byte)) {
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
		fn(t.Width, buf[from:])
	}
	for i := range s.Obs {
		if width, path, ok := ownHeard(&s.Obs[i]); ok {
			for end := width; end <= len(path); end += width {
				fn(width, path[max(0, end-SequencesMost*width):end])
			}
		}
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
			for text, count := range c.long[width][n] {
				all = append(all, counted{sequenceKey{width: uint8(width), hops: uint8(n), text: text}, count})
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

// receivedPath is the heard path of a copy: its hops' width and their bytes in
// dst; false for what is not flooded.
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
