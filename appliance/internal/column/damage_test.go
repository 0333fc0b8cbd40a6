package column

import (
	"encoding/binary"
	"errors"
	"testing"

	"hilltop/appliance/internal/mesh"
)

// smallHour is two transmissions: the first of three copies, one with a head of
// its own, over a tree of 64 nodes, 63 of them one below the other; the second,
// which stands at the same millisecond, of one.
func smallHour(t *testing.T) *Hour {
	t.Helper()
	tree := mesh.Tree{Header: 1, Width: 1}
	for n := range uint32(maxDepth) {
		tree.Parents, tree.HopBytes = append(tree.Parents, n), append(tree.HopBytes, byte(n))
	}
	tree.Parents, tree.HopBytes = append(tree.Parents, 0), append(tree.HopBytes, 9)
	plain := mesh.Observation{At: t0, Arrived: t0, Observer: 1, Score: mesh.NoScore}
	leaf, own := plain, plain
	leaf.Header, leaf.PathLen = 1, 1
	own.At, own.Arrived, own.Observer, own.Path = t0+5, t0+8, 2, []byte{}
	rows := []Row{
		{ID: 5, Base: t0 - 1, Payload: []byte{1, 2}, Tree: tree, Obs: []Obs{{Observation: leaf, Leaf: 64}, {Observation: leaf, Leaf: 1}, {Observation: own, Leaf: -1}}},
		{ID: 7, Base: t0, Payload: []byte{3}, Obs: []Obs{{Observation: plain, Leaf: -1}}},
	}
	return open(t, encode(t, rows))
}

// Bytes that make no sense are refused, though their checksums are right.
func TestNonsenseIsRefused(t *testing.T) {
	le := binary.LittleEndian
	at := func(s, i int) func(*Hour, []byte) []byte {
		return func(h *Hour, b []byte) []byte { return b[int(h.where[s].from)+i:] }
	}
	head := func(i int) func(*Hour, []byte) []byte { return func(_ *Hour, b []byte) []byte { return b[i:] } }
	const tree = 1 + 2 + 1 // payload and number of nodes
	for _, c := range []struct {
		name  string
		where func(*Hour, []byte) []byte
		was   byte
		is    byte
	}{
		{"no transmissions", head(24), 2, 0},
		{"fewer observations", head(28), 4, 3},
		{"more reporters than observations", head(32), 2, 5},
		{"a later begin", head(40), byte(t0 & 0xff), byte(t0&0xff) + 1},
		{"a later end", head(48), byte((t0 + 5) & 0xff), byte((t0+5)&0xff) + 1},
		{"no least number", head(56), 5, 0},
		{"wide numbers", head(65), 1, 2},
		{"width of none", head(66), 1, 3},
		{"wide leaves", head(67), 1, 2},
		{"a byte of nothing", head(70), 0, 1},
		{"a byte of nothing at the end", head(86), 0, 1},
		{"reporters out of order", at(secReporters, 8), 1, 3},
		{"a shape unknown", at(secReporters, 19), 0, 0x10},
		{"claims without flag", at(secReporters, 19), 0, 2},
		{"a later first", at(secFirst, 4), 0, 1},
		{"numbers out of order", at(secID, 0), 0, 2},
		{"numbers the same", at(secID, 1), 2, 0},
		{"observations that nobody has", at(secStart, 0), 0, 1},
		{"a transmission of nothing", at(secStart, 4), 3, 4},
		{"observations missing", at(secStart, 8), 4, 3},
		{"a stream of nothing", at(secStream, 4), 0, 0}, // set below
		{"flags unknown", at(secFlags, 1), 0, 0x20},
		{"a width without tree", at(secFlags, 1), 0, 4},
		{"a tree of width 4", at(secFlags, 0), rowTree | rowBase, rowTree | rowBase | 3<<rowWidth},
		{"a base that is not there", at(secFlags, 1), 0, rowBase},
		{"a tree that is not there", at(secFlags, 1), 0, rowTree},
		{"a header without tree", at(secHeader, 1), 0, 1},
		{"another earliest copy", at(secAt, 12), 0, 1},
		{"a reporter unknown", at(secReporter, 0), 0, 2},
		{"a reporter of nothing", at(secReporter, 2), 1, 0},
		{"a leaf of no node", at(secLeaf, 0), 65, 66},
		{"a leaf without tree", at(secLeaf, 3), 0, 1},
		{"payload beyond the end", at(secStreams, 0), 2, 0x7f},
		{"nodes beyond the end", at(secStreams, 3), 64, 0x7f},
		{"a node below itself", at(secStreams, tree+64), 0, 1},
		{"a path too long", at(secStreams, tree+64+63), 0, 63},
		{"a difference that is none", at(secStreams, tree+128), 6, 0},
		{"an own path beyond the end", at(secStreams, tree+128+7), 0, 9},
		{"a base that does not differ", at(secStreams, tree+128+8), 1, 0},
	} {
		h := smallHour(t)
		b := []byte(string(h.b))
		p := c.where(h, b)
		if c.name == "a stream of nothing" {
			le.PutUint32(p, h.stream[2])
		} else if p[0] != c.was {
			t.Errorf("%s: the byte is %d, not %d: the test is wrong", c.name, p[0], c.was)
			continue
		} else {
			p[0] = c.is
		}
		if _, err := Open(string(reseal(b))); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
