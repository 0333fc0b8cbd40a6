package web

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/store"
)

// loaded opens both gates with an empty store.
func (b *bench) loaded() *store.Store {
	b.t.Helper()
	st, err := store.Open(store.Options{Dir: b.t.TempDir()})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { st.Close() })
	if _, err := st.Load(b.t.Context(), nil); err != nil {
		b.t.Fatal(err)
	}
	b.build(st)
	b.store.Set(st)
	return st
}

// Every page is there while history loads, says how far that has come, and
// loads again by itself without a script.
func TestPagesWhileLoading(t *testing.T) {
	b := newBench(t, nil)
	b.store.Progress(12<<20, 50<<20)
	for _, path := range []string{"/", "/packets", "/channels", "/nodes", "/observers", "/system"} {
		w := b.get(path)
		body := w.Body.String()
		if w.Code != 200 || !strings.Contains(body, "Loading history: 12 MiB of 50 MiB (24 %)") {
			t.Errorf("%s: have %d without progress", path, w.Code)
		}
		if !strings.Contains(body, `http-equiv="refresh"`) || !strings.Contains(body, "data-gated") {
			t.Errorf("%s: does not wait", path)
		}
	}
	b.loaded()
	for _, path := range []string{"/packets", "/channels", "/nodes", "/observers", "/system"} {
		body := b.get(path).Body.String()
		for _, sign := range []string{`http-equiv="refresh"`, "data-gated", "Loading history"} {
			if strings.Contains(body, sign) {
				t.Errorf("%s: still waits: %s", path, sign)
			}
		}
	}
}

func TestAPIWhileLoading(t *testing.T) {
	b := newBench(t, nil)
	for _, path := range []string{"/api/stats", "/api/packets/0011223344556677", "/api/nothing"} {
		w := b.get(path)
		if w.Code != 503 || w.Header().Get("Retry-After") != "1" || strings.TrimSpace(w.Body.String()) != `{"error":"loading","retryAfter":1}` {
			t.Errorf("%s: have %d %s", path, w.Code, w.Body)
		}
	}
}

func TestHealth(t *testing.T) {
	b := newBench(t, nil)
	if w := b.get("/healthz"); w.Code != 200 || !strings.Contains(w.Body.String(), `"status":"ok"`) {
		t.Errorf("healthz: have %d %s", w.Code, w.Body)
	}
	var answer struct {
		Ready bool
		Gates map[string]struct {
			Ready       bool
			Done, Total int64
		}
		Held map[string]int64
	}
	read := func(status int) {
		t.Helper()
		w := b.get("/readyz")
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != status {
			t.Fatalf("readyz: want %d, have %d %s", status, w.Code, w.Body)
		}
	}
	b.store.Progress(1, 4)
	read(503)
	if g := answer.Gates["load"]; answer.Ready || g.Ready || g.Done != 1 || g.Total != 4 || len(answer.Gates) != 5 {
		t.Errorf("closed: have %+v", answer)
	}
	b.loaded()
	read(200)
	if _, ok := answer.Held["observations"]; !answer.Ready || !answer.Gates["index"].Ready || !ok {
		t.Errorf("open: have %+v", answer)
	}
}

func TestBannersSayWhatIsWrong(t *testing.T) {
	clock := gate.New[int]("clock")
	b := newBench(t, func(o *Options) {
		o.Gates = append(o.Gates, clock)
		o.Demo = true
		o.Sources = func() []report.SourceState { return []report.SourceState{{Name: "far<b>", Insecure: true}} }
		o.Broker = func() report.BrokerState {
			return report.BrokerState{Error: "port 1883 is taken: choose another with --broker"}
		}
		o.Notices = func() []report.Notice { return []report.Notice{{Tone: "bad", Title: "Of the operator."}} }
	})
	b.index.Lists.Fail(errors.New("no memory"))
	body := b.get("/nowhere").Body.String()
	for _, want := range []string{
		"Simulated mesh", "Loading history", "does not know the time yet", "It did not work: no memory",
		"certificate of source far&lt;b&gt; is not checked", "choose another with --broker", "Of the operator.",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("want %q on every page", want)
		}
	}
	b.loaded()
	clock.Set(new(int))
	if body := b.get("/system").Body.String(); strings.Contains(body, "does not know the time yet") || strings.Contains(body, "Loading history") {
		t.Error("a banner stays")
	}
}
