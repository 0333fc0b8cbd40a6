package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilltop/ui/sample"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// TestShots writes a screenshot of every page of a simulated mesh and of every
// state that it does not show, for the README and for people's eyes
// (./build.sh shots). HILLTOP_SHOTS_ONLY names those wanted, by a part of the
// file's name.
func TestShots(t *testing.T) {
	dir := os.Getenv("HILLTOP_SHOTS")
	if dir == "" {
		t.Skip("HILLTOP_SHOTS names no directory to write to")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p := startDemo(t)
	shots := demoPages(t, p)
	shots["compact"] = "/nodes" // in the look of that name
	shots["narrowed"] = "/packets?type=4&w=1h"
	for _, x := range sample.Pages() {
		if rare(x.Name) {
			shots["state-"+x.Name] = "/style/" + url.PathEscape(x.Name)
		}
	}
	parent := browser(t, 1440, 900)
	for _, width := range []int{360, 1440} {
		for _, theme := range []string{"light", "dark"} {
			ctx := tab(t, parent)
			look(t, ctx, width, theme)
			for _, name := range slices.Sorted(maps.Keys(shots)) {
				file := fmt.Sprintf("%s-%s-%d.png", name, theme, width)
				if strings.Contains(file, os.Getenv("HILLTOP_SHOTS_ONLY")) {
					setLook(t, ctx, p, name)
					shoot(t, ctx, width, "http://"+p.http+shots[name], filepath.Join(dir, file))
				}
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

// shoot writes a screenshot of a whole page, in a window as high as it is: what
// is fixed at the window's edge does not lie over the page.
func shoot(t *testing.T, ctx context.Context, width int, url, file string) {
	t.Helper()
	visit(t, ctx, url)
	height := eval[int64](t, ctx, `document.querySelector(".chat") ? innerHeight : Math.max(innerHeight, document.documentElement.scrollHeight)`)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), height)); err != nil {
		t.Fatal(err)
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), 900)); err != nil {
		t.Fatal(err)
	}
}
