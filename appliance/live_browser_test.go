package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"
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

// What comes into a list by itself is told in numbers to those who do not see it.
func TestNewRowsAreTold(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	ctx := browser(t, 1440, 900)
	visit(t, ctx, "http://"+p.http+"/packets")
	awaitLive(t, ctx)
	awaitTrue(t, ctx, "the place where it is told", `document.querySelector("[data-told][role=status]") !== null`)
	eval[bool](t, ctx, `(window.sum = 0, new MutationObserver(() => { sum += parseInt(document.querySelector("[data-told]").textContent); }).observe(document.querySelector("[data-told]"), { childList: true }), true)`)
	chatted(t, p, 0, 3)
	awaitTrue(t, ctx, "three are told", `window.sum === 3`)
	chatted(t, p, 3, 2)
	awaitTrue(t, ctx, "five are told", `window.sum === 5`)
	awaitTrue(t, ctx, "each has a row", `document.querySelectorAll("#packets-rows > [id]").length === 5`)
}

// elements counts what a page is made of, the rows of its chat apart.
func elements(t *testing.T, ctx context.Context) (rows, inRows, others int) {
	t.Helper()
	n := eval[[]int](t, ctx, `(rows => [rows.children.length, rows.querySelectorAll("*").length, document.querySelectorAll("*").length])(document.getElementById("messages-rows"))`)
	return n[0], n[1], n[2] - n[1]
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
	_, _, first := elements(t, ctx)
	chatted(t, p, n, 300)
	n += 300
	awaitText(t, ctx, "#messages-rows", fmt.Sprintf("words %d.", n-1))
	rows, inRows, others := elements(t, ctx)
	if rows > 200 || inRows > 200*20 {
		t.Errorf("want at most 200 rows of 20 elements, have %d with %d", rows, inRows)
	}
	if others > first+20 {
		t.Errorf("beside its rows the page grew from %d to %d elements", first, others)
	}
	if away := eval[float64](t, ctx, `Math.abs(document.querySelector(".chat").scrollTop)`); away > 24 {
		t.Errorf("the window left its end by %g px", away)
	}

	// top is where the row is that is read, in the middle of the window: a look for what
	// is new may put the same row there once more.
	const top = `Math.round(document.getElementById(window.read).getBoundingClientRect().top)`
	eval[bool](t, ctx, `(chat => {
		chat.scrollTop = -400;
		const box = chat.getBoundingClientRect(), middle = box.top + box.height / 2;
		window.read = [...chat.querySelectorAll(".post")].find(p => p.id && p.getBoundingClientRect().bottom > middle).id;
		return true;
	})(document.querySelector(".chat"))`)
	was := eval[int](t, ctx, top)
	chatted(t, p, n, 5)
	n += 5
	awaitText(t, ctx, ".chat-held button", "5 new messages")
	if now := eval[int](t, ctx, top); now != was {
		t.Errorf("what is read moved: it was at %d px, and is at %d", was, now)
	}
	click(t, ctx, ".chat-held button")
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
	awaitTrue(t, ctx, "all messages from 250 on", `(have => Array.from({length: 151}, (_, i) => have.includes("words " + (250 + i) + ".")).every(Boolean))(document.getElementById("messages-rows").innerText)`)
	p.await("the stream to be opened again from where it ended", func() bool { return strings.Count(told(), "/events?since=") >= 2 })
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
	for i := range 4 { // what came meanwhile is asked for: it may come in after what comes live
		awaitTrue(t, ctx, fmt.Sprintf("message %d, once", i), fmt.Sprintf(`document.getElementById("messages-rows").innerText.split("words %d.").length === 2`, i))
	}
	if awaitText(t, ctx, "#pulse", "Live"); !eval[bool](t, ctx, `window.loadedOnce === true`) {
		t.Error("the page was loaded again")
	}
}
