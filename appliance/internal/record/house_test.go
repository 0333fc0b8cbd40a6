package record_test

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/record"
	"hilltop/appliance/internal/store"
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

// What comes late for hours that memory has no room for is merged into their
// files by the house, and the indexes are told of what belongs elsewhere.
func TestLateCopiesOfUnloadedHoursAreMerged(t *testing.T) {
	var rss atomic.Int64
	b := newBox(t, record.Options{Recorded: true}, func(o *store.Options) { o.Memory, o.RSS = 1_000_000, rss.Load })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.rec.Run(t.Context()) }()
	var beside sync.WaitGroup
	defer beside.Wait()
	defer stop()
	beside.Go(func() { b.index.Run(ctx) })
	beside.Go(func() { b.rec.KeepHouse(ctx) })
	put := func(e observer.Envelope) {
		t.Helper()
		if err := b.inbox.Put(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	await := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: %+v, %+v", what, b.store.Files(), b.store.Counts())
			}
		}
	}
	minutes := func(from, to int) {
		for n := from; n < to; n += 2 {
			at := after(int64(n) * 60_000)
			put(heardAt(roof, n, at, at.Add(50*time.Millisecond)))
		}
	}
	minutes(0, 196)
	await("three hours are sealed", func() bool { return b.store.Files().Hours == 3 })
	rss.Store(2_000_000)
	await("none is loaded", func() bool { return b.store.Files().Loaded == 0 })
	rss.Store(0)
	late := after(196 * 60_000)
	put(heardAt(roof, 1000, after(30*60_000+500), late))
	put(heardAt(roof, 30, after(30*60_000), late))        // again
	put(heardAt(roof, 1001, after(182*60_000+500), late)) // beside an hour that is not loaded
	minutes(198, 290)
	hour := uint32(noon.Unix() / 3600)
	total := func() (n int64) {
		b.store.Rollups(hour, hour+1, func(_ uint32, _ int, r store.Rollup) bool { n += r.Total.Observations; return true })
		return n
	}
	await("the rollup has what was late", func() bool { return total() == 31 })
	await("what stood beside is seen", func() bool { return len(b.store.Packets(frame(1001).Hash())) == 1 })
	b.inbox.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	stop()
	beside.Wait()
	again := index.NewBuilder(nil, index.NewGates(), nil)
	again.Begin(b.store, index.Of(b.store), func() int64 { return 1 })
	if err := again.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, want := lists(b.built(t)).Traffic.Hours(0, 1<<60), lists(again.Gates()).Traffic.Hours(0, 1<<60)
	if len(want) == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("hours: kept live %v, built anew %v", got, want)
	}
}
