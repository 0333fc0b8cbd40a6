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
	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
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
	rec recorded            // what was taken in
	day *survey.Board       // the latest survey; nil while there is none
	all []mesh.Transmission // oldest first

	inTree map[uint64][]bool // by transmission: which of its copies are in its tree
}

// recorded is the traffic of a simulated mesh.
type recorded struct {
	messages []observer.Envelope
	ring     *meshcore.KeyRing
	scopes   []string
	truth    simmesh.Truth
	end      time.Time
}

// simMesh is recorded once: tests only read it.
var simMesh = sync.OnceValues(func() (recorded, error) {
	cfg := simmesh.DefaultConfig()
	cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations, cfg.Malformed = 80, 8, 6, 4000, 0.01
	return simulate(cfg)
})

func simulate(cfg simmesh.Config) (r recorded, err error) {
	channels := []meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}}
	err = simmesh.Generate(cfg, func(m simmesh.Message) error {
		r.messages = append(r.messages, observer.Envelope{Source: "sim", Topic: m.Topic, Payload: slices.Clone(m.Payload), Arrived: m.At})
		r.end = m.At
		return nil
	})
	if err != nil {
		return r, err
	}
	truth, err := simmesh.TruthOf(cfg)
	for _, c := range truth.Channels {
		if key, err := meshcore.ParseChannelKey(c.Key); err == nil && !c.Secret {
			channels = append(channels, meshcore.Channel{Name: c.Name, Key: key})
		}
	}
	r.truth = truth
	r.ring, r.scopes = meshcore.NewKeyRing(channels), truth.Regions
	return r, err
}

func newSimWorld(t testing.TB) *simWorld {
	t.Helper()
	r, err := simMesh()
	if err != nil {
		t.Fatal(err)
	}
	return newRecordedWorld(t, r)
}

// newRecordedWorld has sealed all hours but the last two.
func newRecordedWorld(t testing.TB, r recorded) *simWorld {
	t.Helper()
	w := newTakenWorld(t, r)
	w.seal(t)
	w.st.Scan(0, 1<<60, func(tx mesh.Transmission) bool { w.all = append(w.all, tx); return true })
	if len(w.all) < 100 {
		t.Fatalf("only %d packets", len(w.all))
	}
	return w
}

// newTakenWorld has all hours open.
func newTakenWorld(t testing.TB, r recorded) *simWorld {
	t.Helper()
	w := &simWorld{now: r.end.Add(time.Second), rec: r}
	w.bench = newBench(t, func(o *Options) {
		o.Ring, o.Scopes, o.Now = r.ring, func() []string { return r.scopes }, func() time.Time { return w.now }
		o.Survey = func() *survey.Board { return w.day }
		o.Areas = []health.Area{must(health.NewBox("sound", "Puget Sound", 46.9, -123.5, 48.3, -121.5)), must(health.NewArea("inland", "Inland <i>",
			[]health.Degrees{{Lat: 49.5, Lon: -119}, {Lat: 47, Lon: -116.5}, {Lat: 44.5, Lon: -119}, {Lat: 47, Lon: -121.5}}))}
	})
	var err error
	if w.st, err = store.Open(store.Options{Dir: t.TempDir(), Now: func() time.Time { return w.now }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.st.Close() })
	if _, err := w.st.Load(t.Context(), func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	w.take(t, r)
	return w
}

// seal seals all hours but the last two, so that what is asked goes through
// columns and open records alike.
func (w *simWorld) seal(t testing.TB) {
	for _, hour := range w.st.Hours()[2:] {
		if done, err := w.st.Seal(hour); !done || err != nil {
			t.Fatalf("hour %d: sealed %v, %v", hour, done, err)
		}
		if block, _ := w.st.PickHour(hour).Block(); block == nil {
			t.Fatalf("hour %d is not sealed", hour)
		}
	}
}

// take has the recorder take the messages in.
func (w *simWorld) take(t testing.TB, r recorded) {
	inbox, stored := record.NewInbox(1024), gate.New[store.Store]("load")
	stored.Set(w.st)
	w.store.Set(w.st)
	indexes := index.NewBuilder(r.ring, w.index, nil)
	rec := record.New(record.Options{Inbox: inbox, Store: stored, Index: indexes, Live: live.NewHub(1), Keys: r.ring,
		Clock: record.NewClock(record.ClockOptions{}), Recorded: true})
	done := make(chan error, 1)
	go func() { done <- rec.Run(t.Context()) }()
	for _, m := range r.messages {
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
func (w *simWorld) survey() *survey.Board { return w.surveyNamed(nil) }

// surveyNamed is the same with what was decided of names.
func (w *simWorld) surveyNamed(x *naming.Names) *survey.Board {
	w.t.Helper()
	links, _ := w.index.Links.Get()
	const hour = 3_600_000
	to := (w.now.UnixMilli()/hour + 1) * hour
	sources := survey.Sources{Past: index.Of(w.st), Facts: w.st, Nodes: w.set.Nodes, Links: links, Scopes: w.rec.scopes}
	if x != nil {
		sources.Named = survey.NamedBy(w.st, x)
	}
	b, err := sources.Make(w.t.Context(), to)
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

// postJSON sends a body to the API.
func (b *bench) postJSON(path, body string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Host = "192.168.1.2:8080"
	w := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, r)
	return w
}
