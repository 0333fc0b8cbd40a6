package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hilltop/ui/sample"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestPages looks at the pages of one simulated mesh with one browser.
func TestPages(t *testing.T) {
	p := startDemo(t)
	paths := demoPages(t, p)
	parent := browser(t, 1440, 900)
	t.Run("are small and still", func(t *testing.T) { smallAndStill(t, parent, p, paths) })
	t.Run("are complete without a script", func(t *testing.T) { completeWithoutScript(t, parent, p, paths) })
	t.Run("are accessible", func(t *testing.T) { allAccessible(t, parent, p, paths) })
	t.Run("do their tasks", func(t *testing.T) { doTasks(t, parent, p, paths) })
	t.Run("obey keys", func(t *testing.T) { obeyKeys(t, parent, p) })
	t.Run("have stars in rows", func(t *testing.T) { starsOfRows(t, parent, p) })
}

// widths are those of a phone and of a desk.
var widths = []int{360, 1440}

// axeRun tells what the accessibility checker finds wrong, a line each. What
// does not hang on colour is the same in both themes.
const axeRun = `axe.run(document, %s).then(r => r.violations.map(v => v.id + ": " + v.help + ": " +
	v.nodes.slice(0, 3).map(n => n.target.join(" ") + " " + n.failureSummary).join("; ")).join("\n"))`

// violations checks the open page as it is, in the dark its colours alone.
func violations(t *testing.T, ctx context.Context, axe, theme string) string {
	t.Helper()
	if !eval[bool](t, ctx, `"axe" in window`) {
		eval[bool](t, ctx, axe+"\n;true")
	}
	rules := `{}`
	if theme == "dark" {
		rules = `{runOnly: ["color-contrast"]}`
	}
	wrong, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(axeRun, rules), chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return wrong
}

// rare tells samples that show what the pages of a simulated mesh do not: what
// strangers may send, and states that a mesh in good health has not.
func rare(name string) bool {
	return strings.Contains(name, "-") && !strings.HasPrefix(name, "shell") || name == "waiting"
}

// allAccessible: every page, with what strangers may send and in its rarer
// states, is accessible as far as axe-core can tell, in both themes, on a phone
// and on a desk; nothing is wider than the window.
func allAccessible(t *testing.T, parent context.Context, p *process, paths map[string]string) {
	axe := string(must(os.ReadFile("testdata/axe/axe.min.js")))
	paths = maps.Clone(paths)
	for _, x := range sample.Pages() {
		if rare(x.Name) {
			paths["sample "+x.Name] = "/style/" + url.PathEscape(x.Name)
		}
	}
	names := slices.Sorted(maps.Keys(paths))
	for i, width := range widths {
		n := 0
		for some := range slices.Chunk(names, 8) { // a page of a browser grows with what it has shown
			ctx := tab(t, parent)
			look(t, ctx, width, "light")
			withoutEvents(t, ctx, p)
			for _, name := range some {
				if n++; raceEnabled && n%len(widths) != i {
					continue // at one of the widths, where the race detector makes all slow
				}
				visit(t, ctx, "http://"+p.http+paths[name])
				accessible(t, ctx, fmt.Sprintf("%s at %d px", name, width), axe)
			}
			shut(t, ctx)
		}
	}
}

// accessible checks the open page in both themes.
func accessible(t *testing.T, ctx context.Context, name, axe string) {
	t.Helper()
	if over := eval[float64](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
		t.Errorf("%s: the page is %g px wider than the window", name, over)
	}
	for _, theme := range []string{"light", "dark"} {
		eval[string](t, ctx, `document.documentElement.dataset.theme = "`+theme+`"`)
		if wrong := violations(t, ctx, axe, theme); wrong != "" {
			t.Errorf("%s, %s:\n%s", name, theme, wrong)
		}
	}
}

// Limits of a first view.
const (
	viewBytes    = 100 << 10
	viewRequests = 6
	// viewShift is the cumulative layout shift allowed; 0.1 counts as good.
	viewShift = 0.005
)

// smallAndStill: a first view of a page asks for little, and nothing on it moves
// by its being loaded, not even when there is no event stream.
func smallAndStill(t *testing.T, parent context.Context, p *process, paths map[string]string) {
	for _, width := range widths {
		ctx := tab(t, parent)
		look(t, ctx, width, "light")
		seen := traffic(t, ctx)
		withoutEvents(t, ctx, p) // new rows that come in live may push others down
		if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watchShifts}); err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(paths)) {
			visit(t, ctx, "http://"+p.http+paths[name])
			awaitTrue(t, ctx, "the script has run", `document.documentElement.dataset.live === "off"`)
			sum := eval[float64](t, ctx, `moved.reduce((sum, m) => sum + parseFloat(m), 0)`)
			if sum > viewShift {
				t.Errorf("%s at %d px: want a page that stays where it is, have it moved by %q", name, width, eval[[]string](t, ctx, `moved`))
			}
			v := seen()
			if len(v.urls) > viewRequests {
				t.Errorf("%s: want at most %d requests, have %q", name, viewRequests, v.urls)
			}
			if v.bytes > viewBytes || v.bytes < 10<<10 {
				t.Errorf("%s: want 10 to %d KiB over the wire, have %d", name, viewBytes>>10, v.bytes>>10)
			}
			t.Logf("%s at %d px: %d requests, %d KiB, moved by %.4f", name, width, len(v.urls), v.bytes>>10, sum)
		}
		shut(t, ctx)
	}
}

// contents are the headings of a page and of its parts that show, and the
// letters of its text, which change little while a mesh goes on.
const contents = `(() => {
	const shown = [...document.querySelectorAll("main h1, main h2")].filter(h => h.offsetParent);
	return {headings: shown.map(h => h.innerText.trim()), letters: document.querySelector("main").innerText.length};
})()`

// completeWithoutScript: what a page shows does not hang on scripts.
func completeWithoutScript(t *testing.T, parent context.Context, p *process, paths map[string]string) {
	type content struct {
		Headings []string
		Letters  float64
	}
	with, without := tab(t, parent), tab(t, parent)
	withoutScript(t, without)
	for _, ctx := range []context.Context{with, without} {
		look(t, ctx, 1440, "light")
		withoutEvents(t, ctx, p)
	}
	read := func(name string) (have [2]content) {
		for i, ctx := range []context.Context{with, without} {
			visit(t, ctx, "http://"+p.http+paths[name])
			have[i] = eval[content](t, ctx, contents)
		}
		return have
	}
	same := func(have [2]content) bool {
		return slices.Equal(have[0].Headings, have[1].Headings) && have[1].Letters >= 0.8*have[0].Letters
	}
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		have := read(name)
		for again := 0; again < 5 && !same(have); again++ { // the mesh goes on: what is missing without a script stays so
			have = read(name)
		}
		if !same(have) {
			t.Errorf("%s: want %q and about %g letters also without a script, have %q and %g", name, have[0].Headings, have[0].Letters, have[1].Headings, have[1].Letters)
		}
	}
	shut(t, with)
	shut(t, without)
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

// traffic counts what each page asks for, with nothing kept from page to page. What
// it returns waits for all that the open page has asked for, and gives the sums. The
// event stream never ends and is no part of the bytes, nor are parts that the script
// renews when something happens.
func traffic(t *testing.T, ctx context.Context) func() viewed {
	t.Helper()
	var mu sync.Mutex
	var sum viewed                          // guarded by mu
	var open cdp.LoaderID                   // guarded by mu: the page that is counted
	pending := map[network.RequestID]bool{} // guarded by mu
	err := chromedp.Listen(ctx, func(e any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := e.(type) {
		case *network.EventRequestWillBeSent:
			if e.Type == network.ResourceTypeDocument && e.LoaderID != open {
				sum, open = viewed{}, e.LoaderID
				clear(pending)
			}
			if e.LoaderID != open || !strings.HasPrefix(e.Request.URL, "http") || e.Type == network.ResourceTypeFetch {
				return
			}
			if e.Type != network.ResourceTypeEventSource {
				pending[e.RequestID] = true
			} else if slices.Contains(sum.urls, e.Request.URL) {
				return // a stream that did not open is tried again every now and then
			}
			sum.urls = append(sum.urls, e.Request.URL)
		case *network.EventLoadingFinished:
			if pending[e.RequestID] {
				sum.bytes += int64(e.EncodedDataLength)
				delete(pending, e.RequestID)
			}
		case *network.EventLoadingFailed:
			delete(pending, e.RequestID)
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
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
			mu.Lock()
			seen, waits := viewed{slices.Clone(sum.urls), sum.bytes}, len(pending)
			mu.Unlock()
			if waits == 0 {
				return seen
			}
			if time.Now().After(deadline) {
				t.Fatalf("of %q %d have not come after a minute", seen.urls, waits)
			}
		}
	}
}
