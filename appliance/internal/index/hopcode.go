package index

import (
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// hopCode is a hop as a number: its width in the highest byte, then its bytes.
// Hops of one width are in the order of their bytes.
type hopCode uint32

func codeOf(h meshcore.Hop) hopCode {
	c := hopCode(h.Width()) << 24
	for i, b := range h.Bytes() {
		c |= hopCode(b) << (16 - 8*i)
	}
	return c
}

func (c hopCode) hop() meshcore.Hop {
	b := [3]byte{byte(c >> 16), byte(c >> 8), byte(c)}
	return meshcore.NewHop(b[:min(c>>24, 3)])
}

func (c hopCode) width() int { return int(c >> 24) }

// treeCode is the code of node n of a tree, from 1 to Len.
func treeCode(t *mesh.Tree, n int) hopCode {
	b := t.HopBytes[(n-1)*t.Width:]
	switch t.Width {
	case 1:
		return 1<<24 | hopCode(b[0])<<16
	case 2:
		return 2<<24 | hopCode(b[0])<<16 | hopCode(b[1])<<8
	}
	return 3<<24 | hopCode(b[0])<<16 | hopCode(b[1])<<8 | hopCode(b[2])
}

// hopNumbers numbers the hops that a builder meets from 0.
type hopNumbers struct {
	codes []hopCode // by number
	one   [256]uint32
	two   []uint32 // of hops of two bytes, 65,536 of them; made when there is one
	more  map[hopCode]uint32
}

// of gives a hop's number.
func (h *hopNumbers) of(c hopCode) uint32 {
	switch c.width() {
	case 1:
		return h.fill(&h.one[c>>16&0xFF], c)
	case 2:
		if h.two == nil {
			h.two = make([]uint32, 1<<16)
		}
		return h.fill(&h.two[c>>8&0xFFFF], c)
	}
	n, ok := h.more[c]
	if !ok {
		if h.more == nil {
			h.more = map[hopCode]uint32{}
		}
		n = uint32(len(h.codes))
		h.codes = append(h.codes, c)
		h.more[c] = n
	}
	return n
}

// fill keeps numbers one higher, so that 0 is none.
func (h *hopNumbers) fill(p *uint32, c hopCode) uint32 {
	if *p == 0 {
		h.codes = append(h.codes, c)
		*p = uint32(len(h.codes))
	}
	return *p - 1
}
