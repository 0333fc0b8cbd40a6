package store

import (
	"testing"

	"hilltop/appliance/internal/mesh"
)

// manyHours is a store of about two days, sealed, and the hours of its files,
// newest first.
func manyHours(t *testing.T, fs *memFS, budget int64) (*Store, []uint32) {
	t.Helper()
	s := loadOn(t, fs, func(o *Options) { o.Disk = budget })
	list := traffic(6_000)
	for i := range list {
		o := &list[i].Obs
		o.At = t0 + (o.At-t0)*240
		o.Arrived, o.Claimed = o.At+100, o.At
		s.Place(list[i])
	}
	hours := s.Hours()
	for _, hour := range hours[1:] {
		seal(t, s, hour)
	}
	flush(t, s, true)
	flush(t, s, false)
	if len(hours) < 2*keepHours {
		t.Fatalf("%d hours are too few to test with", len(hours))
	}
	return s, hours
}

func use(t *testing.T, s *Store) diskUse {
	t.Helper()
	u, ok := s.diskUse()
	if !ok {
		t.Fatal("nothing is known of the directory")
	}
	return u
}

func TestDiskBudget(t *testing.T) {
	fs := newMemFS()
	s, hours := manyHours(t, fs, 0)
	for n := range 2 { // the journal is not needed any more
		s.Place(flood(10_000+n, 1, t0+60*24*mesh.HourMS, 1))
		flush(t, s, true)
	}
	was, had := use(t, s), s.Files()
	if was.journal > was.points {
		t.Fatalf("%+v: the journal is not short", was)
	}
	budget := was.total() - was.hours/4
	s.opts.Disk = budget
	before := s.TrimDisk()
	flush(t, s, false)
	if u := use(t, s); u.total() > budget {
		t.Errorf("%+v are left of %+v, want %d", u, was, budget)
	}
	now := s.Files()
	if now.Hours <= keepHours || now.Hours >= had.Hours || len(hourFiles(fs)) != now.Hours {
		t.Errorf("files %+v of %+v, %v", now, had, hourFiles(fs))
	}
	if before != now.Oldest || mesh.HourOf(before) <= hours[len(hours)-1] || len(s.Health().Limits) > 0 {
		t.Errorf("went before %d, oldest file begins at %d, %+v", before, now.Oldest, s.Health().Limits)
	}
	if s.TrimDisk() != 0 {
		t.Error("more went though it fits")
	}
	want := everything(s)
	s.Close()
	if got := everything(loadOn(t, fs.afterCrash())); got != want {
		t.Error(differ(want, got))
	}
}

// What only the journal takes costs no hour: the journal is shortened.
func TestDiskBudgetShortensTheJournal(t *testing.T) {
	fs := newMemFS()
	s, _ := manyHours(t, fs, 0)
	was, had := use(t, s), s.Files()
	s.opts.Disk = was.hours + 4*was.points // two more checkpoints fit, the journal does not
	if s.opts.Disk > was.total() {
		t.Fatalf("%+v: the journal is too short to test with", was)
	}
	for range 2 { // it is needed since the older of two checkpoints
		if s.TrimDisk() != 0 {
			t.Error("an hour went for the journal")
		}
		s.AddGap(mesh.Gap{From: t0, Kind: "disk"})
		flush(t, s, false)
	}
	if u := use(t, s); u.total() > s.opts.Disk || u.journal >= was.journal/2 {
		t.Errorf("%+v are left of %+v, want %d", u, was, s.opts.Disk)
	}
	written := s.Health().Written.Total()
	s.TrimDisk()
	flush(t, s, false)
	if n := s.Health().Written.Total() - written; n > 1000 {
		t.Errorf("%d bytes are written though it fits", n)
	}
	if s.Files() != had || len(s.Health().Limits) > 0 {
		t.Errorf("files %+v of %+v, %+v", s.Files(), had, s.Health().Limits)
	}
}

// A budget that journal and checkpoints alone exceed leaves the newest hours, and
// Health says what to do.
func TestDiskBudgetBelowTheCheckpoints(t *testing.T) {
	fs := newMemFS()
	s, hours := manyHours(t, fs, 1000)
	s.TrimDisk()
	flush(t, s, false)
	if f := s.Files(); f.Hours != keepHours || mesh.HourOf(f.Oldest) != hours[keepHours] {
		t.Errorf("files %+v, want the newest %d", f, keepHours)
	}
	if l := s.Health().Limits; len(l) != 1 || l[0].Of != "disk" {
		t.Errorf("limits %+v", l)
	}
	s.opts.Disk = 1 << 30
	s.TrimDisk()
	if l := s.Health().Limits; len(l) > 0 {
		t.Errorf("limits %+v", l)
	}
}
