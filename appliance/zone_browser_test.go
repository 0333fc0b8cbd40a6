package main

import (
	"fmt"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Every time on a page is in one zone, from the first page of a new browser on:
// what the server wrote before it knew the zone, rows that come in live, and what
// is opened in the browser; and what was chosen goes before where the browser is.
func TestTimesAreInOneZone(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	key := meshcore.HashtagKey("#far-hill")
	publish(t, p.broker, packetTopic, packetMessage(sealed(key, "Ann", "good evening"), time.Now()))
	p.await("a packet", func() bool { return p.stats().TotalObservations == 1 })
	ctx := browser(t, 1440, 900)
	const zone = "Australia/Eucla" // no other has its minutes
	if _, err := chromedp.Call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: zone}); err != nil {
		t.Fatal(err)
	}
	titles := func(suffix string) string {
		return fmt.Sprintf(`((all) => all.length > 0 && all.every((t) => t.title.endsWith(%q)))([...document.querySelectorAll("main time[title]")])`, suffix)
	}
	visit(t, ctx, "http://"+p.http+"/packets")
	awaitTrue(t, ctx, "the first page is in the browser's zone", titles(" +0845")+` && document.getElementById("zone-say").textContent.includes("Eucla")`)
	awaitLive(t, ctx)
	publish(t, p.broker, packetTopic, packetMessage(sealed(key, "Ann", "still here"), time.Now()))
	awaitTrue(t, ctx, "a row comes in, in the same zone", `document.querySelectorAll("#packets-rows > li").length === 2 && `+titles(" +0845"))
	awaitText(t, ctx, "#packets-count", "2 of 2 packets held · 2 receptions")

	addOwn(t, ctx, "http://"+p.http, "far-hill", "")
	awaitText(t, ctx, ".messages", "still here")
	awaitTrue(t, ctx, "messages opened here are in it too", titles(" GMT+8:45"))
	eval[bool](t, ctx, `(document.cookie = "settings=zone=UTC&times=clock; path=/", location.reload(), true)`)
	awaitText(t, ctx, "#zone-say", "UTC")
	awaitText(t, ctx, ".messages", "still here")
	awaitTrue(t, ctx, "what was chosen goes before", titles(" UTC")+` && [...document.querySelectorAll(".messages time")].every((t) => t.textContent === t.title.slice(11, 19) || t.textContent === t.title.slice(0, 19))`)

	// Words, a day and a file of what is open here.
	fill := func(field, text string) {
		t.Helper()
		eval[bool](t, ctx, fmt.Sprintf(`((f) => { f.value = %q; return f.dispatchEvent(new Event("input")); })(document.querySelector(%q))`, text, field))
	}
	fill(".chat-words input", "EVENING ann")
	awaitTrue(t, ctx, "one message has the words", `document.querySelectorAll(".messages .post").length === 1 && document.querySelector(".messages mark").textContent === "evening"`)
	awaitText(t, ctx, ".chat-say", "1 message of 2 messages that are open here")
	fill(".chat-words input", "")
	fill(".chat-day input", time.Now().Add(48*time.Hour).Format(time.DateOnly))
	awaitText(t, ctx, ".chat-say", "0 messages of 2 messages that are open here")
	fill(".chat-day input", "")
	awaitTrue(t, ctx, "all of them", `document.querySelectorAll(".messages .post").length === 2`)
	eval[bool](t, ctx, `(URL.createObjectURL = (blob) => { blob.text().then((s) => { window.made = s; }); return "#"; }, true)`)
	click(t, ctx, ".export a")
	awaitTrue(t, ctx, "the file has both", `window.made?.startsWith("first_seen,hash,sender,text,") && made.includes(",Ann,good evening,1,1,0,") && made.includes(",Ann,still here,")`)

	// A link to a hashtag channel is enough to read it elsewhere.
	link := eval[string](t, ctx, `location.href`)
	eval[bool](t, ctx, `(localStorage.clear(), true)`)
	visit(t, ctx, "http://"+p.http+"/nodes")
	visit(t, ctx, link)
	awaitText(t, ctx, ".own", "Read #far-hill in this browser")
	click(t, ctx, ".own .button.primary")
	awaitText(t, ctx, ".messages", "still here")
}
