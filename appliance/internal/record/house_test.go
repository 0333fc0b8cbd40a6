package record_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/record"
	"hilltop/firmware-bridge/observer"
)

// everyMinutes are messages so far apart, from noon on.
func everyMinutes(apart, count int) (list []observer.Envelope) {
	for n := range count {
		at := after(int64(n*apart) * 60_000)
		list = append(list, heardAt(roof, n, at, at.Add(50*time.Millisecond)))
	}
	return list
}

func TestHoursOfARecordingAreSealedByItsTime(t *testing.T) {
	for minutes, want := range map[int]int{65: 0, 71: 1, 185: 2, 191: 3} {
		b := recorded(t, everyMinutes(1, minutes+1)...)
		before := b.store.Counts()
		b.rec.EndHouse(t.Context())
		if f := b.store.Files(); f.Hours != want || b.store.Counts() != before {
			t.Errorf("after %d minutes: %+v, want %d hours; %+v of %+v", minutes, f, want, b.store.Counts(), before)
		}
		n := 0
		b.store.Scan(0, 1<<60, func(mesh.Transmission) bool { n++; return true })
		if n != minutes+1 {
			t.Errorf("after %d minutes: readers get %d packets", minutes, n)
		}
	}
}

func TestHouseIsKeptBesideReception(t *testing.T) {
	b := newBox(t, record.Options{Recorded: true})
	ctx, stop := context.WithCancel(t.Context())
	var kept sync.WaitGroup
	kept.Go(func() { b.rec.KeepHouse(ctx) })
	b.feed(t, everyMinutes(2, 200))
	for b.store.Files().Hours < 6 {
		time.Sleep(time.Millisecond)
	}
	stop()
	kept.Wait()
	if c := b.store.Counts(); c.Observations != 200 {
		t.Errorf("got %+v", c)
	}
}

func TestATimeInTheFutureHoldsNothingBack(t *testing.T) {
	list := everyMinutes(5, 40)
	wrong := heardAt(roof, 1000, after(0), noon.AddDate(50, 0, 0))
	list = append(list[:3:3], append([]observer.Envelope{wrong}, list[3:]...)...)
	b := recorded(t, list...)
	if err := b.store.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if frame := b.store.Health().Saved.Frame; frame < 30 {
		t.Errorf("%d frames were cut in 200 minutes", frame)
	}
	b.rec.EndHouse(t.Context())
	if f := b.store.Files(); f.Hours != 3 {
		t.Errorf("sealed %+v, want three hours", f)
	}
}

// Nothing is sealed or let go of by a clock that nobody believes.
func TestHouseWaitsForTheClock(t *testing.T) {
	clock := record.NewClock(record.ClockOptions{Built: time.Now().Add(time.Hour), Synchronised: func() bool { return false }})
	b := newBox(t, record.Options{Clock: clock})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); b.rec.KeepHouse(ctx) }()
	select {
	case <-done:
		t.Error("it ended by itself")
	case <-time.After(10 * time.Millisecond):
	}
	stop()
	<-done
}
