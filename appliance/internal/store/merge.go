package store

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// What comes late for an hour that is not loaded is merged into its file in the
// background: the hour and its neighbours are read for a moment, shown to nobody;
// what waited is compared with them; the hour is sealed again, with its rollup,
// and let go.

// Again is a copy that waited for an hour that was not loaded, as it has been
// placed now that it could be compared, where readers see it: in an hour that is
// loaded.
type Again struct {
	Copy
	Placement
}

// mergeRoom is how much memory merging an hour may take, as a multiple of its
// file: the file, and all of it unpacked.
const mergeRoom = 16

// compareBatch is how many records are compared at once: nobody writes
// meanwhile.
const compareBatch = 100

// MergeDue lists the hours that are not loaded, and for which what came in late
// has gone quiet, newest first. now is by the clock that stamps arrivals.
func (s *Store) MergeDue(now time.Time) (due []uint32) {
	s.dir.mu.RLock()
	defer s.dir.mu.RUnlock()
	for _, h := range s.dir.hours {
		if h.hidden() && !h.foreign && len(h.open) > 0 && h.quiet(now.UnixMilli()) >= mergeQuiet.Milliseconds() {
			due = append(due, h.num)
		}
	}
	slices.SortFunc(due, func(a, b uint32) int { return int(int64(b) - int64(a)) })
	return due
}

// MergeUnloaded merges what came in late for an hour that is not loaded into a
// new generation of its file. It does nothing if there is nothing to merge, or if
// the memory budget has no room just now; done says whether it did.
//
// What waited is placed again by compare, which the caller runs where it places
// what comes in, until it gives false, and tells the indexes of each Again. An
// error of the caller's, when it cannot, leaves the rest waiting.
func (s *Store) MergeUnloaded(hour uint32, run func(compare func() (list []Again, more bool)) error) (done bool, err error) {
	s.house.Lock()
	defer s.house.Unlock()
	hours, size := s.toMerge(hour)
	if len(hours) == 0 || s.opts.Memory > 0 && s.opts.RSS()+mergeRoom*size > s.opts.Memory/100*trimFrom {
		return false, nil
	}
	for _, h := range hours {
		block, err := s.files.openHour(h.num, h.file)
		if err == nil && !s.show(h.num, newSealedRows(block)) {
			err = fmt.Errorf("hour %08x: too many transmissions are held", h.num)
		}
		if err != nil {
			return false, fmt.Errorf("file %s: %w", h.file.name(h.num), err)
		}
		defer s.unload(h.num)
	}
	if err := run(func() ([]Again, bool) { return s.compareSome(hour) }); err != nil {
		return false, err
	}
	return s.seal(hour)
}

// toMerge gives an hour that has something to merge and its neighbours, as far as
// they are not loaded: what stands near them may belong there. size is about what
// the hour takes when it is.
func (s *Store) toMerge(hour uint32) (list []backupHour, size int64) {
	s.dir.mu.RLock()
	defer s.dir.mu.RUnlock()
	h, ok := s.dir.hours[hour]
	if !ok || !h.unread() || h.foreign || len(h.open) == 0 {
		return nil, 0
	}
	for _, num := range [...]uint32{hour, hour - min(1, hour), next(hour)} {
		if h, ok := s.dir.hours[num]; ok && h.unread() && !h.foreign {
			list = append(list, backupHour{num: num, file: h.file})
		}
	}
	return list, h.file.memory()
}

// show makes the writer find an hour's rows, and no reader; false if there are
// too many.
func (s *Store) show(hour uint32, rows *sealedRows) bool {
	byID := rows.byID()
	s.w.Lock()
	h := s.dir.hours[hour]
	open := slices.Clone(h.open) // what comes meanwhile is of no row
	s.dir.mu.Lock()
	fits := s.dir.reserve(rows)
	s.dir.mu.Unlock()
	s.w.Unlock()
	if !fits {
		return false
	}
	for some := range slices.Chunk(open, rowBatch) {
		s.w.Lock()
		s.dir.mu.Lock()
		s.dir.override(some, rows, byID)
		s.dir.mu.Unlock()
		s.w.Unlock()
	}
	// Until all rows are found, what is not waits as before.
	for from := 0; from < rows.Len(); from += rowBatch {
		s.w.Lock()
		s.dir.enterRows(rows, from, min(from+rowBatch, rows.Len()))
		s.w.Unlock()
	}
	s.w.Lock()
	defer s.w.Unlock()
	s.dir.mu.Lock()
	defer s.dir.mu.Unlock()
	h.sealed, h.private = rows, true
	return true
}

// override marks the rows whose transmissions have open records: some of those of
// the hour. byID has the row of each ID. mu is held.
func (d *directory) override(open []int32, rows *sealedRows, byID map[uint64]int) {
	for _, slot := range open {
		if row, ok := byID[d.slots[slot].id]; ok {
			rows.setOver(row)
		}
	}
}

// compareSome places some of what waits for an hour once more. It gives what
// readers see, and whether there is more.
func (s *Store) compareSome(hour uint32) (list []Again, more bool) {
	var marks []string
	s.under(waitKey(hour, ""), func(key, _ string) { marks = append(marks, key) })
	for _, mark := range marks[:min(len(marks), compareBatch)] {
		list = append(list, s.compare(mark)...)
	}
	return list, len(marks) > compareBatch
}

// compare places one record again that waited, if its hour is read.
func (s *Store) compare(mark string) []Again {
	s.w.Lock()
	defer s.w.Unlock()
	if h, ok := s.dir.hours[hourOfKey(mark)]; ok && h.unread() {
		return nil
	}
	return s.compareNow(mark)
}

func (s *Store) compareNow(mark string) []Again {
	s.pending.delete(mark)
	s.deleteAll([]string{mark})
	return s.placeAgain("t" + mark[1:])
}

// visible keeps what became of a copy, if readers see it.
func visible(list []Again, c Copy, p Placement) []Again {
	if p.Hidden || p.Duplicate && !p.Measured {
		return list
	}
	p.Tree.HopBytes, p.Tree.Parents = bytes.Clone(p.Tree.HopBytes), slices.Clone(p.Tree.Parents)
	return append(list, Again{c, p})
}
