package web

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

func TestChannelsAndTheirMessages(t *testing.T) {
	w := newWorld(t)
	near := w.observer("NEAR", "Near", "SEA")
	for i := range 130 {
		w.hear(w.text("Public", i, fmt.Sprintf("Ann %d", i%7), fmt.Sprintf("message %03d.", i)), near, w.ago(time.Duration(i)*time.Second), 4)
	}
	hostile := w.text("#a/b c", 1, evil, evil)
	w.hear(hostile, near, w.ago(time.Hour), 4)
	w.hear(hostile, near, w.ago(time.Hour)+1, 4)
	locked := meshcore.NewFlood(meshcore.TypeGrpTxt, 1, must(meshcore.NewGroupText(1, "x", "secret").Seal(meshcore.HashtagKey("#unknown"))))
	w.hear(locked, near, w.ago(time.Minute), 4)
	w.open()

	hash := fmt.Sprintf("%02X", meshcore.HashtagKey("#unknown").HashByte())
	body := w.has("/channels", 200, "2 readable · 1 locked", "130 messages", "7 names", "message 000.", "no key", "/channels/"+hash, "[[channel]]", "!secret")
	inOrder(t, body, "/channels/Public", "/channels/%23a%2Fb%20c")
	w.has("/channels/%23a%2Fb%20c", 200, "#a/b c", "&lt;script&gt;", "2 copies", "/packets/"+hostile.Hash().String())
	w.has("/channels/"+hash, 200, "No key known here has this hash byte", "[[channel]]", "!secret")
	w.has("/channels/public", 404, "No such channel", "/channels/Public")
	w.has("/channels/Public?before=x", 400, "The parameter &#34;before&#34;")
	w.has("/channels/Public?n=0", 400, "The parameter &#34;n&#34;")

	seen, pages, path := map[string]int{}, 0, "/channels/Public"
	for path != "" {
		body := w.has(path, 200)
		for _, m := range regexp.MustCompile(`message \d\d\d\.`).FindAllString(body, -1) {
			seen[m]++
		}
		pages++
		next := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(body)
		if path = ""; next != nil && pages < 9 {
			path = strings.ReplaceAll(next[1], "&amp;", "&")
		}
	}
	for i := range 130 {
		if m := fmt.Sprintf("message %03d.", i); seen[m] != 1 {
			t.Errorf("%s: %d times on %d pages", m, seen[m], pages)
		}
	}
}

func TestMessagesComeLive(t *testing.T) {
	w := newWorld(t)
	near := w.observer("NEAR", "Near", "SEA")
	p := w.hear(w.text("Public", 1, "Ann", "fresh"), near, w.ago(time.Second), 4)
	old := w.hear(w.text("Public", 2, "Ann", "old"), near, w.ago(time.Hour), 4)
	w.open()
	h, _ := w.s.held()
	for channel, want := range map[string]bool{"Public": true, "#a/b c": false} {
		f, err := w.s.messagesStream(url.Values{"channel": {channel}}, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []live.Kind{live.Message, live.Copy} {
			got, ok := f(h, live.Event{Kind: kind, Tx: p.ID, Type: meshcore.TypeGrpTxt})
			if ok != want || ok && (got.Into != "messages-rows" || got.ID != fmt.Sprintf("m-%d", p.ID)) {
				t.Errorf("%s, %s: %v %+v", channel, kind, ok, got)
			}
		}
		if _, ok := f(h, live.Event{Kind: live.Message, Tx: old.ID, Type: meshcore.TypeGrpTxt}); ok {
			t.Errorf("%s: what is old has its place further down", channel)
		}
	}
	if body := w.has("/channels/Public", 200); !strings.Contains(body, `id="messages-rows"`) {
		t.Error("the page has no place for live messages")
	}
}

func TestMessageLines(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	line := messageLine(mesh.Message{Sender: strings.Repeat("W", 60), Text: "one\r\ntwo\x07\n\u202ethree" + strings.Repeat("\n", 40), Sent: uint32(now.Add(-3 * time.Hour).Unix()), First: now.UnixMilli(), Copies: 1}, now)
	if line.Text != "one\ntwo\nthree" || line.Sent != "sender's clock 3 h behind" || line.FullName == "" || len([]rune(line.Sender)) != nameLimit+1 {
		t.Errorf("%+v", line)
	}
	if line := messageLine(mesh.Message{Sent: 5, First: now.UnixMilli()}, now); line.Sent != "sender's clock is not set" {
		t.Errorf("%+v", line)
	}
}

// must is a value that cannot fail to be made.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
