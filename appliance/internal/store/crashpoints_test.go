package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
)

// everyStep seals, merges, writes checkpoints, begins new segments of the
// journal, decides names before and after hours are sealed, and evicts. It gives the state at each frame, and the copies that it
// placed.
func everyStep(s *Store) (states map[uint64]string, placed []Copy) {
	states = map[uint64]string{s.frame: dump(s)}
	commit := func() {
		_ = s.Commit()
		states[s.frame] = dump(s)
	}
	save := func(point bool) {
		if point {
			s.files.askPoint()
		}
		commit()
		_ = s.save()
	}
	place := func(from, to int, observer uint32) {
		for n := from; n < to; n++ {
			c := flood(n, observer, t0+int64(n)*mesh.HourMS/8+int64(observer), 1, byte(observer))
			placed = append(placed, c)
			s.Place(c)
		}
	}
	seal := func(hour uint32) {
		commit()
		want := dump(s)
		_, _ = s.Seal(hour)
		states[s.frame] = want
		_ = s.save() // what names the file is not cut yet
	}
	decided := byte('a')
	decide := func(hours ...uint32) {
		more := map[uint32]string{}
		for _, hour := range hours {
			more[hour] = strings.Repeat(string(decided), 5)
			decided++
		}
		s.Decide(Decision{More: more})
	}
	again := func(hour uint32, file bool) {
		whole, files := fmt.Sprintf("all of %d again, %c", hour, decided), NamesFiles{}
		if file {
			s.FileNames(hour, whole, files)
			_ = s.save() // what names the file is not cut yet
		}
		s.Decide(Decision{Whole: map[uint32]string{hour: whole}, Files: files})
		decided++
	}
	first := mesh.HourOf(t0)
	place(0, 20, 1)
	decide(first, first+1)
	save(false)
	decide(first)
	seal(first)
	place(18, 22, 2)
	save(false)
	decide(first+1, first) // first is in its file
	seal(first + 1)
	save(true)
	place(2, 12, 3) // late
	save(false)
	decide(first)
	seal(first) // merges
	save(false)
	save(true) // neither hour's names are in this one
	decide(first + 1)
	save(false)
	place(4, 6, 4)
	again(first, false)
	seal(first)
	save(true)
	again(first+1, false) // names alone change
	save(false)
	seal(first + 1)
	save(false)
	decide(first)
	save(true)
	place(22, 40, 1)
	decide(first + 2)
	save(false)
	seal(first + 2)
	save(true)
	again(first+2, true)
	decide(first + 2)
	save(false)
	again(first+2, true) // takes the file's place
	save(true)
	s.Evict(time.UnixMilli(t0 + 3*mesh.HourMS))
	_ = s.save()
	save(false)
	save(true)
	return states, placed
}

// At each single operation on files the machine may stop: what the next start
// finds is a state at a frame, no older than the last that was durable, and what
// comes in again is not counted twice.
func TestCrashAtEachStep(t *testing.T) {
	age := func(o *Options) { o.MaxAge = 2 * time.Hour }
	count := newMemFS()
	whole := loadOn(t, count, age)
	from := count.ops
	_, all := everyStep(whole)
	steps := count.ops - from
	if names := hourFiles(count); len(names) != 4 || steps < 200 {
		t.Fatalf("%d steps end with %v: too little to test with", steps, names)
	}
	whole.Evict(time.UnixMilli(t0 + 3*mesh.HourMS))
	want := whole.Counts()
	stride := 1
	if raceEnabled {
		stride = 5 // it is all in one goroutine
	}
	for _, torn := range []int{0, 1 << 30} {
		for step := 1; step <= steps+1; step += stride {
			fs := newMemFS()
			s, err := Open(options(fs, age))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Load(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
			fs.stopAt, fs.torn = fs.ops+step, torn
			states, _ := everyStep(s)
			durable := s.Health().Saved.Frame
			s.Close()
			crashedAt(t, fmt.Sprintf("step %d, torn %d", step, torn), fs.afterCrash(), age, durable, states, all, want)
		}
	}
}

func crashedAt(t *testing.T, where string, fs *memFS, age func(*Options), durable uint64, states map[uint64]string, all []Copy, whole Counts) {
	t.Helper()
	s := loadOn(t, fs, age)
	defer s.Close()
	if s.frame < durable {
		t.Fatalf("%s: frame %d was durable, found %d", where, durable, s.frame)
	}
	if want, got := states[s.frame], dump(s); got != want {
		t.Fatalf("%s: frame %d: %s", where, s.frame, differ(want, got))
	}
	if p := s.Health().Problems; len(p) > 0 {
		t.Fatalf("%s: %v", where, p)
	}
	for _, c := range all {
		s.Place(c)
	}
	for _, hour := range s.Hours() {
		if _, err := s.Seal(hour); err != nil {
			t.Fatalf("%s: %v", where, err)
		}
	}
	s.Evict(time.UnixMilli(t0 + 3*mesh.HourMS))
	if got := s.Counts(); got != whole {
		t.Fatalf("%s: when all came again: want %+v, have %+v", where, whole, got)
	}
	flush(t, s, true)
	if have, want := hourFiles(fs), filesOf(s); !slices.Equal(have, want) {
		t.Fatalf("%s: files %v, want %v", where, have, want)
	}
}
