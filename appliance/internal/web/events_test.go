package web

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hilltop/appliance/internal/live"
)

// follower reads the event stream as a browser does.
type follower struct {
	t testing.TB
	r *bufio.Scanner
}

type event struct{ id, kind, data string }

func (b *bench) follow(path string, header ...string) *follower {
	b.t.Helper()
	server := httptest.NewServer(b.s.Handler())
	b.t.Cleanup(server.CloseClientConnections)
	b.t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(b.t.Context(), "GET", server.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != 200 || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		b.t.Fatalf("events: have %d %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	return &follower{b.t, bufio.NewScanner(answer.Body)}
}

// next is the next event of a kind; others are passed over.
func (f *follower) next(kind string) event {
	f.t.Helper()
	var e event
	for f.r.Scan() {
		line := f.r.Text()
		switch name, value, _ := strings.Cut(line, ": "); {
		case line == "" && e.kind == kind:
			return e
		case line == "":
			e = event{}
		case name == "id":
			e.id = value
		case name == "event":
			e.kind = value
		case name == "data":
			e.data += value + "\n"
		}
	}
	f.t.Fatalf("the stream ended before %q", kind)
	return e
}

// The banner of what is loading goes by itself, and pages learn that they can
// look again.
func TestStreamTellsOfGates(t *testing.T) {
	b := newBench(t, nil)
	b.store.Progress(1<<20, 4<<20)
	f := b.follow("/events")
	if e := f.next("banner"); !strings.Contains(e.data, "1.0 MiB of 4.0 MiB (25 %)") {
		t.Errorf("banner: have %q", e.data)
	}
	b.loaded()
	b.live.Publish(live.Event{Kind: live.Gate, Subject: "load"})
	if e := f.next("banner"); strings.TrimSpace(e.data) != "" {
		t.Errorf("banner: want none, have %q", e.data)
	}
	f.next("ready")
}

func TestStreamGoesOnWhereItEnded(t *testing.T) {
	b := newBench(t, nil)
	b.loaded()
	b.live.Publish(live.Event{Kind: live.System})
	seen := b.live.Last()
	b.live.Publish(live.Event{Kind: live.Node})
	f := b.follow("/events", "Last-Event-ID", fmt.Sprint(seen))
	if e := f.next("hello"); e.id != fmt.Sprint(seen) {
		t.Errorf("hello: want id %d, have %s", seen, e.id)
	}
	if e := f.next("change"); e.id != fmt.Sprint(seen+1) {
		t.Errorf("change: want id %d, have %s", seen+1, e.id)
	}
	b.follow("/events?since=3").next("missed")
}

func TestStreamRefusesWhatThereIsNot(t *testing.T) {
	b := newBench(t, nil)
	if w := b.get("/events?for=nothing"); w.Code != 400 {
		t.Errorf("for=nothing: have %d", w.Code)
	}
	head := func() *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodHead, "/events", nil)
		r.Host = "localhost"
		return b.send(r)
	}
	if w := head(); w.Code != 200 {
		t.Errorf("with room: have %d", w.Code)
	}
	for range live.MaxFollowers {
		_, cancel, _, err := b.live.Subscribe(0)
		if err != nil {
			t.Fatal(err)
		}
		defer cancel()
	}
	if w := b.get("/events"); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("full: have %d", w.Code)
	}
	if w := head(); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("asked whether full: have %d", w.Code)
	}
}
