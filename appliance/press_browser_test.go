package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// aim finds the first part of the page that fits a selector and shows, brings it
// into the window, and says where it is to be pressed: what lies under something
// else cannot be. Until window.aimed.end, a press that meets anything else than
// that part goes nowhere.
const aim = `(() => {
	window.aimed?.end();
	const el = [...document.querySelectorAll(%q)].find(e => e.offsetParent);
	if (!el) return "nothing shows";
	el.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
	const meant = top => el.isConnected && (el.contains(top) || el.closest("label")?.contains(top) === true);
	const r = el.getClientRects()[0], x = r.x + Math.min(r.width, 60) / 2, y = r.y + r.height / 2, top = document.elementFromPoint(x, y);
	if (!meant(top)) return "covered by " + (top ? top.outerHTML.slice(0, 200) : "nothing: out of the window");
	const kinds = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"];
	const met = e => {
		if (!meant(e.target)) { e.preventDefault(); e.stopImmediatePropagation(); }
		else if (e.type === "click") window.aimed.hit = true;
	};
	const scripts = document.documentElement.classList.contains("js"); // without, nothing moves and nothing listens
	window.aimed = {hit: !scripts, end: () => { for (const k of kinds) removeEventListener(k, met, true); delete window.aimed; }};
	for (const k of kinds) addEventListener(k, met, true);
	return x + " " + y;
})()`

// met tells whether the press met what was aimed at. Where another page is open by
// then, it did.
const met = `(a => { a?.end(); return !a || a.hit; })(window.aimed)`

// click presses the mouse on the first such part of the page that shows. Where the
// page moves in between, the press goes nowhere, and is made anew.
func click(t *testing.T, ctx context.Context, selector string) {
	t.Helper()
	at := ""
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var err error
		if at, err = chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(aim, selector))); err != nil {
			at = err.Error() // another page is being opened
			continue
		}
		var x, y float64
		if _, err := fmt.Sscan(at, &x, &y); err != nil {
			continue
		}
		if err := chromedp.Do(ctx, chromedp.MouseEvent(chromedp.MouseMoved, x, y), chromedp.MouseClickXY(x, y)); err != nil {
			t.Fatalf("%s: %v", selector, err)
		}
		if hit, err := chromedp.Run(ctx, chromedp.Evaluate[bool](met)); hit || err != nil {
			return
		}
	}
	t.Fatalf("%s: not pressed within a minute: %s", selector, at)
}

// point moves the mouse to a place of the window and presses nothing.
func point(t *testing.T, ctx context.Context, x, y float64) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.MouseEvent(chromedp.MouseMoved, x, y)); err != nil {
		t.Fatal(err)
	}
}

// pointAt moves the mouse onto the first part of the page that fits, and gives where
// that is.
func pointAt(t *testing.T, ctx context.Context, selector string) (x, y float64) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		place := eval[[]float64](t, ctx, fmt.Sprintf(`(r => r ? [r.x + Math.min(r.width, 400) / 2, r.y + Math.min(r.height, 20) / 2] : [])(document.querySelector(%q)?.getBoundingClientRect())`, selector))
		if len(place) < 2 {
			continue
		}
		point(t, ctx, place[0], place[1])
		if eval[bool](t, ctx, fmt.Sprintf(`document.querySelector(%q)?.matches(":hover") === true`, selector)) {
			return place[0], place[1]
		}
	}
	t.Fatalf("%s: the mouse is not on it after a minute", selector)
	return 0, 0
}
