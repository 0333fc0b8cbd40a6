package store

import (
	"slices"
	"sort"

	"hilltop/appliance/internal/column"
)

// sealedRows is a generation of a sealed hour in memory. Its rows have the refs
// from base on. A row whose transmission has an open record is overridden: it is
// that record which counts.
type sealedRows struct {
	*column.Hour
	base          ref
	over          []uint64 // bit i of word i/64: row i is overridden
	overridden    int
	overriddenObs int64
	ids           [2]uint64 // least and greatest
	serial        uint32    // since reserve, unlike that of any other
	changes       uint32    // of over
}

func newSealedRows(h *column.Hour) *sealedRows {
	s := &sealedRows{Hour: h, over: make([]uint64, (h.Len()+63)/64)}
	s.ids = [2]uint64{h.ID(0), h.ID(0)}
	for row := range h.Len() {
		s.ids[0], s.ids[1] = min(s.ids[0], h.ID(row)), max(s.ids[1], h.ID(row))
	}
	return s
}

func (s *sealedRows) isOver(row int) bool { return s.over[row/64]&(1<<(row%64)) != 0 }

func (s *sealedRows) setOver(row int) {
	if !s.isOver(row) {
		s.over[row/64] |= 1 << (row % 64)
		s.changes++
		s.overridden++
		s.overriddenObs += int64(s.Copies(row))
	}
}

func (s *sealedRows) clearOver(row int) {
	if s.isOver(row) {
		s.over[row/64] &^= 1 << (row % 64)
		s.changes++
		s.overridden--
		s.overriddenObs -= int64(s.Copies(row))
	}
}

// find is the row of an ID.
func (s *sealedRows) find(id uint64) (row int, ok bool) {
	if id < s.ids[0] || id > s.ids[1] {
		return 0, false
	}
	for row := range s.Len() {
		if s.ID(row) == id {
			return row, true
		}
	}
	return 0, false
}

// byID is the row of each ID.
func (s *sealedRows) byID() map[uint64]int {
	rows := make(map[uint64]int, s.Len())
	for row := range s.Len() {
		rows[s.ID(row)] = row
	}
	return rows
}

func (s *sealedRows) episode(row int) episode {
	return episode{id: s.ID(row), hash: s.Hash(row), hour: s.Number(), first: s.First(row),
		copies: uint32(s.Copies(row)), block: s.Hour, row: row}
}

// search is the first row that is not before (first, id).
func (s *sealedRows) search(first int64, id uint64) int {
	return sort.Search(s.Len(), func(row int) bool { return !before(s.First(row), s.ID(row), first, id) })
}

// rowOf is where a ref to a row leads. mu is held.
func (d *directory) rowOf(r ref) (*sealedRows, int) {
	i := sort.Search(len(d.ranges), func(i int) bool { return d.ranges[i].base > r }) - 1
	return d.ranges[i], int(r - d.ranges[i].base)
}

// reserve gives a generation's rows their refs, from the first gap that they
// fit; false if there is none. mu is held.
func (d *directory) reserve(s *sealedRows) bool {
	d.serial++
	s.serial = d.serial
	free, need := ref(1), ref(s.Len())
	for i, r := range d.ranges {
		if r.base-free >= need {
			s.base = free
			d.ranges = slices.Insert(d.ranges, i, s)
			return true
		}
		free = r.base + ref(r.Len())
	}
	if openRef-free < need {
		return false
	}
	s.base = free
	d.ranges = append(d.ranges, s)
	return true
}

// release gives refs back that nothing leads to any more. mu is held.
func (d *directory) release(s *sealedRows) {
	d.ranges = slices.DeleteFunc(d.ranges, func(r *sealedRows) bool { return r == s })
}

// rowBatch is how many rows are entered or taken out at once, so that nobody
// waits longer than a millisecond.
const rowBatch = 512

// enterRows makes hashes lead to rows of a generation that is loaded.
func (d *directory) enterRows(s *sealedRows, from, to int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for row := from; row < to; row++ {
		if !s.isOver(row) {
			d.hashes.add(s.Hash(row), s.base+ref(row))
		}
	}
}

// forgetRows makes hashes lead to rows of a generation no more.
func (d *directory) forgetRows(s *sealedRows, from, to int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for row := from; row < to; row++ {
		if !s.isOver(row) {
			d.hashes.remove(s.Hash(row), s.base+ref(row))
		}
	}
}

// moveRows makes the hashes of a generation's rows lead to the next one's. olds
// has for each row of the next one that of the old one, -1 if it has none.
func (d *directory) moveRows(old, next *sealedRows, olds []int32, from, to int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for row := from; row < to; row++ {
		if !next.isOver(row) && olds[row] >= 0 {
			d.hashes.replace(next.Hash(row), old.base+ref(olds[row]), next.base+ref(row))
		}
	}
}

// takeOut makes a row an open record, which overrides it from now on; o is what
// it has, packed in value.
func (d *directory) takeOut(r ref, o *record, value string) ref {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, row := d.rowOf(r)
	e := s.episode(row)
	h := d.room(e.hour)
	for _, s := range []*sealedRows{h.sealed, h.next} {
		if s != nil {
			if row, ok := s.find(e.id); ok {
				s.setOver(row)
			}
		}
	}
	s.setOver(row) // also of an hour that is just being unloaded
	open := d.enter(e, o, value)
	d.hashes.replace(e.hash, r, open)
	return open
}

// putBack makes open records rows again: they are as these say.
func (d *directory) putBack(h *hourRoom, slots []int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, slot := range slots {
		e := &d.slots[slot]
		row := h.sealed.search(e.first, e.id)
		d.hashes.replace(e.hash, openRef|ref(slot), h.sealed.base+ref(row))
		h.sealed.clearOver(row)
		d.leave(h, slot)
	}
	d.compact(h)
}
