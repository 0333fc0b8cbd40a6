package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A phone: fingers in place of a pointer. The menu is at the foot and reaches
// every page, what can be pressed shows and is large enough, filters are folded,
// rows are cards that leave out nothing, and a channel has its way back.
func TestPhone(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	frame := groupFrame(0)
	publish(t, p.broker, packetTopic, packetMessage(frame, time.Now()), packetMessage(frame, time.Now().Add(4*time.Second)), packetMessage(groupFrame(1), time.Now()))
	p.await("three copies", func() bool { return p.stats().TotalObservations == 3 })
	ctx := browser(t, 360, 740)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile, chromedp.EmulateTouch)); err != nil {
		t.Fatal(err)
	}
	holds := func(what, expression string) {
		t.Helper()
		awaitTrue(t, ctx, what, `document.documentElement.classList.contains("js") && Boolean(`+expression+`)`)
	}
	open := func(path string) {
		t.Helper()
		visit(t, ctx, "http://"+p.http+path)
		holds("fingers", `matchMedia("(pointer: coarse)").matches`)
		holds("nothing is wider than the window", `document.documentElement.scrollWidth <= innerWidth`)
		holds("the menu is at the foot", `(r => r.bottom === innerHeight && r.width === innerWidth)(document.querySelector(".nav").getBoundingClientRect())`)
	}
	const hidden = `[...document.querySelectorAll("main a, main button, main summary")].filter(e => e.checkVisibility() && getComputedStyle(e).visibility === "hidden").map(e => e.outerHTML.slice(0, 120)).join("\n")`

	open("/packets")
	if list := eval[string](t, ctx, hidden); list != "" {
		t.Errorf("there, but not to be seen:\n%s", list)
	}
	for _, part := range []string{".views .switch a", ".pause", ".filter-box > summary", ".nav li:not(.late) a"} {
		holds(part+" is large enough for a finger", fmt.Sprintf(`(all => all.length > 0 && all.every(e => e.getBoundingClientRect().height >= 40))([...document.querySelectorAll(%q)])`, part))
	}
	holds("filters are folded", `!document.querySelector(".filter-form").checkVisibility()`)
	eval[bool](t, ctx, `(document.querySelector(".filter-box > summary").click(), true)`)
	holds("filters unfold", `document.querySelector(".filter-form [name=type]").checkVisibility()`)
	holds("there are cards", `document.querySelectorAll(".packet").length === 2 && !document.querySelector(".packets-head").checkVisibility()`)
	for _, fact := range []string{"when", "type", "say", "path", "observer", "route", "hash", "copies"} {
		holds("cards tell "+fact, fmt.Sprintf(`[...document.querySelectorAll(".packet")].every(p => (e => e && e.checkVisibility() && e.textContent.trim())(p.querySelector(".packet-%s")))`, fact))
	}
	eval[bool](t, ctx, `(document.querySelector("details.packet-copies > summary").click(), true)`)
	holds("receptions unfold in a card", `document.querySelectorAll(".receptions li").length === 2`)

	eval[bool](t, ctx, `(document.querySelector(".nav-more summary").click(), true)`)
	holds("what has no room at the foot is under More", `["/", "/packets", "/channels", "/nodes", "/observers", "/tools", "/system"].every(p => [...document.querySelectorAll(".nav a")].some(a => a.checkVisibility() && a.pathname === p))`)

	open("/channels/Public")
	holds("its messages", `document.querySelectorAll(".chat .post").length === 2`)
	holds("a low head with the whole name", `document.querySelector(".chat-title").getBoundingClientRect().height <= 60 && (h => h.scrollWidth <= h.clientWidth)(document.querySelector(".chat-title h1"))`)
	holds("the way back can be pressed", `(r => r.width >= 44 && r.height >= 44)(document.querySelector(".chat-title .crumb a").getBoundingClientRect())`)
	eval[bool](t, ctx, `(document.querySelector(".chat-title .crumb a").click(), true)`)
	holds("the list again", `location.pathname === "/channels" && document.querySelector(".chan")`)
}

// Who wants less motion gets none: nothing takes longer than a blink.
func TestReducedMotion(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	publish(t, p.broker, packetTopic, packetMessage(groupFrame(0), time.Now()))
	p.await("a packet", func() bool { return p.stats().TotalObservations == 1 })
	ctx := browser(t, 1440, 900)
	look(t, ctx, 1440, "light") // asks for less
	visit(t, ctx, "http://"+p.http+"/packets")
	awaitLive(t, ctx)
	publish(t, p.broker, packetTopic, packetMessage(groupFrame(1), time.Now()))
	awaitText(t, ctx, ".packet-rows", "words 1")
	const slow = `Math.max(0, ...[...document.querySelectorAll("*")].flatMap(e => {
		const s = getComputedStyle(e);
		return [...s.animationName.split(",").map((name, i) => name.trim() === "none" ? 0 : parseFloat(s.animationDuration.split(",")[i] ?? s.animationDuration)), ...s.transitionDuration.split(",").map(parseFloat)];
	}))`
	if seconds := eval[float64](t, ctx, slow); seconds > 0.05 {
		t.Errorf("something moves for %g s", seconds)
	}
}
