package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui/sample"
)

// send posts a form, with cookies, and gives the cookies of the answer.
func (w *world) submit(path string, form url.Values, cookies []*http.Cookie) []*http.Cookie {
	w.t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Host = "localhost"
	for _, c := range cookies {
		r.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	w.s.Handler().ServeHTTP(rec, r)
	if rec.Code != http.StatusSeeOther {
		w.t.Fatalf("%s: want 303, have %d: %s", path, rec.Code, rec.Body)
	}
	return rec.Result().Cookies()
}

// page fetches a page with cookies.
func (w *world) page(path string, cookies ...*http.Cookie) string {
	w.t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Host = "localhost"
	for _, c := range cookies {
		r.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	w.s.Handler().ServeHTTP(rec, r)
	if rec.Code != http.StatusOK {
		w.t.Fatalf("%s: want 200, have %d", path, rec.Code)
	}
	return rec.Body.String()
}

func expect(t *testing.T, body string, words ...string) {
	t.Helper()
	body = asRead(body)
	for _, x := range words {
		want := !strings.HasPrefix(x, "!")
		if x = strings.TrimPrefix(x, "!"); strings.Contains(body, x) != want {
			t.Errorf("%q on the page: want %v, have %v", x, want, !want)
		}
	}
}

// What is set is kept in the browser, shown as set, and rendered by.
func TestSettingsAreKept(t *testing.T) {
	w := newWorld(t)
	key := w.node("aa01", "Ridge", meshcore.RoleRepeater, w.ago(time.Minute)).Key
	w.open()
	kept := w.submit("/settings", url.Values{"theme": {"dark"}, "density": {"compact"}, "times": {"clock"}, "zone": {"Asia/Kolkata"}, "units": {"mi"}, "contrast": {"bright"}}, nil)
	expect(t, w.page("/settings", kept...), `data-theme="dark"`, `data-density="compact"`, `data-zone="Asia/Kolkata"`, "!data-contrast",
		`value="clock" checked`, `value="Asia/Kolkata" selected`, "7.7 mi", " IST")
	expect(t, w.page("/nodes", kept...), "17:59:00", "!1 min ago")
	expect(t, w.page("/nodes"), "12:29:00", "1 min ago")
	if reset := w.submit("/settings", url.Values{"reset": {"1"}, "theme": {"dark"}}, kept); len(reset) != 1 || reset[0].MaxAge >= 0 {
		t.Errorf("want the cookie taken away, have %v", reset)
	}
	switched := w.submit("/theme", url.Values{"theme": {"light"}, "back": {"/nodes?theme=dark"}}, kept)
	expect(t, w.page("/nodes", switched...), `data-theme="light"`, `data-density="compact"`)

	path := "/nodes/" + key.String()
	expect(t, w.page(path), `aria-pressed="false"`)
	star := w.submit("/settings/star", url.Values{"key": {key.String()}, "star": {"on"}, "back": {path}}, nil)
	expect(t, w.page(path, star...), `aria-pressed="true"`, "Starred")
	expect(t, w.page("/settings", star...), "Ridge", path)
	expect(t, w.page("/settings", &http.Cookie{Name: "stars", Value: "0123456789abcdef"}), "01234567…", "waiting for its first advert")
	if gone := w.submit("/settings/star", url.Values{"key": {key.String()}, "star": {"off"}, "back": {path}}, star); len(gone) != 1 || gone[0].MaxAge >= 0 {
		t.Errorf("want the cookie taken away, have %v", gone)
	}
}

// The search finds each kind of thing, whatever filters pages have.
func TestSearch(t *testing.T) {
	w := newWorld(t)
	key := w.node("aa01", "Ridge", meshcore.RoleRepeater, w.ago(time.Minute)).Key
	for i := range 9 {
		w.node("bb0"+string(rune('0'+i)), "Ridge "+string(rune('A'+i)), meshcore.RoleCompanion, w.ago(time.Hour))
	}
	near := w.observer("NEAR", "Near Ridge", "SEA")
	p := w.text("Public", 1, "Ann", "hello")
	w.hear(p, near, w.ago(time.Second), 12)
	w.open()
	hash := p.Hash().String()
	expect(t, w.page("/search?q=ridge"), "Nodes", "All 10 nodes", "/nodes?q=ridge", "Observers", "Near Ridge", "/observers/NEAR", "!Packets</h2>")
	expect(t, w.page("/search?q="+key.String()[:10]), "/nodes/"+key.String())
	expect(t, w.page("/search?q="+hash[:6]), "/packets/"+hash, "Channel Msg")
	expect(t, w.page("/search?q=publ"), "Channels", "/channels/Public")
	expect(t, w.page("/search?q=setti"), "Pages", `href="/settings"`)
	expect(t, w.page("/search?q=hop"), "/help#hop-width", "bytes of a relay")
	expect(t, w.page("/search?q="+url.QueryEscape(evil)), "Nothing is called", "&lt;script&gt;", "!<script>alert")
	expect(t, w.page("/search"), "A name or a part of it", `id="find"`)
}

// While things are being loaded, the search still finds pages.
func TestSearchWhileLoading(t *testing.T) {
	w := newWorld(t)
	expect(t, w.page("/search?q=nodes"), `href="/nodes"`, "being")
}

// Help explains each type, state and word by the tables that pages use.
func TestHelp(t *testing.T) {
	w := newWorld(t)
	body := w.page("/help")
	for _, x := range legendOrder() {
		expect(t, body, packetType(x).Word)
	}
	expect(t, body, "delivering", "silent", "hop width", "observation", "Ctrl")
}

// The page of the design system shows every sample, and each has a page.
func TestStyle(t *testing.T) {
	w := newWorld(t)
	body := w.page("/style")
	for _, x := range sample.Pages() {
		if wholeDocument(x.Name) || x.Name == "style" {
			continue
		}
		expect(t, body, `href="/style/`+x.Name+`"`)
		expect(t, w.page("/style/"+x.Name), "</html>", "!<script>alert")
	}
	w.has("/style/nothing-such", 404, "nothing-such")
}
