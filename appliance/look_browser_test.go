package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hilltop/ui/sample"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// demoPages gives the pages of a running simulated mesh, by name.
func demoPages(t *testing.T, p *process) map[string]string {
	t.Helper()
	paths := map[string]string{}
	for name, path := range pages {
		paths[name] = path
	}
	first := func(list, prefix string) string {
		_, html := p.get(list)
		return firstLink(t, html, prefix)
	}
	paths["packet"] = first("/packets", "/packets/")
	paths["node"] = first("/nodes", "/nodes/")
	paths["links"] = paths["node"] + "/links"
	paths["observer"] = first("/observers", "/observers/")
	paths["channel"] = first("/channels", "/channels/")
	for _, name := range []string{"paths", "identity", "graph", "traffic"} {
		paths["report-"+name] = "/reports/" + name
	}
	for _, name := range []string{"settings", "help", "style"} {
		paths[name] = "/" + name
	}
	paths["search"] = "/search?q=r"
	return paths
}

// startDemo runs a simulated mesh that has some past.
func startDemo(t *testing.T) *process {
	t.Helper()
	p := start(t, startOptions{command: "demo"})
	p.ready()
	p.await("the simulated past", func() bool { return p.stats().TotalObservations > 20_000 })
	return p
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

// axeRun tells what the accessibility checker finds wrong, a line each. What
// does not hang on colour is the same in both themes.
const axeRun = `axe.run(document, document.documentElement.dataset.theme === "dark" ? {runOnly: ["color-contrast"]} : {}).then(r => r.violations.map(v => v.id + ": " + v.help + ": " +
	v.nodes.slice(0, 3).map(n => n.target.join(" ") + " " + n.failureSummary).join("; ")).join("\n"))`

// states are samples that show what the pages of the simulated mesh do not.
var states = []string{
	"home-empty", "home-loading", "waiting", "packets-nothing", "packets-extreme", "packet-extreme", "packet-trace", "packet-locked", "nodes-nothing",
	"node-bare", "node-404", "channel-locked", "channel-within", "channel-nothing", "channels-keys", "channels-signed-out", "channels-nothing", "problem-404", "problem-500", "settings-kept", "search-found", "search-nothing",
}

// Every page, with what strangers may send and in its rarer states, is
// accessible as far as axe-core can tell, in both themes, on a phone and on a
// desk; nothing is wider than the window.
func TestPagesAreAccessible(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	p := startDemo(t)
	paths := demoPages(t, p)
	for _, x := range sample.Pages() {
		if strings.HasSuffix(x.Name, "hostile") && x.Name != "shell-hostile" || slices.Contains(states, x.Name) {
			paths["sample "+x.Name] = "/style/" + url.PathEscape(x.Name)
		}
	}
	names := slices.Sorted(maps.Keys(paths))
	for _, width := range []int{360, 1440} {
		for some := range slices.Chunk(names, 8) { // a browser grows with what it has shown
			t.Run(fmt.Sprintf("%d px, from %s", width, some[0]), func(t *testing.T) {
				ctx := browser(t, width, 900)
				look(t, ctx, width, "light")
				traffic(t, ctx)
				withoutEvents(t, ctx, p)
				for _, name := range some {
					visit(t, ctx, "http://"+p.http+paths[name])
					accessible(t, ctx, name, string(axe))
				}
			})
		}
	}
}

// accessible checks the open page in both themes.
func accessible(t *testing.T, ctx context.Context, name, axe string) {
	t.Helper()
	if over := eval[float64](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
		t.Errorf("%s: the page is %g px wider than the window", name, over)
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](axe+"\n;true")); err != nil {
		t.Fatal(err)
	}
	for _, theme := range []string{"light", "dark"} {
		eval[string](t, ctx, `document.documentElement.dataset.theme = "`+theme+`"`)
		wrong, err := chromedp.Run(ctx, chromedp.Evaluate[string](axeRun, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		if wrong != "" {
			t.Errorf("%s, %s:\n%s", name, theme, wrong)
		}
	}
}

// Limits of a first view.
const (
	viewBytes    = 100 << 10
	viewRequests = 6
	// viewShift is the cumulative layout shift that counts as good. On a machine
	// so slow that it paints half a page first, the columns of a table settle.
	viewShift = 0.1
)

// A first view of a page asks for little, and nothing on it moves by its being
// loaded, not even when there is no event stream.
func TestFirstViewIsSmallAndStill(t *testing.T) {
	p := startDemo(t)
	paths := demoPages(t, p)
	for _, width := range []int{360, 1440} {
		ctx := browser(t, width, 900)
		look(t, ctx, width, "light")
		seen := traffic(t, ctx)
		withoutEvents(t, ctx, p) // new rows that come in live may push others down
		if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watchShifts}); err != nil {
			t.Fatal(err)
		}
		for name, path := range paths {
			seen()
			visit(t, ctx, "http://"+p.http+path)
			awaitTrue(t, ctx, "the script has run", `document.documentElement.dataset.live === "off"`)
			if sum := eval[float64](t, ctx, `moved.reduce((sum, m) => sum + parseFloat(m), 0)`); sum > viewShift {
				t.Errorf("%s at %d px: want a page that stays where it is, have it moved by %q", name, width, eval[[]string](t, ctx, `moved`))
			}
			v := seen()
			if len(v.urls) > viewRequests {
				t.Errorf("%s: want at most %d requests, have %q", name, viewRequests, v.urls)
			}
			if v.bytes > viewBytes || v.bytes < 10<<10 {
				t.Errorf("%s: want 10 to %d KiB over the wire, have %d", name, viewBytes>>10, v.bytes>>10)
			}
			t.Logf("%s at %d px: %d requests, %d KiB", name, width, len(v.urls), v.bytes>>10)
		}
	}
}

// withoutEvents keeps pages as they were loaded.
func withoutEvents(t *testing.T, ctx context.Context, p *process) {
	t.Helper()
	still := network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: "http://" + p.http + "/events*", Block: true}}}
	if _, err := chromedp.Call(ctx, network.SetBlockedURLs, still); err != nil {
		t.Fatal(err)
	}
}

// watchShifts keeps what moves on a page, and how much.
const watchShifts = `window.moved = [];
new PerformanceObserver(l => {
	for (const e of l.getEntries()) if (!e.hadRecentInput)
		moved.push(e.value.toFixed(4) + " " + e.sources.map(s => s.node && (s.node.id || s.node.className || s.node.nodeName)).join(","));
}).observe({type: "layout-shift", buffered: true});`

// viewed is what a browser asked for, and how many bytes came over the wire.
type viewed struct {
	urls  []string
	bytes int64
}

// traffic counts, with nothing kept from page to page. What it returns gives
// the sums since it was called last. The event stream never ends and is no part
// of the bytes, nor are parts that the script renews when something happens.
func traffic(t *testing.T, ctx context.Context) func() viewed {
	t.Helper()
	var mu sync.Mutex
	var sum viewed                        // guarded by mu
	first := map[network.RequestID]bool{} // guarded by mu
	err := chromedp.Listen(ctx, func(e any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := e.(type) {
		case *network.EventRequestWillBeSent:
			if strings.HasPrefix(e.Request.URL, "http") && e.Type != network.ResourceTypeFetch {
				sum.urls = append(sum.urls, e.Request.URL)
				first[e.RequestID] = true
			}
		case *network.EventLoadingFinished:
			if first[e.RequestID] {
				sum.bytes += int64(e.EncodedDataLength)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		t.Fatal(err)
	}
	return func() viewed {
		mu.Lock()
		defer mu.Unlock()
		v := sum
		sum = viewed{}
		return v
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

// awaitTrue waits until an expression holds on the page.
func awaitTrue(t *testing.T, ctx context.Context, what, expression string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if eval[bool](t, ctx, expression) {
			return
		}
	}
	t.Fatalf("%s: not so after 30 s", what)
}

// The keyboard finds, walks and explains.
func TestKeys(t *testing.T) {
	p := startDemo(t)
	ctx := browser(t, 1440, 900)
	visit(t, ctx, "http://"+p.http+"/nodes")
	awaitTrue(t, ctx, "the script runs", `document.documentElement.classList.contains("js")`)
	name := eval[string](t, ctx, `document.querySelector("#nodes tbody tr .name").innerText`)
	press(t, ctx, "?")
	awaitText(t, ctx, "#keys-box", "Find anything")
	if err := chromedp.Do(ctx, chromedp.Click("#keys-box button")); err != nil {
		t.Fatal(err)
	}
	press(t, ctx, "j")
	awaitTrue(t, ctx, "a row is marked", `document.querySelectorAll("#nodes tr.at").length === 1`)
	eval[bool](t, ctx, `document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", ctrlKey: true, bubbles: true})), true`)
	awaitTrue(t, ctx, "the search has the focus", `document.activeElement.id === "find"`)
	press(t, ctx, name)
	awaitText(t, ctx, ".found", name)
	press(t, ctx, "\r")
	awaitTrue(t, ctx, "the page of results", `location.pathname === "/search"`)
	awaitText(t, ctx, "#found", name)
	awaitTrue(t, ctx, "the script runs", `document.documentElement.classList.contains("js")`)
	eval[bool](t, ctx, `document.activeElement.blur(), true`)
	press(t, ctx, "g", "o")
	awaitTrue(t, ctx, "the observers", `location.pathname === "/observers"`)
}

// What a viewer sets is kept by the browser and rendered by the server, by
// forms alone.
func TestSettingsWithoutScript(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	ctx := browser(t, 1440, 900)
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	visit(t, ctx, "http://"+p.http+"/settings")
	for _, choice := range []string{`.settings [name="density"][value="compact"]`, `.settings [name="times"][value="clock"]`, `.settings [name="theme"][value="dark"]`} {
		if err := chromedp.Do(ctx, chromedp.Click(choice)); err != nil {
			t.Fatal(err)
		}
		awaitTrue(t, ctx, choice+" is chosen", `document.querySelector('`+choice+`').checked`)
	}
	if err := chromedp.Do(ctx, chromedp.Click(`.settings .primary`)); err != nil {
		t.Fatal(err)
	}
	awaitText(t, ctx, ".saved", "Kept")
	visit(t, ctx, "http://"+p.http+"/packets")
	have := eval[string](t, ctx, `JSON.stringify({...document.documentElement.dataset})`)
	if want := `{"theme":"dark","density":"compact","times":"clock"}`; have != want {
		t.Errorf("want %s, have %s", want, have)
	}
	if ground := eval[string](t, ctx, `getComputedStyle(document.body).backgroundColor`); ground != "rgb(12, 17, 16)" {
		t.Errorf("want the dark ground, have %s", ground)
	}
}

// A browser's zone is told to the server, which writes times in it.
func TestTimesInTheViewersZone(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	req, err := http.NewRequest(http.MethodGet, "http://"+p.http+"/system", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "zone", Value: url.QueryEscape("Asia/Kolkata")})
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), "Times in Asia/Kolkata") || !strings.Contains(string(body), " IST") {
		t.Errorf("want times in India's zone, have %s", tail(string(body), 2000))
	}
}
