package naming_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
	"hilltop/appliance/internal/record"
	"hilltop/appliance/internal/resolve"
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
	b.namer = naming.New(naming.Options{Store: loaded, Keys: keys, Index: b.index, Threshold: threshold, Queue: queue})
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

func corpus(t testing.TB, observations int) (messages []observer.Envelope) {
	t.Helper()
	cfg := simmesh.DefaultConfig()
	cfg.Seed, cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 7, 150, 12, 3, observations
	cfg.Start = time.Date(2026, 11, 16, 13, 40, 0, 0, time.UTC)
	err := simmesh.GenerateHeard(cfg, func(m simmesh.Message, _ *simmesh.Heard) error {
		messages = append(messages, observer.Envelope{Source: "sim", Topic: m.Topic, Payload: m.Payload, Arrived: m.At})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return statusFirst(messages)
}

// statusFirst has every observer say what it is before anything else: a model
// that hears of it sooner or later, as reception runs ahead, decides otherwise.
func statusFirst(messages []observer.Envelope) (out []observer.Envelope) {
	said := map[string]bool{}
	var rest []observer.Envelope
	for _, m := range messages {
		switch {
		case !strings.HasSuffix(m.Topic, "/status"):
			rest = append(rest, m)
		case !said[m.Topic]:
			said[m.Topic] = true
			m.Arrived = messages[0].Arrived
			out = append(out, m)
		}
	}
	return append(out, rest...)
}

// What is named is what the resolver says to whoever tells it the same, in the
// order in which transmissions came in.
func TestNamesAreTheResolvers(t *testing.T) {
	b := newBox(t, t.TempDir(), 0)
	b.feed(t, corpus(t, 12_000), false, true)
	agrees(t, b)
}

// agrees fails the test if names are not what the resolver says that was told
// everything held, in order.
func agrees(t *testing.T, b *box) {
	t.Helper()
	var list []mesh.Transmission
	b.store.Scan(math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		list = append(list, tx)
		return true
	})
	slices.SortFunc(list, func(a, b mesh.Transmission) int { return int(int64(a.ID) - int64(b.ID)) })
	x, m := b.names(t), resolve.New()
	if got, want := x.Taken(), int64(len(list)); got != want {
		t.Fatalf("%d transmissions were taken, of %d", got, want)
	}
	var w resolve.Work
	var into resolve.Naming
	var named, differ int
	met := map[uint32]bool{}
	for _, tx := range list {
		f, ends := plainFlood(&tx)
		for _, o := range tx.Observations {
			if o.Arrived > tx.Observations[0].Arrived+15_000 {
				break
			}
			if met[o.Observer] {
				continue
			}
			met[o.Observer] = true
			facts, _ := b.store.ObserverByNum(o.Observer)
			key, _ := meshcore.ParsePublicKey(facts.ID)
			m.Observer(o.Observer, key, facts.Repeat)
		}
		if a, reason := index.CheckAdvert(tx.Payload); tx.Type == meshcore.TypeAdvert && reason == "" {
			m.Node(mesh.Node{Key: a.Key, Role: a.Role, Name: meshcore.ValidText(a.Name), LastAdvert: f.At,
				HasPosition: a.HasPosition && (a.LatE6 != 0 || a.LonE6 != 0), LatE6: a.LatE6, LonE6: a.LonE6})
			if f.Width == 0 && tx.Observations[0].PathLen == 0 {
				m.ZeroHop(f.At, a.Key, f.Reports)
			}
		}
		if f.Width == 0 {
			if c, err := meshcore.ParseControl(tx.Payload); tx.Type == meshcore.TypeControl && err == nil {
				if d, ok, err := c.DiscoverResponse(); ok && err == nil && len(d.Key) == 32 {
					m.ZeroHop(f.At, meshcore.PublicKey(d.Key), f.Reports)
				}
			}
			continue
		}
		m.Take(&w, &f, &into)
		paths := x.Paths(tx)
		for i := range ends {
			names := into.AppendPath(nil, &f, i)
			slices.Reverse(names)
			for j, n := range names {
				key, _ := m.Key(n.Relay)
				got := paths.Hops[ends[i]][j]
				if n.Relay != 0 {
					named++
				}
				if got.Provisional || got.Key != key || math.Abs(got.P-float64(n.P)) > 0.005 || got.Named != (n.Relay != 0 && got.P >= threshold) {
					if differ++; differ < 4 {
						t.Errorf("transmission %d, observation %d of %d, hop %d of %d: %+v, the resolver says %x with %v", tx.ID, ends[i], len(tx.Observations), j, len(names), got, key[:2], n.P)
					}
				}
			}
		}
	}
	if named < 1000 || differ > 0 {
		t.Fatalf("%d hops are named by the resolver, %d differently here", named, differ)
	}
}

// plainFlood reads the copies that were in after 15 seconds; ends are the
// observations that are reports.
func plainFlood(tx *mesh.Transmission) (f resolve.Flood, ends []int) {
	f.At = tx.Observations[0].At
	nodes := map[string]int32{"": 0}
	zero := []resolve.Report{}
	for i, o := range tx.Observations {
		if o.Arrived > tx.Observations[0].Arrived+15_000 {
			break
		}
		f.At = min(f.At, o.At)
		zero = append(zero, resolve.Report{Observer: o.Observer, SNR4: o.SNR4})
		p := o.Packet(nil)
		if _, ok := p.Heard(); !ok || f.Width != 0 && f.Width != p.HopWidth() {
			continue
		}
		f.Width = p.HopWidth()
		at := int32(0)
		for n := f.Width; n <= len(o.Path); n += f.Width {
			node, known := nodes[string(o.Path[:n])]
			if !known {
				var hop [3]byte
				copy(hop[:], o.Path[n-f.Width:n])
				f.Nodes = append(f.Nodes, resolve.TreeNode{Parent: at, Hop: hop})
				node = int32(len(f.Nodes))
				nodes[string(o.Path[:n])] = node
			}
			at = node
		}
		f.Reports = append(f.Reports, resolve.Report{Node: at, Observer: o.Observer, SNR4: o.SNR4})
		ends = append(ends, i)
	}
	if f.Width == 0 {
		f.Reports = zero
	} else {
		f.Origin = resolve.OriginOf(tx.Type, tx.Payload, "")
	}
	return f, ends
}

// Held back until everything is in, with a queue that holds next to nothing,
// names are the same, and none is decided twice.
func TestNothingIsLostOrTakenTwice(t *testing.T) {
	messages := corpus(t, 12_000)
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

// A process that is killed has the names that were on disk when it starts again,
// and decides the others as if it had never been killed.
func TestKilled(t *testing.T) {
	messages := corpus(t, 12_000)
	from := t.TempDir()
	first := newBox(t, from, 0)
	first.feed(t, messages[:len(messages)/2], false, false)
	dir := t.TempDir()
	if err := first.store.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	had := first.all(t)
	copyDir(t, dir, from)
	again := newBox(t, dir, 0)
	again.feed(t, nil, false, false)
	kept := again.all(t)
	if len(had) < 200 {
		t.Fatalf("%d transmissions had names when it was killed", len(had))
	}
	for id, hops := range had {
		if !reflect.DeepEqual(kept[id], hops) {
			t.Fatalf("transmission %d has other names after the start", id)
		}
	}
	again.store.Close()
	rest := newBox(t, dir, 0)
	rest.feed(t, messages[len(messages)/2:], false, true)
	agrees(t, rest)
}

func copyDir(t *testing.T, to, from string) {
	t.Helper()
	files, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Name() == "lock" || f.Name() == "owner" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, f.Name()), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
