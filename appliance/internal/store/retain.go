package store

import (
	"math"
	"slices"
	"time"

	"hilltop/appliance/internal/mesh"
)

// What hours wait for before they are sealed.
const (
	sealAfter  = 10 * time.Minute // from an hour's end
	sealQuiet  = time.Minute      // without a change to it
	sealAtMost = time.Hour        // of waiting for that
	mergeQuiet = time.Hour        // without a late copy, before late copies are merged
)

// SealDue lists the hours to seal, newest first: those that ended ten minutes
// ago and have gone quiet, and sealed ones whose late copies have, or whose names
// are to be filed. now is by the clock that stamps arrivals.
func (s *Store) SealDue(now time.Time) (due []uint32) {
	ms := now.UnixMilli()
	s.dir.mu.RLock()
	defer s.dir.mu.RUnlock()
	for _, h := range slices.Backward(s.dir.order) {
		quiet, ended := h.quiet(ms), (int64(h.num)+1)*mesh.HourMS+sealAfter.Milliseconds()
		switch {
		case len(h.open) == 0:
			if h.sealed != nil && h.names.wantFile() && s.decidedWhole(h.num) {
				due = append(due, h.num)
			}
		case h.sealed != nil:
			if quiet >= mergeQuiet.Milliseconds() {
				due = append(due, h.num)
			}
		case ms < ended:
		case quiet >= sealQuiet.Milliseconds() || ms-max(ended, h.since) >= sealAtMost.Milliseconds():
			due = append(due, h.num)
		}
	}
	return due
}

// Evict deletes the hours that ended longer than MaxAge ago, whole, the oldest
// first, and metrics and gaps of then. It gives where the oldest hour that
// stays begins, Unix ms; 0 if nothing went. Only a caller who trusts the
// machine's clock may call it.
func (s *Store) Evict(now time.Time) (before int64) {
	if s.opts.MaxAge <= 0 {
		return 0
	}
	s.house.Lock()
	defer s.house.Unlock()
	limit := now.Add(-s.opts.MaxAge).UnixMilli()
	for {
		hour, _, ok := s.oldestHour(func(h *hourRoom) bool { return !h.foreign })
		if end := (int64(hour) + 1) * mesh.HourMS; !ok || end > limit {
			break
		}
		before = max(before, s.dropHour(hour))
	}
	s.evictMetrics(limit)
	s.facts.evictGaps(limit)
	return before
}

// Shares of the memory budget, in percent.
const (
	loadShare = 60 // that loading may take: the indexes that are built then need the rest
	trimFrom  = 92 // above which hours are unloaded
	trimTo    = 82 // until the process takes no more than this
)

// memoryAgain is how long it takes until the collector is asked again when no
// hour is left to be unloaded.
const memoryAgain = 5 * time.Minute

// TrimMemory unloads the oldest sealed hours when the process comes close to
// the memory budget. Their files stay, and so does what comes in late for them.
// It gives where the oldest hour that is still loaded begins, Unix ms; 0 if
// nothing went. When nothing is left to be unloaded, Health says so.
func (s *Store) TrimMemory() (before int64) {
	share := func(percent int64) int64 { return s.opts.Memory / 100 * percent }
	if s.opts.Memory <= 0 {
		return 0
	}
	if rss := s.opts.RSS(); rss <= share(trimFrom) {
		if rss <= share(trimTo) {
			s.limits.kept("memory")
		}
		return 0
	}
	s.house.Lock()
	defer s.house.Unlock()
	loaded := func(h *hourRoom) bool { return h.sealed != nil }
	_, _, any := s.oldestHour(loaded)
	now := s.opts.Now()
	if since := now.Sub(s.collected); !any && since >= 0 && since < memoryAgain {
		return 0
	}
	s.collect()
	s.collected = now
	// What an hour's indexes take goes with it, and is not known here: a caller
	// comes again until it fits.
	for over := s.opts.RSS() - share(trimTo); over > 0; {
		hour, file, ok := s.oldestHour(loaded)
		if !ok {
			break
		}
		s.unload(hour)
		over -= 2 * file.memory()
		before = (int64(hour) + 1) * mesh.HourMS
	}
	if !any && s.opts.RSS() > share(trimFrom) {
		s.limits.missed(Limit{Of: "memory",
			What: "The memory limit of " + megabytes(s.opts.Memory) + " is used up though no closed hour is loaded any more.",
			Do:   "Set retention.memory to more, or to auto, or run Hilltop on a machine with more memory."})
	}
	return before
}

// oldestHour is the oldest hour of a kind.
func (s *Store) oldestHour(kind func(*hourRoom) bool) (hour uint32, file hourFile, ok bool) {
	s.dir.mu.RLock()
	defer s.dir.mu.RUnlock()
	hour = math.MaxUint32
	for _, h := range s.dir.hours {
		if h.num <= hour && kind(h) {
			hour, file, ok = h.num, h.file, true
		}
	}
	return hour, file, ok
}

// dropHour deletes an hour with its file, and gives where the next one begins,
// Unix ms. Frames tell of each batch, so that each is a state that was.
func (s *Store) dropHour(hour uint32) int64 {
	roll, sum := s.rollupOfRest(hour)
	for more := true; more; {
		more = s.dropSome(hour)
	}
	s.w.Lock()
	file, names := s.dir.hours[hour].file, s.dir.hours[hour].names.file
	s.dropRecords(hour, nil)
	rows := s.takeRows(hour)
	if roll != "" {
		s.putBoth(roll, sum)
	}
	s.pending.evict(hour)
	s.forgetFile(hour)
	s.forgetDecided(hour)
	if file.Generation > 0 {
		s.files.superseded(file.name(hour), s.frame+1)
	}
	s.discardNames(hour, names)
	s.w.Unlock()
	s.forgetRows(rows)
	return (int64(hour) + 1) * mesh.HourMS
}

// dropSome deletes a batch of an hour's open records; false when there are no
// more.
func (s *Store) dropSome(hour uint32) bool {
	s.w.Lock()
	defer s.w.Unlock()
	h := s.dir.hours[hour]
	if h.file.Generation == 0 && len(h.open) <= recordBatch {
		return false // the hour goes whole
	}
	var slots []int32
	var keys []string
	for _, slot := range h.open[:min(len(h.open), recordBatch)] {
		key := s.dir.at(openRef | ref(slot)).key()
		slots, keys = append(slots, slot), append(keys, key)
		s.pending.delete(key)
	}
	s.scratchRef = 0
	s.dir.drop(hour, slots)
	s.deleteAll(keys)
	return len(h.open) > 0
}

// unload lets go of a sealed hour's rows; its file stays.
func (s *Store) unload(hour uint32) {
	s.w.Lock()
	rows := s.takeRows(hour)
	s.w.Unlock()
	s.forgetRows(rows)
}

// takeRows hides an hour's rows from readers. The writer may still find them
// until forgetRows.
func (s *Store) takeRows(hour uint32) *sealedRows {
	keys := []string{hourKey(hour)}
	if h, ok := s.dir.hours[hour]; ok && h.names.place == namesFiled {
		keys = append(keys, decidedKey(hour)) // a start finds them in a file
	}
	s.deleteAll(keys)
	d := s.dir
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.room(hour)
	rows := h.sealed
	h.sealed, h.private = nil, false
	d.settleOrder(h)
	return rows
}

// forgetRows makes nothing lead to rows that takeRows gave.
func (s *Store) forgetRows(rows *sealedRows) {
	if rows == nil {
		return
	}
	for from := 0; from < rows.Len(); from += rowBatch {
		s.w.Lock()
		s.dir.forgetRows(rows, from, min(from+rowBatch, rows.Len()))
		s.w.Unlock()
	}
	s.w.Lock()
	defer s.w.Unlock()
	s.scratchRef = 0
	s.dir.mu.Lock()
	defer s.dir.mu.Unlock()
	s.dir.release(rows)
}

// Held is the span of what is loaded: where the first and the last episode
// begin, Unix ms; 0 if there is none.
func (s *Store) Held() (from, to int64) {
	c := s.dir.counts()
	return c.From, c.To
}

// Files is what hours have on disk.
type Files struct {
	Hours  int   // that have a file
	Bytes  int64 // of these files
	Memory int64 // about what all of them take when loaded, bytes
	Loaded int   // hours whose file is loaded
	Oldest int64 // where the oldest hour that has a file begins, Unix ms; 0 if there is none
}

// Files says what hours have on disk.
func (s *Store) Files() (f Files) {
	s.dir.mu.RLock()
	defer s.dir.mu.RUnlock()
	for _, h := range s.dir.hours {
		if h.file.Generation == 0 {
			continue
		}
		f.Hours++
		f.Bytes += h.file.Size + h.names.file.Size
		f.Memory += memoryOf(h.file, h.names.file)
		if !h.hidden() {
			f.Loaded++
		}
		if begins := int64(h.num) * mesh.HourMS; f.Oldest == 0 || begins < f.Oldest {
			f.Oldest = begins
		}
	}
	return f
}
