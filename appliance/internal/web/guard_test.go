package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

func TestOurHost(t *testing.T) {
	more := []string{"mesh.example.org"}
	for host, want := range map[string]bool{
		"192.168.1.2": true, "192.168.1.2:8080": true, "[fe80::1]:8080": true, "[::1]": true,
		"localhost:8080": true, "hilltop": true, "hilltop.local": true, "HILLTOP.local.:80": true,
		"box.lan": true, "Mesh.Example.org:443": true,
		"evil.example": false, "192.168.1.2.evil.example": false, "local": true, "hilltop.local.evil.example": false, "": false,
	} {
		if have := ourHost(host, "box.lan", more); have != want {
			t.Errorf("%q: want %v, have %v", host, want, have)
		}
	}
}

func TestForeignHostIsRefused(t *testing.T) {
	b := newBench(t, nil)
	for _, path := range []string{"/", "/api/stats", "/events", "/healthz"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "rebound.example"
		w := httptest.NewRecorder()
		b.s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusMisdirectedRequest || strings.Contains(w.Body.String(), "<main") {
			t.Errorf("%s: want 421 without a page, have %d", path, w.Code)
		}
	}
}

// A publisher's WebSocket goes to the broker whatever name it used.
func TestMQTTPassesTheGuard(t *testing.T) {
	reached := ""
	b := newBench(t, func(o *Options) { o.MQTT = func(_ http.ResponseWriter, r *http.Request) { reached = r.URL.Path } })
	for _, c := range []struct {
		path, upgrade, protocol string
		want                    bool
	}{
		{"/", "websocket", "mqtt", true}, {"/mqtt", "WebSocket", "foo, mqttv3.1", true},
		{"/mqtt", "websocket", "soap", false}, {"/mqtt", "", "mqtt", false},
	} {
		reached = ""
		r := httptest.NewRequest("GET", c.path, nil)
		r.Host = "rebound.example"
		r.Header.Set("Upgrade", c.upgrade)
		r.Header.Set("Sec-WebSocket-Protocol", c.protocol)
		b.s.Handler().ServeHTTP(httptest.NewRecorder(), r)
		if (reached == c.path) != c.want {
			t.Errorf("%+v: reached %q", c, reached)
		}
	}
}

func TestHeadersForbidWhatPagesDoNotNeed(t *testing.T) {
	h := newBench(t, nil).get("/").Header()
	if p := h.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'self'") || strings.Contains(p, "unsafe") {
		t.Errorf("policy: have %q", p)
	}
	if have := h.Get("X-Content-Type-Options"); have != "nosniff" {
		t.Errorf("nosniff: have %q", have)
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	b := newBench(t, nil)
	r := formRequest("/theme", url.Values{"theme": {"dark"}})
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("want 403, have %d", w.Code)
	}
}

// formRequest is a form sent by one of our pages.
func formRequest(path string, form url.Values) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Host = "192.168.1.2:8080"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// A panic costs one request, and its page tells nothing but a reference.
func TestPanicIsAPage(t *testing.T) {
	b := newBench(t, nil)
	h := b.s.guard(b.s.page(func(*http.Request) (view, error) {
		return view{Body: templ.ComponentFunc(nil)}, nil // rendering it panics
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "localhost"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body := w.Body.String()
	if w.Code != 500 || !strings.Contains(body, "stands in the log") || strings.Contains(body, "goroutine") || strings.Contains(body, "nil pointer") {
		t.Errorf("have %d %s", w.Code, body)
	}
}

func TestUnknownPathsHelp(t *testing.T) {
	b := newBench(t, nil)
	w := b.get("/no/<such>")
	if body := w.Body.String(); w.Code != 404 || !strings.Contains(body, "/no/&lt;such&gt;") || !strings.Contains(body, `href="/packets"`) {
		t.Errorf("have %d %s", w.Code, body)
	}
	if w := b.get("/system/"); w.Code != 301 || w.Header().Get("Location") != "/system" {
		t.Errorf("/system/: have %d to %q", w.Code, w.Header().Get("Location"))
	}
	w = httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, formRequest("/packets", nil))
	if w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST /packets: have %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
	for _, path := range []string{"/system/signin", "/settings/star", "/theme"} {
		if w := b.get(path); w.Code != 405 || w.Header().Get("Allow") != "POST" {
			t.Errorf("GET %s: have %d, Allow %q", path, w.Code, w.Header().Get("Allow"))
		}
	}
	w = httptest.NewRecorder()
	if b.s.Handler().ServeHTTP(w, formRequest("/no/such", nil)); w.Code != 404 {
		t.Errorf("POST /no/such: have %d", w.Code)
	}
}

func TestThemeIsChosenAndKept(t *testing.T) {
	b := newBench(t, nil)
	w := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, formRequest("/theme", url.Values{"theme": {"dark"}, "back": {"/packets?type=advert&theme=light"}}))
	if w.Code != 303 || w.Header().Get("Location") != "/packets?type=advert" {
		t.Errorf("have %d to %q", w.Code, w.Header().Get("Location"))
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "localhost"
	for _, c := range w.Result().Cookies() {
		r.AddCookie(c)
	}
	w = httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), `data-theme="dark"`) {
		t.Error("the chosen theme is not on the page")
	}
	if strings.Contains(b.get("/").Body.String(), "data-theme") {
		t.Error("a theme without a choice")
	}
	if !strings.Contains(b.get("/?theme=light").Body.String(), `data-theme="light"`) {
		t.Error("theme= is not taken")
	}
}

func TestBackStaysHere(t *testing.T) {
	for address, want := range map[string]string{
		"/nodes?q=a": "/nodes?q=a", "//evil.example/": "/", "https://evil.example/": "/", `/\evil.example`: "/", "": "/", "nodes": "/", "%": "/",
	} {
		if have := backTo(address); have != want {
			t.Errorf("%q: want %q, have %q", address, want, have)
		}
	}
}
