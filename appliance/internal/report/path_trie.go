package report

import (
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// pathTrie numbers paths: a path is its first hops and then one more.
type pathTrie struct {
	nodes []pathNode // by number; those below pathRoots are the empty paths by width
	slots []uint32   // a power of two of them, at most half taken: numbers, 0 free
}

type pathNode struct {
	before uint32 // the path without its last hop
	hop    uint32 // its bytes as a number
}

// pathRoots is how many numbers are of empty paths: that of hops of width n is n.
const pathRoots = 4

func (p *pathTrie) hash(n pathNode) uint64 {
	return (uint64(n.before)<<24 | uint64(n.hop)) * spreadMarks >> 24
}

// next is the path that goes on from one with a hop.
func (p *pathTrie) next(before, hop uint32) uint32 {
	if 2*len(p.nodes) >= len(p.slots) {
		p.grow()
	}
	n := pathNode{before, hop}
	slot := p.place(n)
	if *slot == 0 {
		*slot = uint32(len(p.nodes))
		p.nodes = append(p.nodes, n)
	}
	return *slot
}

func (p *pathTrie) place(n pathNode) *uint32 {
	mask := uint64(len(p.slots) - 1)
	for i := p.hash(n) & mask; ; i = (i + 1) & mask {
		if at := p.slots[i]; at == 0 || p.nodes[at] == n {
			return &p.slots[i]
		}
	}
}

func (p *pathTrie) grow() {
	if p.nodes == nil {
		p.nodes = make([]pathNode, pathRoots)
	}
	p.slots = make([]uint32, max(1<<8, 2*len(p.slots)))
	for i := pathRoots; i < len(p.nodes); i++ {
		*p.place(p.nodes[i]) = uint32(i)
	}
}

// of is the path of hops of some width.
func (p *pathTrie) of(path []byte, width int) uint32 {
	at := uint32(width)
	for i := 0; i+width <= len(path); i += width {
		at = p.next(at, hopNumber(path[i:i+width]))
	}
	return at
}

// ofTree gives the numbers of the paths to those nodes of a tree that are
// wanted, by node; dst is used again.
func (p *pathTrie) ofTree(dst []uint32, t *mesh.Tree, wanted []bool) []uint32 {
	dst = append(dst[:0], uint32(t.Width))
	for i, parent := range t.Parents {
		at := uint32(0)
		if wanted[i+1] {
			at = p.next(dst[parent], hopNumber(t.HopBytes[i*t.Width:(i+1)*t.Width]))
		}
		dst = append(dst, at)
	}
	return dst
}

// join adds another's paths and gives their numbers here, by theirs.
func (p *pathTrie) join(o *pathTrie) []uint32 {
	numbers := make([]uint32, 0, len(o.nodes))
	for i, n := range o.nodes {
		at := uint32(i)
		if i >= pathRoots {
			at = p.next(numbers[n.before], n.hop)
		}
		numbers = append(numbers, at)
	}
	return numbers
}

// bytes are the hops of a path as bytes, and how many each has.
func (p *pathTrie) bytes(at uint32) (width int, b []byte) {
	var hops []uint32
	for ; at >= pathRoots; at = p.nodes[at].before {
		hops = append(hops, p.nodes[at].hop)
	}
	width = int(at)
	for _, hop := range slices.Backward(hops) {
		for shift := 8 * (width - 1); shift >= 0; shift -= 8 {
			b = append(b, byte(hop>>shift))
		}
	}
	return width, b
}

// hops are the hops of a path.
func (p *pathTrie) hops(at uint32) []meshcore.Hop {
	width, b := p.bytes(at)
	return hopsOf(b, width)
}

func hopNumber(b []byte) (n uint32) {
	for _, c := range b {
		n = n<<8 | uint32(c)
	}
	return n
}

// towards marks the nodes that lie on the way to marked ones.
func towards(t *mesh.Tree, marks []bool) {
	for n := t.Len(); n > 0; n-- {
		if marks[n] {
			marks[t.Parents[n-1]] = true
		}
	}
}
