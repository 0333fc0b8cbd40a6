package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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
// hours that a store has but the oldest.
func withoutOldest(st *store.Store) func() int64 {
	room := st.Files().Memory - 1
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

func (w *world) get(path string) *httptest.ResponseRecorder { return w.send("GET", path, "", "") }

func (w *world) send(method, path, token, body string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "localhost"
	if token != "" {
		r.Header.Set("X-API-Key", token)
	}
	rec := httptest.NewRecorder()
	w.web.ServeHTTP(rec, r)
	return rec
}

func (w *world) ask(method, path, token, body string) (status int, contentType, answer string) {
	rec := w.send(method, path, token, body)
	return rec.Code, rec.Header().Get("Content-Type"), rec.Body.String()
}

// crawl reads everything when the mesh is surveyed.
func (w *world) crawl() map[string]string {
	w.t.Helper()
	w.a.surveyor.Settle(w.t.Context())
	if b := w.a.surveyor.Board(); b == nil || b.Day.Transmissions == 0 {
		w.t.Error("nothing was surveyed")
	}
	k := known{now: *w.now.Load(), each: 5}
	regions := map[string]bool{}
	for _, o := range w.a.store.Observers() {
		k.observers = append(k.observers, o.ID)
		if o.Region != "" {
			regions[o.Region] = true
		}
	}
	k.region = slices.Sorted(maps.Keys(regions))[0]
	for _, n := range w.a.store.Nodes() {
		k.nodes = append(k.nodes, n.Key.String())
	}
	set, _ := w.a.indexes.Gates().Lists.Get()
	for _, c := range set.Channels.List(nil) {
		k.channels = append(k.channels, c.Ref)
	}
	w.a.store.Newest(mesh.Cursor{}, 0, 1<<62, func(tx mesh.Transmission) bool {
		k.packets = append(k.packets, tx.Hash.String())
		return len(k.packets) < 50
	})
	return crawlAll(w.t, w, k)
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
	if rec := w.send("POST", "/api/admin/snapshot", restartToken, ""); rec.Code != http.StatusOK {
		w.t.Fatalf("snapshot: %d %s", rec.Code, rec.Body)
	}
}

// eveningAndNight are messages of one simulated mesh: of the end of a day, and of
// the time when that day is due to be named once more.
func eveningAndNight(t *testing.T) (messages []observer.Envelope) {
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
	messages := eveningAndNight(t)
	now := messages[len(messages)-1].Arrived.Add(3 * time.Second)
	hour := messages[0].Arrived.Truncate(time.Hour)
	merged := func(hour time.Time) bool { // whether its file is not the first
		files, err := filepath.Glob(filepath.Join(dir, fmt.Sprintf("%08x.????????", hour.Unix()/3600)))
		return err == nil && slices.ContainsFunc(files, func(file string) bool { return !strings.HasSuffix(file, ".00000001") })
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
	w.await("the second hour to be merged", func() bool { return merged(hour.Add(time.Hour)) })
	w.settle()
	room := withoutOldest(w.a.store)
	w.end()

	// Then there is no room for the oldest hour. What comes for it is merged too,
	// and what comes after that waits.
	w = begin(t, dir, now, room)
	if f := w.a.store.Files(); f.Loaded != f.Hours-1 {
		t.Fatalf("%+v: want all but one loaded", f)
	}
	w.put(lateFrom(messages, hour.Add(5*time.Minute), hour.Add(25*time.Minute), now))
	now = now.Add(65 * time.Minute)
	w.now.Store(&now)
	w.await("the oldest hour to be merged", func() bool { return merged(hour) })
	w.put(lateFrom(messages, hour.Add(30*time.Minute), hour.Add(45*time.Minute), now))
	w.settle()
	copied := filepath.Join(t.TempDir(), "data")
	room = withoutOldest(w.a.store)
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

	w = begin(t, copied, now, room)
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

// copyTree copies files as they are at one time. The process may write beside it:
// a copy that missed a file, as it was replaced or removed meanwhile, is taken
// again.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	files := func() (files []string) {
		err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil:
				return err
			case d.Type().IsRegular():
				files = append(files, strings.TrimPrefix(path, from))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	copied := func(file string) bool {
		b, err := os.ReadFile(from + file)
		if errors.Is(err, fs.ErrNotExist) {
			return false
		}
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to+file), 0o755)
		}
		if err == nil {
			err = os.WriteFile(to+file, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return true
	}
	for range 1000 {
		before := files()
		if !slices.ContainsFunc(before, func(file string) bool { return !copied(file) }) && slices.Equal(files(), before) {
			return
		}
		if err := os.RemoveAll(to); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("files of %s change all the time", from)
}
