package store

import (
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// tree is the tree of the paths that the copies of one flood took. Copies are
// in it if they have the same header and transport codes and hops as wide.
type tree struct {
	mesh.Tree
	depths []uint8 // node n has depths[n-1]
}

func (t *tree) defined() bool { return t.Width > 0 }

func (t *tree) clear() {
	t.Width, t.Header, t.Transport = 0, 0, [2]uint16{}
	t.HopBytes, t.Parents, t.depths = t.HopBytes[:0], t.Parents[:0], t.depths[:0]
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
	t.clear()
	t.Header, t.Transport = o.Header, o.Transport
	t.Width = int(o.PathLen>>6) + 1
}

func (t *tree) fits(o *mesh.Observation) bool {
	width, ok := plainPath(o)
	return ok && width == t.Width && o.Header == t.Header && o.Transport == t.Transport
}

// find follows a path from the root as far as it goes: the last node, and how
// many bytes of the path lead there.
func (t *tree) find(path []byte) (leaf uint32, used int) {
	for used < len(path) {
		next := t.child(leaf, path[used:used+t.Width])
		if next == 0 {
			break
		}
		leaf, used = next, used+t.Width
	}
	return leaf, used
}

func (t *tree) child(parent uint32, hop []byte) uint32 {
	// A child comes after its parent.
	for i := int(parent); i < len(t.Parents); i++ {
		if t.Parents[i] == parent && string(t.hop(i)) == string(hop) {
			return uint32(i + 1)
		}
	}
	return 0
}

// hop is the hop of node i+1.
func (t *tree) hop(i int) []byte { return t.HopBytes[i*t.Width : (i+1)*t.Width] }

// add hangs a hop below a node; false if the path would be longer than a
// frame allows.
func (t *tree) add(parent uint32, hop []byte) (uint32, bool) {
	depth := t.depth(parent) + 1
	if depth > meshcore.MaxHops {
		return 0, false
	}
	t.HopBytes = append(t.HopBytes, hop...)
	t.Parents = append(t.Parents, parent)
	t.depths = append(t.depths, uint8(depth))
	return uint32(len(t.Parents)), true
}

func (t *tree) depth(n uint32) int {
	if n == 0 {
		return 0
	}
	return int(t.depths[n-1])
}

// appendPath appends the hops from the root to a node.
func (t *tree) appendPath(dst []byte, n uint32) []byte {
	size := t.depth(n) * t.Width
	for range size {
		dst = append(dst, 0)
	}
	for end := len(dst); n != 0; end -= t.Width {
		copy(dst[end-t.Width:end], t.hop(int(n-1)))
		n = t.Parents[n-1]
	}
	return dst
}

// pathIs tells whether the path from the root to a node is these bytes.
func (t *tree) pathIs(n uint32, path []byte) bool {
	if t.depth(n)*t.Width != len(path) {
		return false
	}
	for end := len(path); n != 0; end -= t.Width {
		if string(path[end-t.Width:end]) != string(t.hop(int(n-1))) {
			return false
		}
		n = t.Parents[n-1]
	}
	return true
}
