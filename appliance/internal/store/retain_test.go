package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
)

func TestWhatIsDueToBeSealed(t *testing.T) {
	s := loadOn(t, newMemFS())
	hour := mesh.HourOf(t0)
	due := func(minutes float64) []uint32 {
		return s.SealDue(time.UnixMilli(t0 + int64(minutes*60_000)))
	}
	is := func(minutes float64, want ...uint32) {
		t.Helper()
		if got := due(minutes); !slices.Equal(got, want) {
			t.Errorf("minute %v: due %v, want %v", minutes, got, want)
		}
	}
	s.Place(flood(1, 1, t0+10*60_000, 1))
	is(65)
	is(70, hour)
	late := flood(2, 1, t0+59*60_000, 1)
	late.Obs.Arrived = t0 + 80*60_000 - 1 // and more may come
	s.Place(late)
	s.Place(flood(3, 1, t0+61*60_000, 1))
	is(80)
	is(81, hour)
	is(130, hour+1, hour)
	seal(t, s, hour)
	is(81)
	late = flood(1, 2, t0+10*60_000, 1)
	late.Obs.Arrived = t0 + 90*60_000
	s.Place(late)
	is(125)
	is(150, hour+1, hour)
	seal(t, s, hour)
	is(150, hour+1)
	// One that never goes quiet is sealed after an hour all the same.
	for minute := range int64(200) {
		c := flood(100+int(minute), 1, t0+50*60_000, 2)
		c.Obs.At, c.Obs.Arrived = t0+5*mesh.HourMS, t0+8*mesh.HourMS+minute*30_000
		s.Place(c)
	}
	is(8*60+99.6, hour+5, hour+1)
	// What arrived by a clock that was far ahead, and was set back, is quiet.
	ahead := flood(500, 1, t0+6*mesh.HourMS, 1)
	ahead.Obs.Arrived = t0 + 1000*mesh.HourMS
	s.Place(ahead)
	is(8*60+99.6, hour+6, hour+5, hour+1)
	// Names that are in no file are filed, and again when they have grown by much.
	seal(t, s, hour+6)
	s.Decide(Decision{More: map[uint32]string{hour + 6: strings.Repeat("x", 10000)}})
	is(60*9, hour+6, hour+5, hour+1)
	seal(t, s, hour+6)
	is(60*9, hour+5, hour+1)
	s.Decide(Decision{More: map[uint32]string{hour + 6: strings.Repeat("y", 9000)}})
	is(60*9, hour+5, hour+1)
	s.Decide(Decision{More: map[uint32]string{hour + 6: "some more"}})
	s.Decide(Decision{More: map[uint32]string{hour + 6: strings.Repeat("z", 10000/namesShare+namesSlack-9009)}})
	is(60*9, hour+5, hour+1)
	s.Decide(Decision{More: map[uint32]string{hour + 6: "!"}})
	is(60*9, hour+6, hour+5, hour+1)
	seal(t, s, hour+6)
	is(60*9, hour+5, hour+1)
}

// slowTraffic is traffic spread over hours.
func slowTraffic(n int) []Copy {
	list := traffic(n)
	for i := range list {
		o := &list[i].Obs
		o.At = t0 + (o.At-t0)*40
		o.Arrived, o.Claimed = o.At+100, o.At
	}
	return list
}

func TestMemoryBudget(t *testing.T) {
	fs := newMemFS()
	rss := int64(50_000)
	var s *Store
	budget := func(o *Options) {
		o.Memory = 400_000
		o.RSS = func() int64 {
			n := rss
			if s != nil {
				for _, h := range s.dir.hours {
					if h.sealed != nil {
						n += 2 * int64(h.sealed.Size())
					}
				}
			}
			return n
		}
	}
	s = loadOn(t, fs, budget)
	for _, c := range slowTraffic(12_000) {
		s.Place(c)
	}
	hours := s.Hours()
	for _, hour := range hours {
		seal(t, s, hour)
	}
	all := s.Counts()
	before := s.TrimMemory()
	held := s.Hours()
	if got := s.opts.RSS(); got > 400_000*92/100 || got < 200_000 {
		t.Errorf("the process takes %d", got)
	}
	if n := len(held); n == 0 || n == len(hours) || !slices.Equal(held, hours[:n]) || int64(held[n-1])*mesh.HourMS != before {
		t.Errorf("loaded %v of %v, before %d", held, hours, before)
	}
	if f := s.Files(); f.Hours != len(hours) || f.Loaded != len(held) {
		t.Errorf("files %+v", f)
	}
	if from, to := s.Held(); from < before-episodeMS || to != all.To || s.Counts().Transmissions >= all.Transmissions {
		t.Errorf("held %d to %d, %+v of %+v", from, to, s.Counts(), all)
	}
	if s.TrimMemory() != 0 {
		t.Error("more went though it fits")
	}
	flush(t, s, true)
	s.Close()
	s = nil
	// Loading keeps to its share, newest first.
	s = loadOn(t, fs, budget)
	some := s.Hours()
	if n := len(some); n == 0 || n == len(hours) || !slices.Equal(some, hours[:n]) {
		t.Errorf("loaded %v of %v", some, hours)
	}
	s.Close()
	s = nil
	s = loadOn(t, fs)
	if s.Counts() != all {
		t.Errorf("loaded %+v, want %+v", s.Counts(), all)
	}
	if names := strings.Join(hourFiles(fs), " "); strings.Count(names, ".00000001") != len(hours) {
		t.Errorf("files %s", names)
	}
}

// When nothing is left to be unloaded, the collector is left alone for a while
// and Health says what is the matter, until the process takes less.
func TestMemoryThatNoHourGivesBack(t *testing.T) {
	now, rss, collected := time.UnixMilli(t0), int64(950_000), 0
	s := loadOn(t, newMemFS(), func(o *Options) {
		o.Memory, o.RSS, o.Now = 1_000_000, func() int64 { return rss }, func() time.Time { return now }
	})
	s.collect = func() { collected++ }
	pass := func(d time.Duration, want, limits int) {
		t.Helper()
		for end := now.Add(d); now.Before(end); now = now.Add(time.Second) {
			if s.TrimMemory() != 0 {
				t.Error("something went though nothing is loaded")
			}
		}
		if n := len(s.Health().Limits); collected != want || n != limits {
			t.Errorf("collected %d times, want %d; %d limits, want %d", collected, want, n, limits)
		}
	}
	pass(time.Minute, 1, 1)
	pass(9*time.Minute, 2, 1)
	rss = 900_000 // a little less is no relief yet
	pass(10*time.Minute, 2, 1)
	rss = 500_000
	pass(time.Minute, 2, 0)
	// An hour that can go goes at once.
	rss = 950_000
	pass(time.Second, 3, 1)
	s.Place(flood(1, 1, t0, 1))
	seal(t, s, mesh.HourOf(t0))
	if s.TrimMemory() != t0+mesh.HourMS || collected != 4 {
		t.Errorf("collected %d times", collected)
	}
}

func TestAgeTakesSealedHoursWithTheirFiles(t *testing.T) {
	fs, s := sealedStore(t)
	s.Close()
	s = loadOn(t, fs, func(o *Options) { o.MaxAge = time.Hour })
	s.unload(mesh.HourOf(t0)) // one that is not loaded goes, too
	if before := s.Evict(time.UnixMilli(t0 + 3*mesh.HourMS)); before != t0+2*mesh.HourMS {
		t.Errorf("before %d", before-t0)
	}
	if names := hourFiles(fs); len(names) != 3 {
		t.Errorf("files went before the frame that says so: %v", names)
	}
	flush(t, s, false)
	if names := hourFiles(fs); len(names) != 1 || s.Counts().Transmissions != 10 {
		t.Errorf("files %v, %+v", names, s.Counts())
	}
	rolled := 0
	s.Rollups(0, 1<<32-1, func(uint32, int, Rollup) bool { rolled++; return true })
	if rolled != 3 {
		t.Errorf("%d rollups are left, want 3", rolled)
	}
	want := everything(s)
	s.Close()
	if got := everything(loadOn(t, fs.afterCrash())); got != want {
		t.Error(differ(want, got))
	}
}
