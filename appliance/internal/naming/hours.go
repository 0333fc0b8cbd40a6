package naming

import (
	"slices"
	"sort"
)

// hourNames finds the entries of an hour in its packed bytes.
type hourNames struct {
	hour uint32
	base uint64   // the least ID
	ids  []uint32 // less base, ascending
	at   []uint32 // by place in ids: where the entry's body begins in the packed bytes
	size int      // of the packed bytes
	last uint64   // the ID packed last
}

// place is where an ID is, or belongs, in ids.
func (h *hourNames) place(id uint64) (int, bool) {
	if id < h.base || len(h.ids) == 0 {
		return 0, false
	}
	if id-h.base > 1<<32-1 {
		return len(h.ids), false
	}
	rel := uint32(id - h.base)
	i := sort.Search(len(h.ids), func(i int) bool { return h.ids[i] >= rel })
	return i, i < len(h.ids) && h.ids[i] == rel
}

func (h *hourNames) has(id uint64) bool {
	_, ok := h.place(id)
	return ok
}

// note enters where an ID's latest entry is. An ID too far from the others is
// not entered.
func (h *hourNames) note(id uint64, at int) {
	if len(h.ids) == 0 {
		h.base = id
	}
	if id < h.base {
		if shift := h.base - id; shift <= 1<<32-1-uint64(h.ids[len(h.ids)-1]) {
			for i := range h.ids {
				h.ids[i] += uint32(shift)
			}
			h.base = id
		} else {
			return
		}
	}
	if id-h.base > 1<<32-1 {
		return
	}
	i, known := h.place(id)
	if known {
		h.at[i] = uint32(at)
		return
	}
	h.ids = slices.Insert(h.ids, i, uint32(id-h.base))
	h.at = slices.Insert(h.at, i, uint32(at))
}

// read enters all entries of packed bytes, from where it has read so far. What
// is damaged, and what follows it, is left out: false.
func (h *hourNames) read(packed string) bool {
	r := reader{b: packed, at: h.size}
	if h.size == 0 {
		if r.byte() != entryVersion {
			return false
		}
	}
	for r.at < len(packed) {
		id := h.last + uint64(r.varint())
		at := r.at
		r.body(nil, h.hour)
		if r.bad {
			return false
		}
		h.note(id, at)
		h.last, h.size = id, r.at
	}
	return true
}

// unpack reads the entry of an ID.
func (h *hourNames) unpack(packed string, id uint64, e *entry) bool {
	i, ok := h.place(id)
	if !ok || int(h.at[i]) > len(packed) {
		return false
	}
	r := reader{b: packed, at: int(h.at[i])}
	e.id = id
	r.body(e, h.hour)
	return !r.bad
}
