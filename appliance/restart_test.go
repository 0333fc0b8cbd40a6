package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
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
	"strconv"
	"strings"
	"sync/atomic"
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
	{regexp.MustCompile(`^POST /api/paths/inspect`), regexp.MustCompile(`"elapsedMs":[0-9.e+-]+`), "how long it took"},
	{regexp.MustCompile(`^/system`), regexp.MustCompile(`up for [^<]*|<dt>Started</dt><dd>.*?</dd>`), "age of the process"},
	{regexp.MustCompile(`^/readyz`), regexp.MustCompile(`"(done|total)":\d+`), "how much there was to load"},
	{regexp.MustCompile(`^/system`), regexp.MustCompile(`(?s)<section class="[^"]*" id="(gates|process|intake|disk|sources|broker)".*?</section>`), "readiness, memory, queues, disk and connections"},
}

// world is an appliance in this process, with a clock that stands still until it
// is set.
type world struct {
	t    *testing.T
	a    *appliance
	end  func()
	web  http.Handler
	halt context.CancelFunc
	now  atomic.Pointer[time.Time]
}

const restartToken = "letmein"

// restartMemory is the budget of a world that is short of memory.
const restartMemory = 100_000_000_000

// withoutOldest is what a process must take for its budget to leave room for all
// hours' files of a directory but the oldest.
func withoutOldest(t *testing.T, dir string) func() int64 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "????????.????????"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%v, %v: too few hours to leave one out", files, err)
	}
	newest := map[string]string{} // generation's file by hour
	for _, f := range files {     // Glob sorts
		newest[strings.TrimSuffix(f, filepath.Ext(f))] = f
	}
	var room int64
	for i, hour := range slices.Sorted(maps.Keys(newest)) {
		info, err := os.Stat(newest[hour])
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			room += info.Size()
		}
	}
	return func() int64 { return restartMemory*60/100 - room }
}

// begin starts an appliance on a directory, at a time. rss is what the process is
// to take of restartMemory; nil is no limit that matters.
func begin(t *testing.T, dir string, now time.Time, rss func() int64) *world {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(restartToken), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	cfg := defaultConfig()
	cfg.Data, cfg.Broker.Listen, cfg.AdminTokenHash = dir, "off", BcryptHash(hash)
	if rss != nil {
		cfg.Retention.Memory = Size(strconv.FormatInt(restartMemory, 10))
	}
	w := &world{t: t}
	w.now.Store(&now)
	a, err := assemble(cfg, setup{kind: store.KindServe, log: slog.New(slog.DiscardHandler), now: func() time.Time { return *w.now.Load() }, rss: rss})
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
	w.a, w.web, w.halt = a, a.web.Handler(), halt
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

// eachMost bounds how many addresses of one shape are followed: filters make
// addresses without end.
const eachMost = 5

var (
	hrefs = regexp.MustCompile(`(?:href|action)="(/[^"]*)"`)
	names = regexp.MustCompile(`^(/(?:api/)?(?:nodes|packets|observers|channels|reports)/)[^/?]+`)
)

// shape is what addresses of one kind have in common: the page and which
// parameters it is given.
func shape(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	page := u.Path
	if !strings.HasPrefix(page, "/reports/") {
		page = names.ReplaceAllString(u.EscapedPath(), "$1*")
	}
	return page + "?" + strings.Join(slices.Sorted(maps.Keys(u.Query())), "&")
}

// crawl reads the API about everything that there is, and pages by their links,
// some of each shape. It gives answers by address.
func (w *world) crawl() map[string]string {
	w.t.Helper()
	w.a.surveyor.Settle(w.t.Context())
	if b := w.a.surveyor.Board(); b == nil || b.Day.Transmissions == 0 {
		w.t.Error("nothing was surveyed")
	}
	answers := map[string]string{}
	read := func(call string, answer *httptest.ResponseRecorder) {
		answers[call] = fmt.Sprintf("%d %s\n%s", answer.Code, answer.Header().Get("Content-Type"), answer.Body)
		if answer.Code >= 500 {
			w.t.Errorf("%s: %d %s", call, answer.Code, tail(answer.Body.String(), 300))
		}
	}
	for _, path := range w.calls() {
		read(path, w.get(path))
		if !strings.HasPrefix(answers[path], "200 ") {
			w.t.Errorf("%s: %.200s", path, answers[path])
		}
	}
	for call, body := range w.posts() {
		path := strings.TrimPrefix(call, "POST ")
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Host = "localhost"
		rec := httptest.NewRecorder()
		w.web.ServeHTTP(rec, r)
		read(call+" "+body, rec)
	}
	answers["/api/backup"] = w.backup()
	queue := []string{"/", "/system", "/healthz", "/readyz", "/packets?window=1h", "/packets?window=24h&type=4", "/nodes?window=24h"}
	seen := map[string]int{}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if _, known := answers[path]; known || seen[shape(path)] >= eachMost {
			continue
		}
		seen[shape(path)]++
		answer := w.get(path)
		read(path, answer)
		if !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range hrefs.FindAllStringSubmatch(answer.Body.String(), -1) {
			next := strings.ReplaceAll(m[1], "&amp;", "&")
			next, _, _ = strings.Cut(next, "#")
			if !strings.HasPrefix(next, "/static/") && !strings.HasPrefix(next, "/events") && !strings.HasPrefix(next, "//") {
				queue = append(queue, next)
			}
		}
	}
	return answers
}

// backup names what is in a backup, but for the number of its frame.
func (w *world) backup() string {
	w.t.Helper()
	answer := w.send("GET", "/api/backup", restartToken)
	said := fmt.Sprint(answer.Code, " ", answer.Header().Get("Content-Type"))
	for r := tar.NewReader(answer.Body); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return said
		}
		if err != nil {
			w.t.Fatal(err)
		}
		name, _, point := strings.Cut(h.Name, "checkpoint-")
		if !point {
			name += fmt.Sprint(" ", h.Size)
		}
		said += "\n" + name
	}
}

// calls are the API about everything that is held, each with and without what
// narrows it.
func (w *world) calls() (all []string) {
	now := *w.now.Load()
	hours := func(n int) string {
		return url.QueryEscape(now.Add(-time.Duration(n) * time.Hour).UTC().Format(time.RFC3339))
	}
	regions := map[string]bool{}
	for _, o := range w.a.store.Observers() {
		if o.Region != "" {
			regions[o.Region] = true
		}
	}
	region := slices.Sorted(maps.Keys(regions))[0]
	all = []string{"/api/stats", "/api/observers", "/api/nodes?limit=2000", "/api/nodes?sortBy=packetCount&limit=2000", "/api/nodes/search?q=a",
		"/api/nodes", "/api/nodes?role=repeater&limit=50&offset=2", "/api/nodes?region=" + region, "/api/nodes?lastHeard=24h", "/api/nodes?search=a",
		"/api/packets", "/api/packets?limit=10000&expand=observations", "/api/packets?limit=10000&groupByHash=true", "/api/packets?order=asc&limit=100",
		"/api/packets?type=4&limit=50", "/api/packets?route=1&limit=50&offset=10", "/api/packets?region=" + region + "&limit=50",
		"/api/packets?since=" + hours(3) + "&until=" + hours(1) + "&limit=10000",
		"/api/packets/timestamps?since=2000-01-01T00:00:00Z", "/api/packets/timestamps?since=" + hours(2),
		"/api/channels", "/api/channels?includeEncrypted=true", "/api/channels?region=" + region,
		"/api/nodes/network-status", "/api/nodes/bulk-health?limit=200", "/api/nodes/clock-skew", "/api/observers/clock-skew",
		"/api/observers/metrics/summary", "/api/observers/metrics/summary?window=7d&region=" + region,
		"/api/analytics/neighbor-graph", "/api/analytics/neighbor-graph?min_count=1&min_score=0&region=" + region, "/api/analytics/roles",
		"/reports/identity?prefix=A1B2", "/search?q=a"}
	for _, base := range []string{"/api/analytics/hash-sizes", "/api/analytics/hash-collisions", "/api/analytics/distance"} {
		all = append(all, base, base+"?region="+region)
	}
	all = append(all, "/api/analytics/topology", "/api/analytics/topology?region="+region, "/api/analytics/topology?from="+hours(4)+"&to="+hours(1))
	for _, base := range []string{"/api/scope-stats", "/api/analytics/relay-airtime-share"} {
		all = append(all, base, base+"?window=24h")
	}
	for _, base := range []string{"/api/analytics/subpaths?limit=200", "/api/analytics/subpaths-bulk?groups=2-2:50,3-3:30,4-4:20,5-8:15"} {
		all = append(all, base, base+"&window=24h", base+"&region="+region, base+"&from="+hours(4)+"&to="+hours(1))
	}
	all = append(all, "/api/analytics/subpath-detail?hops=00,01")
	for _, n := range w.a.store.Nodes() {
		key := n.Key.String()
		for _, of := range []string{"", "/paths", "/clock-skew", "/battery", "/neighbors", "/reach", "/reach?days=1", "/health", "/analytics", "/analytics?days=1"} {
			all = append(all, "/api/nodes/"+key+of)
		}
		all = append(all, "/nodes/"+key, "/nodes/"+key+"/links", "/api/packets?limit=50&node="+key, "/api/nodes/resolve?prefix="+key[:6],
			"/api/resolve-hops?hops="+key[:2]+","+key[2:6]+"&from_node="+key)
	}
	for _, o := range w.a.store.Observers() {
		id := url.PathEscape(o.ID)
		all = append(all, "/api/observers/"+id, "/api/observers/"+id+"/metrics", "/api/observers/"+id+"/analytics", "/api/observers/"+id+"/metrics?resolution=1h&since="+hours(72),
			"/observers/"+id, "/api/packets?limit=50&observer="+id)
	}
	set, _ := w.a.indexes.Gates().Lists.Get()
	for _, c := range set.Channels.List(nil) {
		all = append(all, "/api/channels/"+url.PathEscape(c.Ref)+"/messages?limit=500", "/api/channels/"+url.PathEscape(c.Ref)+"/messages?limit=5&offset=2&region="+region,
			"/channels/"+url.PathEscape(c.Ref))
	}
	for hash := range 256 { // of channels that may be locked
		all = append(all, fmt.Sprintf("/api/channels/%02X/packets?limit=20", hash))
	}
	n := 0
	w.a.store.Newest(mesh.Cursor{}, 0, 1<<62, func(tx mesh.Transmission) bool {
		all = append(all, "/api/packets/"+tx.Hash.String())
		n++
		return n < 40
	})
	return all
}

// posts are calls that send a body, and change nothing.
func (w *world) posts() map[string]string {
	all := map[string]string{"POST /api/decode": `{"hex":"150011C3C1354D619BAE9590E4D177DB7EEAF982F5BDCF78005D75157D9535FA90178F785D"}`}
	var hashes []string
	w.a.store.Scan(0, 1<<62, func(tx mesh.Transmission) bool {
		hashes = append(hashes, `"`+tx.Hash.String()+`"`)
		return len(hashes) < 50
	})
	all["POST /api/packets/observations"] = `{"hashes":[` + strings.Join(hashes, ",") + `]}`
	w.a.store.Scan(0, 1<<62, func(tx mesh.Transmission) bool { // a path of some hops
		for _, o := range tx.Observations {
			if path, ok := o.Packet(tx.Payload).Heard(); ok && path.Len() > 2 {
				prefixes := strings.Join(strings.Fields(strings.Trim(fmt.Sprintf("%q", path.AppendHops(nil)), "[]")), ",")
				all["POST /api/paths/inspect"] = `{"prefixes":[` + prefixes + `]}`
				return false
			}
		}
		return true
	})
	return all
}

// everyRouteIsRead compares addresses with the table of docs/api.md, which is that
// of the program.
func everyRouteIsRead(t *testing.T, answers map[string]string) {
	t.Helper()
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	routes := regexp.MustCompile(`(?m)^### (GET|POST) (\S+)$`).FindAllStringSubmatch(string(text), -1)
	if len(routes) < 20 {
		t.Errorf("%d routes in docs/api.md are too few to compare with", len(routes))
	}
	for _, route := range routes {
		pattern := regexp.MustCompile(`\\\{[^}]*\\\}`).ReplaceAllString(regexp.QuoteMeta(route[2]), `[^/?]+`)
		call := regexp.MustCompile("^" + strings.TrimPrefix(route[1]+" ", "GET ") + pattern + `([? ]|$)`)
		read := false
		for path := range answers {
			read = read || call.MatchString(path)
		}
		if !read && route[2] != "/api/admin/snapshot" { // it is called to make what is compared
			t.Errorf("%s %s was not read", route[1], route[2])
		}
	}
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

// lateFrom are messages of a span as other observers heard them, which arrive only
// now.
func lateFrom(messages []observer.Envelope, from, to, now time.Time) (late []observer.Envelope) {
	ids := map[string]bool{}
	sender := func(m observer.Envelope) string { return strings.Split(m.Topic, "/")[2] }
	for _, m := range messages {
		if strings.HasSuffix(m.Topic, "/packets") {
			ids[sender(m)] = true
		}
	}
	for _, m := range messages {
		if m.Arrived.Before(from) || !m.Arrived.Before(to) || !strings.HasSuffix(m.Topic, "/packets") || !bytes.Contains(m.Payload, []byte(sender(m))) {
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(ids)) {
			if id != sender(m) {
				late = append(late, observer.Envelope{Source: m.Source, Topic: strings.Replace(m.Topic, sender(m), id, 1),
					Payload: bytes.ReplaceAll(m.Payload, []byte(sender(m)), []byte(id)), Arrived: now})
			}
		}
	}
	return late
}

// put has messages taken in.
func (w *world) put(messages []observer.Envelope) {
	w.t.Helper()
	before := w.a.recorder.Stats().Handled
	for _, m := range messages {
		if err := w.a.inbox.Put(w.t.Context(), m); err != nil {
			w.t.Fatal(err)
		}
	}
	w.await("the messages", func() bool { return w.a.recorder.Stats().Handled >= before+int64(len(messages)) })
}

// named counts the floods of a day whose names the day's pass decided, and those
// whose names stand as they were decided when the copies came in.
func (w *world) named(day time.Time) (passed, asTheyCame int) {
	names, ok := w.a.namer.Gate().Get()
	if !ok {
		return 0, 0
	}
	w.a.store.Scan(day.UnixMilli(), day.Add(24*time.Hour).UnixMilli(), func(tx mesh.Transmission) bool {
		switch p := names.Paths(tx); {
		case p.Passed:
			passed++
		case p.Decided != 0:
			asTheyCame++
		}
		return true
	})
	return passed, asTheyCame
}

// settle waits until nothing is to be sealed, merged or named, and has a frame
// written.
func (w *world) settle() {
	w.t.Helper()
	now := *w.now.Load()
	w.await("the hours to be sealed", func() bool { return len(w.a.store.SealDue(now)) == 0 && len(w.a.store.MergeDue(now)) == 0 })
	names, _ := w.a.namer.Gate().Get()
	due := w.arrivedBefore(now.Add(-15 * time.Second))
	w.await("the names", func() bool { return names.Taken() >= due })
	if rec := w.send("POST", "/api/admin/snapshot", restartToken); rec.Code != http.StatusOK {
		w.t.Fatalf("snapshot: %d %s", rec.Code, rec.Body)
	}
}

// twoSpans are messages of one simulated mesh: of the end of a day, and of the
// time when that day is due to be named once more.
func twoSpans(t *testing.T) (messages []observer.Envelope) {
	t.Helper()
	for traffic := range uint64(2) {
		cfg := simmesh.DefaultConfig()
		cfg.Seed, cfg.TrafficSeed, cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations, cfg.Malformed = 5, 5+traffic, 30, 6, 4, 600, 0.01
		cfg.Start = time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC).Add(time.Duration(traffic) * 28 * time.Hour)
		if err := simmesh.Generate(cfg, func(m simmesh.Message) error {
			messages = append(messages, observer.Envelope{Source: sourceBroker, Topic: m.Topic, Payload: bytes.Clone(m.Payload), Arrived: m.At})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return messages
}

// A power cut after a snapshot changes nothing that can be seen of the mesh: the
// same pages and answers come from the disk. What is held then has hours that are
// open, sealed and merged, one that memory has no room for, and late copies that
// wait for that; hops that were named as they came in and by the day's pass.
func TestPowerCutAfterSnapshotChangesNoAnswer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	messages := twoSpans(t)
	now := messages[len(messages)-1].Arrived.Add(3 * time.Second)
	hour := messages[0].Arrived.Truncate(time.Hour)
	generation := func(dir string, hour time.Time, n int) bool {
		_, err := os.Stat(filepath.Join(dir, fmt.Sprintf("%08x.%08x", hour.Unix()/3600, n)))
		return err == nil
	}
	// First all that came in is sealed, and late copies are merged.
	w := begin(t, dir, now, nil)
	w.put(messages)
	w.settle()
	day := hour.Truncate(24 * time.Hour)
	w.await("the day's pass", func() bool { passed, waiting := w.named(day); return passed > 0 && waiting == 0 })
	w.put(lateFrom(messages, hour.Add(time.Hour), hour.Add(75*time.Minute), now))
	now = now.Add(65 * time.Minute)
	w.now.Store(&now)
	w.await("the second hour to be merged", func() bool { return generation(dir, hour.Add(time.Hour), 2) })
	w.settle()
	w.end()

	// Then there is no room for the oldest hour. What comes for it is merged too,
	// and what comes after that waits.
	w = begin(t, dir, now, withoutOldest(t, dir))
	if f := w.a.store.Files(); f.Loaded != f.Hours-1 {
		t.Fatalf("%+v: want all but one loaded", f)
	}
	w.put(lateFrom(messages, hour.Add(5*time.Minute), hour.Add(25*time.Minute), now))
	now = now.Add(65 * time.Minute)
	w.now.Store(&now)
	w.await("the oldest hour to be merged", func() bool { return generation(dir, hour, 2) })
	w.put(lateFrom(messages, hour.Add(30*time.Minute), hour.Add(45*time.Minute), now))
	w.settle()
	copied := filepath.Join(t.TempDir(), "data")
	copyTree(t, dir, copied) // the disk as it is when the power goes
	passed, _ := w.named(day)
	if _, came := w.named(day.Add(48 * time.Hour)); passed < 20 || came < 20 {
		t.Fatalf("%d floods were named by the day's pass and %d as they came in: too few to compare", passed, came)
	}
	before := w.crawl()
	rolled := func(w *world) (sum int64) {
		w.a.store.RollupTotals(0, 1<<31, func(_ uint32, _ int, t store.Tally) bool { sum += t.Observations; return true })
		return sum
	}
	counted := rolled(w)
	w.end()

	w = begin(t, copied, now, withoutOldest(t, copied))
	after := w.crawl()
	if f := w.a.store.Files(); f.Loaded != f.Hours-1 || counted == 0 || rolled(w) != counted {
		t.Errorf("%+v, rollups of %d observations, want %d", f, rolled(w), counted)
	}
	w.end()
	everyRouteIsRead(t, before)
	compareAnswers(t, before, after)

	// With room for all, what waited is there, once.
	w = begin(t, copied, now, nil)
	held := w.a.store.Counts().Observations
	w.now.Store(new(now.Add(65 * time.Minute)))
	w.settle()
	if n := rolled(w); n != held || n <= counted {
		t.Errorf("%d observations are held, rollups have %d; before what waited was compared %d", held, n, counted)
	}
	w.end()
}

// compareAnswers tells which answers differ.
func compareAnswers(t *testing.T, before, after map[string]string) {
	t.Helper()
	t.Logf("%d addresses were read", len(before))
	if len(before) < 400 {
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
