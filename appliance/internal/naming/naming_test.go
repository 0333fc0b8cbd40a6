package naming_test

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
	"hilltop/appliance/internal/record"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
	"hilltop/firmware-bridge/simmesh"
)

const threshold = 0.9

// box is a store with all that names its transmissions.
type box struct {
	store *store.Store
	index *index.Builder
	inbox *record.Inbox
	rec   *record.Recorder
	namer *naming.Namer
}

func newBox(t testing.TB, dir string, queue int) *box {
	t.Helper()
	s, err := store.Open(store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	keys := meshcore.NewKeyRing(nil)
	b := &box{store: s, index: index.NewBuilder(keys, index.NewGates(), nil), inbox: record.NewInbox(4096)}
	loaded := gate.New[store.Store]("load")
	loaded.Set(s)
	b.namer = naming.New(naming.Options{Store: loaded, Keys: keys, Index: b.index, Threshold: threshold, Queue: queue, Recorded: true})
	b.rec = record.New(record.Options{Inbox: b.inbox, Store: loaded, Index: b.index, Names: b.namer, Keys: keys,
		Clock: record.NewClock(record.ClockOptions{}), Recorded: true})
	return b
}

// feed takes messages in; names are decided beside it, or after it if held
// back, to the end if there is one.
func (b *box) feed(t testing.TB, messages []observer.Envelope, heldBack, end bool) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	run := func() {
		wg.Go(func() { b.namer.Run(ctx) })
		wg.Go(func() { b.index.Run(ctx) })
	}
	if !heldBack {
		run()
	}
	done := make(chan error, 1)
	go func() { done <- b.rec.Run(t.Context()) }()
	for _, m := range messages {
		if err := b.inbox.Put(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	b.inbox.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if heldBack {
		run()
	}
	for _, g := range b.index.Gates().All() {
		for !g.State().Ready {
			time.Sleep(time.Millisecond)
		}
	}
	b.names(t)
	stop()
	wg.Wait()
	if end {
		b.namer.End(true)
	}
}

func (b *box) names(t testing.TB) *naming.Names {
	t.Helper()
	x, err := b.namer.Gate().Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// all is what was decided about the hops of everything held.
func (b *box) all(t testing.TB) map[uint64][][]naming.Hop {
	t.Helper()
	out := map[uint64][][]naming.Hop{}
	x := b.names(t)
	b.store.Scan(math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		p := x.Paths(tx)
		if p.Decided == 0 {
			return true
		}
		for _, hops := range p.Hops {
			for i := range hops {
				if hops[i].Provisional {
					hops[i] = naming.Hop{Provisional: true}
				}
			}
		}
		out[tx.ID] = p.Hops
		return true
	})
	return out
}

func corpus(t testing.TB, hours float64, observations int) (messages []observer.Envelope) {
	t.Helper()
	cfg := simmesh.DefaultConfig()
	cfg.Seed, cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 7, 150, 12, hours, observations
	cfg.Start = time.Date(2026, 11, 16, 13, 40, 0, 0, time.UTC)
	err := simmesh.GenerateHeard(cfg, func(m simmesh.Message, _ *simmesh.Heard) error {
		messages = append(messages, observer.Envelope{Source: "sim", Topic: m.Topic, Payload: m.Payload, Arrived: m.At})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

// Held back until everything is in, with a queue that holds next to nothing,
// names are the same, and none is decided twice.
func TestNothingIsLostOrTakenTwice(t *testing.T) {
	messages := corpus(t, 3, 12_000)
	want := newBox(t, t.TempDir(), 0)
	want.feed(t, messages, false, true)
	late := newBox(t, t.TempDir(), 5)
	late.feed(t, messages, true, true)
	if got, all := late.names(t).Taken(), late.store.Counts().Transmissions; got != all {
		t.Fatalf("%d transmissions were taken, of %d", got, all)
	}
	if late.namer.State().Skipped == 0 {
		t.Fatal("everything fitted the queue: the test shows nothing")
	}
	same(t, late.all(t), want.all(t))
}

func same(t *testing.T, got, want map[uint64][][]naming.Hop) {
	t.Helper()
	if len(want) < 500 || len(got) != len(want) {
		t.Fatalf("%d transmissions have names, want %d", len(got), len(want))
	}
	differ := 0
	for id, hops := range want {
		if !reflect.DeepEqual(got[id], hops) {
			differ++
		}
	}
	if differ > 0 {
		t.Fatalf("%d of %d transmissions have other names", differ, len(want))
	}
}

// A process that is killed at any time decides, when it starts again, what it
// would have decided.
func TestKilled(t *testing.T) {
	messages := corpus(t, 3, 12_000)
	whole := newBox(t, t.TempDir(), 0)
	whole.feed(t, messages, false, true)
	last := killed(t, messages, 4000)
	same(t, last.all(t), whole.all(t))
	if got, want := last.names(t).Audit(), whole.names(t).Audit(); !reflect.DeepEqual(got, want) {
		t.Error("the audit found something else")
	}
	newPlain(t, last).agrees()
}

// killed is what takes messages in and is killed every now and then, between
// two frames or within what they hold.
func killed(t *testing.T, messages []observer.Envelope, every int) *box {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	from, kills := 0, 0
	for at := 1 + rng.IntN(every); at < len(messages); at += 1 + rng.IntN(every) {
		b := newBox(t, dir, 0)
		ctx, kill := context.WithCancel(t.Context())
		b.feedUntil(t, ctx, messages[from:at])
		for range rng.IntN(4) {
			time.Sleep(time.Duration(rng.IntN(20)) * time.Millisecond) // somewhere on its way
			if err := b.store.Flush(t.Context(), rng.IntN(3) == 0); err != nil {
				t.Fatal(err)
			}
		}
		for _, hour := range b.store.SealDue(messages[at-1].Arrived) {
			if _, err := b.store.Seal(hour); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.store.Flush(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		next := t.TempDir()
		copyDir(t, next, dir)
		kill()
		b.store.Close()
		dir, from, kills = next, at, kills+1
	}
	if kills < 3 {
		t.Fatalf("it was killed %d times", kills)
	}
	last := newBox(t, dir, 0)
	last.feed(t, messages[from:], false, true)
	return last
}

// feedUntil takes messages in while names are made, until ctx is done.
func (b *box) feedUntil(t testing.TB, ctx context.Context, messages []observer.Envelope) {
	t.Helper()
	var wg sync.WaitGroup
	wg.Go(func() { b.namer.Run(ctx) })
	t.Cleanup(wg.Wait)
	done := make(chan error, 1)
	go func() { done <- b.rec.Run(t.Context()) }()
	for _, m := range messages {
		if err := b.inbox.Put(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	b.inbox.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// copyDir copies files as they are at one time while names are written beside
// it: no kill leaves neither the old nor the new of two files, but a copy that
// comes between their replacement may, and is taken again.
func copyDir(t *testing.T, to, from string) {
	t.Helper()
	list := func() string {
		files, err := os.ReadDir(from)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range files {
			if f.Name() != "lock" && f.Name() != "owner" {
				names = append(names, f.Name())
			}
		}
		return strings.Join(names, "/")
	}
	for range 1000 {
		before, whole := list(), true
		if err := os.RemoveAll(to); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(to, 0o700); err != nil {
			t.Fatal(err)
		}
		for name := range strings.SplitSeq(before, "/") {
			b, err := os.ReadFile(filepath.Join(from, name))
			if errors.Is(err, fs.ErrNotExist) {
				whole = false
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(to, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if whole && list() == before {
			return
		}
	}
	t.Fatalf("files of %s change all the time", from)
}
