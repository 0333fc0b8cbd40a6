package gate

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestClosedGateHasNoValueButProgress(t *testing.T) {
	g := New[int]("load")
	if v, ok := g.Get(); ok || v != nil {
		t.Errorf("Get of a closed gate: got %v, %v", v, ok)
	}
	g.Progress(3, 10)
	s := g.State()
	if s.Name != "load" || s.Ready || s.Done != 3 || s.Total != 10 || s.Err != "" {
		t.Errorf("State: got %+v", s)
	}
}

func TestWaitersGetTheFirstValueAndLaterReadersTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New[int]("x")
		got := make(chan int, 3)
		for range 3 {
			go func() {
				v, err := g.Wait(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				got <- *v
			}()
		}
		synctest.Wait()
		if len(got) != 0 {
			t.Fatal("a waiter passed a closed gate")
		}
		time.Sleep(time.Minute)
		one, two := 1, 2
		g.Set(&one)
		synctest.Wait()
		for range 3 {
			if v := <-got; v != 1 {
				t.Errorf("waiter: got %d, want 1", v)
			}
		}
		opened := g.State().Since
		time.Sleep(time.Minute)
		g.Set(&two)
		if v, _ := g.Get(); *v != 2 {
			t.Errorf("after the second Set: got %d, want 2", *v)
		}
		if v, err := g.Wait(t.Context()); err != nil || *v != 2 {
			t.Errorf("Wait of an open gate: got %v, %v", v, err)
		}
		if !g.State().Since.Equal(opened) {
			t.Error("replacing the value moved the time of opening")
		}
	})
}

func TestOpenGateLetsPassAnEndedContext(t *testing.T) {
	g := New[int]("x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("closed: got %v, want %v", err, context.Canceled)
	}
	v := 1
	g.Set(&v)
	if _, err := g.Wait(ctx); err != nil {
		t.Errorf("open: got %v", err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New[int]("x")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if v, err := g.Wait(ctx); v != nil || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, %v", v, err)
		}
	})
}

func TestFailureStaysUntilAValueComes(t *testing.T) {
	g := New[int]("x")
	g.Progress(5, 10)
	g.Fail(nil)
	if s := g.State(); s.Err != "" {
		t.Errorf("Fail(nil): got %q", s.Err)
	}
	g.Fail(errors.New("disk"))
	if s := g.State(); s.Err != "disk" || s.Ready {
		t.Errorf("failed: got %+v", s)
	}
	v := 1
	g.Set(&v)
	if s := g.State(); s.Err != "" || !s.Ready || s.Done != s.Total {
		t.Errorf("after Set: got %+v", s)
	}
	g.Fail(errors.New("later"))
	if got, ok := g.Get(); !ok || *got != 1 {
		t.Error("a later failure took the value away")
	}
}

func TestGateManyGoroutines(t *testing.T) {
	g := New[int]("x")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 200 {
				switch {
				case i == 0:
					g.Set(&n)
				case i == 1:
					g.Progress(int64(n), 200)
				case i == 2:
					g.Fail(errors.New("x"))
				case i == 3:
					if _, err := g.Wait(context.Background()); err != nil {
						t.Error(err)
					}
				default:
					g.Get()
					g.State()
				}
			}
		})
	}
	wg.Wait()
}

func ExampleGate() {
	g := New[string]("names")
	var s Stater = g // a page lists gates, whatever they hold
	_ = s.State()
}
