package report

import (
	"hash/maphash"
	"math/rand/v2"

	"hilltop/appliance/internal/mesh"
)

// sequenceWalk goes through trees and knows of every node a mark for each of
// the last hops that lead there. Marks have eight bits, so that those of
// SequencesMost hops fit a word: a hop of one byte is its own mark; others may
// share one, which is why what goes by marks alone is only a bound.
type sequenceWalk struct {
	marks []uint64 // by node, the root's first: of its last hops, the last in the lowest bits
	depth []uint8  // likewise, at most SequencesMost
	width uint64   // bytes a hop
	tx    uint32   // number of the transmission, from 1
	paths int64    // transmissions with a path of two hops or more
}

// Multipliers that spread marks are odd and others at every start, so that
// nobody can send hops that are made to meet.
var spreadHop, spreadMarks = rand.Uint32() | 1, rand.Uint64() | 1

// tree goes through the tree of the next transmission; false if no path of it
// has two hops.
func (w *sequenceWalk) tree(t *mesh.Tree) bool {
	n := t.Len()
	if n < 2 {
		return false
	}
	w.tx++
	w.width = uint64(t.Width)
	if len(w.marks) <= n {
		w.marks, w.depth = make([]uint64, 2*n), make([]uint8, 2*n)
	}
	deepest := uint8(0)
	for i, parent := range t.Parents {
		mark := uint32(t.HopBytes[i*t.Width])
		if t.Width > 1 {
			mark = hopNumber(t.HopBytes[i*t.Width:(i+1)*t.Width]) * spreadHop >> 24
		}
		depth := min(w.depth[parent]+1, SequencesMost)
		w.marks[i+1], w.depth[i+1] = w.marks[parent]<<8|uint64(mark), depth
		deepest = max(deepest, depth)
	}
	if deepest < 2 {
		return false
	}
	w.paths++
	return true
}

// sum is of the last n hops that lead to a node: equal hops of one width have
// equal sums, others seldom.
func (w *sequenceWalk) sum(node, n int) uint64 {
	return (w.marks[node]<<(64-8*n) + w.width<<4 + uint64(n)) * spreadMarks
}

// boundBits are the bits of a place in a table of counts by sum.
const boundBits = 17

// sequenceBounds bounds from above, by the place of their sums, how often
// sequences of some numbers of hops occur; nil of others.
type sequenceBounds [SequencesMost + 1][]uint32

// boundsPart bounds for one worker.
type boundsPart struct {
	sequenceWalk
	counts [SequencesMost + 1][]lastCount
}

// lastCount is a count and the transmission that was counted last.
type lastCount struct{ count, tx uint32 }

func newBoundsPart(wanted [SequencesMost + 1]bool) *boundsPart {
	p := &boundsPart{}
	for n, is := range wanted {
		if is {
			p.counts[n] = make([]lastCount, 1<<boundBits)
		}
	}
	return p
}

// add counts a transmission once at each place where one of its sequences does.
func (p *boundsPart) add(t *mesh.Tree) {
	if !p.tree(t) {
		return
	}
	for n, counts := range p.counts {
		if counts == nil {
			continue
		}
		for i := 1; i <= t.Len(); i++ {
			if int(p.depth[i]) < n {
				continue
			}
			if c := &counts[p.sum(i, n)>>(64-boundBits)]; c.tx != p.tx {
				c.tx = p.tx
				c.count++
			}
		}
	}
}

// joinBounds adds up what workers counted.
func joinBounds(parts []*boundsPart) (bounds sequenceBounds, paths int64) {
	for _, p := range parts {
		paths += p.paths
		for n, counts := range p.counts {
			if bounds[n] == nil && counts != nil {
				bounds[n] = make([]uint32, 1<<boundBits)
			}
			for i := range counts {
				bounds[n][i] += counts[i].count
			}
		}
	}
	return bounds, paths
}

// countsPart counts for one worker the sequences that may occur as often as is
// asked for.
type countsPart struct {
	sequenceWalk
	bounds *sequenceBounds
	least  sequenceNeeds
	share  sequenceShare
	table  sequenceTable
	runs   []uint8 // by node: so many parts that may be frequent, as long as the one with bounds, end here and before
}

// sequenceNeeds is how often a sequence must occur to be wanted, by its hops; 0
// where none is.
type sequenceNeeds [SequencesMost + 1]uint32

// sequenceShare is one of some shares of all sequences.
type sequenceShare struct{ number, of uint64 }

func (s sequenceShare) has(k *sequenceKey) bool {
	return s.of < 2 || maphash.Comparable(shareSeed, *k)%s.of == s.number
}

var shareSeed = maphash.MakeSeed()

// add counts the sequences of a transmission.
func (p *countsPart) add(t *mesh.Tree) {
	if p.table.full() || !p.tree(t) {
		return
	}
	p.runs = lengthened(p.runs, t.Len()+1)
	for n, bounds := range p.bounds {
		if bounds != nil {
			p.count(t, n, bounds)
		}
	}
}

// count counts the sequences of n hops, and of more up to where there are
// bounds again: any n hops in a row of these are as frequent as they.
func (p *countsPart) count(t *mesh.Tree, n int, bounds []uint32) {
	end, least := n, uint32(0)
	for ; end <= SequencesMost && (end == n || p.bounds[end] == nil); end++ {
		if need := p.least[end]; need > 0 && (least == 0 || need < least) {
			least = need
		}
	}
	if least == 0 {
		return
	}
	for i, parent := range t.Parents {
		i++
		p.runs[i] = 0
		if int(p.depth[i]) < n {
			continue
		}
		bound := bounds[p.sum(i, n)>>(64-boundBits)]
		if bound < least {
			continue
		}
		p.runs[i] = p.runs[parent] + 1
		for length := n; length < min(end, n+int(p.runs[i]), int(p.depth[i])+1); length++ {
			if p.least[length] == 0 || length == n && bound < p.least[n] {
				continue
			}
			if key := sequenceAt(t, i, length); p.share.has(&key) {
				p.table.count(&key, p.sum(i, length), p.tx)
			}
		}
	}
}
