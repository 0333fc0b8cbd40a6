package live

import (
	"errors"
	"sync"
	"testing"
)

func TestSubscribersGetEventsInOrder(t *testing.T) {
	h := NewHub(1000)
	h.Publish(Event{Kind: Packet})
	c, cancel, missed, err := h.Subscribe(0)
	if err != nil || missed {
		t.Fatalf("got %v, missed %v", err, missed)
	}
	h.Publish(Event{Kind: Copy})
	h.Publish(Event{Kind: Node})
	if e := <-c; e.ID != 1002 || e.Kind != Copy {
		t.Errorf("first: got %+v", e)
	}
	if e := <-c; e.ID != 1003 || e.Kind != Node {
		t.Errorf("second: got %+v", e)
	}
	cancel()
	cancel()
	if _, open := <-c; open {
		t.Error("cancel left the channel open")
	}
}

func TestReturningSubscriberGetsWhatItMissed(t *testing.T) {
	h := NewHub(0)
	for range 3000 {
		h.Publish(Event{})
	}
	for _, f := range []struct {
		after  uint64
		want   int
		missed bool
	}{
		{3000, 0, false}, {2999, 1, false}, {3000 - memory, memory, false},
		{3000 - memory - 1, 0, true}, {1, 0, true}, {3001, 0, true}, {1 << 63, 0, true}, {0, 0, false},
	} {
		c, cancel, missed, err := h.Subscribe(f.after)
		if err != nil || missed != f.missed || len(c) != f.want {
			t.Errorf("after %d: got %d events, missed %v, %v; want %d, %v", f.after, len(c), missed, err, f.want, f.missed)
		}
		if len(c) > 0 {
			if e := <-c; e.ID != f.after+1 {
				t.Errorf("after %d: begins with %d", f.after, e.ID)
			}
		}
		cancel()
	}
}

func TestNumberOfAnEarlierRunIsMissed(t *testing.T) {
	h := NewHub(5000)
	h.Publish(Event{})
	if _, cancel, missed, _ := h.Subscribe(4000); !missed {
		t.Error("a number before the hub's first was taken for its own")
	} else {
		cancel()
	}
	if c, cancel, missed, _ := h.Subscribe(5000); missed || len(c) != 1 {
		t.Error("the number before the first event misses nothing")
	} else {
		cancel()
	}
}

func TestSlowSubscriberIsCutOffAndOthersAreNot(t *testing.T) {
	h := NewHub(0)
	slow, cancelSlow, _, _ := h.Subscribe(0)
	fast, cancelFast, _, _ := h.Subscribe(0)
	defer cancelFast()
	for range queue + 1 {
		h.Publish(Event{})
		<-fast
	}
	n := 0
	for range slow {
		n++
	}
	if n != queue {
		t.Errorf("the slow one got %d events, want %d", n, queue)
	}
	if subs, cut := h.Stats(); subs != 1 || cut != 1 {
		t.Errorf("got %d subscribers, %d cut off; want 1, 1", subs, cut)
	}
	cancelSlow()
}

func TestHubRefusesTooManySubscribers(t *testing.T) {
	h := NewHub(0)
	var first func()
	for i := range MaxFollowers {
		_, cancel, _, err := h.Subscribe(0)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = cancel
		}
	}
	if _, _, _, err := h.Subscribe(0); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want %v", err, ErrFull)
	}
	first()
	if _, _, _, err := h.Subscribe(0); err != nil {
		t.Errorf("after one left: %v", err)
	}
}

func TestHubManyGoroutines(t *testing.T) {
	h := NewHub(0)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				h.Publish(Event{})
			}
		})
		wg.Go(func() {
			for range 50 {
				c, cancel, _, err := h.Subscribe(h.Last())
				if err != nil {
					t.Error(err)
					return
				}
				select {
				case <-c:
				default:
				}
				cancel()
				h.Stats()
			}
		})
	}
	wg.Wait()
	if h.Last() != 2000 {
		t.Errorf("got %d events, want 2000", h.Last())
	}
}
