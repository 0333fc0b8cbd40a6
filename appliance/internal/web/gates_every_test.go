package web

import (
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/naming"
)

// waits is what a page needs before it has anything to say.
type waits int

const (
	forNothing waits = iota
	forStore
	forLists
)

// everyPage is the addresses of pages by their patterns. NODE, OBSERVER, PACKET
// and CHANNEL stand for what is held.
var everyPage = map[string]struct {
	waits waits
	at    string
}{
	"/{$}":               {forLists, "/"},
	"/packets":           {forStore, "/packets"},
	"/packets/{hash}":    {forStore, "/packets/PACKET"},
	"/traces":            {forStore, "/traces"},
	"/channels":          {forLists, "/channels"},
	"/channels/{ref}":    {forLists, "/channels/CHANNEL"},
	"/nodes":             {forLists, "/nodes"},
	"/nodes/{key}":       {forLists, "/nodes/NODE"},
	"/nodes/{key}/links": {forLists, "/nodes/NODE/links"},
	"/observers":         {forLists, "/observers"},
	"/observers/{id}":    {forLists, "/observers/OBSERVER"},
	"/reports/identity":  {forLists, "/reports/identity"},
	"/reports/graph":     {forLists, "/reports/graph"},
	"/reports/traffic":   {forLists, "/reports/traffic"},
	"/reports/paths":     {forStore, "/reports/paths"}, // its names have a gate of their own
	"/search":            {forNothing, "/search?q=Ridge"},
	"/system":            {forNothing, "/system"},
	"/settings":          {forNothing, "/settings"},
	"/tools":             {forNothing, "/tools"},
	"/help":              {forNothing, "/help"},
	"/style":             {forNothing, "/style"},
	"/style/{name}":      {forNothing, "/style/home"},
}

// notPages answer something else than a page.
var notPages = []string{"/export/", "/healthz", "/readyz", "/events", "/static/{name...}", "/favicon.ico", "/robots.txt", "/settings/export", "/nodes/{key}/contact.svg"}

// addresses gives everyPage about what a world of relayed holds.
func (w *world) addresses() map[string]waits {
	key := w.st.Nodes()[0].Key.String()
	fill := strings.NewReplacer("NODE", key, "OBSERVER", w.st.Observers()[0].ID, "PACKET", hashOfFirst(w).String(), "CHANNEL", "Public")
	all := map[string]waits{}
	for pattern, p := range everyPage {
		if strings.HasPrefix(pattern, "/style") {
			continue // it shows all states of all pages, those of closed gates too
		}
		all[fill.Replace(p.at)] = p.waits
	}
	return all
}

// No page is forgotten here: everyPage has all patterns of the package's source.
func TestEveryPageIsListed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	pattern := regexp.MustCompile(`HandleFunc\("GET ([^"]+)"`)
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range pattern.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(notPages, m[1]) {
				found = append(found, m[1])
			}
		}
	}
	slices.Sort(found)
	if want := slices.Sorted(maps.Keys(everyPage)); !slices.Equal(found, want) {
		t.Errorf("pages are %v, listed are %v", found, want)
	}
}

// Whatever page is asked for while history loads or indexes are built, it is
// there, says how far that is, and shows nothing of what is not counted yet; when
// the build has failed it says so instead.
func TestEveryPageBehindClosedGates(t *testing.T) {
	w, _ := relayed(t)
	names := gate.New[naming.Names]("names")
	w.s.Names = names
	pages := w.addresses()
	w.store.Progress(12<<20, 50<<20)
	for path, needs := range pages {
		texts := []string{"Loading history: 12 MiB of 50 MiB (24 %)", "!Rooftop", "!hello"}
		if needs != forNothing {
			texts = append(texts, "data-gated", `http-equiv="refresh"`)
		}
		w.has(path, 200, texts...)
	}
	w.store.Set(w.st)
	w.index.Lists.Progress(1, 4)
	for path, needs := range pages {
		texts := []string{"!Loading history", "Building lists and counts: 1 packet of 4 packets (25 %)"}
		if needs == forLists {
			texts = append(texts, "data-gated", "is being prepared", "!Rooftop")
		}
		w.has(path, 200, texts...)
	}
	w.index.Lists.Fail(errors.New("index of lists: no room"))
	for path, needs := range pages {
		texts := []string{"It did not work: index of lists: no room"}
		if needs == forLists {
			texts = append(texts, "The rest of this machine goes on.", "!Rooftop")
		}
		w.has(path, 200, texts...)
	}
	w.open()
	w.has("/reports/paths", 200, "data-gated", "is being prepared")
	names.Fail(errors.New("names: no room"))
	w.has("/reports/paths", 200, "It did not work: names: no room. The rest of this machine goes on.")
	delete(pages, "/reports/paths")
	delete(pages, "/system") // it tells of every gate
	for path := range pages {
		w.has(path, 200, "!It did not work", "!Building lists", "!data-gated")
	}
}

// Until history is loaded every call of the API says so.
func TestEveryCallWhileLoading(t *testing.T) {
	b := newBench(t, nil)
	for _, route := range b.s.apiTable() {
		got := b.send(httptest.NewRequest(route.Method, "http://localhost"+regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(route.Path, "00"), nil))
		if got.Code != 503 || got.Header().Get("Retry-After") != "1" || strings.TrimSpace(got.Body.String()) != `{"error":"loading","retryAfter":1}` {
			t.Errorf("%s %s: have %d %v %s", route.Method, route.Path, got.Code, got.Header(), got.Body)
		}
	}
}

// isIndex is the calls whose whole answer needs an index, by the gates that it
// needs; everything else is answered without it.
var isIndex = map[string]string{
	"GET /api/nodes/{key}/paths":         "index relays",
	"GET /api/analytics/subpaths":        "index routes",
	"GET /api/analytics/subpaths-bulk":   "index routes",
	"GET /api/analytics/subpath-detail":  "index routes",
	"GET /api/nodes/{key}/neighbors":     "index links",
	"GET /api/nodes/{key}/reach":         "index links relays",
	"GET /api/analytics/neighbor-graph":  "index links",
	"GET /api/analytics/topology":        "index routes",
	"GET /api/nodes/bulk-health":         "index links relays",
	"GET /api/nodes/{key}/health":        "index links relays",
	"GET /api/nodes/{key}/analytics":     "index links relays",
	"POST /api/paths/inspect":            "index links",
	"GET /api/analytics/distance":        "index links",
	"GET /api/analytics/hash-sizes":      "index",
	"GET /api/analytics/hash-collisions": "index",
	"GET /api/analytics/roles":           "index",
	"GET /api/resolve-hops":              "index",
	"GET /api/nodes/clock-skew":          "index",
	"GET /api/nodes/{key}/clock-skew":    "index",
	"GET /api/nodes/network-status":      "index",
	"GET /api/channels":                  "index",
	"GET /api/channels/{hash}/messages":  "index",
	"GET /api/channels/{hash}/packets":   "index",
}

// Of every call it is told which closed gate it waits for, with builds that are
// held back one by one, and with one that failed.
func TestEveryCallBehindItsIndex(t *testing.T) {
	w, x := named(t)
	w.day = w.surveyNamed(x)
	calls := w.calls()
	gates := w.s.Indexes
	held := map[string]func(error){
		"index":  func(err error) { w.s.Indexes.Lists = gate.New[index.Set]("index"); w.s.Indexes.Lists.Fail(err) },
		"routes": func(err error) { w.s.Indexes.Routes = gate.New[index.Routes]("routes"); w.s.Indexes.Routes.Fail(err) },
		"relays": func(err error) { w.s.Indexes.Relays = gate.New[index.Relays]("relays"); w.s.Indexes.Relays.Fail(err) },
		"links":  func(err error) { w.s.Indexes.Links = gate.New[index.Links]("links"); w.s.Indexes.Links.Fail(err) },
	}
	for name, hold := range held {
		for _, failed := range []error{nil, errors.New("no room")} {
			hold(failed)
			for route, addresses := range calls {
				method, path, _ := strings.Cut(route, " ")
				path, _, _ = strings.Cut(path, " ")
				var got *httptest.ResponseRecorder
				if method == "POST" {
					got = w.postJSON(path, addresses[0])
				} else {
					got = w.get(addresses[0])
				}
				body := strings.TrimSpace(got.Body.String())
				if !slices.Contains(strings.Fields(isIndex[method+" "+path]), name) {
					if got.Code != 200 {
						t.Errorf("%s without %s: have %d %.200s", route, name, got.Code, body)
					}
					continue
				}
				want := `{"error":"index loading","retryAfter":5`
				if path == "/api/paths/inspect" {
					want += `,"retry":true`
				}
				if failed != nil {
					want += fmt.Sprintf(`,"failed":"%s: no room"`, name)
				}
				want += "}"
				if got.Code != 503 || got.Header().Get("Retry-After") != "5" || body != want {
					t.Errorf("%s without %s: have %d %v %.200s", route, name, got.Code, got.Header(), body)
				}
			}
			w.s.Indexes = gates
		}
	}
}
