package index

import (
	"slices"
	"sync"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Routes counts sequences of relays, of two to four hops as they were heard,
// in the trees of floods. A sequence counts once for each transmission in whose
// tree it occurs, however often. Counts are kept by day: the hours of one UTC
// day in which transmissions are stored.
type Routes struct {
	symbols *symbols

	mu   sync.RWMutex
	days map[uint32]*routeDay // guarded by mu; by days since 1970
}

// sequence is up to four symbols, the first in the highest bits; 0 fills up.
type sequence uint64

const (
	shortest = 2 // hops of a sequence that is counted
	longest  = 4
)

// routeDay is what one day has.
type routeDay struct {
	list routeList
	live map[sequence]uint32 // to be added: what came in since
	// often are the most frequent sequences of each length in list, from two hops on,
	// in its order; no other has a greater count than rest says.
	often [longest - shortest + 1][]counted
	rest  [longest - shortest + 1]int64
	// paths counts the transmissions with a path of two hops or more.
	paths uint32
	// skipped counts occurrences that have no symbols.
	skipped uint64
}

// NewRoutes makes an empty index.
func NewRoutes() *Routes {
	return &Routes{symbols: newSymbols(), days: map[uint32]*routeDay{}}
}

// Span is a day.
func (x *Routes) Span() uint32 { return 24 }

// Improves is false: a better SNR changes no route.
func (x *Routes) Improves() bool { return false }

// Drop forgets a day.
func (x *Routes) Drop(day uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.days, day)
}

// Loose counts the sequences of a day that came in since it was built.
func (x *Routes) Loose(day uint32) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if d := x.days[day]; d != nil {
		return len(d.live)
	}
	return 0
}

// Apply counts what an observation adds to its transmission's tree.
func (x *Routes) Apply(e *Event) {
	n := e.Tree.Len()
	if e.Leaf < 0 || e.Fresh > n || n < shortest {
		return
	}
	var buf [256]sequence
	suffixes := buf[:0]
	for i := range n + 1 {
		var s sequence
		if i > 0 {
			// Without a symbol for a hop there is none for what goes through it:
			// none is a gap that no sequence spans.
			s = suffixes[e.Tree.Parent(i)]<<16 | sequence(x.symbols.intern(treeCode(&e.Tree, i)))
		}
		suffixes = append(suffixes, s)
	}
	depths := depthsOf(make([]uint8, 0, 256), &e.Tree)
	x.mu.Lock()
	defer x.mu.Unlock()
	d := x.days[e.Hour/24]
	if d == nil {
		d = &routeDay{}
		x.days[e.Hour/24] = d
	}
	if d.live == nil {
		d.live = map[sequence]uint32{}
	}
	before := slices.Max(depths[:e.Fresh]) // the root is there always
	if now := slices.Max(depths); now >= shortest && before < shortest {
		d.paths++
	}
	for i := e.Fresh; i <= n; i++ {
		for length := shortest; length <= min(longest, int(depths[i])); length++ {
			key, whole := ending(suffixes[i], length)
			switch {
			case !whole:
				d.skipped++
			case !occurs(key, length, suffixes[:i], depths):
				d.live[key]++
			}
		}
	}
}

// ending is the sequence of the last hops of a path, and whether all of them
// have symbols.
func ending(suffix sequence, length int) (key sequence, whole bool) {
	key = suffix << (16 * (longest - length))
	for i := range length {
		if key>>(48-16*i)&0xFFFF == 0 {
			return 0, false
		}
	}
	return key, true
}

// occurs tells whether a sequence ends at one of these nodes.
func occurs(key sequence, length int, suffixes []sequence, depths []uint8) bool {
	for i, s := range suffixes {
		if int(depths[i]) >= length && s<<(16*(longest-length)) == key {
			return true
		}
	}
	return false
}

// depthsOf fills dst with the depth of every node; the root's is 0.
func depthsOf(dst []uint8, t *mesh.Tree) []uint8 {
	dst = append(dst[:0], 0)
	for n := 1; n <= t.Len(); n++ {
		dst = append(dst, dst[t.Parent(n)]+1)
	}
	return dst
}

// length is how many hops a sequence has.
func (s sequence) length() int {
	switch {
	case s&0xFFFF != 0:
		return 4
	case s&0xFFFF0000 != 0:
		return 3
	}
	return 2
}

// hops are the hops of a sequence; codes are those of the symbols.
func (s sequence) hops(codes []hopCode) []meshcore.Hop {
	hops := make([]meshcore.Hop, 0, longest)
	for shift := 48; shift >= 0; shift -= 16 {
		if n := s >> shift & 0xFFFF; n != 0 {
			hops = append(hops, codes[n-1].hop())
		}
	}
	return hops
}

// sequenceOf gives the sequence of two to four hops; false if one of them was
// never met.
func (x *Routes) sequenceOf(hops []meshcore.Hop) (key sequence, ok bool) {
	for _, h := range hops {
		n := x.symbols.find(codeOf(h))
		if n == 0 {
			return 0, false
		}
		key = key<<16 | sequence(n)
	}
	return key << (16 * (longest - len(hops))), true
}
