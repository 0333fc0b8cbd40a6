package web

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/record"
	"hilltop/appliance/internal/store"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
	"hilltop/firmware-bridge/simmesh"
)

// simWorld is a server of a small simulated mesh, taken in as a recording.
type simWorld struct {
	*bench
	st  *store.Store
	set *index.Set
	now time.Time
	day *survey.Board       // the latest survey; nil while there is none
	all []mesh.Transmission // oldest first
}

// simMesh is recorded once: tests only read it.
var simMesh struct {
	once     sync.Once
	messages []observer.Envelope
	ring     *meshcore.KeyRing
	scopes   []string
	truth    simmesh.Truth
	end      time.Time
	err      error
}

func simulate() {
	cfg := simmesh.DefaultConfig()
	cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations, cfg.Malformed = 80, 8, 6, 4000, 0.01
	channels := []meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}}
	simMesh.err = simmesh.Generate(cfg, func(m simmesh.Message) error {
		simMesh.messages = append(simMesh.messages, observer.Envelope{Source: "sim", Topic: m.Topic, Payload: slices.Clone(m.Payload), Arrived: m.At})
		simMesh.end = m.At
		return nil
	})
	truth, err := simmesh.TruthOf(cfg)
	if simMesh.err == nil {
		simMesh.err = err
	}
	for _, c := range truth.Channels {
		if key, err := meshcore.ParseChannelKey(c.Key); err == nil && !c.Secret {
			channels = append(channels, meshcore.Channel{Name: c.Name, Key: key})
		}
	}
	simMesh.truth = truth
	simMesh.ring, simMesh.scopes = meshcore.NewKeyRing(channels), truth.Regions
}

func newSimWorld(t testing.TB) *simWorld {
	t.Helper()
	if simMesh.once.Do(simulate); simMesh.err != nil {
		t.Fatal(simMesh.err)
	}
	w := &simWorld{now: simMesh.end.Add(time.Second)}
	w.bench = newBench(t, func(o *Options) {
		o.Ring, o.Scopes, o.Now = simMesh.ring, simMesh.scopes, func() time.Time { return w.now }
		o.Survey = func() *survey.Board { return w.day }
	})
	var err error
	if w.st, err = store.Open(store.Options{Dir: t.TempDir(), Now: func() time.Time { return w.now }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.st.Close() })
	if _, err := w.st.Load(t.Context(), func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	w.take(t)
	w.st.Scan(0, 1<<60, func(tx mesh.Transmission) bool { w.all = append(w.all, tx); return true })
	if len(w.all) < 100 {
		t.Fatalf("only %d packets", len(w.all))
	}
	return w
}

// take has the recorder take the messages in.
func (w *simWorld) take(t testing.TB) {
	inbox, stored := record.NewInbox(1024), gate.New[store.Store]("load")
	stored.Set(w.st)
	w.store.Set(w.st)
	indexes := index.NewBuilder(simMesh.ring, w.index, nil)
	rec := record.New(record.Options{Inbox: inbox, Store: stored, Index: indexes, Live: live.NewHub(1), Keys: simMesh.ring,
		Clock: record.NewClock(record.ClockOptions{}), Recorded: true})
	done := make(chan error, 1)
	go func() { done <- rec.Run(t.Context()) }()
	for _, m := range simMesh.messages {
		if err := inbox.Put(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	inbox.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := indexes.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.set, _ = w.index.Lists.Get()
}

// survey surveys the day that ends with the hour of the last packet.
func (w *simWorld) survey() *survey.Board {
	w.t.Helper()
	links, _ := w.index.Links.Get()
	const hour = 3_600_000
	to := (w.now.UnixMilli()/hour + 1) * hour
	b, err := survey.Sources{Past: index.Of(w.st), Facts: w.st, Nodes: w.set.Nodes, Links: links, Scopes: simMesh.scopes}.Make(w.t.Context(), to)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// ask calls the API and reads its answer into v.
func (w *simWorld) ask(path string, v any) {
	w.t.Helper()
	got := w.get(path)
	if got.Code != 200 {
		w.t.Fatalf("%s: %d %s", path, got.Code, got.Body)
	}
	if err := json.Unmarshal(got.Body.Bytes(), v); err != nil {
		w.t.Fatalf("%s: %v in %s", path, err, got.Body)
	}
}

// post sends a body to the API.
func (b *bench) post(path, body string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Host = "192.168.1.2:8080"
	w := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, r)
	return w
}
