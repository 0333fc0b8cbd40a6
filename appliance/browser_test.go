package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// browser gives a page of headless Chromium that ends with the test.
func browser(t *testing.T, width, height int) context.Context {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(tool(t, "chromium")),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.WindowSize(width, height),
		chromedp.WSURLReadTimeout(5*time.Minute),                      // a busy machine starts it slowly
		chromedp.Flag("host-resolver-rules", "MAP hilltop 127.0.0.1"), // a name on plain http, which browsers do not trust
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
	)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // starts the browser
		t.Fatalf("chromium: %v", err)
	}
	ctx, cancel = context.WithTimeout(ctx, 40*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// visit opens a page and waits until all of it is there, its face too, and its
// heading shows.
func visit(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	awaitTrue(t, ctx, "the page "+url, `document.readyState === "complete" && document.fonts.status === "loaded" && document.querySelector("main h1")?.offsetParent instanceof Element`)
}

// eval is the value of a JavaScript expression on the open page, which stays open
// meanwhile.
func eval[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", tail(expression, 400), err)
	}
	return v
}

// awaitText waits until the text of a part of the page holds the words; spaces that
// keep a figure with its unit are spaces.
func awaitText(t *testing.T, ctx context.Context, selector, words string) {
	t.Helper()
	awaitTrue(t, ctx, fmt.Sprintf("%s with %q", selector, words), fmt.Sprintf(`(document.querySelector(%q)?.innerText ?? "").replaceAll("\u00a0", " ").includes(%q)`, selector, words))
}

// A packet that mosquitto_pub publishes appears on the open page by itself.
func TestPacketAppearsWithoutReload(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	ctx := browser(t, 1440, 900)
	visit(t, ctx, "http://"+p.http+"/packets")
	eval[bool](t, ctx, `window.loadedOnce = true`)
	awaitLive(t, ctx)
	publish(t, p.broker, packetTopic, packetMessage(frameGroup, time.Now()))
	awaitText(t, ctx, "main", hashGroup[:8])
	if !eval[bool](t, ctx, `window.loadedOnce === true`) {
		t.Error("the page was loaded again")
	}
	visit(t, ctx, "http://"+p.http+"/packets/"+hashGroup)
	awaitText(t, ctx, "main", "☁️")
}

// awaitLive waits until the page's event stream is open: what is published
// before could not appear by itself.
func awaitLive(t *testing.T, ctx context.Context) {
	t.Helper()
	awaitTrue(t, ctx, "the event stream is open", `document.documentElement.dataset.live === "on"`)
}

// tab gives one more page of a running browser, with nothing kept from others.
func tab(t *testing.T, parent context.Context) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("chromium: a new tab: %v", err)
	}
	return ctx
}

// shut ends a tab before the test ends.
func shut(t *testing.T, ctx context.Context) {
	t.Helper()
	if err := chromedp.Cancel(ctx); err != nil {
		t.Fatal(err)
	}
}

// look makes a page's window as wide as asked, with a theme of the system.
func look(t *testing.T, ctx context.Context, width int, theme string) {
	t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), 900)); err != nil {
		t.Fatal(err)
	}
}

// withoutScript switches scripts of the page off.
func withoutScript(t *testing.T, ctx context.Context) {
	t.Helper()
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
}

// withoutEvents keeps pages as they were loaded.
func withoutEvents(t *testing.T, ctx context.Context, p *process) {
	t.Helper()
	still := network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: "http://" + p.http + "/events*", Block: true}}}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.SetBlockedURLs, still); err != nil {
		t.Fatal(err)
	}
}

// press sends keys to the page, one after the other.
func press(t *testing.T, ctx context.Context, keys ...string) {
	t.Helper()
	for _, k := range keys {
		if err := chromedp.Do(ctx, chromedp.KeyEvent(k)); err != nil {
			t.Fatal(err)
		}
	}
}

// awaitTrue waits until an expression holds on the page, which may be another
// one by then.
func awaitTrue(t *testing.T, ctx context.Context, what, expression string) {
	t.Helper()
	var last error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		if ok && err == nil {
			return
		}
		last = err
	}
	shown, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 1500)`))
	t.Fatalf("%s: not so after a minute (%v) on %s", what, last, shown)
}
