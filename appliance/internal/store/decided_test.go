package store

import (
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
)

// What is decided survives a start from frames and one from a checkpoint, the
// model's log begins anew with the model, and all of an hour goes with it.
func TestDecided(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	hour := mesh.HourOf(t0)
	s.Place(flood(1, 1, t0, 1))
	s.Place(flood(2, 1, t0+mesh.HourMS, 1))
	check := func(s *Store, decided, model, log string) {
		t.Helper()
		m, l := s.Model()
		if got := s.Decided(hour); got != decided || m != model || l != log {
			t.Fatalf("decided %q, model %q, log %q; want %q, %q, %q", got, m, l, decided, model, log)
		}
	}
	again := func(checkpoint bool) {
		t.Helper()
		if err := s.Flush(t.Context(), checkpoint); err != nil {
			t.Fatal(err)
		}
		s.Close()
		fs = fs.afterCrash()
		s = loadOn(t, fs, func(o *Options) { o.MaxAge = time.Hour })
	}
	s.Decide(Decision{More: map[uint32]string{hour: "ab", hour + 1: "x"}, Log: "log1", Keys: "k1"})
	again(false)
	pass, sweep, none := "pass", "sweep", ""
	s.Decide(Decision{More: map[uint32]string{hour: "cd"}, Log: "log2", Keys: "k2", Again: &pass, Sweep: &sweep})
	check(s, "abcd", "", "log1log2")
	again(false)
	check(s, "abcd", "", "log1log2")
	s.PutModel("m")
	if s.Again() != "pass" || s.Sweep() != "sweep" || s.Named() != "k1k2" {
		t.Fatalf("again %q, sweep %q, keys %q", s.Again(), s.Sweep(), s.Named())
	}
	s.Decide(Decision{More: map[uint32]string{hour: "ef"}, Log: "log3", Again: &none})
	again(true)
	check(s, "abcdef", "m", "log3")
	if s.Again() != "" || s.Sweep() != "sweep" {
		t.Fatalf("again %q, sweep %q", s.Again(), s.Sweep())
	}
	s.Decide(Decision{Whole: map[uint32]string{hour: "z"}})
	again(false)
	check(s, "z", "m", "log3")
	if hours := s.DecidedHours(); len(hours) != 2 || hours[0] != hour || hours[1] != hour+1 {
		t.Fatalf("something is decided of the hours %v", hours)
	}
	if s.Evict(time.UnixMilli(t0 + 3*mesh.HourMS)); s.Decided(hour) != "" {
		t.Fatal("the hour went, and what was decided of it is there")
	}
	s.Decide(Decision{More: map[uint32]string{hour: "late"}, Whole: map[uint32]string{hour: "later"}})
	again(false)
	check(s, "", "m", "log3")
}
