package store

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"
)

// whatever runs random changes, commits and checkpoints until the file system
// stops, and gives the state at each frame that was cut.
func whatever(s *Store, r *rand.Rand, now *int64, steps int) map[uint64]string {
	states := map[uint64]string{}
	for range steps {
		*now += r.Int64N(200_000)
		anything(s, r, *now)
		if r.IntN(8) > 0 {
			continue
		}
		if r.IntN(6) == 0 {
			s.files.askPoint()
		}
		_ = s.Commit()
		state := dump(s)
		states[s.frame] = state
		if r.IntN(4) > 0 {
			_ = s.save()
		}
		if r.IntN(3) == 0 {
			sealAny(s, r, state, states)
		}
	}
	return states
}

// sealAny seals some hours, at any time of theirs, which changes nothing of what
// readers see and a dump has.
func sealAny(s *Store, r *rand.Rand, want string, states map[uint64]string) {
	for _, hour := range s.Hours() {
		if r.IntN(3) > 0 {
			continue
		}
		_, _ = s.Seal(hour) // the file system may have stopped
		states[s.frame] = want
		if got := dump(s); got != want {
			panic("sealing changed something: " + differ(want, got))
		}
	}
}

// At whatever operation the machine stops: what the next start finds is the
// state at a frame, no older than the last that was durable.
func TestCrashAtAnyOperation(t *testing.T) {
	for seed := range seeds(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		fs, now := newMemFS(), t0
		age := func(o *Options) { o.MaxAge = 3 * time.Hour }
		states := map[uint64]string{}
		for range 3 {
			fs.stopAt = fs.ops + 1 + r.IntN(140)
			fs.torn = r.IntN(300)
			s, err := Open(options(fs, age))
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Load(context.Background(), nil)
			if err == nil && len(s.Health().Problems) == 0 { // a file that could not be read is one
				states[s.frame] = dump(s)
				for frame, state := range whatever(s, r, &now, 60+r.IntN(200)) {
					states[frame] = state
				}
			}
			durable := s.files.h.Saved.Frame
			s.Close()

			fs = fs.afterCrash()
			s = loadOn(t, fs, age)
			if s.frame < durable {
				t.Fatalf("seed %d: frame %d was durable, found %d", seed, durable, s.frame)
			}
			want, known := states[s.frame]
			if !known && s.frame > 0 {
				t.Fatalf("seed %d: frame %d was never cut", seed, s.frame)
			}
			if got := dump(s); known && got != want {
				t.Fatalf("seed %d: frame %d: %s\n%+v\n%v", seed, s.frame, differ(want, got), s.files.h, hourFiles(fs))
			}
			if h := s.Health(); len(h.Problems) > 0 {
				t.Fatalf("seed %d: %v", seed, h.Problems)
			}
			s.Close()
		}
	}
}

// Operations that fail, and then work again, lose nothing.
func TestFaultsThatPass(t *testing.T) {
	for seed := range seeds(40) {
		r := rand.New(rand.NewPCG(seed, 8))
		fs, now := newMemFS(), t0
		s := loadOn(t, fs)
		fs.fail = func(op, name string) error {
			if r.IntN(4) == 0 {
				return []error{errNoSpace, errIO}[r.IntN(2)]
			}
			return nil
		}
		whatever(s, r, &now, 300)
		fs.fail = nil
		if err := s.Flush(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		want := dump(s)
		s.Close()
		s = loadOn(t, fs.afterCrash())
		if got := dump(s); got != want {
			t.Fatalf("seed %d: %s", seed, differ(want, got))
		}
		s.Close()
	}
}
