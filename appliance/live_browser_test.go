package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"

	"github.com/chromedp/chromedp"
)

// chatted publishes n messages of the public channel, from number first on.
func chatted(t *testing.T, p *process, first, n int) {
	t.Helper()
	lines := make([]string, n)
	for i := range lines {
		lines[i] = packetMessage(sealed(meshcore.PublicChannelKey(), "Ann", fmt.Sprintf("words %d.", first+i)), time.Now())
	}
	publish(t, p.broker, packetTopic, lines...)
}

// elements counts what a page is made of.
func elements(t *testing.T, ctx context.Context) int {
	t.Helper()
	return eval[int](t, ctx, `document.querySelectorAll("*").length`)
}

// A page that is open while a day's messages come in holds as many as it may,
// the newest, and no more; what comes while somebody reads further up waits.
func TestOpenChatStaysSmall(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	chatted(t, p, 0, 3)
	p.await("the first messages", func() bool { return p.stats().TotalObservations == 3 })
	ctx := browser(t, 1440, 900)
	visit(t, ctx, "http://"+p.http+"/channels/Public")
	awaitLive(t, ctx)
	eval[bool](t, ctx, `window.loadedOnce = true`)
	n := 3
	for range 2 { // more at once than a stream may lag behind
		chatted(t, p, n, 300)
		n += 300
		awaitText(t, ctx, "#messages-rows", fmt.Sprintf("words %d.", n-1))
	}
	first := elements(t, ctx)
	chatted(t, p, n, 300)
	n += 300
	awaitText(t, ctx, "#messages-rows", fmt.Sprintf("words %d.", n-1))
	if rows := eval[int](t, ctx, `document.querySelectorAll("#messages-rows > *").length`); rows > 200 {
		t.Errorf("want at most 200 rows, have %d", rows)
	}
	if now := elements(t, ctx); now > 200*20 || now > first+200*20/10 && first > 200*10 {
		t.Errorf("the page grew from %d to %d elements", first, now)
	}
	if away := eval[float64](t, ctx, `Math.abs(document.querySelector(".chat").scrollTop)`); away > 24 {
		t.Errorf("the window left its end by %g px", away)
	}

	eval[bool](t, ctx, `(document.querySelector(".chat").scrollTop = -400, true)`)
	top := eval[string](t, ctx, `document.elementFromPoint(300, 400).closest(".post").id`)
	chatted(t, p, n, 5)
	n += 5
	awaitText(t, ctx, ".chat-held button", "5 new messages")
	if now := eval[string](t, ctx, `document.elementFromPoint(300, 400).closest(".post").id`); now != top {
		t.Errorf("what is read moved: %s was there, now %s", top, now)
	}
	if err := chromedp.Do(ctx, chromedp.Click(".chat-held button")); err != nil {
		t.Fatal(err)
	}
	awaitText(t, ctx, "#messages-rows", fmt.Sprintf("words %d.", n-1))
	if !eval[bool](t, ctx, `window.loadedOnce === true`) {
		t.Error("the page was loaded again")
	}
}

// A page that nobody looks at closes its stream; when it is looked at again it
// goes on where it was, and has missed nothing.
func TestHiddenPageRests(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	chatted(t, p, 0, 1)
	p.await("the first message", func() bool { return p.stats().TotalObservations == 1 })
	ctx := browser(t, 1440, 900)
	told := sent(t, ctx)
	visit(t, ctx, "http://"+p.http+"/channels/Public")
	awaitLive(t, ctx)
	follow := func(n int) func() bool {
		return func() bool {
			_, body := p.get("/system")
			return strings.Contains(body, fmt.Sprintf("Pages that follow</dt><dd>%d", n))
		}
	}
	hide := func(hidden bool) {
		t.Helper()
		eval[bool](t, ctx, fmt.Sprintf(`(Object.defineProperty(document, "hidden", {value: %t, configurable: true}), document.dispatchEvent(new Event("visibilitychange")), true)`, hidden))
	}
	p.await("the stream", follow(1))
	hide(true)
	p.await("the stream to end", follow(0))
	for i := range 4 {
		chatted(t, p, 1+i*100, 100)
	}
	p.await("the messages", func() bool { return p.stats().TotalObservations == 401 })
	if eval[bool](t, ctx, `document.getElementById("messages-rows").innerText.includes("words 1.")`) {
		t.Error("a hidden page was told of a message")
	}
	hide(false)
	awaitText(t, ctx, "#messages-rows", "words 400.")
	have := eval[string](t, ctx, `document.getElementById("messages-rows").innerText`)
	for i := 250; i <= 400; i++ {
		if !strings.Contains(have, fmt.Sprintf("words %d.", i)) {
			t.Fatalf("message %d is missing", i)
		}
	}
	if n := strings.Count(told(), "/events?since="); n < 2 {
		t.Errorf("want the stream opened again from where it ended, have it opened %d times", n)
	}
}

// A page whose machine goes away says since when, and follows again by itself
// when it is back, with what came meanwhile.
func TestPageFollowsARestartedMachine(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	chatted(t, p, 0, 1)
	p.await("the first message", func() bool { return p.stats().TotalObservations == 1 })
	ctx := browser(t, 1440, 900)
	visit(t, ctx, "http://"+p.http+"/channels/Public")
	awaitLive(t, ctx)
	eval[bool](t, ctx, `window.loadedOnce = true`)
	p.stop()
	awaitText(t, ctx, "#pulse", "Off since")
	p = start(t, startOptions{dir: p.dir, http: p.http, broker: p.broker})
	p.ready()
	chatted(t, p, 1, 2)
	awaitLive(t, ctx)
	chatted(t, p, 3, 1)
	awaitText(t, ctx, "#messages-rows", "words 3.")
	have := eval[string](t, ctx, `document.getElementById("messages-rows").innerText`)
	for i := range 4 {
		if n := strings.Count(have, fmt.Sprintf("words %d.", i)); n != 1 {
			t.Errorf("message %d: want it once, have it %d times", i, n)
		}
	}
	if awaitText(t, ctx, "#pulse", "Live"); !eval[bool](t, ctx, `window.loadedOnce === true`) {
		t.Error("the page was loaded again")
	}
}
