package record

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
)

const roof = "AA00000000000000000000000000000000000000000000000000000000000001"

func message(n int, arrived time.Time) observer.Envelope {
	frame := meshcore.NewFlood(meshcore.TypeTxtMsg, 1, fmt.Appendf(nil, "payload number %06d.", n)).AppendTo(nil)
	return observer.Envelope{Source: "one", Topic: "meshcore/SEA/" + roof + "/packets", Arrived: arrived,
		Payload: fmt.Appendf(nil, `{"origin": "X", "timestamp": "%s", "direction": "rx", "raw": "%s"}`,
			arrived.UTC().Format("2006-01-02T15:04:05.000000+00:00"), strings.ToUpper(hex.EncodeToString(frame)))}
}

type fixture struct {
	*Recorder
	store *store.Store
	load  *gate.Gate[store.Store]
	inbox *Inbox
	hub   *live.Hub
}

func newFixture(t *testing.T, o Options) *fixture {
	t.Helper()
	return fixtureOn(t, newStore(t), o)
}

func newStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Load(t.Context(), func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	return s
}

func fixtureOn(t *testing.T, s *store.Store, o Options) *fixture {
	t.Helper()
	f := &fixture{store: s, load: gate.New[store.Store]("load"), inbox: NewInbox(100), hub: live.NewHub(1)}
	o.Inbox, o.Store, o.Index, o.Live = f.inbox, f.load, index.NewBuilder(o.Keys, index.NewGates(), nil), f.hub
	if o.Clock == nil {
		o.Clock = NewClock(ClockOptions{Synchronised: func() bool { return true }})
	}
	f.Recorder = New(o)
	return f
}

// lists gives the lists as the indexes have them.
func (f *fixture) lists(t *testing.T) *index.Set {
	t.Helper()
	if err := f.o.Index.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	x, _ := f.o.Index.Gates().Lists.Get()
	return x
}

// start runs the recorder; the result waits for its end.
func (f *fixture) start(ctx context.Context) (end func() error) {
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	return func() error { return <-done }
}

func TestMessagesWaitForTheStoreAndAreCountedOnce(t *testing.T) {
	f := newFixture(t, Options{})
	end := f.start(t.Context())
	now := time.Now()
	for n := range 50 {
		if err := f.inbox.Put(t.Context(), message(n, now)); err != nil {
			t.Fatal(err)
		}
	}
	if c := f.store.Counts(); c.Observations != 0 {
		t.Fatalf("%d observations before the store was loaded", c.Observations)
	}
	f.load.Set(f.store)
	for n := range 50 {
		if err := f.inbox.Put(t.Context(), message(50+n, now)); err != nil {
			t.Fatal(err)
		}
	}
	f.inbox.Close()
	if err := end(); err != nil {
		t.Fatal(err)
	}
	x := f.lists(t)
	hours := x.Traffic.Hours(0, 1<<60)
	if c := f.store.Counts(); c.Observations != 100 || hours[0].Observations+sum(hours[1:]) != 100 {
		t.Errorf("got %d stored, index %+v; want 100", c.Observations, hours)
	}
}

func sum(hours []index.Hour) (n int64) {
	for _, h := range hours {
		n += h.Observations
	}
	return n
}

func TestPanicLosesExactlyOneMessage(t *testing.T) {
	f := newFixture(t, Options{Recorded: true})
	calls := atomic.Int64{}
	f.read = func(e observer.Envelope, o observer.Options) observer.Message {
		calls.Add(1)
		switch {
		case strings.Contains(string(e.Payload), "PARSE"):
			panic("while parsing")
		case strings.Contains(string(e.Payload), "HANDLE"):
			return observer.Message{Kind: observer.KindPacket, Observer: roof} // without the report
		}
		return observer.Parse(e, o)
	}
	f.load.Set(f.store)
	end := f.start(t.Context())
	now := time.UnixMilli(1_780_000_000_000)
	for n := range 20 {
		m := message(n, now.Add(time.Duration(n)*time.Second))
		switch n {
		case 5:
			m.Payload = []byte("PARSE")
		case 9:
			m.Payload = []byte("HANDLE")
		}
		if err := f.inbox.Put(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	f.inbox.Close()
	if err := end(); err != nil {
		t.Fatal(err)
	}
	if c := f.store.Counts(); c.Observations != 18 {
		t.Errorf("got %d observations, want 18", c.Observations)
	}
	if n := f.store.Malformed().Counts["panic"]["one"]; n != 2 || f.Stats().Panics != 2 {
		t.Errorf("got %d malformed by panic, %d counted; want 2", n, f.Stats().Panics)
	}
}

func TestFullInboxDropsCountsAndEntersTheLedger(t *testing.T) {
	f := newFixture(t, Options{})
	now := time.Now()
	for n := range 130 {
		if got, want := f.inbox.Offer(message(n, now)), n < 100; got != want {
			t.Fatalf("message %d: taken %v, want %v", n, got, want)
		}
	}
	f.load.Set(f.store)
	end := f.start(t.Context())
	f.inbox.Close()
	if err := end(); err != nil {
		t.Fatal(err)
	}
	if c := f.store.Counts(); c.Observations != 100 || f.Stats().Dropped != 30 {
		t.Errorf("got %d observations, %d dropped; want 100, 30", c.Observations, f.Stats().Dropped)
	}
	gaps := f.store.Gaps(0, 1<<60)
	if len(gaps) != 1 || gaps[0].Kind != GapQueue || gaps[0].Lost != 30 || gaps[0].Subject != "one" {
		t.Errorf("ledger: got %+v", gaps)
	}
}

func TestEventsComeAfterTheIndexes(t *testing.T) {
	f := newFixture(t, Options{Recorded: true})
	events, cancel, _, err := f.hub.Subscribe(0)
	if err != nil {
		t.Fatal(err)
	}
	defer cancel()
	f.load.Set(f.store)
	end := f.start(t.Context())
	if err := f.inbox.Put(t.Context(), message(1, time.UnixMilli(1_780_000_000_000))); err != nil {
		t.Fatal(err)
	}
	for e := range events {
		if e.Kind != live.Packet {
			continue
		}
		x := f.lists(t)
		if n := sum(x.Traffic.Hours(0, 1<<60)); n != 1 {
			t.Errorf("when the event came the index had %d observations, want 1", n)
		}
		break
	}
	f.inbox.Close()
	if err := end(); err != nil {
		t.Fatal(err)
	}
}

func TestRunEndsWithItsContextWhileLoading(t *testing.T) {
	f := newFixture(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	end := f.start(ctx)
	cancel()
	if err := end(); err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestClockIsBelievedForAReason(t *testing.T) {
	built := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	stored := built.Add(48 * time.Hour)
	for _, f := range []struct {
		now    time.Time
		synced bool
		want   string
	}{
		{stored, false, TrustPlausible},
		{stored.Add(-time.Minute), false, TrustPlausible},
		{stored.Add(-3 * time.Minute), false, ""},
		{built.Add(-time.Second), false, ""},
		{time.Unix(100, 0), false, ""},
		{time.Unix(100, 0), true, TrustKernel},
	} {
		c := NewClock(ClockOptions{Built: built, Now: func() time.Time { return f.now }, Synchronised: func() bool { return f.synced }})
		if got := c.reason(stored.UnixMilli()); got != f.want {
			t.Errorf("at %v, synchronised %v: got %q, want %q", f.now, f.synced, got, f.want)
		}
		c.Confirm()
		c.Confirm()
		if got := c.reason(stored.UnixMilli()); got != TrustOperator {
			t.Errorf("confirmed: got %q", got)
		}
	}
}

func TestClockGateOpensWhenTheClockIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		built := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
		var step atomic.Int64 // added to the clock, ns; synctest begins in 2000
		c := NewClock(ClockOptions{Built: built, Synchronised: func() bool { return false },
			Now: func() time.Time { return time.Now().Add(time.Duration(step.Load())) }})
		done := make(chan error, 1)
		go func() { done <- c.settle(t.Context(), 0) }()
		time.Sleep(time.Hour)
		if _, open := c.Gate().Get(); open {
			t.Fatal("a clock of the year 2000 was believed")
		}
		step.Store(int64(time.Until(built) + time.Hour))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if trust, open := c.Gate().Get(); !open || trust.Why != TrustPlausible {
			t.Errorf("after the clock was set: open %v", open)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestHeldMessagesArePlacedByTheMonotonicClock(t *testing.T) {
	wrong := time.Now() // has a monotonic reading
	h := hold{}
	h.add(observer.Envelope{Arrived: wrong})
	h.add(observer.Envelope{Arrived: wrong.Add(90 * time.Second)})
	fixed := time.UnixMilli(1_780_000_000_000)
	h.add(observer.Envelope{Arrived: fixed})
	// The wall clock was set two days ahead; the monotonic one went on by two
	// minutes. time.Time cannot be made so, but differs like this when printed.
	now := wrong.Add(2 * time.Minute)
	h.restamp(now)
	for i, want := range []time.Time{now.Add(-2 * time.Minute), now.Add(-30 * time.Second), fixed} {
		if got := h.list[i].Arrived; !got.Equal(want) {
			t.Errorf("message %d: got %v, want %v", i, got, want)
		}
	}
}

func TestHoldIsBounded(t *testing.T) {
	h := hold{}
	big := make([]byte, 1<<20)
	n := 0
	for h.add(observer.Envelope{Payload: big}) {
		if n++; n > 100 {
			t.Fatal("no bound")
		}
	}
	if n != 63 {
		t.Errorf("got %d messages of 1 MiB, want 63", n)
	}
}

func TestSourceThatIsDownStandsInTheLedger(t *testing.T) {
	f := newFixture(t, Options{Recorded: true})
	f.load.Set(f.store)
	at := time.UnixMilli(1_780_000_000_000)
	f.SourceDown("one", at, "refused")
	f.SourceDown("one", at.Add(time.Second), "refused")
	f.SourceUp("one", at.Add(time.Minute))
	f.SourceDown("two", at, "no route")
	end := f.start(t.Context())
	if err := f.inbox.Put(t.Context(), message(1, at)); err != nil {
		t.Fatal(err)
	}
	f.inbox.Close()
	if err := end(); err != nil {
		t.Fatal(err)
	}
	gaps := f.store.Gaps(0, 1<<60)
	if len(gaps) != 2 || gaps[0].Subject != "one" || gaps[0].To != at.Add(time.Minute).UnixMilli() || gaps[1].To != 0 {
		t.Errorf("got %+v", gaps)
	}
}

func TestTimeSinceTheNewestStoredArrivalIsAGap(t *testing.T) {
	f := newFixture(t, Options{})
	old := time.Now().Add(-time.Hour)
	f.store.Place(store.Copy{Type: meshcore.TypeTxtMsg, Payload: []byte("x"), Obs: mesh.Observation{
		At: old.UnixMilli() - 500, Arrived: old.UnixMilli(), Observer: f.store.ObserverNum(roof), Header: 9,
	}})
	open := f.store.AddGap(mesh.Gap{From: old.UnixMilli() - 1000, Kind: GapSource, Subject: "one"})
	f.load.Set(f.store)
	end := f.start(t.Context())
	f.inbox.Close()
	if err := end(); err != nil {
		t.Fatal(err)
	}
	if _, still := f.store.OpenGaps()[open]; still {
		t.Error("a gap of the last run is still open")
	}
	for _, g := range f.store.Gaps(0, 1<<60) {
		if g.Kind == GapStopped && g.From == old.UnixMilli() && g.To > g.From {
			return
		}
	}
	t.Errorf("no gap from the newest arrival: %+v", f.store.Gaps(0, 1<<60))
}
