package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hilltop/appliance/internal/store"
)

// The start page answers at once while a data directory is being loaded, with
// real progress, and the banner leaves by itself.
func TestBannerWhileLoading(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	corpus := corpusFile(t, 50, 40_000)
	if status, _, errOut := command(t, "", "replay", "--speed", "max", "--http", "127.0.0.1:0", "--data", dir, corpus); status != exitGood {
		t.Fatalf("replay: %s", errOut)
	}
	cfg := defaultConfig()
	cfg.Data, cfg.Broker.Listen = dir, "off"
	a, err := assemble(cfg, setup{kind: store.KindServe, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.store.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	end := a.startHTTP(listener, func(error) {})
	defer end()
	url := "http://" + listener.Addr().String()

	a.loadGate.Progress(25_000_000, 100_000_000)
	if body := fetch(t, url+"/", http.StatusOK); !strings.Contains(body, "25 %") {
		t.Errorf("the page does not say how far loading is: %s", tail(body, 500))
	}
	if body := fetch(t, url+"/api/stats", http.StatusServiceUnavailable); !strings.Contains(body, `"loading"`) {
		t.Errorf("/api/stats while loading: %s", body)
	}
	fetch(t, url+"/readyz", http.StatusServiceUnavailable)
	ctx := browser(t, 360, 800)
	visit(t, ctx, url+"/")
	awaitText(t, ctx, "body", "Loading history")
	awaitLive(t, ctx)
	eval[bool](t, ctx, `window.loadedOnce = true`)

	running, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() { a.load(running) })
	parts.Go(func() { a.indexes.Run(running) })
	parts.Go(func() { a.namer.Run(running) })
	parts.Go(func() { a.recorder.Run(running) })
	defer func() {
		stop()
		a.inbox.Close()
		parts.Wait()
	}()
	awaitTrue(t, ctx, "the banner goes when everything is loaded", `!document.body.innerText.includes("Loading history")`)
	if !eval[bool](t, ctx, `window.loadedOnce === true`) {
		t.Error("the page was loaded again")
	}
}

func fetch(t *testing.T, url string, want int) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != want {
		t.Errorf("%s: status %d, want %d", url, resp.StatusCode, want)
	}
	return string(body)
}

// A recording that is taken in twice changes nothing the second time.
func TestReplayTwiceIsOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	corpus := corpusFile(t, 51, 5_000)
	counts := func() map[string]string {
		status, out, errOut := command(t, "", "replay", "--speed", "max", "--http", "127.0.0.1:0", "--data", dir, corpus)
		if status != exitGood {
			t.Fatalf("replay: %d %s", status, errOut)
		}
		m := map[string]string{}
		for line := range strings.Lines(out) {
			i := strings.LastIndexByte(strings.TrimSpace(line), ' ')
			m[line[:i]] = strings.TrimSpace(line[i:])
		}
		return m
	}
	first, second := counts(), counts()
	for _, key := range []string{"transmissions", "observations", "nodes", "observers"} {
		if first[key] == "" || first[key] == "0" || first[key] != second[key] {
			t.Errorf("%s: %q at first, %q when taken in again", key, first[key], second[key])
		}
	}
	if first["messages"] != second["messages"] {
		t.Errorf("messages: %s, then %s", first["messages"], second["messages"])
	}
}
