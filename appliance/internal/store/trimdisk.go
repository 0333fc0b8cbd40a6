package store

import (
	"path/filepath"
	"slices"
)

const (
	// LeastDisk is the least disk budget that makes sense, in bytes: two
	// checkpoints and two lengths of the journal take that much of a mesh that is
	// not small.
	LeastDisk = 64_000_000
	// keepHours is how many hours' files TrimDisk leaves in any case, the newest.
	keepHours = 24
)

// diskUse is what the data directory takes, in bytes, without files that are
// about to go.
type diskUse struct{ hours, journal, points int64 }

func (u diskUse) total() int64 { return u.hours + u.journal + u.points }

// slack is how long the journal may be without being shortened for the budget:
// to shorten it costs two checkpoints.
func (u diskUse) slack(budget int64) int64 { return max(u.points/2, min(budget/16, 1<<20)) }

// TrimDisk deletes the oldest hours until the files of hours leave room for the
// checkpoints and a short journal within the disk budget, but never the newest
// 24. A journal that is longer is shortened: checkpoints are written, and no hour
// goes for it. It gives where the oldest hour that stays begins, Unix ms; 0 if
// nothing went.
func (s *Store) TrimDisk() (before int64) {
	budget := s.opts.Disk
	if budget <= 0 {
		return 0
	}
	s.house.Lock()
	defer s.house.Unlock()
	use, ok := s.diskUse()
	if !ok {
		return 0 // nothing is known, so nothing goes
	}
	reserve := use.points + use.slack(budget)
	files := s.filesOfHours()
	for len(files) > keepHours && use.hours+reserve > budget {
		use.hours -= files[0].size()
		before = max(before, s.dropHour(files[0].num))
		files = files[1:]
	}
	if use.total() > budget && use.journal > use.slack(budget) {
		s.files.askPoint()
	}
	if need := use.hours + reserve; need > budget {
		s.limits.missed(Limit{Of: "disk",
			What: "The disk limit of " + megabytes(budget) + " is less than the newest hours, which are kept in any case, the journal and the checkpoints take.",
			Do:   "Set retention.disk to " + megabytes(need+need/4) + " or more, or to 0 for no limit."})
	} else {
		s.limits.kept("disk")
	}
	return before
}

// filesOfHours lists the hours whose files may go, oldest first.
func (s *Store) filesOfHours() (list []backupHour) {
	s.dir.mu.RLock()
	defer s.dir.mu.RUnlock()
	for _, h := range s.dir.hours {
		if !h.foreign && h.file.Generation > 0 {
			list = append(list, backupHour{num: h.num, file: h.file, names: h.names.file})
		}
	}
	slices.SortFunc(list, func(a, b backupHour) int { return int(int64(a.num) - int64(b.num)) })
	return list
}

func (s *Store) diskUse() (use diskUse, ok bool) {
	s.dir.mu.RLock()
	for _, h := range s.dir.hours {
		use.hours += h.file.Size + h.names.file.Size
	}
	s.dir.mu.RUnlock()
	state, err := stateUse(s.opts.FS, s.opts.Dir)
	use.journal, use.points = state.journal, state.points
	return use, err == nil
}

// stateUse is what journal and checkpoints of a directory take.
func stateUse(fs FS, dir string) (use diskUse, err error) {
	names, err := fs.ReadDir(dir)
	if err != nil {
		return use, err
	}
	for _, name := range stateFiles(names) {
		n, err := fs.Size(filepath.Join(dir, name))
		if err != nil {
			continue // it has gone meanwhile
		}
		if _, _, ok := numberIn(name, "journal-"); ok {
			use.journal += n
		} else {
			use.points += n
		}
	}
	return use, nil
}

// DiskNeeded is what journal and checkpoints of a data directory take now, and
// leave nothing of to hours, in bytes. It may be in use.
func DiskNeeded(dir string) (int64, error) {
	use, err := stateUse(osFS{}, dir)
	return use.journal + use.points, err
}
