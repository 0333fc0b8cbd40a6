package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// visit opens a page and waits until its heading shows.
func visit(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate(url), chromedp.WaitVisible("main h1")); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
}

// eval is the value of a JavaScript expression on the open page.
func eval[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// awaitText waits until the text of a part of the page holds the words.
func awaitText(t *testing.T, ctx context.Context, selector, words string) {
	t.Helper()
	var text string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		text = eval[string](t, ctx, `(document.querySelector("`+selector+`")||{}).innerText||""`)
		if strings.Contains(text, words) {
			return
		}
	}
	t.Fatalf("%s: want %q, have %q", selector, words, tail(text, 400))
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
	var state string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		state = eval[string](t, ctx, `document.documentElement.dataset.live||""`)
		if state == "on" {
			return
		}
	}
	t.Fatalf("event stream: want on, have %q", state)
}

// pages are those that a new user opens.
var pages = map[string]string{
	"home": "/", "packets": "/packets", "nodes": "/nodes", "observers": "/observers",
	"channels": "/channels", "tools": "/tools?hex=150011C3C1354D619BAE9590E4D177DB7EEAF982F5BDCF78005D75157D9535FA90178F785D", "system": "/system",
}

// TestShots writes a screenshot of every page of a simulated mesh, for the
// README and for people's eyes (./build.sh shots).
func TestShots(t *testing.T) {
	dir := os.Getenv("HILLTOP_SHOTS")
	if dir == "" {
		t.Skip("HILLTOP_SHOTS names no directory to write to")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p := startDemo(t)
	paths := demoPages(t, p)
	paths["not-found"] = "/nothing-is-here"
	paths["guide"] = "/style/home-empty"
	paths["loading"] = "/style/waiting"
	paths["compact"] = "/nodes" // in the look of that name
	for _, width := range []int{360, 1440} {
		for _, theme := range []string{"light", "dark"} {
			ctx := browser(t, width, 900)
			for name, path := range paths {
				setLook(t, ctx, p, name)
				shoot(t, ctx, "http://"+p.http+path, filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", name, theme, width)), width, theme)
			}
		}
	}
}

// setLook chooses the density of the page that is called after it.
func setLook(t *testing.T, ctx context.Context, p *process, name string) {
	t.Helper()
	look := ""
	if name == "compact" {
		look = "density=compact"
	}
	cookie := network.SetCookieParams{Name: "settings", Value: look, URL: "http://" + p.http + "/"}
	if _, err := chromedp.Call(ctx, network.SetCookie, cookie); err != nil {
		t.Fatal(err)
	}
}

// firstLink is the first link of a page to a page below prefix.
func firstLink(t *testing.T, html, prefix string) string {
	t.Helper()
	for rest := html; ; {
		i := strings.Index(rest, `href="`+prefix)
		if i < 0 {
			t.Fatalf("no link to %s…", prefix)
		}
		rest = rest[i+6:]
		link := rest[:strings.IndexByte(rest, '"')]
		if len(link) > len(prefix) && !strings.Contains(link, "?") {
			return link
		}
	}
}

func shoot(t *testing.T, ctx context.Context, url, file string, width int, theme string) {
	t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), 900)); err != nil {
		t.Fatal(err)
	}
	visit(t, ctx, url)
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		t.Fatal(err)
	}
}
