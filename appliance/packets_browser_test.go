package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// groupFrame is a channel message that differs from all others by its number.
func groupFrame(n int) string {
	text := meshcore.NewGroupText(uint32(time.Now().Unix()), "Ann", fmt.Sprint("words ", n))
	p := meshcore.Packet{Header: byte(meshcore.TypeGrpTxt)<<2 | byte(meshcore.Flood), Route: meshcore.Flood, Type: meshcore.TypeGrpTxt, Payload: must(text.Seal(meshcore.PublicChannelKey()))}
	return fmt.Sprintf("%X", p.AppendTo(nil))
}

// While somebody reads in the list, new packets are counted and held; nothing
// moves. They come in when the pointer goes, or when they are asked for.
func TestNewPacketsAreHeldUnderThePointer(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	publish(t, p.broker, packetTopic, packetMessage(groupFrame(0), time.Now()))
	ctx := browser(t, 1440, 900)
	page := "http://" + p.http + "/packets"
	p.await("the first packet", func() bool { return p.stats().TotalObservations == 1 })
	visit(t, ctx, page)
	awaitLive(t, ctx)
	const top = `document.querySelector(".packet").getBoundingClientRect().top`
	pointAt(t, ctx, ".packet")
	y := eval[float64](t, ctx, top)
	publish(t, p.broker, packetTopic, packetMessage(groupFrame(1), time.Now()), packetMessage(groupFrame(2), time.Now()))
	awaitText(t, ctx, ".held button", "2 new")
	if n := eval[int](t, ctx, `document.querySelectorAll(".packet").length`); n != 1 {
		t.Errorf("want 1 row while the pointer is on it, have %d", n)
	}
	if now := eval[float64](t, ctx, top); now != y {
		t.Errorf("want the row where it was, at %g; have it at %g", y, now)
	}
	point(t, ctx, 400, 20)
	awaitTrue(t, ctx, "all of them, the newest on top", `[...document.querySelectorAll(".packet .said")].map(e => e.innerText).join() === "words 2,words 1,words 0"`)
}

// While a pointer is down nothing comes in, wherever it is: what would be clicked
// would not be what was pressed. The other page shows that something came.
func TestNothingMovesBetweenPressAndClick(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	publish(t, p.broker, packetTopic, packetMessage(groupFrame(0), time.Now()))
	p.await("the first packet", func() bool { return p.stats().TotalObservations == 1 })
	parent := browser(t, 1440, 900)
	other := tab(t, parent)
	visit(t, other, "http://"+p.http+"/packets")
	awaitLive(t, other)
	finger := func(ctx context.Context, kind string) {
		t.Helper()
		eval[bool](t, ctx, fmt.Sprintf(`document.querySelector("main h1").dispatchEvent(new PointerEvent(%q, {pointerType: "touch", bubbles: true}))`, kind))
	}
	mouse := func(ctx context.Context, kind input.DispatchMouseEventType) {
		t.Helper()
		x, y := pointAt(t, ctx, "main h1")
		if err := chromedp.Do(ctx, chromedp.MouseEvent(kind, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1))); err != nil {
			t.Fatal(err)
		}
	}
	for n, hand := range []struct {
		name     string
		down, up func(context.Context)
	}{
		{"mouse", func(ctx context.Context) { mouse(ctx, chromedp.MousePressed) }, func(ctx context.Context) { mouse(ctx, chromedp.MouseReleased) }},
		{"finger", func(ctx context.Context) { finger(ctx, "pointerdown") }, func(ctx context.Context) { finger(ctx, "pointerup") }},
		{"finger that scrolls", func(ctx context.Context) { finger(ctx, "pointerdown") }, func(ctx context.Context) { finger(ctx, "pointercancel") }},
	} {
		ctx := tab(t, parent)
		visit(t, ctx, "http://"+p.http+"/packets")
		awaitLive(t, ctx)
		hand.down(ctx)
		words := fmt.Sprint("words ", n+1)
		publish(t, p.broker, packetTopic, packetMessage(groupFrame(n+1), time.Now()))
		awaitText(t, other, ".packet-rows", words)
		if eval[bool](t, ctx, fmt.Sprintf(`document.querySelector(".packet-rows").innerText.includes(%q)`, words)) {
			t.Errorf("%s: a packet came in while it was down", hand.name)
		}
		hand.up(ctx)
		awaitText(t, ctx, ".packet-rows", words)
		shut(t, ctx)
	}
}

// A packet whose receptions are unfolded stays so; what is new is held.
func TestUnfoldedPacketStaysAsItIs(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	frame := groupFrame(0)
	publish(t, p.broker, packetTopic, packetMessage(frame, time.Now()), packetMessage(frame, time.Now().Add(4*time.Second)))
	p.await("two copies", func() bool { return p.stats().TotalObservations == 2 })
	ctx := browser(t, 1440, 900)
	visit(t, ctx, "http://"+p.http+"/packets")
	awaitLive(t, ctx)
	click(t, ctx, ".packet-copies summary")
	point(t, ctx, 400, 20)
	awaitText(t, ctx, "details.packet-copies[open] .receptions", "first") // they are fetched now
	publish(t, p.broker, packetTopic, packetMessage(groupFrame(1), time.Now()))
	awaitText(t, ctx, ".held button", "1 new")
	if n := eval[int](t, ctx, `document.querySelectorAll("details.packet-copies[open] .receptions li").length`); n != 2 {
		t.Errorf("want both receptions unfolded, have %d", n)
	}
}

// A list that is paused counts what comes in, and takes it in when it goes on.
func TestPausedListHoldsWhatComesIn(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	publish(t, p.broker, packetTopic, packetMessage(groupFrame(0), time.Now()))
	p.await("the first packet", func() bool { return p.stats().TotalObservations == 1 })
	ctx := browser(t, 360, 900)
	visit(t, ctx, "http://"+p.http+"/packets")
	awaitLive(t, ctx)
	click(t, ctx, "[data-pause]")
	publish(t, p.broker, packetTopic, packetMessage(groupFrame(1), time.Now()))
	awaitText(t, ctx, ".held button", "1 new")
	awaitText(t, ctx, "[data-pause]", "Paused")
	if n := eval[int](t, ctx, `document.querySelectorAll(".packet").length`); n != 1 {
		t.Errorf("want 1 row while the list is paused, have %d", n)
	}
	click(t, ctx, "[data-pause]")
	awaitText(t, ctx, ".packet-rows", "words 1")
}

// must is a value that cannot fail to be made.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
