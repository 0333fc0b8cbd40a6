package web

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"hilltop/appliance/internal/live"
	"hilltop/firmware-bridge/meshcore"
)

// heardApart is a world with messages of two regions, the older in SEA and two
// observers there.
func heardApart(t *testing.T) *world {
	w := newWorld(t)
	near, also, far := w.observer("NEAR", "Near", "SEA"), w.observer("ALSO", "Also", "SEA"), w.observer("FAR", "Far", "PDX")
	w.node("aa01", "Known", meshcore.RoleRepeater, w.ago(time.Minute))
	for i := range 6 {
		w.hear(w.text("Public", i, "Ann", fmt.Sprintf("rain %d", i)), near, w.ago(time.Duration(30+i)*time.Hour), 4)
	}
	for i := range 3 {
		w.hear(w.text("Public", 10+i, "Bob", fmt.Sprintf("sun %d", i)), far, w.ago(time.Duration(1+i)*time.Minute), 4)
	}
	both := w.text("Public", 20, "Bob", "sun both")
	w.hear(both, also, w.ago(2*time.Hour), 4)
	w.hear(both, far, w.ago(2*time.Hour)+1, 4)
	w.hear(w.text("#a/b c", 21, "Cem", "only here"), far, w.ago(time.Minute), 4)
	locked := meshcore.NewFlood(meshcore.TypeGrpTxt, 1, must(meshcore.NewGroupText(1, "x", "secret").Seal(meshcore.HashtagKey("#unknown"))))
	w.hear(locked, near, w.ago(40*time.Hour), 4)
	w.open()
	return w
}

// Where, when and by whom something was received means the same in the list of
// channels, in the messages of one, in those of all, and in their files.
func TestChannelsByWhereAndWhen(t *testing.T) {
	w := heardApart(t)
	hash := fmt.Sprintf("%02X", meshcore.HashtagKey("#unknown").HashByte())
	w.has("/channels", 200, "2 readable · 1 locked")
	w.has("/channels?region=SEA", 200, "1 of 2 readable · 1 of 1 locked", "7 messages", "sun both", `href="/channels/Public?region=SEA"`, "!only here", "Remove region")
	w.has("/channels?region=pdx&w=1h", 200, "2 of 2 readable · 0 of 1 locked", "3 messages", "sun 0", `href="/channels/Public?region=PDX&amp;w=1h"`, "leave no packet that cannot be read", "last 1 h")
	w.has("/channels?obs=ALSO", 200, "1 of 2 readable · 0 of 1 locked", "1 message<", "Also")
	inOrder(t, w.has("/channels?region=SEA&w=1h", 200, "0 of 2 readable", "0 of 3 channels"), "any region: 2", "any time: 2", "no filter at all")
	w.has("/channels?region=ZZZ", 200, "0 of 3 channels", notKnown)
	w.has("/channels?type=4", 200, "does not apply to this page", "2 readable · 1 locked")

	w.has("/channels/Public?region=SEA", 200, "7 of 10 messages", "rain 5", "sun both", "!sun 1", "whatever the filters", `href="/channels/Public?sender=Ann"`)
	w.has("/channels/Public?region=SEA&obs=FAR", 200, "0 of 10 messages", "any observer: 7", "any region: 4")
	w.has("/channels/Public?region=SEA,PDX&obs=FAR&w=24h", 200, "4 of 10 messages", "!rain 5")
	w.has("/channels/Public?region=SEA&q=sun", 200, "1 of 10 messages", "sun</mark> both")
	w.has("/channels/%23a%2Fb%20c?region=SEA", 200, "0 of 1 message", "any region: 1")
	w.has("/channels?region=PDX&q=sun", 200, ">4 messages<", "Also", `name="region" value="PDX" checked`)
	w.has("/channels/"+hash+"?region=PDX", 200, "No key: this machine", "ignored", "PDX")
	w.has("/channels?region=SEA&q=sun", 200, "1 of 2 readable · 1 of 1 locked")
	w.has("/channels?region=SEA&w=1h&q=sun", 200, "0 of 2 readable · 0 of 1 locked")
	w.has("/channels/Public?region=SEA&n=3", 200, "the newest 3 of 7 that match, of 10 messages", "rain 1", "!rain 2", "before=", "region=SEA")
	from := url.QueryEscape(w.now.Add(-31*time.Hour - time.Second).Format(time.RFC3339))
	w.has("/channels/Public?from="+from, 200, "6 of 10 messages", "rain 1", "!rain 2")
	w.has("/channels/Public?to="+from, 200, "4 of 10 messages", "!rain 1", "rain 2", "!messages-rows")
	w.has("/channels/Public?w=2w", 400, "The parameter &#34;w&#34;")

	for q, want := range map[string]int{"": 11, "channel=Public&region=SEA": 7, "region=PDX&w=1h": 4, "obs=FAR&q=sun": 4, "sender=Cem&region=SEA": 0} {
		if got := w.get("/export/messages.json?" + q).Header().Get("X-Total-Count"); got != fmt.Sprint(want) {
			t.Errorf("file of %q: %s messages, want %d", q, got, want)
		}
	}
}

// New messages come to a page by its filters.
func TestMessagesComeLiveByTheFilters(t *testing.T) {
	w := newWorld(t)
	near, far := w.observer("NEAR", "Near", "SEA"), w.observer("FAR", "Far", "PDX")
	fresh := w.hear(w.text("Public", 1, "Ann", "fresh rain"), near, w.ago(time.Second), 4)
	w.hear(w.text("Public", 2, "Ann", "elsewhere"), far, w.ago(time.Second), 4)
	w.open()
	h, _ := w.s.held()
	for q, want := range map[string]bool{
		"region=SEA": true, "region=PDX": false, "obs=NEAR": true, "obs=FAR": false, "region=PDX&obs=NEAR": false,
		"q=RAIN": true, "q=sun": false, "sender=Ann&w=15m": true, "sender=Bob": false, "w=1h&to=2026-01-01T00:00:00Z": false,
	} {
		v, _ := url.ParseQuery(q + "&channel=Public")
		f, err := w.s.messagesStream(v, prefs{location: time.UTC})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := f(h, live.Event{Kind: live.Message, Tx: fresh.ID, Type: meshcore.TypeGrpTxt}); ok != want {
			t.Errorf("%s: %v, want %v", q, ok, want)
		}
	}
	if _, err := w.s.messagesStream(url.Values{"w": {"x"}}, prefs{location: time.UTC}); err == nil {
		t.Error("a stream by a filter that makes no sense")
	}
	w.has("/channels/Public?region=SEA&q=rain", 200, "messages-rows", "channel=Public&amp;q=rain&amp;region=SEA")
	if got := w.get("/channels/Public?region=SEA").Result().Cookies(); len(got) > 0 {
		t.Errorf("what was read of one region alone is kept as if all had been read: %v", got)
	}
}
