package record_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/record"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
	"hilltop/firmware-bridge/simmesh"
)

// box is a recorder with all that it writes to.
type box struct {
	store *store.Store
	index *index.Builder
	hub   *live.Hub
	inbox *record.Inbox
	rec   *record.Recorder
	dir   string
	keys  *meshcore.KeyRing
}

func openStore(t testing.TB, dir string, change ...func(*store.Options)) *store.Store {
	t.Helper()
	o := store.Options{Dir: dir}
	for _, c := range change {
		c(&o)
	}
	s, err := store.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context(), func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	return s
}

func newBox(t testing.TB, o record.Options, change ...func(*store.Options)) *box {
	t.Helper()
	b := &box{dir: t.TempDir(), index: index.NewBuilder(o.Keys, index.NewGates(), nil), hub: live.NewHub(1), inbox: record.NewInbox(4096), keys: o.Keys}
	b.store = openStore(t, b.dir, change...)
	t.Cleanup(func() { b.store.Close() })
	g := gate.New[store.Store]("load")
	g.Set(b.store)
	o.Inbox, o.Store, o.Index, o.Live = b.inbox, g, b.index, b.hub
	if o.Clock == nil {
		o.Clock = record.NewClock(record.ClockOptions{})
	}
	b.rec = record.New(o)
	return b
}

// feed runs the recorder over messages, to the end. The indexes are built
// meanwhile.
func (b *box) feed(t testing.TB, messages []observer.Envelope) { b.feedHeld(t, messages, 0) }

// feedHeld is feed with the building of the indexes held back until so many
// messages were taken in.
func (b *box) feedHeld(t testing.TB, messages []observer.Envelope, heldBack int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var building sync.WaitGroup
	build := sync.OnceFunc(func() { building.Go(func() { b.index.Run(ctx) }) })
	defer building.Wait()
	defer stop()
	done := make(chan error, 1)
	go func() { done <- b.rec.Run(t.Context()) }()
	for i, m := range messages {
		if i >= heldBack {
			build()
		}
		if err := b.inbox.Put(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	b.inbox.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// built are the indexes, everything in them.
func (b *box) built(t testing.TB) index.Gates {
	t.Helper()
	if err := b.index.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b.index.Gates()
}

// corpus is a simulated recording with its truth.
type corpus struct {
	messages []observer.Envelope
	heard    []*simmesh.Heard
	truth    simmesh.Truth
}

func makeCorpus(t testing.TB, cfg simmesh.Config) (c corpus) {
	t.Helper()
	err := simmesh.GenerateHeard(cfg, func(m simmesh.Message, h *simmesh.Heard) error {
		c.messages = append(c.messages, observer.Envelope{Source: "sim", Topic: m.Topic, Payload: m.Payload, Arrived: m.At})
		c.heard = append(c.heard, h)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.truth, err = simmesh.TruthOf(cfg); err != nil {
		t.Fatal(err)
	}
	return c
}

func smallMesh() simmesh.Config {
	cfg := simmesh.DefaultConfig()
	cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 200, 12, 6, 12_000
	cfg.Malformed, cfg.Duplicates = 0.02, 0.03
	return cfg
}

func (c corpus) ring(t testing.TB) *meshcore.KeyRing {
	t.Helper()
	list := []meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}}
	for _, ch := range c.truth.Channels {
		if ch.Secret {
			continue
		}
		k, err := meshcore.ParseChannelKey(ch.Key)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, meshcore.Channel{Name: ch.Name, Key: k})
	}
	return meshcore.NewKeyRing(list)
}

// expected is what ought to be held after a corpus, worked out from the
// messages' texts and the simulator's truth, without the code under test.
type expected struct {
	observations map[string]int // observer, frame and timestamp, each one observation
	hashes       map[string]bool
	malformed    map[string]int64
	observers    map[string]bool
	adverts      map[string]string // key to the name in its adverts
}

// text takes a string member out of a JSON payload.
func text(payload []byte, name string) string {
	_, rest, ok := bytes.Cut(payload, []byte(`"`+name+`": "`))
	if !ok {
		return ""
	}
	end := bytes.IndexByte(rest, '"')
	return string(rest[:end])
}

func (c corpus) expect(t testing.TB) expected {
	t.Helper()
	x := expected{map[string]int{}, map[string]bool{}, map[string]int64{}, map[string]bool{}, map[string]string{}}
	for i, m := range c.messages {
		id := strings.Split(m.Topic, "/")[2]
		h := c.heard[i]
		switch {
		case h == nil:
			x.observers[id] = true
			continue
		case h.Fault == simmesh.RawTruncated || h.Fault == simmesh.RawNotHex:
			if h.Kind != simmesh.Sent {
				x.malformed["bad_hex"]++
				continue
			}
		case h.Fault == simmesh.RawPathLength:
			if h.Kind != simmesh.Sent {
				x.malformed["undecodable_frame"]++
				continue
			}
		case h.Fault == simmesh.PayloadNotJSON:
			x.malformed["not_json"]++
			continue
		case h.Fault == simmesh.RawMissing || h.Fault == simmesh.PayloadEmpty:
			continue
		}
		if h.Kind == simmesh.Sent {
			continue
		}
		x.observers[id] = true
		raw := text(m.Payload, "raw")
		x.observations[id+" "+strings.ToUpper(raw)+" "+text(m.Payload, "timestamp")]++
		frame, err := hex.DecodeString(raw)
		if err != nil {
			t.Fatalf("message %d (%v): %v", i, h.Fault, err)
		}
		p, err := meshcore.Parse(frame)
		if err != nil {
			t.Fatalf("message %d (%v): %v", i, h.Fault, err)
		}
		hash := p.Hash().String()
		x.hashes[hash] = true
		if h.Fault == simmesh.RawBitFlipped {
			continue
		}
		if want := strings.ToLower(h.Hash); hash != want {
			t.Fatalf("message %d: hash %s, the truth says %s", i, hash, want)
		}
		if p.Type == meshcore.TypeAdvert {
			key := strings.ToLower(c.truth.Nodes[h.Source].PubKey)
			x.adverts[key] = c.truth.Nodes[h.Source].Name
		}
	}
	return x
}

// held is what the store has, in the terms of expected.
func (b *box) held() (observations map[string]int, hashes map[string]bool) {
	observations, hashes = map[string]int{}, map[string]bool{}
	b.store.Scan(0, 1<<60, func(tx mesh.Transmission) bool {
		hashes[tx.Hash.String()] = true
		for _, o := range tx.Observations {
			who, _ := b.store.ObserverByNum(o.Observer)
			observations[who.ID+" "+strings.ToUpper(hex.EncodeToString(o.Frame(tx.Payload)))]++
		}
		return true
	})
	return observations, hashes
}

func TestReplayAgreesWithTheTruth(t *testing.T) {
	c := makeCorpus(t, smallMesh())
	b := newBox(t, record.Options{Recorded: true, Keys: c.ring(t)})
	b.feed(t, c.messages)
	want := c.expect(t)

	wantObs := map[string]int{}
	for key := range want.observations {
		wantObs[key[:strings.LastIndexByte(key, ' ')]]++
	}
	gotObs, gotHashes := b.held()
	compareCounts(t, "observations", gotObs, wantObs)
	compareSets(t, "transmissions", gotHashes, want.hashes)

	gotBad := map[string]int64{}
	for reason, by := range b.store.Malformed().Counts {
		gotBad[reason] = by["sim"]
	}
	if !maps.Equal(gotBad, want.malformed) {
		t.Errorf("malformed: got %v, want %v", gotBad, want.malformed)
	}

	gotObservers := map[string]bool{}
	for _, o := range b.store.Observers() {
		gotObservers[o.ID] = true
	}
	compareSets(t, "observers", gotObservers, want.observers)
	checkNodes(t, b, want)
	checkChannels(t, b, c)
}

func compareCounts(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	total := 0
	for key, n := range want {
		total += n
		if got[key] != n {
			t.Errorf("%s: %.90s: got %d, want %d", what, key, got[key], n)
		}
	}
	for key, n := range got {
		if _, ok := want[key]; !ok {
			t.Errorf("%s: %.90s: got %d, want none", what, key, n)
		}
	}
	if total < 1000 {
		t.Errorf("%s: the corpus has %d, too few to prove anything", what, total)
	}
}

func compareSets(t *testing.T, what string, got, want map[string]bool) {
	t.Helper()
	for key := range want {
		if !got[key] {
			t.Errorf("%s: %s is missing", what, key)
		}
	}
	for key := range got {
		if !want[key] {
			t.Errorf("%s: %s is too much", what, key)
		}
	}
}

func checkNodes(t *testing.T, b *box, want expected) {
	t.Helper()
	got := map[string]bool{}
	for _, n := range b.store.Nodes() {
		key := n.Key.String()
		got[key] = true
		if name, ok := want.adverts[key]; ok && !strings.HasPrefix(name, strings.TrimRight(n.Name, "\uFFFD")) {
			t.Errorf("node %s: got the name %q, want %q", key, n.Name, name)
		}
	}
	wantKeys := map[string]bool{}
	for key := range want.adverts {
		wantKeys[key] = true
	}
	compareSets(t, "nodes", got, wantKeys)
	x, _ := b.built(t).Lists.Get()
	if n := len(x.Nodes.List()); n != len(wantKeys) {
		t.Errorf("index: got %d nodes, want %d", n, len(wantKeys))
	}
}

// checkChannels decrypts every group text of the corpus with the truth's keys.
func checkChannels(t *testing.T, b *box, c corpus) {
	t.Helper()
	ring := c.ring(t)
	want := map[string]int{}
	total := 0
	b.store.Scan(0, 1<<60, func(tx mesh.Transmission) bool {
		if tx.Type != meshcore.TypeGrpTxt {
			return true
		}
		if g, err := ring.OpenText(tx.Payload); err == nil {
			want[g.Channel]++
			total++
		}
		return true
	})
	x, _ := b.built(t).Lists.Get()
	var locked []byte
	for _, ch := range x.Channels.List(nil) {
		if ch.Locked {
			locked = append(locked, ch.HashByte)
			continue
		}
		if ch.Messages != int64(want[ch.Name]) {
			t.Errorf("channel %s: got %d messages, want %d", ch.Name, ch.Messages, want[ch.Name])
		}
	}
	if got := x.Channels.Locked(); len(got) == 0 || !bytes.Equal(got, locked) {
		t.Errorf("locked: got %x, want %x", got, locked)
	}
	if total < 20 {
		t.Errorf("the corpus has %d channel messages, too few to prove anything", total)
	}
}

// TestRestartChangesNoNumber compares indexes kept live with those built anew:
// built before the messages came, while they came, or when most of them were in.
func TestRestartChangesNoNumber(t *testing.T) {
	c := makeCorpus(t, smallMesh())
	for _, heldBack := range []int{0, len(c.messages) / 2, len(c.messages) - 100} {
		b := newBox(t, record.Options{Recorded: true, Keys: c.ring(t)})
		b.feedHeld(t, c.messages, heldBack)
		sameAsBuilt(t, b, c)
	}
}

// sameAsBuilt compares a recorder's indexes with what is built from its store.
func sameAsBuilt(t *testing.T, b *box, c corpus) {
	t.Helper()
	kept := b.built(t)
	again := index.NewBuilder(b.keys, index.NewGates(), nil)
	again.Begin(b.store, index.Of(b.store), func() int64 { return 1 })
	if err := again.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	built := again.Gates()
	now := c.messages[len(c.messages)-1].Arrived.UnixMilli()
	for _, f := range []struct {
		what string
		of   func(index.Gates) any
	}{
		{"hours", func(g index.Gates) any { return lists(g).Traffic.Hours(0, 1<<60) }},
		{"rate", func(g index.Gates) any { return lists(g).Traffic.Rate(now) }},
		{"channels", func(g index.Gates) any { return lists(g).Channels.List(nil) }},
		{"texts", func(g index.Gates) any { return lists(g).Channels.Latest(1000) }},
		{"observers", func(g index.Gates) any { return lists(g).Observers.List(health.ListeningAt(now)) }},
		{"nodes", func(g index.Gates) any {
			return slices.SortedFunc(slices.Values(lists(g).Nodes.List()), func(a, b index.NodeStats) int { return bytes.Compare(a.Node.Key[:], b.Node.Key[:]) })
		}},
		{"routes", func(g index.Gates) any { x, _ := g.Routes.Get(); return x.Top(2, 4, 100_000) }},
		{"relays", func(g index.Gates) any {
			x, _ := g.Relays.Get()
			return x.Busiest(nil, lists(g).Nodes.Naming(), 0, 1<<60)
		}},
		{"links", func(g index.Gates) any {
			x, _ := g.Links.Get()
			return x.List(lists(g).Nodes.Naming(), nil, 0, 1<<60)
		}},
	} {
		got, want := f.of(kept), f.of(built)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: kept live %.800v, built anew %.800v", f.what, got, want)
		}
		if v := reflect.ValueOf(want); v.Kind() == reflect.Slice && v.Len() == 0 {
			t.Errorf("%s: nothing to compare", f.what)
		}
	}
}

func lists(g index.Gates) *index.Set {
	x, _ := g.Lists.Get()
	return x
}

// BenchmarkIngest takes recorded messages to stored and indexed.
func BenchmarkIngest(b *testing.B) {
	cfg := smallMesh()
	cfg.Nodes, cfg.Observers, cfg.Observations, cfg.Hours = 800, 50, 60_000, 12
	cfg.Malformed, cfg.Duplicates = 0.001, 0.007
	c := makeCorpus(b, cfg)
	ring := c.ring(b)
	b.ReportAllocs()
	var spent time.Duration
	n := 0
	for b.Loop() {
		x := newBox(b, record.Options{Recorded: true, Keys: ring})
		start := time.Now()
		x.feed(b, c.messages)
		spent += time.Since(start)
		n += len(c.messages)
	}
	b.ReportMetric(float64(n)/spent.Seconds(), "messages/s")
}
