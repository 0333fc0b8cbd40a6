package column

import (
	"math"

	"hilltop/appliance/internal/mesh"
)

const flagClaimed = mesh.FlagClaimed

// scratch is memory that is used again for one transmission after the other.
type scratch struct {
	parents []uint32
	depths  []uint8 // of the nodes, the root's first
	obs     []mesh.ScannedObs
	scanned mesh.Scanned
	rest    Obs // of which nothing is kept
}

// open begins to read a transmission's stream.
func (h *Hour) open(i int) cursor {
	return cursor{b: h.streams[h.stream[i]:h.stream[i+1]:h.stream[i+1]]}
}

func (h *Hour) readPayload(c *cursor) []byte { return c.take(c.uvarint()) }

// readTree reads a transmission's tree after its payload; it uses s until the
// next.
func (h *Hour) readTree(c *cursor, i int, s *scratch) (t mesh.Tree) {
	f := h.flags[i]
	if f&rowTree == 0 {
		return t
	}
	t.Header, t.Width = h.headers[i], int(f>>rowWidth&3)+1
	if hasCodes(t.Header) {
		t.Transport = c.codes()
	}
	n := c.uvarint()
	if n > uint64(len(c.b)) || n >= math.MaxInt32 {
		c.fail()
		return mesh.Tree{}
	}
	t.HopBytes = c.take(n * uint64(t.Width))
	width := int(parentWidth(n))
	parents := Numbers{c.take(n * uint64(width)), width}
	if c.bad {
		return mesh.Tree{}
	}
	s.parents, s.depths = sized(s.parents, int(n)), sized(s.depths, int(n)+1)
	s.depths[0] = 0
	for k := range s.parents {
		p := parents.At(k)
		if p > uint64(k) || s.depths[p] >= maxDepth {
			c.fail()
			return mesh.Tree{}
		}
		s.parents[k], s.depths[k+1] = uint32(p), s.depths[p]+1
	}
	t.Parents = s.parents
	return t
}

// sized gives a slice of length n, in the same memory if it has room.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}

// readArrived reads when an observation arrived, Unix ms.
func (h *Hour) readArrived(c *cursor, o int) int64 {
	at := h.At(o)
	if h.list[h.reporter.At(o)].has&hasArrived != 0 {
		at += c.difference()
	}
	return at
}

// ownHead is the head of a copy that does not fit the tree.
type ownHead struct {
	header    byte
	transport [2]uint16
	pathLen   byte
	path      []byte
}

func (c *cursor) ownHead() (h ownHead) {
	h.header = c.byte()
	if hasCodes(h.header) {
		h.transport = c.codes()
	}
	h.pathLen = c.byte()
	h.path = c.take(c.uvarint())
	return h
}

// readRest reads what only the page of the packet shows; merged messages only
// if keep. duration is that of the copy before that has one.
func (h *Hour) readRest(c *cursor, o int, duration *uint16, into *Obs, keep bool) {
	r := &h.list[h.reporter.At(o)]
	at := h.At(o)
	if r.Flags&flagClaimed != 0 {
		into.Claimed = at
	}
	if r.has&hasClaimed != 0 {
		into.Claimed = at + c.difference()
	}
	into.Score = mesh.NoScore
	if r.has&hasScore != 0 {
		score, next := c.varint(), int64(*duration)+c.varint()
		if score != int64(int16(score)) || next != int64(uint16(next)) || score == mesh.NoScore && next == 0 {
			c.fail()
		}
		into.Score, into.DurationMS = int16(score), uint16(next)
		*duration = into.DurationMS
	}
	if r.has&hasMerged != 0 {
		c.merged(into, at, keep)
	}
}

func (c *cursor) merged(into *Obs, at int64, keep bool) {
	n := c.uvarint()
	if n == 0 || n > uint64(len(c.b)) {
		c.fail()
		return
	}
	if keep {
		into.Merged = make([]Claim, 0, n)
	}
	for range n {
		v := c.uvarint()
		m := Claim{Feed: uint32(v >> 1), OK: v&1 != 0}
		if uint64(m.Feed) != v>>1 {
			c.fail()
		}
		if m.OK {
			m.Claimed = at + c.varint()
		}
		if keep {
			into.Merged = append(into.Merged, m)
		}
	}
}
