package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focus tells what has the focus, and whether one can see that.
const focus = `(() => {
	const el = document.activeElement, r = el.getBoundingClientRect(), s = getComputedStyle(el), f = el.closest(".find, .switch label");
	const ring = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
	return {
		what: el.className || el.id || el.href || el.innerText || el.tagName,
		seen: (ring(s) || f !== null && ring(getComputedStyle(f))) && r.width > 0 && r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth,
		order: [...document.querySelectorAll("*")].indexOf(el),
	};
})()`

// obeyKeys: the keyboard finds, walks and explains; the focus is always seen, and
// comes back from what was opened.
func obeyKeys(t *testing.T, parent context.Context, p *process) {
	ctx := tab(t, parent)
	look(t, ctx, 1440, "light")
	withoutEvents(t, ctx, p)
	open := func(path string) {
		t.Helper()
		visit(t, ctx, "http://"+p.http+path)
		awaitTrue(t, ctx, "the script runs", `document.documentElement.classList.contains("js")`)
	}
	control := func(key string) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.KeyEvent(key, chromedp.KeyModifiers(chromedp.ModifierCtrl))); err != nil {
			t.Fatal(err)
		}
	}
	type focused struct {
		What  string
		Seen  bool
		Order float64
	}

	open("/nodes")
	press(t, ctx, kb.Tab)
	awaitTrue(t, ctx, "the way past the menu comes first", `document.activeElement.matches(".skip")`)
	press(t, ctx, kb.Enter, kb.Tab)
	awaitTrue(t, ctx, "the focus goes on in the content", `document.querySelector("main").contains(document.activeElement)`)

	open("/nodes")
	last := focused{Order: -1}
	for range 30 {
		press(t, ctx, kb.Tab)
		now := eval[focused](t, ctx, focus)
		if !now.Seen {
			t.Errorf("tab to %q, after %q: one cannot see that it has the focus", now.What, last.What)
		}
		if now.Order <= last.Order {
			t.Errorf("tab leads back, from %q to %q", last.What, now.What)
		}
		last = now
	}

	open("/nodes")
	name := busiest(p).Name
	press(t, ctx, "?")
	awaitText(t, ctx, "#keys-box", "Find anything")
	awaitTrue(t, ctx, "the focus is in the box", `document.getElementById("keys-box").contains(document.activeElement)`)
	press(t, ctx, kb.Escape)
	awaitTrue(t, ctx, "the box is shut", `!document.getElementById("keys-box").open && document.activeElement === document.body`)
	press(t, ctx, "j", "j", "k")
	awaitTrue(t, ctx, "the first row is marked", `document.querySelector("#nodes tbody tr").classList.contains("at")`)

	control("k")
	awaitTrue(t, ctx, "the search has the focus", `document.activeElement.id === "find"`)
	press(t, ctx, name)
	awaitText(t, ctx, ".found", name)
	press(t, ctx, kb.Escape)
	awaitTrue(t, ctx, "what was found is shut", `document.querySelector(".found").hidden && document.activeElement.id !== "find"`)
	control("k")
	press(t, ctx, name)
	awaitTrue(t, ctx, "it shows again", `!document.querySelector(".found").hidden`)
	press(t, ctx, kb.Enter)
	awaitTrue(t, ctx, "the page of results", `location.pathname === "/search"`)
	awaitText(t, ctx, "#found", name)
	awaitTrue(t, ctx, "the script runs", `document.documentElement.classList.contains("js")`)
	eval[bool](t, ctx, `(document.activeElement.blur(), true)`)
	// In one turn, as the two belong together only for a second and a half.
	eval[bool](t, ctx, `["g", "o"].every(key => document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true})))`)
	awaitTrue(t, ctx, "the observers", `location.pathname === "/observers" && document.documentElement.classList.contains("js")`)
	control("k")
	holdAnswers(t, ctx)
	typed := func(text string) {
		t.Helper()
		eval[bool](t, ctx, fmt.Sprintf(`((f) => { f.value = %q; return f.dispatchEvent(new Event("input")); })(document.getElementById("find"))`, text))
	}
	const marked = `document.querySelector(".found [data-at]")`
	typed(name)
	awaitTrue(t, ctx, "an answer is on its way", `held.length === 1`)
	eval[bool](t, ctx, `release()`)
	awaitText(t, ctx, ".found", name)
	press(t, ctx, kb.ArrowDown)
	node := eval[string](t, ctx, marked+`.href`)
	typed(strings.ToUpper(name)) // other words with the same answer: of fewer letters the node may be none of the few that show
	awaitTrue(t, ctx, "what is typed takes the mark away", marked+` === null`)
	awaitTrue(t, ctx, "an answer is on its way", `held.length === 1`)
	press(t, ctx, kb.ArrowDown)
	eval[bool](t, ctx, `(document.querySelector(".found > *").dataset.old = "", release())`)
	awaitTrue(t, ctx, "the late answer shows, and what was marked stays so", `!document.querySelector(".found > [data-old]") && `+fmt.Sprintf(marked+`.href === %q`, node))
	typed("nothing is called so")
	awaitTrue(t, ctx, "an answer is on its way", `held.length === 1`)
	press(t, ctx, kb.ArrowUp)
	under := eval[string](t, ctx, marked+`.href`)
	eval[bool](t, ctx, `release()`)
	awaitTrue(t, ctx, "the answer has been looked at", `released === 3`)
	if now := eval[string](t, ctx, marked+`?.href || ""`); now != under {
		t.Errorf("a late answer took %q from under the mark, which is at %q", under, now)
	}
	typed(name)
	awaitTrue(t, ctx, "an answer is on its way", `held.length === 1`)
	eval[bool](t, ctx, `release()`)
	awaitText(t, ctx, ".found", name)
	press(t, ctx, kb.ArrowDown, kb.Enter)
	awaitTrue(t, ctx, "the node found", `location.pathname.startsWith("/nodes/")`)
	awaitText(t, ctx, "main h1", name)
}

// holdAnswers lets what the search asks wait until it is released; what the page
// asks of itself, to bring itself up to date, goes its way.
func holdAnswers(t *testing.T, ctx context.Context) {
	t.Helper()
	eval[bool](t, ctx, `(() => {
		const real = window.fetch;
		window.held = [];
		window.released = 0;
		window.fetch = (...asked) => !String(asked[0]).startsWith("/search?") ? real(...asked) : new Promise((answer) => held.push(async () => {
			const got = await real(...asked), text = await got.text();
			answer({ text: async () => text });
			setTimeout(() => { released++; }); // when the page has taken it
		}));
		window.release = () => { held.shift()(); return true; };
		return true;
	})()`)
}
