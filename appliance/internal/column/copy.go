package column

// PayloadLen is how many bytes the payload of transmission i has.
func (h *Hour) PayloadLen(i int) int {
	c := h.open(i)
	return len(h.readPayload(&c))
}

// HeadOf is the header and the path length byte of observation o, which is of
// transmission i, and how many bytes its path has. Of the transmission's tree only
// the way up from the observation's leaf is read.
func (h *Hour) HeadOf(i, o int) (header, lengths byte, pathBytes int) {
	c := h.open(i)
	h.readPayload(&c)
	width, header := h.Tree(i)
	var parents Numbers
	if width > 0 {
		if hasCodes(header) {
			c.codes()
		}
		n := c.uvarint()
		c.take(n * uint64(width))
		w := uint64(parentWidth(n))
		parents = Numbers{c.take(n * w), int(w)}
	}
	if leaf := h.leaf.At(o); leaf > 0 {
		depth := 0
		for n := leaf - 1; n > 0; n = parents.At(int(n - 1)) {
			depth++
		}
		return header, pathLen(width, uint8(depth)), depth * width
	}
	var own ownHead
	for k := int(h.start[i]); k <= o; k++ {
		h.readArrived(&c, k)
		if h.leaf.At(k) == 0 {
			own = c.ownHead()
		}
	}
	return own.header, own.pathLen, len(own.path)
}
