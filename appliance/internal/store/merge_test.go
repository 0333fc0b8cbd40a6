package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
)

// comparing runs the comparing of what waits, and gives what readers see of it.
func comparing(list *[]Again, before func()) func(func() ([]Again, bool)) error {
	return func(compare func() ([]Again, bool)) error {
		if before != nil {
			before()
		}
		for more := true; more; {
			var some []Again
			some, more = compare()
			*list = append(*list, some...)
		}
		return nil
	}
}

func merge(t *testing.T, s *Store, hour uint32) (list []Again) {
	t.Helper()
	if _, err := s.MergeUnloaded(hour, comparing(&list, nil)); err != nil {
		t.Fatal(err)
	}
	return list
}

// lateCopy is one that arrives long after it was heard.
func lateCopy(n int, observer uint32, at int64, hops ...byte) Copy {
	c := flood(n, observer, at, hops...)
	c.Obs.Arrived = t0 + 30*mesh.HourMS
	return c
}

// threeHours has ten packets an hour in three sealed hours.
func threeHours(t *testing.T, fs *memFS, change ...func(*Options)) *Store {
	t.Helper()
	s := loadOn(t, fs, change...)
	for n := range 30 {
		s.Place(flood(n, 1, t0+int64(n)*360_000+180_000, 1))
	}
	for _, hour := range s.Hours() {
		seal(t, s, hour)
	}
	flush(t, s, false)
	return s
}

// What comes for an hour that is not loaded, new or once more, is merged into its
// file and its rollup, once; nobody sees the hour meanwhile.
func TestLateCopiesOfAnUnloadedHourAreMerged(t *testing.T) {
	fs := newMemFS()
	s := threeHours(t, fs)
	hour := mesh.HourOf(t0)
	s.unload(hour)
	before := fmt.Sprint(s.Counts(), scanned(s))
	s.Place(lateCopy(3, 1, t0+3*360_000+180_000, 1)) // again
	s.Place(lateCopy(4, 2, t0+4*360_000+190_000, 1)) // another copy
	s.Place(lateCopy(99, 1, t0+1000, 1))
	s.Place(lateCopy(99, 1, t0+1000, 1))
	quiet := time.UnixMilli(t0 + 30*mesh.HourMS + mergeQuiet.Milliseconds())
	if due := s.MergeDue(quiet.Add(-time.Second)); len(due) > 0 {
		t.Errorf("due %v before it is quiet", due)
	}
	if due := s.MergeDue(quiet); !slices.Equal(due, []uint32{hour}) {
		t.Fatalf("due %v, want %d", due, hour)
	}
	var list []Again
	done, err := s.MergeUnloaded(hour, comparing(&list, func() {
		if got := s.PickHour(hour); got.block != nil || len(got.open) > 0 || slices.Contains(s.Hours(), hour) || s.Files().Loaded != 2 {
			t.Error("readers see the hour while it is merged")
		}
		// What comes now is compared at once.
		if p := s.Place(lateCopy(5, 1, t0+5*360_000+180_000, 1)); !p.Duplicate || !p.Hidden {
			t.Errorf("a copy that comes meanwhile: %+v", p)
		}
		if p := s.Place(lateCopy(98, 1, t0+2000, 1)); !p.New || !p.Hidden {
			t.Errorf("a new one that comes meanwhile: %+v", p)
		}
	}))
	if err != nil || !done || len(list) > 0 {
		t.Errorf("%v, %v, told of %d", done, err, len(list))
	}
	if got := fmt.Sprint(s.Counts(), scanned(s)); got != before {
		t.Errorf("readers see something else: %s", differ(before, got))
	}
	if due := s.MergeDue(quiet.Add(1000 * time.Hour)); len(due) > 0 {
		t.Errorf("due again: %v", due)
	}
	sum := newRollup()
	s.Rollups(hour, hour+1, func(_ uint32, _ int, r Rollup) bool { sum.Add(r); return true })
	if want := (Tally{12, 13}); sum.Total != want {
		t.Errorf("the rollup counts %+v, want %+v", sum.Total, want)
	}
	flush(t, s, false)
	if names := hourFiles(fs); len(names) != 3 || !slices.Contains(names, hourFileName(hour, 2)) {
		t.Errorf("files %v", names)
	}
	s.Close()
	s = loadOn(t, fs)
	if c := s.Counts(); c.Transmissions != 32 || c.Observations != 33 {
		t.Errorf("a start finds %+v", c)
	}
	s.under("u/", func(key, _ string) { t.Errorf("%s is left", key) })
	s.under("t/", func(key, _ string) { t.Errorf("%s is left", key) })
}

// A copy that stands beside an hour that is not loaded waits with it. It belongs to
// the next one if nothing is there that it follows, and then the indexes are told.
func TestWhatWaitedForTheWrongHourIsTold(t *testing.T) {
	s := threeHours(t, newMemFS())
	hour := mesh.HourOf(t0)
	s.unload(hour)
	p := s.Place(lateCopy(99, 1, t0+mesh.HourMS+60_000, 1, 2))
	if !p.Hidden || p.Hour != hour {
		t.Fatalf("it does not wait: %+v", p)
	}
	list := merge(t, s, hour)
	if len(list) != 1 || list[0].Hour != hour+1 || !list[0].New || list[0].Tree.Len() != 2 || list[0].Seq <= p.Seq {
		t.Fatalf("told %+v", list)
	}
	if c := s.Counts(); c.Transmissions != 21 {
		t.Errorf("readers see %+v", c)
	}
}

// Two hours that are not loaded side by side do not hand what waits to and fro.
func TestWhatWaitsBesideTwoHoursIsMerged(t *testing.T) {
	s := threeHours(t, newMemFS())
	hour := mesh.HourOf(t0)
	s.unload(hour)
	s.Place(lateCopy(99, 1, t0+mesh.HourMS+60_000, 1, 2)) // waits with the first
	s.unload(hour + 1)
	late := time.UnixMilli(t0 + 1000*mesh.HourMS)
	for range 2 {
		for _, due := range s.MergeDue(late) {
			merge(t, s, due)
		}
	}
	if due := s.MergeDue(late); len(due) > 0 {
		t.Errorf("due %v", due)
	}
	if r, _, _ := allRollups(s); r.Total.Transmissions != 31 {
		t.Errorf("rollups %+v", r.Total)
	}
}

// What keeps an hour from being merged costs nothing: it waits on.
func TestMergingWaitsForRoom(t *testing.T) {
	for _, c := range []struct {
		what string
		fail func(s *Store, fs *memFS)
		err  bool
	}{
		{"no memory", func(s *Store, _ *memFS) {
			s.opts.Memory, s.opts.RSS = 1_000_000, func() int64 { return 919_000 }
		}, false},
		{"no disk", func(_ *Store, fs *memFS) { fs.fail = failing("create") }, true},
		{"no file", func(_ *Store, fs *memFS) { fs.fail = failing("read") }, true},
	} {
		fs := newMemFS()
		s := threeHours(t, fs)
		hour := mesh.HourOf(t0)
		s.unload(hour)
		s.Place(lateCopy(4, 2, t0+4*360_000+190_000, 1))
		s.Place(lateCopy(99, 1, t0+1000, 1))
		c.fail(s, fs)
		var list []Again
		done, err := s.MergeUnloaded(hour, comparing(&list, nil))
		if done || (err != nil) != c.err {
			t.Errorf("%s: %v, %v", c.what, done, err)
		}
		fs.fail, s.opts.Memory = nil, 0
		if len(s.MergeDue(time.UnixMilli(t0+1000*mesh.HourMS))) != 1 || s.Files().Loaded != 2 {
			t.Errorf("%s: it does not wait", c.what)
		}
		merge(t, s, hour)
		flush(t, s, true)
		s.Close()
		if n := loadOn(t, fs).Counts(); n.Transmissions != 31 || n.Observations != 32 {
			t.Errorf("%s: a start finds %+v", c.what, n)
		}
	}
	s := threeHours(t, newMemFS())
	s.unload(mesh.HourOf(t0))
	s.Place(lateCopy(99, 1, t0+1000, 1))
	ended := errors.New("ended")
	if _, err := s.MergeUnloaded(mesh.HourOf(t0), func(func() ([]Again, bool)) error { return ended }); !errors.Is(err, ended) {
		t.Errorf("got %v", err)
	}
}

func failing(what string) func(op, name string) error {
	return func(op, name string) error {
		if op == what && strings.Contains(name, ".0000000") {
			return errors.New("no")
		}
		return nil
	}
}

// Wherever the machine stops while late copies of an hour that is not loaded are
// merged, nothing is lost, nothing counted twice, and rollups are right once all
// is sealed.
func TestCrashWhileMerging(t *testing.T) {
	run := func(s *Store) (named bool) {
		hour := mesh.HourOf(t0)
		s.Decide(Decision{More: map[uint32]string{hour: "filed", hour + 1: "aside"}})
		_, err := s.Seal(hour)
		named = s.Flush(context.Background(), true) == nil && err == nil
		s.unload(hour)
		s.Place(lateCopy(3, 1, t0+3*360_000+180_000, 1))
		s.Place(lateCopy(4, 2, t0+4*360_000+190_000, 1))
		s.Place(lateCopy(99, 1, t0+1000, 1))
		s.Place(lateCopy(98, 1, t0+mesh.HourMS+1000, 1))
		_ = s.Flush(context.Background(), false)
		var list []Again
		_, _ = s.MergeUnloaded(hour, comparing(&list, func() { _ = s.Flush(context.Background(), false) }))
		_ = s.Flush(context.Background(), false)
		_ = s.Flush(context.Background(), true)
		return named
	}
	whole := newMemFS()
	s := threeHours(t, whole)
	from := whole.ops
	run(s)
	to := whole.ops
	complete := 0
	for stop := from + 1; stop <= to+1; stop++ {
		fs := newMemFS()
		s := threeHours(t, fs)
		fs.stopAt = stop
		named := run(s)
		after := fs.afterCrash()
		s.Close()
		x := loadOn(t, after)
		a, b := x.Decided(mesh.HourOf(t0)), x.Decided(mesh.HourOf(t0)+1)
		if a+b != "filedaside" && (named || a+b != "") {
			t.Fatalf("step %d: names %q and %q", stop, a, b)
		}
		for _, hour := range x.Hours() {
			if _, err := x.Seal(hour); err != nil {
				t.Fatal(err)
			}
		}
		r, _, _ := allRollups(x)
		got := x.Counts()
		if r.Total != (Tally{got.Transmissions, got.Observations}) {
			t.Fatalf("stopped at %d: rollups %+v of %+v", stop-from, r.Total, got)
		}
		if got.Transmissions < 30 || got.Transmissions > 32 || got.Observations > 33 {
			t.Fatalf("stopped at %d: %+v", stop-from, got)
		}
		if got.Observations == 33 {
			complete++
		} else if complete > 0 {
			t.Fatalf("stopped at %d: %+v, though an earlier stop lost nothing", stop-from, got)
		}
		x.Scan(0, 1<<60, func(tx mesh.Transmission) bool {
			if n := len(tx.Observations); n > 2 {
				t.Errorf("%d observations", n)
			}
			return true
		})
		x.Close()
	}
	if complete < 10 {
		t.Errorf("only %d of %d stops come after what was to be kept", complete, to-from)
	}
}
