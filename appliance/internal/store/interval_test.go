package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A power cut loses what came in since the newest cut that is on disk: never
// more than an interval and the time of one write, checkpoints or not.
func TestPowerCutLosesNoMoreThanAnInterval(t *testing.T) {
	const (
		interval = time.Second
		every    = 20 * time.Millisecond // between two observations
		slowest  = 150 * time.Millisecond
		write    = 5 * slowest // a frame and what the disk does just then
	)
	type powerCut struct {
		left  *memFS
		least int64 // observations older than an interval and a write
		saved Saved
	}
	var powerCuts []powerCut
	fs := newMemFS()
	var s *Store
	now := func(o *Options) { o.Now, o.Interval = time.Now, interval }
	s = loadOn(t, fs, now) // buntdb's own goroutine must stay outside the bubble
	// A checkpoint of many parts takes this disk longer than an interval.
	r := rand.New(rand.NewPCG(5, 9))
	s.partBytes = 16 << 10
	for n := range 12 {
		s.PutSetting(string(rune('a'+n)), noise(r, s.partBytes))
	}
	if err := s.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s.files.kick = make(chan struct{}, 1)
		s.files.news = make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		disk := rand.New(rand.NewPCG(6, 9)) // the saver's
		fs.slow = func(string) { time.Sleep(time.Duration(disk.Int64N(int64(slowest)))) }
		go func() { s.RunSaver(ctx); close(done) }()
		began := time.Now()
		var held []int64 // at each step
		checkpoints := 0
		for n := 0; time.Since(began) < 50*time.Second; n++ {
			s.Place(flood(n, 1, t0+int64(n), 1, 2))
			held = append(held, s.Counts().Observations)
			if n > 0 && n%int(interval/every) == 0 {
				if n%int(5*interval/every) == 0 {
					s.files.askPoint()
				}
				if err := s.Commit(); err != nil {
					t.Fatal(err)
				}
			}
			if old := n - int((interval+write)/every); old >= 0 && r.IntN(60) == 0 {
				saved := s.Health().Saved
				if age := time.Since(saved.Cut); age > interval+write {
					t.Errorf("after %s the newest cut on disk is %s old", time.Since(began), age)
				}
				fs.torn = r.IntN(4000)
				powerCuts = append(powerCuts, powerCut{fs.afterCrash(), held[old], saved})
				if s.files.pendingPoint() != nil {
					checkpoints++
				}
			}
			time.Sleep(every)
		}
		if checkpoints < 5 {
			t.Errorf("only %d power cuts during a checkpoint", checkpoints)
		}
		cancel()
		<-done
	})
	fs.slow = nil
	for i, c := range powerCuts {
		next := loadOn(t, c.left, now)
		if n := next.Counts().Observations; n < c.least || n < c.saved.Observations || next.frame < c.saved.Frame {
			t.Errorf("power cut %d: frame %d, %d observations; want %d that are old enough, and frame %d, %d that were said to be on disk",
				i, next.frame, n, c.least, c.saved.Frame, c.saved.Observations)
		}
		next.Close()
	}
}

// noise does not compress.
func noise(r *rand.Rand, size int) string {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

// What waits for a snapshot learns why the disk does not take it.
func TestAwaitSavedSaysWhatTheDiskSays(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	fs.fail = func(op, _ string) error {
		if op == "write" {
			return errNoSpace
		}
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { s.RunSaver(ctx); close(done) }()
	s.Place(flood(1, 1, t0))
	_ = s.Commit()
	if saved, err := s.AwaitSaved(t.Context()); err == nil || !strings.Contains(err.Error(), "disk is full") {
		t.Errorf("got %+v, %v", saved, err)
	}
	fs.mu.Lock()
	fs.fail = nil
	fs.mu.Unlock()
	_ = s.Commit()
	if saved, err := s.AwaitSaved(t.Context()); err != nil || saved.Frame != 1 || saved.Observations != 1 {
		t.Errorf("got %+v, %v", saved, err)
	}
	cancel()
	<-done
	s.Place(flood(2, 1, t0))
	_ = s.Commit()
	if _, err := s.AwaitSaved(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with nobody saving: got %v", err)
	}
	empty := openOn(t, newMemFS())
	if _, err := empty.AwaitSaved(t.Context()); !errors.Is(err, ErrNotLoaded) {
		t.Errorf("before the load: got %v", err)
	}
}
