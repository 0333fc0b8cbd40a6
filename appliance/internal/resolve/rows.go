package resolve

// rows are rates of a model that stays as it is for a while: of relays with one
// first byte, behind one transmitter. The same few are asked for again and again,
// and each is gathered from many places.
type rows struct {
	m     *Model
	keys  []uint64 // by slot: transmitter and first byte, plus 1
	vals  []float64
	width int // of a slot in vals
}

// heldBytes is how much memory remembered rows may take: of a mesh of 1,500 nodes
// some 70,000 rows, several for every link.
const heldBytes = 8 << 20

// Hold says that a model stays as it is until the next Hold, so that what is
// computed of it may be remembered. nil ends that, and frees the memory.
func (w *Work) Hold(m *Model) {
	w.held = rows{}
	if m == nil {
		return
	}
	w.held = rows{m: m}
	for _, l := range m.relays {
		w.held.width = max(w.held.width, len(l)+1)
	}
	slots := heldBytes / (8 * (w.held.width + 1))
	w.held.keys, w.held.vals = make([]uint64, slots), make([]float64, slots*w.held.width)
}

// fromHeld fills in the rates of relays with one first byte behind a, and after
// them the limit of any; cand is those of the byte, or all but one. It is false
// where they are others.
func (w *Work) fromHeld(a int32, first byte, cand []int32, row []float64) bool {
	h := &w.held
	list := h.m.relays[first]
	if len(list) > len(cand)+1 {
		return false
	}
	key := uint64(a)<<8 | uint64(first) + 1<<40
	slot := int(mix(key) % uint32(len(h.keys)))
	vals := h.vals[slot*h.width:][:len(list)+1]
	if h.keys[slot] != key {
		limit := h.m.ownLimit(a, first)
		for j, b := range list {
			vals[j] = h.m.rate(a, b, limit)
		}
		h.keys[slot], vals[len(list)] = key, limit
	}
	row[len(cand)] = vals[len(list)]
	if len(list) == len(cand) {
		copy(row, vals[:len(list)])
		return true
	}
	at := 0
	for j, b := range list {
		if at < len(cand) && cand[at] == b {
			row[at] = vals[j]
			at++
		}
	}
	return at == len(cand)
}
