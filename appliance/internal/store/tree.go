package store

import (
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// tree is the tree of the paths that the copies of one flood took. Copies are
// in it if they have the same header and transport codes and hops as wide.
type tree struct {
	defined   bool
	header    byte
	transport [2]uint16
	width     int
	nodes     []treeNode // node n is nodes[n-1]; 0 is the root, an empty path
}

type treeNode struct {
	parent uint32
	hop    [3]byte
	depth  uint8
}

// plainPath tells whether the path length byte says just what the path holds,
// and how wide its hops are.
func plainPath(o *mesh.Observation) (width int, ok bool) {
	width = int(o.PathLen>>6) + 1
	return width, width <= 3 && len(o.Path) == int(o.PathLen&63)*width
}

// plants tells whether a copy may be the first of a tree: a flood, whose path
// is relays. That of a TRACE is not.
func plants(o *mesh.Observation) bool {
	_, ok := plainPath(o)
	route, kind := meshcore.Route(o.Header&3), meshcore.Type(o.Header>>2&15)
	flood := route.IsFlood()
	return ok && flood && kind != meshcore.TypeTrace
}

func (t *tree) plant(o *mesh.Observation) {
	t.defined, t.header, t.transport = true, o.Header, o.Transport
	t.width = int(o.PathLen>>6) + 1
	t.nodes = t.nodes[:0]
}

func (t *tree) fits(o *mesh.Observation) bool {
	width, ok := plainPath(o)
	return ok && t.defined && width == t.width && o.Header == t.header && o.Transport == t.transport
}

// find follows a path from the root as far as it goes: the last node, and how
// many bytes of the path lead there.
func (t *tree) find(path []byte) (leaf uint32, used int) {
	for used < len(path) {
		next := t.child(leaf, path[used:used+t.width])
		if next == 0 {
			break
		}
		leaf, used = next, used+t.width
	}
	return leaf, used
}

func (t *tree) child(parent uint32, hop []byte) uint32 {
	var h [3]byte
	copy(h[:], hop)
	// A child comes after its parent.
	for i := int(parent); i < len(t.nodes); i++ {
		if n := &t.nodes[i]; n.parent == parent && n.hop == h {
			return uint32(i + 1)
		}
	}
	return 0
}

// add hangs a hop below a node; false if the path would be longer than a
// frame allows.
func (t *tree) add(parent uint32, hop []byte) (uint32, bool) {
	depth := t.depth(parent) + 1
	if depth > meshcore.MaxHops {
		return 0, false
	}
	n := treeNode{parent: parent, depth: uint8(depth)}
	copy(n.hop[:], hop)
	t.nodes = append(t.nodes, n)
	return uint32(len(t.nodes)), true
}

func (t *tree) depth(n uint32) int {
	if n == 0 {
		return 0
	}
	return int(t.nodes[n-1].depth)
}

// appendPath appends the hops from the root to a node.
func (t *tree) appendPath(dst []byte, n uint32) []byte {
	size := t.depth(n) * t.width
	for range size {
		dst = append(dst, 0)
	}
	for end := len(dst); n != 0; end -= t.width {
		copy(dst[end-t.width:end], t.nodes[n-1].hop[:t.width])
		n = t.nodes[n-1].parent
	}
	return dst
}

// pathIs tells whether the path from the root to a node is these bytes.
func (t *tree) pathIs(n uint32, path []byte) bool {
	if t.depth(n)*t.width != len(path) {
		return false
	}
	for end := len(path); n != 0; end -= t.width {
		if string(path[end-t.width:end]) != string(t.nodes[n-1].hop[:t.width]) {
			return false
		}
		n = t.nodes[n-1].parent
	}
	return true
}
