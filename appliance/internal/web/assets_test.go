package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/simmesh"
)

// All that a page asks for is there, may be kept for ever, and is little.
func TestFirstViewIsSmall(t *testing.T) {
	b := newBench(t, nil)
	b.loaded()
	page := b.get("/").Body.String()
	asked := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?:href|src)="(/static/[^"#]+)`).FindAllStringSubmatch(page, -1) {
		asked[m[1]] = true
	}
	total := 0
	for u := range asked {
		w := b.ask(u, "br")
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: have %d, %q", u, w.Code, w.Header().Get("Cache-Control"))
		}
		total += w.Body.Len()
	}
	total += b.ask("/", "gzip").Body.Len()
	const besides = 2 // the page and its event stream
	if len(asked) < 3 || len(asked)+besides > 6 || total > 100_000 {
		t.Errorf("%d files, %d bytes", len(asked), total)
	}
}

// The lists and pages of a mesh as wide as a real one are, too: long paths of many
// observers, names of any letters.
func TestFirstViewsOfAWideMeshAreSmall(t *testing.T) {
	cfg := simmesh.DefaultConfig()
	cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 1500, 60, 1, 6_000
	r, err := simulate(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w := newTakenWorld(t, r)
	files := map[string]int{} // bytes, by address
	size := func(u string) int {
		if _, known := files[u]; !known {
			files[u] = w.bench.ask(u, "br").Body.Len()
		}
		return files[u]
	}
	static := regexp.MustCompile(`(?:href="|src="|url\(")(/static/[^"#]+)`)
	sheet := w.get(w.s.assets.url("app.css")).Body.String()
	font := static.FindStringSubmatch(sheet)
	if font == nil {
		t.Fatal("the style sheet has no font")
	}
	var longest meshcore.Hash
	copies := 0
	w.st.Scan(0, 1<<60, func(tx mesh.Transmission) bool {
		if len(tx.Observations) > copies {
			longest, copies = tx.Hash, len(tx.Observations)
		}
		return true
	})
	if copies < 20 {
		t.Fatalf("no packet has more than %d copies", copies)
	}
	for _, path := range []string{"/", "/packets", "/packets?view=receptions", "/packets/" + longest.String(), "/nodes", "/observers", "/channels", "/channels/Public", "/system"} {
		asked := map[string]bool{font[1]: true}
		page := w.get(path).Body.String()
		for _, m := range static.FindAllStringSubmatch(page, -1) {
			asked[m[1]] = true
		}
		total := w.bench.ask(path, "gzip").Body.Len()
		for u := range asked {
			total += size(u)
		}
		const heads = 2000 // of six answers
		if len(asked)+2 > 6 || total+heads > 100<<10 || total < 40<<10 {
			t.Errorf("%s: %d files, %d bytes", path, len(asked), total)
		}
		t.Logf("%s: %d files, %d bytes, of the page %d", path, len(asked), total, len(page))
	}
}

// ask gets a path and says which encoding it takes.
func (b *bench) ask(path, encoding string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.Host = "localhost"
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, r)
	return w
}

func TestEncodingsAreTheSameFile(t *testing.T) {
	b := newBench(t, nil)
	u := b.s.assets.url("app.css")
	plain := b.ask(u, "identity").Body.Bytes()
	zipped, err := gzip.NewReader(b.ask(u, "br;q=0, gzip").Body)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]io.Reader{"gzip": zipped, "br": brotli.NewReader(b.ask(u, "gzip, br").Body)} {
		if body, err := io.ReadAll(r); err != nil || !bytes.Equal(body, plain) {
			t.Errorf("%s: %v, %d bytes of %d", name, err, len(body), len(plain))
		}
	}
	if len(plain) == 0 || !bytes.Contains(plain, []byte("--accent")) {
		t.Error("the style sheet has no tokens")
	}
	if w := b.get("/static/app.css"); w.Code != 404 {
		t.Errorf("a name without a hash: have %d", w.Code)
	}
}

// The files of one module share its names: none may be taken twice.
func TestScriptsAreOneModule(t *testing.T) {
	b := newBench(t, nil)
	script := b.get(b.s.assets.url("js/app.js")).Body.String()
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(?:async )?(?:function|const|let) (\w+)`).FindAllStringSubmatch(script, -1) {
		if seen[m[1]] {
			t.Errorf("%s stands there twice", m[1])
		}
		seen[m[1]] = true
	}
	if len(seen) < 10 || regexp.MustCompile(`(?m)^(import|export) `).MatchString(script) {
		t.Errorf("%d names, or an import", len(seen))
	}
}

// A file's name changes with its content.
func TestNamesFollowContent(t *testing.T) {
	files := fstest.MapFS{"js/app/1.js": {Data: []byte("a();\n")}, "js/app/2.js": {Data: []byte("b();\n")}, "css/1.css": {Data: []byte("a {}\n")}}
	first, err := newAssets(files)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(first.url("js/app.js"), "/static/")
	if have := string(first.files[name].plain); have != "a();\nb();\n" {
		t.Errorf("have %q", have)
	}
	files["js/app/2.js"] = &fstest.MapFile{Data: []byte("c();\n")}
	second, err := newAssets(files)
	if err != nil || second.url("js/app.js") == first.url("js/app.js") || second.url("app.css") != first.url("app.css") {
		t.Errorf("have %s, %s (%v)", second.url("js/app.js"), second.url("app.css"), err)
	}
}
