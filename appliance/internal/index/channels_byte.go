package index

import "hilltop/appliance/internal/mesh"

// OfByte gives at most n transmissions of channels with a hash byte, whether a
// key opened them or not: the newest before a place, newest first; the zero
// cursor begins with the newest. total counts all of them.
func (x *Channels) OfByte(hash byte, before mesh.Cursor, n int) (ids []uint64, total int) {
	f := finding{q: TextQuery{Before: before, Limit: n}}
	names := make(map[string]bool)
	for _, c := range x.ring.Candidates(hash) {
		names[c.Name] = true
	}
	x.eachHour(func(hour uint32, h *channelHour) bool {
		f.ofByte(hour, h, hash, names)
		return true
	})
	f.cut()
	for _, p := range f.places {
		ids = append(ids, p.tx)
	}
	return ids, f.out.Total
}

// ofByte takes what an hour has of a hash byte, which the keys of these names
// have.
func (f *finding) ofByte(hour uint32, h *channelHour, hash byte, names map[string]bool) {
	if len(names) > 0 {
		wanted := make([]bool, len(h.names))
		for i, name := range h.names {
			wanted[i] = names[name]
		}
		for i := len(h.texts) - 1; i >= 0; i-- {
			if r := &h.texts[i]; wanted[r.channel] {
				f.take(textPlace{hour, mesh.HourStart(hour) + int64(r.first), r.tx})
			}
		}
	}
	for i := len(h.others) - 1; i >= 0; i-- {
		if u := &h.others[i]; u.hash == hash {
			f.take(textPlace{hour, u.first, u.tx})
		}
	}
}
