package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// visitor is somebody who does something on a page.
type visitor struct {
	t     *testing.T
	ctx   context.Context
	width int
	of    demoNode // whose page and links are looked at
}

// click presses the mouse on the first such part of the page that shows.
func (v visitor) click(selector string) {
	v.t.Helper()
	click(v.t, v.ctx, selector)
}

// fill writes into a field.
func (v visitor) fill(selector, text string) {
	v.t.Helper()
	v.click(selector)
	eval[bool](v.t, v.ctx, `document.activeElement.select?.(), true`)
	press(v.t, v.ctx, text)
}

// say is the value of an expression that is a string.
func (v visitor) say(expression string) string {
	v.t.Helper()
	return eval[string](v.t, v.ctx, expression)
}

// choose presses the first such link of the page that shows, known by where it leads:
// another one may be the first by then. It gives what the link says.
func (v visitor) choose(selector string) string {
	v.t.Helper()
	of := eval[[]string](v.t, v.ctx, fmt.Sprintf(`(a => a ? [a.innerText, a.getAttribute("href")] : [])([...document.querySelectorAll(%q)].find(e => e.offsetParent))`, selector+"[href]"))
	if len(of) == 0 {
		v.t.Fatalf("%s: no link there", selector)
	}
	v.click(fmt.Sprintf(`%s[href=%q]`, selector, of[1]))
	return of[0]
}

// text is what the first such part of the page that shows says.
func (v visitor) text(selector string) string {
	v.t.Helper()
	s := v.say(fmt.Sprintf(`[...document.querySelectorAll(%q)].find(e => e.offsetParent)?.innerText ?? ""`, selector))
	if s == "" {
		v.t.Fatalf("%s: nothing there", selector)
	}
	return s
}

// readCode reads the QR code of a contact with the reader for shared channels.
const readCode = `(async () => {
	const channels = new DOMParser().parseFromString(await (await fetch("/channels")).text(), "text/html");
	const { decodeQR } = await import(channels.querySelector("[data-qr]").dataset.qr);
	const area = new OffscreenCanvas(480, 480).getContext("2d");
	area.drawImage(document.querySelector(".contact img"), 0, 0, 480, 480);
	window.read = decodeQR(area.getImageData(0, 0, 480, 480));
})(), true`

// sees waits until an expression holds.
func (v visitor) sees(what, expression string) {
	v.t.Helper()
	awaitTrue(v.t, v.ctx, what, `document.readyState === "complete" && Boolean(`+expression+`)`)
}

// reads waits until a page at a path (its beginning) has a heading with words.
func (v visitor) reads(path, heading string) {
	v.t.Helper()
	v.sees(path+" with the heading "+heading, fmt.Sprintf(`location.pathname.startsWith(%q) && document.querySelector("main h1")?.innerText.includes(%q)`, path, heading))
}

// rows is an expression: the rows of a table, and that all of them are as told.
func every(rows, such string) string {
	return fmt.Sprintf(`(all => all.length > 0 && all.every(row => %s))([...document.querySelectorAll(%q)])`, such, rows)
}

// tasks are what people come to each page for.
var tasks = []struct {
	page string // of demoPages
	does string
	do   func(visitor)
}{
	{"home", "finds a silent observer and opens it", func(v visitor) {
		name := v.choose("#home-observers .name")
		v.reads("/observers/", name)
	}},
	{"packets", "shows adverts alone, and all again", func(v visitor) {
		v.click(".filter-box > summary")
		v.click(`.filter-form [name="type"][value="4"]`)
		v.click(".filter-form .primary")
		v.sees("adverts alone", every(".packet", `row.innerText.includes("Advert")`))
		v.sees("the chip", `location.search.includes("type=4") && document.querySelector(".filters .chips").innerText.includes("Advert")`)
		v.click(".filters .chips a")
		v.sees("no filter", `!location.search.includes("type=4") && document.querySelectorAll(".packet").length > 1`)
	}},
	{"packets", "names nodes while one types", func(v visitor) {
		v.click(".filter-box > summary")
		v.fill("[data-nodes]", "re")
		v.sees("names to choose", `document.querySelectorAll("#node-names option").length > 0`)
		v.fill("[data-nodes]", v.say(`document.querySelector("#node-names option").value`))
		v.click(".filter-form .primary")
		v.sees("the chip of a node that is known", `location.search.includes("node=") && !document.querySelector(".filters .chips").innerText.includes("not known")`)
	}},
	{"packet", "copies its hash and its address, and unfolds all of its JSON", func(v visitor) {
		for _, button := range []string{".thing [data-copy]", ".thing [data-copy-link]"} { // it says so for a moment only
			eval[bool](v.t, v.ctx, fmt.Sprintf(`(el => {
				window.said = "";
				new MutationObserver(() => { said += el.innerText; }).observe(el, {subtree: true, childList: true, characterData: true});
				return true;
			})(document.querySelector(%q))`, button))
			v.click(button)
			v.sees(button+" says that it has copied", `/Copied|Selected/.test(said) && location.pathname.startsWith("/packets/")`)
		}
		v.click("#fields .json > summary")
		v.click(`[data-fold="shut"]`)
		v.sees("all folded", `document.querySelectorAll(".json-tree details").length > 0 && !document.querySelector(".json-tree details[open]")`)
		v.click(`[data-fold="open"]`)
		v.sees("all unfolded", `!document.querySelector(".json-tree details:not([open])")`)
	}},
	{"packet", "shows who relayed it and what is in it", func(v visitor) {
		v.sees("bytes and fields", `document.querySelectorAll("#bytes .byte").length > 1 && document.querySelectorAll("#fields-table tbody tr").length > 1`)
		v.click("#bytes .dump a.byte")
		v.sees("the field of a byte", `document.querySelector("#fields-table tr:target")`)
	}},
	{"traces", "shows longer traces alone, and opens the stages of one", func(v visitor) {
		v.click(`nav[aria-label="Route"] a[href*="kind=trace"]`)
		v.sees("those alone", every("#traces tbody > tr", `row.querySelectorAll(".legs li").length > 1`))
		tag := v.text("#traces tbody .lead code")
		v.click("#traces tbody .stages a")
		v.reads("/packets/", "")
		v.sees("the stages of "+tag, fmt.Sprintf(`document.querySelector("#trace .stages [aria-current]") && document.querySelector("#trace").innerText.includes(%q)`, tag))
	}},
	{"nodes", "finds a repeater by its name", func(v visitor) {
		v.click(`nav[aria-label="Role"] a[href*="repeater"]`)
		v.sees("repeaters alone", every("#nodes tbody > tr", `row.innerText.includes("repeater")`))
		name := v.of.Name
		v.fill(`.search [name="q"]`, name)
		press(v.t, v.ctx, kb.Enter)
		v.sees("the node found", `new URLSearchParams(location.search).get("q") && `+every("#nodes tbody > tr", fmt.Sprintf(`row.innerText.includes(%q)`, name)))
		v.click("#nodes tbody .name")
		v.reads("/nodes/", name)
	}},
	{"node", "shows its times, and leads to its links", func(v visitor) {
		name := v.text("main h1")
		for _, want := range []string{"Last heard", "Last advert", "Last relayed"} {
			v.sees(want, fmt.Sprintf(`document.querySelector("#times").innerText.includes(%q)`, want))
		}
		v.click("#identity .fold:has(.contact) summary")
		v.sees("the code for an app", `document.querySelector(".contact img")?.naturalWidth > 0`)
		eval[bool](v.t, v.ctx, readCode)
		v.sees("that it says what the link says", `window.read === document.querySelector(".contact a").getAttribute("href") && window.read.includes(location.pathname.split("/").pop().slice(0, 8))`)
		v.click(`main a[href$="/links"]`)
		v.reads("/nodes/", name)
		v.sees("the links", `location.pathname.endsWith("/links")`)
	}},
	{"links", "narrows links to both ways, and opens a neighbour", func(v visitor) {
		v.click(`nav[aria-label="Direction"] li:nth-child(2) a`)
		v.sees("the choice", `document.querySelector('nav[aria-label="Direction"] li:nth-child(2) [aria-current]')`)
		name := v.choose("#certain tbody .name")
		v.reads("/nodes/", name)
	}},
	{"observers", "finds those in one state", func(v visitor) {
		// Of which state most are: of another there may be none any more when they are asked for.
		const most = `[...document.querySelectorAll('nav[aria-label="State"] li a[href*="state="]')].reduce((a, b) => of(b) > of(a) ? b : a)`
		eval[bool](v.t, v.ctx, `(window.of = a => Number(a.querySelector(".chip-name").innerText.replace(/\D/g, "")), true)`)
		state, href := v.say(most+`.innerText.replace(/[\d,]+\s*$/, "").trim()`), v.say(most+`.getAttribute("href")`)
		v.click(fmt.Sprintf(`nav[aria-label="State"] a[href="%s"]`, href))
		v.sees("those alone", `location.search.includes("state=") && `+every("#observers tbody > tr", fmt.Sprintf(`row.innerText.includes(%q)`, state)))
		name := v.choose("#observers tbody .name")
		v.reads("/observers/", name)
	}},
	{"observer", "leads to what it received", func(v visitor) {
		v.click(`main a[href^="/packets?"][href*="w=24h"]`)
		v.sees("its packets", `location.pathname === "/packets" && location.search.includes("obs=") && document.querySelectorAll(".packet").length > 0`)
	}},
	{"channels", "finds a message and opens a channel", func(v visitor) {
		v.fill(`.chat-find [name="q"]`, "firmware")
		press(v.t, v.ctx, kb.Enter)
		v.sees("messages with it", `location.search.includes("firmware") && `+every(".post .post-text", `row.querySelector("mark")`))
		eval[bool](v.t, v.ctx, `(setTimeout(() => history.back()), true)`)
		v.sees("the list", `document.querySelectorAll(".chan .name").length > 1 && !location.search`)
		name := v.choose(".chan .name")
		v.reads("/channels/", name)
	}},
	{"channels", "narrows channels to a region, which goes along", func(v visitor) {
		v.click(".filter-box > summary")
		region := v.say(`document.querySelector('.filter-form [name="region"]').value`)
		v.click(`.filter-form [name="region"]`)
		v.click(".filter-form .primary")
		v.sees("the chip", fmt.Sprintf(`location.search.includes("region=") && document.querySelector(".chat-chips").innerText.includes(%q)`, region))
		only := fmt.Sprintf(`location.search === "?region=%s"`, region)
		v.click(".chan .name")
		v.sees("a channel in it", `location.pathname.startsWith("/channels/") && document.querySelector(".chat .post") && `+only)
		v.click(`.nav a[href^="/packets"]`)
		v.sees("packets in it", `location.pathname === "/packets" && document.querySelector(".packet") && `+only)
		v.click(".filters .chips a")
		v.sees("no filter", `location.pathname === "/packets" && location.search === ""`)
	}},
	{"channel", "is read from its end, and narrowed to one sender", func(v visitor) {
		v.sees("its newest message", `(chat => chat.querySelector(".post:last-of-type").getBoundingClientRect().bottom <= chat.getBoundingClientRect().bottom + 1)(document.querySelector(".chat"))`)
		name := v.choose(".senders .name")
		v.sees("messages of "+name, every(".post .post-who", fmt.Sprintf(`row.innerText === %q`, name)))
	}},
	{"system", "says what is ready and what arrives", func(v visitor) {
		v.sees("readiness", `document.querySelector("main").innerText.includes("History ready")`)
		v.sees("the broker as a source", `document.querySelector("#sources").innerText.includes("broker")`)
	}},
	{"settings", "keeps a theme", func(v visitor) {
		v.click(`.settings [name="theme"][value="dark"]`)
		v.click(".settings .primary")
		v.sees("that it is kept", `document.documentElement.dataset.theme === "dark" && document.querySelector(".saved")`)
		v.click(`.settings [name="reset"]`)
		v.sees("the usual again", `!document.documentElement.dataset.theme`)
	}},
	{"help", "explains a word", func(v visitor) {
		v.sees("what a reception is", `[...document.querySelectorAll(".terms dt")].some(dt => dt.innerText.startsWith("reception") && dt.nextElementSibling.innerText.length > 20)`)
		v.sees("the keys", `document.querySelector("#keys").innerText.includes("Find anything")`)
	}},
	{"search", "opens what was found", func(v visitor) {
		if v.width < 640 {
			v.click(".find-page")
			v.reads("/search", "Find anything")
		}
		v.fill(`.search-page [name="q"]`, "Public")
		press(v.t, v.ctx, kb.Enter)
		v.sees("the channel", `location.search === "?q=Public" && document.querySelector('#found a[href="/channels/Public"]')`)
		v.click(`#found a[href="/channels/Public"]`)
		v.reads("/channels/", "Public")
	}},
	{"tools", "takes a pasted frame apart", func(v visitor) {
		v.fill(`[name="hex"]`, frameGroup)
		v.click(".tools-form .primary")
		v.sees("the message in it", `location.search.includes("preset=") && document.querySelector("main").innerText.includes("☁️")`)
	}},
	{"report-paths", "says how right names are", func(v visitor) {
		v.sees("figures", `/\d+(\.\d+)?\s% right/.test(document.querySelector("main").innerText)`)
	}},
	{"report-identity", "checks a prefix", func(v visitor) {
		v.fill(`[name="prefix"]`, "A3F1")
		press(v.t, v.ctx, kb.Enter)
		v.sees("an answer", `location.search.includes("A3F1") && document.querySelector("main").innerText.includes("A3F1")`)
	}},
	{"report-graph", "orders relays by neighbours, and opens one", func(v visitor) {
		if v.width < 640 {
			v.click(".sorters > summary")
			v.click(".sorters a:last-child")
		} else {
			v.click("main th:last-child a")
		}
		v.sees("the order", `location.search.includes("sort=") || location.search.includes("by=")`)
		name := v.choose("main tbody .name")
		v.reads("/nodes/", name)
	}},
	{"report-traffic", "shows what uses the air, and leads to other reports", func(v visitor) {
		v.sees("types", `document.querySelector("main tbody").innerText.includes("Advert")`)
		v.click(`nav[aria-label="Reports"] a[href="/reports/identity"]`)
		v.reads("/reports/identity", "")
	}},
}

// doTasks does the main task of each page with mouse and keys, in both themes,
// on a phone and on a desk. Where a task ends, the page is accessible.
func doTasks(t *testing.T, parent context.Context, p *process, paths map[string]string) {
	axe := string(must(os.ReadFile("testdata/axe/axe.min.js")))
	of := busiest(p)
	for _, width := range widths {
		for _, theme := range []string{"light", "dark"} {
			if raceEnabled && (width == 360) != (theme == "dark") {
				continue
			}
			ctx := tab(t, parent)
			look(t, ctx, width, theme)
			withoutEvents(t, ctx, p)
			for _, task := range tasks {
				t.Run(fmt.Sprintf("%s %s, %d px, %s", task.page, task.does, width, theme), func(t *testing.T) {
					visit(t, ctx, "http://"+p.http+paths[task.page])
					awaitTrue(t, ctx, "the script runs", `document.documentElement.classList.contains("js")`)
					task.do(visitor{t, ctx, width, of})
					if wrong := violations(t, ctx, axe, theme); wrong != "" {
						t.Errorf("where it ends: %s", wrong)
					}
				})
			}
			shut(t, ctx)
		}
	}
	for name := range paths {
		if name == "not-found" || name == "style" {
			continue
		}
		if !strings.Contains(fmt.Sprint(taskPages()), name) {
			t.Errorf("%s: no task of this page is tested", name)
		}
	}
}

// taskPages are the pages that have a task.
func taskPages() []string {
	names := make([]string, len(tasks))
	for i, task := range tasks {
		names[i] = task.page
	}
	return names
}
