package main

import (
	"fmt"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"

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
	point := func(x, y float64) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.MouseEvent("mouseMoved", x, y)); err != nil {
			t.Fatal(err)
		}
	}
	y := eval[float64](t, ctx, `document.querySelector(".packet").getBoundingClientRect().top + 10`)
	point(400, y)
	publish(t, p.broker, packetTopic, packetMessage(groupFrame(1), time.Now()), packetMessage(groupFrame(2), time.Now()))
	awaitText(t, ctx, ".held button", "2 new")
	if n := eval[int](t, ctx, `document.querySelectorAll(".packet").length`); n != 1 {
		t.Errorf("want 1 row while the pointer is on it, have %d", n)
	}
	if now := eval[float64](t, ctx, `document.querySelector(".packet").getBoundingClientRect().top + 10`); now != y {
		t.Errorf("want the row where it was, at %g; have it at %g", y, now)
	}
	point(400, 20)
	awaitText(t, ctx, ".packet-rows", "words 2")
	if top := eval[string](t, ctx, `document.querySelector(".packet .said").innerText`); top != "words 2" {
		t.Errorf("want the newest on top, have %q", top)
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
	if err := chromedp.Do(ctx, chromedp.Click(".packet-copies summary"), chromedp.MouseEvent("mouseMoved", 400, 20)); err != nil {
		t.Fatal(err)
	}
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
	press := func() {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.Click("[data-pause]")); err != nil {
			t.Fatal(err)
		}
	}
	press()
	publish(t, p.broker, packetTopic, packetMessage(groupFrame(1), time.Now()))
	awaitText(t, ctx, ".held button", "1 new")
	awaitText(t, ctx, "[data-pause]", "Paused")
	if n := eval[int](t, ctx, `document.querySelectorAll(".packet").length`); n != 1 {
		t.Errorf("want 1 row while the list is paused, have %d", n)
	}
	press()
	awaitText(t, ctx, ".packet-rows", "words 1")
}

// must is a value that cannot fail to be made.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
