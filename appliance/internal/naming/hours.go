package naming

import (
	"slices"
	"sort"
)

// hourNames finds the entries of an hour in its packed bytes.
type hourNames struct {
	hour   uint32
	passed bool     // the day's pass has been over it
	base   uint64   // the least ID
	ids    []uint32 // less base, ascending
	at     []uint32 // by place in ids: where the entry's body begins in the packed bytes
	size   int      // of the packed bytes
	last   uint64   // the ID packed last
	told   int64    // how many entries readers were given, those included that grew
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
	h.told++
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

// readHour finds the entries in packed bytes. What is damaged, and what follows
// it, is left out: false. Bytes of another version are all left out.
func readHour(hour uint32, packed string) (h *hourNames, whole bool) {
	h = &hourNames{hour: hour}
	r := reader{b: packed}
	if r.byte() != entryVersion {
		return h, false
	}
	h.passed = r.byte()&flagPassed != 0
	if r.bad {
		return h, false
	}
	n := len(packed) / 32
	h.ids, h.at = make([]uint32, 0, n), make([]uint32, 0, n)
	for h.size = r.at; r.at < len(packed); h.size = r.at {
		id := h.last + uint64(r.varint())
		at := r.at
		r.skip()
		if r.bad {
			return h, false
		}
		h.note(id, at)
		h.last = id
	}
	h.ids, h.at = slices.Clip(slices.Clone(h.ids)), slices.Clip(slices.Clone(h.at))
	return h, true
}

// unpack reads the entry of an ID.
func (h *hourNames) unpack(packed string, id uint64, e *entry) bool {
	i, ok := h.place(id)
	if !ok {
		return false
	}
	return h.unpackAt(packed, i, e)
}

// unpackAt reads the entry at a place in ids.
func (h *hourNames) unpackAt(packed string, i int, e *entry) bool {
	if int(h.at[i]) > len(packed) {
		return false
	}
	r := reader{b: packed, at: int(h.at[i])}
	e.id = h.base + uint64(h.ids[i])
	r.body(e, h.hour)
	return !r.bad
}

// in is how many observations the entry of an ID covers; false if there is none.
func (h *hourNames) in(packed string, id uint64) (int, bool) {
	i, ok := h.place(id)
	if !ok || int(h.at[i]) > len(packed) {
		return 0, false
	}
	r := reader{b: packed, at: int(h.at[i])}
	in, _ := r.in()
	return in, true
}

// all lists the IDs, ascending.
func (h *hourNames) all() []uint64 {
	ids := make([]uint64, len(h.ids))
	for i, rel := range h.ids {
		ids[i] = h.base + uint64(rel)
	}
	return ids
}

// hourWriter packs an hour's entries anew, one of each transmission.
type hourWriter struct {
	h *hourNames
	b []byte
}

func newHourWriter(hour uint32, passed bool) *hourWriter {
	return &hourWriter{&hourNames{hour: hour, passed: passed}, appendHead(nil, passed)}
}

func appendHead(b []byte, passed bool) []byte {
	flags := byte(0)
	if passed {
		flags = flagPassed
	}
	return append(b, entryVersion, flags)
}

// add packs an entry; IDs come ascending.
func (w *hourWriter) add(e *entry) {
	from := len(w.b)
	w.b = e.append(w.b, w.h.last, w.h.hour)
	w.h.note(e.id, from+idLength(w.b[from:]))
	w.h.last = e.id
}

// idLength is how many bytes an entry's ID takes.
func idLength(b []byte) int {
	n := 1
	for b[n-1] >= 0x80 {
		n++
	}
	return n
}

// done gives what was packed.
func (w *hourWriter) done() (*hourNames, string) {
	w.h.size = len(w.b)
	w.h.ids, w.h.at = slices.Clip(slices.Clone(w.h.ids)), slices.Clip(slices.Clone(w.h.at))
	return w.h, string(w.b)
}
