package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
)

// namesModel is what is decided of hours, in the plainest way.
type namesModel struct {
	now      map[uint32]string
	filed    map[uint32]bool // in a file
	unloaded map[uint32]bool
}

// takes tells whether what is decided of an hour next counts.
func (m *namesModel) takes(hour uint32) bool {
	return !m.unloaded[hour] || !m.filed[hour]
}

// seen is what a reader gets.
func (m *namesModel) seen(hour uint32) string {
	if m.takes(hour) {
		return m.now[hour]
	}
	return ""
}

// Whatever is decided, sealed, merged, unloaded and started again in whatever
// order, what is decided of an hour is what was decided.
func TestNamesStayAsDecided(t *testing.T) {
	filed, refused, starts := 0, 0, 0
	for seed := range seeds(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		fs := newMemFS()
		s := loadOn(t, fs)
		first := mesh.HourOf(t0)
		m := namesModel{map[uint32]string{}, map[uint32]bool{}, map[uint32]bool{}}
		n := 0
		place := func(hour uint32) {
			n++
			s.Place(flood(n, 1, int64(hour)*mesh.HourMS+int64(20+r.IntN(20))*60_000, 1, byte(n)))
		}
		for hour := first; hour < first+4; hour++ {
			place(hour)
		}
		for step := range 120 {
			hour := first + uint32(r.IntN(4))
			where := fmt.Sprintf("seed %d, step %d", seed, step)
			switch r.IntN(9) {
			case 0:
				place(hour)
			case 1, 2, 3:
				more := fmt.Sprintf("<%d>", step)
				s.Decide(Decision{More: map[uint32]string{hour: more}})
				if m.takes(hour) {
					m.now[hour] += more
				} else {
					refused++
				}
			case 4:
				whole, files := fmt.Sprintf("[%d]", step), NamesFiles{}
				if r.IntN(2) == 0 {
					s.FileNames(hour, whole, files)
				}
				s.Decide(Decision{Whole: map[uint32]string{hour: whole}, Files: files})
				if m.takes(hour) {
					m.now[hour], m.filed[hour] = whole, len(files) > 0
				} else {
					refused++
				}
			case 5:
				var err error
				done := false
				if m.unloaded[hour] {
					var list []Again
					done, err = s.MergeUnloaded(hour, comparing(&list, nil))
				} else {
					done, err = s.Seal(hour)
				}
				if err != nil {
					t.Fatalf("%s: %v", where, err)
				}
				if done {
					m.filed[hour] = m.now[hour] != ""
				}
			case 6:
				if s.dir.hours[hour].sealed != nil {
					s.unload(hour)
					m.unloaded[hour] = true
				}
			case 7:
				flush(t, s, r.IntN(2) == 0)
			case 8:
				flush(t, s, r.IntN(3) == 0)
				s.Close()
				fs = fs.afterCrash()
				s = loadOn(t, fs)
				clear(m.unloaded)
				starts++
			}
			for hour := first; hour < first+4; hour++ {
				if got, want := s.Decided(hour), m.seen(hour); got != want {
					t.Fatalf("%s: hour %d has %q, want %q", where, hour-first, got, want)
				}
				if s.dir.hours[hour].names.place == namesFiled {
					filed++
				}
			}
		}
		s.Close()
	}
	if filed < 500 || refused < 20 || starts < 100 {
		t.Fatalf("%d times names were in a file, %d decisions were refused, %d starts: the test shows little", filed, refused, starts)
	}
}

// What an hour's file has is in no checkpoint; a backup has it, and a start
// without memory for the hour does without.
func TestNamesAreInTheHoursFile(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	hour := mesh.HourOf(t0)
	s.Place(flood(1, 1, t0, 1, 2))
	s.Place(flood(2, 1, t0+mesh.HourMS, 1, 2))
	const names = "what is decided of an hour"
	s.Decide(Decision{More: map[uint32]string{hour: names, hour + 1: "more"}})
	seal(t, s, hour)
	seal(t, s, hour+1)
	s.Decide(Decision{More: map[uint32]string{hour + 1: " later"}})
	flush(t, s, true)
	flush(t, s, true) // both checkpoints are of now
	check := func(what string, s *Store, first, second string) {
		t.Helper()
		if a, b := s.Decided(hour), s.Decided(hour+1); a != first || b != second {
			t.Errorf("%s: %q and %q", what, a, b)
		}
	}
	check("live", s, names, "more later")
	x := loadOn(t, backedUp(t, s))
	check("backup", x, names, "more later")
	x.Close()
	s.unload(hour)
	check("unloaded", s, "", "more later")
	x = loadOn(t, backedUp(t, s))
	check("backup of an unloaded hour", x, names, "more later")
	x.Close()
	s.Close()
	x = loadOn(t, fs.afterCrash(), func(o *Options) { o.Memory, o.RSS = 1000, func() int64 { return 599 } })
	check("without memory", x, "", "")
	x.Decide(Decision{More: map[uint32]string{hour: "lost"}, Whole: map[uint32]string{hour: "lost"}})
	flush(t, x, true)
	x.Close()
	after := fs.afterCrash()
	x = loadOn(t, after)
	check("with memory again", x, names, "more later")
	x.Close()
	if err := after.Remove("data/" + s.dir.hours[hour].names.file.name(hour)); err != nil {
		t.Fatal(err)
	}
	check("without the file", loadOn(t, after), "", "more later")
}

// An hour's file of an earlier version has no names; they are filed when they
// have changed for the last time.
func TestNamesBesideAnOlderFile(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	hour := mesh.HourOf(t0)
	s.Place(flood(1, 1, t0, 1, 2))
	seal(t, s, hour)
	s.Decide(Decision{More: map[uint32]string{hour: "names"}})
	flush(t, s, true)
	s.Close()
	fs = fs.afterCrash()
	fs.change(hourFileName(hour, 1), func(b []byte) []byte { return unpacked(t, b) })
	s = loadOn(t, fs)
	due := s.SealDue(time.UnixMilli(t0 + 60*mesh.HourMS))
	if len(due) != 1 || s.Decided(hour) != "names" {
		t.Fatalf("due %v, names %q", due, s.Decided(hour))
	}
	seal(t, s, hour)
	if done, err := s.Seal(hour); done || err != nil {
		t.Fatalf("sealed once more: %v, %v", done, err)
	}
	flush(t, s, true)
	s.Close()
	s = loadOn(t, fs.afterCrash())
	if s.Decided(hour) != "names" || s.dir.hours[hour].names.place != namesFiled {
		t.Fatalf("names %q", s.Decided(hour))
	}
}

// backedUp is a data directory made of a backup.
func backedUp(t *testing.T, s *Store) *memFS {
	t.Helper()
	var b bytes.Buffer
	if err := s.Backup(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return unpackTar(t, b.Bytes())
}
