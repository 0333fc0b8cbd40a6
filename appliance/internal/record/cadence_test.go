package record

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hilltop/firmware-bridge/observer"
)

// Whatever keeps the writer busy, two cuts lie no further apart than an
// interval and the longest batch, and each is near its time.
func TestFramesAreCutAtEveryInterval(t *testing.T) {
	s := newStore(t) // its goroutines outlive the bubble
	synctest.Test(t, func(t *testing.T) {
		const (
			interval = 1500 * time.Millisecond // no multiple of the writer's tick
			every    = 97 * time.Millisecond   // between two messages
			longest  = 600 * time.Millisecond  // to handle one batch
			lasts    = 5 * time.Minute
		)
		f := fixtureOn(t, s, Options{Interval: interval})
		var calls atomic.Int64
		f.read = func(e observer.Envelope, o observer.Options) observer.Message {
			if n := calls.Add(1); n%30 == 0 {
				time.Sleep(time.Duration(n) * time.Millisecond % longest) // the writer waits for the batch to be parsed
			}
			return observer.Parse(e, o)
		}
		f.load.Set(s)
		end := f.start(t.Context())
		synctest.Wait()
		began := time.Now()
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for n := 0; time.Since(began) < lasts; n++ {
				f.inbox.Offer(message(n, time.Now()))
				time.Sleep(every)
			}
		}()
		var cuts []time.Duration
		for waiting := int64(0); time.Since(began) < lasts; time.Sleep(time.Millisecond) {
			// Nothing is saved here: what waits grows with each frame.
			if n := s.Health().PendingBytes; n > waiting {
				waiting, cuts = n, append(cuts, time.Since(began))
			}
		}
		<-sent
		f.inbox.Close()
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if want := int(lasts/interval) - 1; len(cuts) < want {
			t.Errorf("%d frames in %s, want %d at least", len(cuts), lasts, want)
		}
		last := time.Duration(0)
		for _, at := range cuts {
			if at-last > interval+longest || at%interval > longest+every {
				t.Errorf("cut at %s after the one at %s", at, last)
			}
			last = at
		}
	})
}

// A snapshot is of everything that was handled, and on disk when it returns.
func TestSnapshotOnDemand(t *testing.T) {
	f := newFixture(t, Options{Interval: time.Hour})
	f.load.Set(f.store)
	saving, stop := context.WithCancel(t.Context())
	saved := make(chan struct{})
	go func() { f.store.RunSaver(saving); close(saved) }()
	end := f.start(t.Context())
	for n := range 40 {
		if err := f.inbox.Put(t.Context(), message(n, time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	for f.store.Counts().Observations < 40 {
		time.Sleep(time.Millisecond)
	}
	first, err := f.Snapshot(t.Context())
	if err != nil || first.Observations != 40 || first.Frame == 0 {
		t.Fatalf("got %+v, %v", first, err)
	}
	if h := f.store.Health(); h.PendingBytes != 0 || h.Saved.Frame < first.Frame {
		t.Errorf("after it: %+v", h)
	}
	// Nothing has changed: the same frame holds it, and of now.
	if again, err := f.Snapshot(t.Context()); err != nil || again.Frame != first.Frame || !again.Cut.After(first.Cut) {
		t.Errorf("again: got %+v, %v", again, err)
	}
	f.inbox.Close()
	if err := end(); err != nil {
		t.Fatal(err)
	}
	stop()
	<-saved
	if _, err := f.Snapshot(t.Context()); !errors.Is(err, ErrEnded) {
		t.Errorf("after the end: got %v", err)
	}
}
