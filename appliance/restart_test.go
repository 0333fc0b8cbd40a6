package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/observer"
	"hilltop/firmware-bridge/simmesh"

	"golang.org/x/crypto/bcrypt"
)

// mayDiffer are the figures that are about the process or about the disk, not
// about the mesh: all that a restart may change. Whatever matches is taken out
// of the answers of addresses that match before they are compared.
var mayDiffer = []struct {
	where *regexp.Regexp
	what  *regexp.Regexp
	why   string
}{
	{regexp.MustCompile(`^/`), regexp.MustCompile(`data-live="/events\?since=\d+`), "number of the last live event"},
	{regexp.MustCompile(`^/api/stats`), regexp.MustCompile(`"(uptimeSeconds|processRSSMB|goHeapInuseMB|goSysMB|storeDataMB|trackedMB)":[0-9.e+]+`), "memory and age of the process"},
	{regexp.MustCompile(`^/api/stats`), regexp.MustCompile(`"snapshot":\{[^}]*\}`), "what is on disk, and how long writing took"},
	{regexp.MustCompile(`^/healthz`), regexp.MustCompile(`"uptime_s":[0-9.e+-]+`), "age of the process"},
	{regexp.MustCompile(`^/readyz`), regexp.MustCompile(`"(done|total)":\d+`), "how much there was to load"},
	{regexp.MustCompile(`^/system`), regexp.MustCompile(`(?s)<section class="[^"]*" id="(gates|process|intake|disk|sources|broker)".*?</section>`), "readiness, memory, queues, disk and connections"},
}

// world is an appliance in this process, with a clock that stands still.
type world struct {
	t    *testing.T
	a    *appliance
	end  func()
	web  http.Handler
	halt context.CancelFunc
}

const restartToken = "letmein"

// begin starts an appliance on a directory, at a time.
func begin(t *testing.T, dir string, now time.Time) *world {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(restartToken), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	cfg := defaultConfig()
	cfg.Data, cfg.Broker.Listen, cfg.AdminTokenHash = dir, "off", BcryptHash(hash)
	a, err := assemble(cfg, setup{kind: store.KindServe, log: slog.New(slog.DiscardHandler), now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, halt := context.WithCancel(context.Background())
	done := make(chan struct{}, 6)
	for _, part := range []func(){
		func() { a.load(ctx) },
		func() { a.recorder.Run(ctx) },
		func() { a.store.RunSaver(ctx) },
		func() { a.indexes.Run(ctx) },
		func() { a.namer.Run(ctx) },
		func() { a.recorder.KeepHouse(ctx) },
	} {
		go func() {
			part()
			done <- struct{}{}
		}()
	}
	w := &world{t: t, a: a, web: a.web.Handler(), halt: halt}
	w.end = func() {
		halt()
		for range cap(done) {
			<-done
		}
		a.store.Close()
	}
	w.await("the gates", func() bool { return w.get("/readyz").Code == http.StatusOK })
	return w
}

// arrivedBefore counts the transmissions whose first copy arrived before a time.
func (w *world) arrivedBefore(at time.Time) (count int64) {
	w.a.store.Scan(0, 1<<62, func(t mesh.Transmission) bool {
		if t.Observations[0].Arrived < at.UnixMilli() {
			count++
		}
		return true
	})
	return count
}

func (w *world) await(what string, ok func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("waiting for %s: a minute went by", what)
		}
	}
}

func (w *world) get(path string) *httptest.ResponseRecorder { return w.send("GET", path, "") }

func (w *world) send(method, path, token string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Host = "localhost"
	if token != "" {
		r.Header.Set("X-API-Key", token)
	}
	rec := httptest.NewRecorder()
	w.web.ServeHTTP(rec, r)
	return rec
}

// crawlMost bounds a crawl: filters make addresses without end.
const crawlMost = 400

var hrefs = regexp.MustCompile(`(?:href|action)="(/[^"]*)"`)

// crawl reads every page that can be reached by links, and the API about
// everything that there is. It gives answers by address.
func (w *world) crawl() map[string]string {
	w.t.Helper()
	w.a.surveyor.Settle(w.t.Context())
	if b := w.a.surveyor.Board(); b == nil || b.Day.Transmissions == 0 {
		w.t.Error("nothing was surveyed")
	}
	queue := []string{"/", "/system", "/healthz", "/readyz"}
	queue = append(queue, w.calls()...)
	answers := map[string]string{}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if _, seen := answers[path]; seen || len(answers) >= crawlMost {
			continue
		}
		answer := w.get(path)
		body := answer.Body.String()
		answers[path] = fmt.Sprintf("%d %s\n%s", answer.Code, answer.Header().Get("Content-Type"), body)
		if answer.Code >= 500 {
			w.t.Errorf("%s: %d %s", path, answer.Code, tail(body, 300))
		}
		if !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range hrefs.FindAllStringSubmatch(body, -1) {
			next := strings.ReplaceAll(m[1], "&amp;", "&")
			next, _, _ = strings.Cut(next, "#")
			if !strings.HasPrefix(next, "/static/") && !strings.HasPrefix(next, "/events") && !strings.HasPrefix(next, "//") {
				queue = append(queue, next)
			}
		}
	}
	return answers
}

// calls are the API about everything that is held.
func (w *world) calls() (all []string) {
	all = []string{"/api/stats", "/api/observers", "/api/nodes?limit=2000", "/api/nodes?sortBy=packetCount&limit=2000", "/api/nodes/search?q=a",
		"/api/packets?limit=10000&expand=observations", "/api/packets?limit=10000&groupByHash=true", "/api/packets?order=asc&limit=100", "/api/packets?type=4&limit=50",
		"/api/packets/timestamps?since=2000-01-01T00:00:00Z", "/api/channels?includeEncrypted=true", "/api/analytics/subpaths?limit=200",
		"/api/nodes/network-status", "/api/nodes/clock-skew", "/api/observers/clock-skew", "/api/scope-stats", "/api/analytics/relay-airtime-share",
		"/api/analytics/subpaths-bulk?groups=2-2:50,3-3:30,4-4:20,5-8:15", "/api/analytics/subpath-detail?hops=00,01"}
	for _, n := range w.a.store.Nodes() {
		all = append(all, "/api/nodes/"+n.Key.String(), "/api/nodes/"+n.Key.String()+"/paths", "/nodes/"+n.Key.String(),
			"/api/nodes/"+n.Key.String()+"/clock-skew", "/api/nodes/"+n.Key.String()+"/battery",
			"/api/packets?limit=50&node="+n.Key.String())
	}
	for _, o := range w.a.store.Observers() {
		id := url.PathEscape(o.ID)
		all = append(all, "/api/observers/"+id, "/observers/"+id, "/api/packets?limit=50&observer="+id)
	}
	set, _ := w.a.indexes.Gates().Lists.Get()
	for _, c := range set.Channels.List(nil) {
		all = append(all, "/api/channels/"+url.PathEscape(c.Ref)+"/messages?limit=500", "/channels/"+url.PathEscape(c.Ref))
	}
	return all
}

// plain takes out of an answer what may differ.
func plain(path, answer string) string {
	for _, d := range mayDiffer {
		if d.where.MatchString(path) {
			answer = d.what.ReplaceAllString(answer, "…")
		}
	}
	return answer
}

// A power cut after a snapshot changes nothing that can be seen of the mesh: the
// same pages and answers come from the disk.
func TestPowerCutAfterSnapshotChangesNoAnswer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	cfg := simmesh.DefaultConfig()
	cfg.Seed, cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations, cfg.Malformed = 5, 30, 6, 5, 800, 0.01
	var messages []observer.Envelope
	if err := simmesh.Generate(cfg, func(m simmesh.Message) error {
		messages = append(messages, observer.Envelope{Source: sourceBroker, Topic: m.Topic, Payload: bytes.Clone(m.Payload), Arrived: m.At})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	now := messages[len(messages)-1].Arrived.Add(3 * time.Second)
	first := begin(t, dir, now)
	for _, m := range messages {
		if err := first.a.inbox.Put(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	first.await("the messages", func() bool { return first.a.recorder.Stats().Handled >= int64(len(messages)) })
	first.await("the hours to be sealed", func() bool { return len(first.a.store.SealDue(now)) == 0 })
	names, _ := first.a.namer.Gate().Get()
	due := first.arrivedBefore(now.Add(-15 * time.Second))
	first.await("the names", func() bool { return names.Taken() >= due })
	if block, _ := first.a.store.PickHour(uint32(messages[0].Arrived.Unix() / 3600)).Block(); block == nil {
		t.Error("the first hour is not sealed")
	}
	if rec := first.send("POST", "/api/admin/snapshot", restartToken); rec.Code != http.StatusOK {
		t.Fatalf("snapshot: %d %s", rec.Code, rec.Body)
	}
	copied := filepath.Join(t.TempDir(), "data")
	copyTree(t, dir, copied) // the disk as it is when the power goes
	before := first.crawl()
	first.end()

	second := begin(t, copied, now)
	after := second.crawl()
	second.end()
	if len(before) < crawlMost/2 {
		t.Errorf("only %d addresses were read", len(before))
	}
	differ := 0
	for _, path := range slices.Sorted(maps.Keys(before)) {
		a, b := plain(path, before[path]), plain(path, after[path])
		if a == b {
			continue
		}
		if differ++; differ <= 10 {
			i := 0
			for i < len(a) && i < len(b) && a[i] == b[i] {
				i++
			}
			t.Errorf("%s differs:\nbefore …%.300s\nafter  …%.300s", path, a[max(0, i-150):], b[max(0, min(i, len(b))-150):])
		}
	}
	if differ > 0 || len(after) != len(before) {
		t.Errorf("%d of %d answers differ; %d addresses after the restart", differ, len(before), len(after))
	}
}

// copyTree copies files as they are now.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		src, err := os.Open(path)
		if err != nil {
			return err
		}
		defer src.Close()
		b, err := io.ReadAll(src)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}
