package column

import "hilltop/appliance/internal/mesh"

// TreeOf is the tree of row i, without anything else of the row being read. Its
// parents are in the memory of parents, if that has room for them.
func (h *Hour) TreeOf(i int, parents []uint32) (t mesh.Tree) {
	f := h.flags[i]
	if f&rowTree == 0 {
		return t
	}
	t.Header, t.Width = h.headers[i], int(f>>rowWidth&3)+1
	c := h.open(i)
	h.readPayload(&c)
	if hasCodes(t.Header) {
		t.Transport = c.codes()
	}
	n := c.uvarint()
	t.HopBytes = c.take(n * uint64(t.Width))
	width := int(parentWidth(n))
	packed := Numbers{c.take(n * uint64(width)), width}
	t.Parents = sized(parents, int(n))
	if width == 1 {
		for k, p := range packed.b {
			t.Parents[k] = uint32(p)
		}
		return t
	}
	for k := range t.Parents {
		t.Parents[k] = uint32(packed.At(k))
	}
	return t
}
