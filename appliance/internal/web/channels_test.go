package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
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
	w.has("/channels/"+hash, 200, "No key: this machine knows none", "[[channel]]", "/packets?channel=enc_"+hash, "!secret")
	w.has("/channels?show=locked", 200, "<details class=\"fold\" open", "!message 000.")
	w.has("/channels?show=readable", 200, "message 000.", "!locked-table")
	w.has("/channels?show=some", 400, "The parameter &#34;show&#34;")
	w.has("/channels/11", 200, "Nothing yet: no packet", "/channels/Public")
	w.has("/channels/77", 200, "Nothing yet: no packet", "!/packets?channel=")
	w.has("/channels/public", 404, "No such channel", "/channels/Public")
	w.has("/channels/Public?before=x", 400, "The parameter &#34;before&#34;")
	w.has("/channels/Public?n=0", 400, "The parameter &#34;n&#34;")

	w.has("/channels/Public?before=1-1&after=1-1", 400, "The parameter &#34;after&#34;")
	w.has("/channels/Public?at=soon", 400, "The parameter &#34;at&#34;")
	w.has("/channels/Public?q="+strings.Repeat("x", 65), 400, "The parameter &#34;q&#34;")

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

// The newest message stands at the bottom, days are told apart, and each says
// how it was heard.
func TestMessagesReadDownwards(t *testing.T) {
	w := newWorld(t)
	near, far := w.observer("NEAR", "Near", "SEA"), w.observer("FAR", "Far", "SEA")
	w.hear(w.text("Public", 1, "Ann", "yesterday's"), near, w.ago(20*time.Hour), 4)
	p := w.text("Public", 2, "Bob", "today's, @[Ann] see #a-b and #1")
	w.hear(p, near, w.ago(2*time.Minute), 26)
	p.PathLen, p.PathBytes = 2, []byte{1, 2}
	w.hear(p, far, w.ago(2*time.Minute)+500, -30)
	w.open()
	body := w.has("/channels/Public", 200, "0–2 hops", "2 observers", "+6.5 dB", "2 copies", "2 messages · 3 copies",
		`<bdi>@Ann</bdi>`, "/channels?q=%23a-b", "!q=%231", "meshcore://channel/add?name=Public", "/channels/Public?sender=Ann")
	inOrder(t, body, "Thursday, 30 April 2026", "yesterday&#39;s", "Friday, 1 May 2026", "today&#39;s")
	w.has("/channels/%23a%2Fb%20c", 200, "No message of this channel", "The key of a hashtag follows from its name")
}

// Words, names and times find messages in one channel and in all; what is found
// says of how many, and can be reached page by page.
func TestMessagesAreFound(t *testing.T) {
	w := newWorld(t)
	near := w.observer("NEAR", "Near", "SEA")
	for i := range 60 {
		w.hear(w.text([]string{"Public", "#a/b c"}[i%2], i, fmt.Sprintf("Ann %d", i%3), fmt.Sprintf("Rain %02d over hills", i)), near, w.ago(time.Duration(i)*time.Minute), 4)
	}
	w.hear(w.text("Public", 99, "Bob", "sun"), near, w.ago(2*time.Hour), 4)
	w.open()
	w.has("/channels?q=rain+HILLS", 200, "the newest 50 of 60 messages", "<mark>Rain</mark>", "<mark>hills</mark>", "#a/b c", "Older messages", "Around it")
	w.has("/channels?q=%22over+rain%22", 200, "0 of 61 messages", "The filter takes all of them away", "any text: 61", "in quotation marks", "!Rain 01")
	w.has("/channels?q=a%2Fb", 200, "Channels of this name", "0 of 61 messages")
	w.has("/channels/Public?q=rain", 200, "30 of 31 messages", "!<bdi>sun")
	w.has("/channels/Public?sender=Ann+1&q=rain", 200, "10 of 31 messages", "</mark> 04 over", "!</mark> 02 over")
	inOrder(t, w.has("/channels/Public?sender=Bob&q=rain", 200, "0 of 31 messages"), "any sender: 30", "any text: 1")
	inOrder(t, w.has("/channels/Public?sender=Ann+1&q=%22Rain+01%22", 200, "0 of 31 messages"), "any text: 10", "/channels?", "any channel: 1")
	w.has("/search?q=sun", 200, "<h2>Messages</h2>", "Bob: sun", "/channels/Public?at=")
	w.has("/search?q=rain", 200, "All 60 messages", "/channels?q=rain")

	at := w.now.Add(-31 * time.Minute).UnixMilli()
	body := w.has(fmt.Sprintf("/channels/Public?at=%d&n=5", at), 200, "12 to 16 of 31 messages, from the newest", "Older messages", "Newer messages", "!Rain 32", "!Rain 20 ")
	inOrder(t, body, "Rain 30", "Rain 28", "Rain 26", "Rain 24", "Rain 22")
	newer := regexp.MustCompile(`href="([^"]*)" rel="prev"`).FindStringSubmatch(body)
	body = w.has(strings.ReplaceAll(newer[1], "&amp;", "&"), 200, "7 to 11 of 31")
	inOrder(t, body, "Rain 20", "Rain 12")
	w.has("/channels/Public?at=2026-05-01", 200, "Rain 58", "Rain 00")
	w.has("/channels/Public?at=2027-05-01", 200, "No message is newer")
}

// New messages are counted since a channel was last opened, in the browser's
// cookie alone.
func TestUnreadMessagesAreCounted(t *testing.T) {
	w := newWorld(t)
	near := w.observer("NEAR", "Near", "SEA")
	w.hear(w.text("Public", 1, "Ann", "first"), near, w.ago(time.Hour), 4)
	for i := range 120 {
		w.hear(w.text("Public", -i, "Ann", "later"), near, w.ago(time.Duration(i)*time.Second), 4)
	}
	w.open()
	w.now = w.now.Add(-30 * time.Minute)
	w.has("/channels", 200, "! new</span>", "!new messages")
	got := w.get("/channels/Public")
	cookie := got.Result().Cookies()[0]
	if cookie.Name != seenCookie || cookie.Value == "" {
		t.Fatalf("want what was read in a cookie, have %v", got.Result().Cookies())
	}
	w.now = w.now.Add(30 * time.Minute)
	r := httptest.NewRequest(http.MethodGet, "/channels", nil)
	r.Host = "localhost"
	r.AddCookie(cookie)
	rec := httptest.NewRecorder()
	w.s.Handler().ServeHTTP(rec, r)
	if body := rec.Body.String(); !strings.Contains(body, `<span class="unread">99+`) || !strings.Contains(body, "120 new messages") {
		t.Error("want 120 new messages on the list")
	}
	for _, text := range []string{"", "x", "zzzzzzzz-1", "11111111-", "11111111--1.11111111-zzzzzzzzzzzzzz", strings.Repeat("11111111-1.", 300)} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", seenCookie+"="+text)
		if s := seenOf(r); len(s.order) > 1 || len(s.cookie()) > 20 {
			t.Errorf("%q: %+v", text, s)
		}
	}
}

func TestTextRuns(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                  "[{ plain }]",
		"@[Bob 🐢] hi":            "[{mention @Bob 🐢 /channels/C?sender=Bob+%F0%9F%90%A2} {  hi }]",
		"hi @[] @[x @Bob #":      "[{ hi @[] @[x @Bob # }]",
		"a#b #c-1, (#2d) #3":     "[{ a#b  } {hashtag #c-1 /channels?q=%23c-1} { , ( } {hashtag #2d /channels?q=%232d} { ) #3 }]",
		"@[javascript:alert(1)]": "[{mention @javascript:alert(1) /channels/C?sender=javascript:alert%281%29}]",
		"@[two\nlines] after":    "[{ @[two\nlines] after }]",
	} {
		if got := fmt.Sprint(textRuns(text, "C", nil)); got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", text, got, want)
		}
	}
	if got := fmt.Sprint(textRuns("Ab abc İab", "C", []string{"AB", "abc"})); got != "[{ Ab abc İab }]" && got != "[{sought Ab } {   } {sought abc } {  İ } {sought ab }]" {
		t.Errorf("marked: %s", got)
	}
	if got := fmt.Sprint(textRuns("Ab abc", "C", []string{"AB", "abc", ""})); got != "[{sought Ab } {   } {sought abc }]" {
		t.Errorf("marked: %s", got)
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
		f, err := w.s.messagesStream(url.Values{"channel": {channel}}, prefs{location: time.UTC})
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
	line := func(m mesh.Message) ui.ChannelMessage {
		return wording{now: now}.line(report.HeardText{Message: m, SNR4: mesh.NoSNR})
	}
	got := line(mesh.Message{Sender: strings.Repeat("W", 60), Text: "one\r\ntwo\x07\n\u202ethree" + strings.Repeat("\n", 40), Sent: uint32(now.Add(-3 * time.Hour).Unix()), First: now.UnixMilli(), Copies: 1})
	if fmt.Sprint(got.Text) != "[{ one\ntwo\nthree }]" || got.Sent != "sender's clock 3 h behind" || got.FullName == "" || len([]rune(got.Sender)) != nameLimit+1 {
		t.Errorf("%+v", got)
	}
	if got := line(mesh.Message{Sent: 5, First: now.UnixMilli()}); got.Sent != "sender's clock is not set" || got.SenderHref != "" {
		t.Errorf("%+v", got)
	}
}

// must is a value that cannot fail to be made.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
