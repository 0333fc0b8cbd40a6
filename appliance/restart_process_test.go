package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/observer"

	"golang.org/x/crypto/bcrypt"
)

// frozenClock names the variable that has the test binary serve, as a process of its
// own, with a clock that stands still at what the file of that name says: Unix ms.
const frozenClock = "HILLTOP_TEST_CLOCK"

// serveFrozen is what serve does, or replay with a recording, with such a clock.
func serveFrozen(clock string, args []string) error {
	now := func() time.Time {
		b, err := os.ReadFile(clock)
		if err != nil {
			panic(err)
		}
		ms, err := strconv.ParseInt(string(b), 10, 64)
		if err != nil {
			panic(err)
		}
		return time.UnixMilli(ms)
	}
	cfg := defaultConfig()
	hash, err := bcrypt.GenerateFromPassword([]byte(restartToken), bcrypt.MinCost)
	if err != nil {
		return err
	}
	cfg.AdminTokenHash = BcryptHash(hash)
	s := setup{kind: store.KindServe, log: newLogger(os.Stderr, "debug"), now: now, out: io.Discard}
	f := flag.NewFlagSet("frozen", flag.ContinueOnError)
	f.StringVar(&cfg.Data, "data", "", "")
	f.Func("http", "", func(v string) error { cfg.HTTP = Address(v); return nil })
	f.Func("broker", "", func(v string) error { cfg.Broker.Listen = Address(v); return nil })
	f.Func("recording", "", func(v string) error { s.replay = &recording{files: []string{v}}; return nil })
	if err := f.Parse(args); err != nil {
		return err
	}
	return serve(context.Background(), cfg, s)
}

func (p *process) ask(method, path, token, body string) (status int, contentType, answer string) {
	p.t.Helper()
	r, err := http.NewRequest(method, "http://"+p.http+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("X-API-Key", token)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(b)
}

// known is what the API names: some of everything, for a process is asked slowly.
func (p *process) known(now time.Time) known {
	p.t.Helper()
	k := known{now: now, each: 2}
	var answer struct {
		Nodes []struct {
			PublicKey string `json:"public_key"`
		}
		Observers []struct{ ID, IATA string }
		Channels  []struct{ Hash string }
		Packets   []struct{ Hash string }
	}
	for _, path := range []string{"/api/nodes?limit=6", "/api/observers", "/api/channels?includeEncrypted=true", "/api/packets?limit=20"} {
		if !p.getJSON(path, &answer) {
			p.t.Fatalf("%s: no answer", path)
		}
	}
	for _, n := range answer.Nodes {
		k.nodes = append(k.nodes, n.PublicKey)
	}
	for _, o := range answer.Observers {
		k.observers, k.region = append(k.observers, o.ID), max(k.region, o.IATA)
	}
	for _, c := range answer.Channels[:min(len(answer.Channels), 8)] {
		k.channels = append(k.channels, strings.TrimPrefix(c.Hash, "enc_"))
	}
	for _, x := range answer.Packets {
		k.packets = append(k.packets, x.Hash)
	}
	return k
}

// recorded writes messages to a recording.
func recorded(t *testing.T, messages []observer.Envelope) string {
	t.Helper()
	var b bytes.Buffer
	lines := json.NewEncoder(&b)
	for _, m := range messages {
		if err := lines.Encode(map[string]any{"t": m.Arrived.UnixMilli(), "topic": m.Topic, "payload_text": string(m.Payload)}); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(t.TempDir(), "messages.jsonl")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// packetsTaken is how many packets were named, on the page of that.
var packetsTaken = regexp.MustCompile(`Packets taken</dt>\s*<dd>([\d,]+)`)

// messagesHandled is how many messages were handled, on the page of the machine.
var messagesHandled = regexp.MustCompile(`Messages</dt>\s*<dd>([\d,]+)<small class="note">of every kind`)

// handled is how many messages the process has handled.
func (p *process) handled() int {
	p.t.Helper()
	_, page := p.get("/system")
	found := messagesHandled.FindStringSubmatch(page)
	if found == nil {
		p.t.Fatalf("/system does not say how many messages were handled")
	}
	return must(strconv.Atoi(strings.ReplaceAll(found[1], ",", "")))
}

// A process is killed after a snapshot, and the next one on its directory gives the
// same pages and answers: of what a recording brought, sealed and named by the day's
// pass, and of what came over the broker since.
func TestProcessKilledAfterSnapshotChangesNoAnswer(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	messages := eveningAndNight(t)
	clock := filepath.Join(t.TempDir(), "clock")
	var now time.Time
	set := func(at time.Time) {
		if err := os.WriteFile(clock+".new", fmt.Append(nil, at.UnixMilli()), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(clock+".new", clock); err != nil {
			t.Fatal(err)
		}
		now = at
	}
	ended := messages[len(messages)-1].Arrived
	set(ended.Add(3 * time.Second))
	live := slices.IndexFunc(messages, func(m observer.Envelope) bool { return m.Arrived.After(ended.Add(-2 * time.Minute)) })
	o := startOptions{program: self, dir: filepath.Join(t.TempDir(), "data"), http: "127.0.0.1:" + freePort(t), broker: "127.0.0.1:" + freePort(t),
		env: []string{frozenClock + "=" + clock}}
	first := o
	first.args = []string{"--recording", recorded(t, messages[:live])}
	if p := launch(t, first); p.exit() != 0 {
		t.Fatal("the recording was not taken in")
	}

	p := start(t, o)
	p.ready()
	surveyed := func(p *process) {
		until := now.Add(-10 * time.Minute).Truncate(time.Hour).UTC().Format(time.RFC3339)
		p.await("the survey", func() bool {
			return strings.Contains(p.log.String(), `msg="mesh surveyed" until=`+strings.TrimSuffix(until, "Z"))
		})
	}
	surveyed(p)
	had := p.handled()
	publish := func(messages []observer.Envelope) {
		out, err := exec.Command(binary, "replay", "--speed", "1000", "--to", "mqtt://"+p.broker, recorded(t, messages)).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	publish(messages[live:])
	p.await("the messages", func() bool { return p.handled() == had+len(messages)-live })
	// What came in is named, and the hours that have gone quiet are sealed. No hour has
	// closed since the survey was made: it knows nothing of what came in.
	set(now.Add(9 * time.Minute))
	p.await("names", func() bool {
		_, _, page := p.ask(http.MethodGet, "/reports/paths", "", "")
		taken := packetsTaken.FindStringSubmatch(page)
		return taken != nil && strings.ReplaceAll(taken[1], ",", "") == fmt.Sprint(p.stats().TotalTransmissions)
	})
	for _, m := range messages[:live] {
		if now.Sub(m.Arrived.Truncate(time.Hour)) < time.Hour+10*time.Minute {
			continue
		}
		p.await("the hours to be sealed", func() bool {
			_, err := os.Stat(filepath.Join(o.dir, fmt.Sprintf("%08x.%08x", m.Arrived.Unix()/3600, 1)))
			return err == nil
		})
	}
	// The process has not been heard of since its newest frame, when it is killed: so one
	// is cut now.
	l := life{p: p}
	frame, _ := l.snapshot(restartToken)
	status := slices.IndexFunc(messages, func(m observer.Envelope) bool { return strings.HasSuffix(m.Topic, "/status") })
	publish(messages[status : status+1])
	p.await("a frame", func() bool { next, _ := l.snapshot(restartToken); return next > frame })
	k := p.known(now)
	before := crawlAll(t, p, k)
	p.kill()

	p = start(t, o)
	p.ready()
	surveyed(p)
	if again := p.known(now); fmt.Sprint(again) != fmt.Sprint(k) {
		t.Errorf("known after the restart: %+v\nbefore: %+v", again, k)
	}
	after := crawlAll(t, p, k)
	everyRouteIsRead(t, before)
	compareAnswers(t, before, after)
}
