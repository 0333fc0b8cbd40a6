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
	pending := []string{}
	for u := range asked {
		pending = append(pending, u)
	}
	total := 0
	for len(pending) > 0 {
		u := pending[0]
		pending = pending[1:]
		w := b.ask(u, "br")
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: have %d, %q", u, w.Code, w.Header().Get("Cache-Control"))
		}
		total += w.Body.Len()
		for _, m := range regexp.MustCompile(`from "(/static/[^"]+)"`).FindAllStringSubmatch(b.get(u).Body.String(), -1) {
			if !asked[m[1]] {
				asked[m[1]] = true
				pending = append(pending, m[1])
			}
		}
	}
	total += b.ask("/", "gzip").Body.Len()
	if len(asked) < 3 || total > 100_000 {
		t.Errorf("%d files, %d bytes", len(asked), total)
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

func TestScriptsImportByHash(t *testing.T) {
	files := fstest.MapFS{
		"js/a.js": {Data: []byte("import { b } from \"./b.js\";\nb();\n")},
		"js/b.js": {Data: []byte("export function b() {}\n")},
		"x.svg":   {Data: []byte("<svg/>")},
	}
	a, err := newAssets(files)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(a.url("js/a.js"), "/static/")
	if !strings.Contains(string(a.files[name].plain), `from "`+a.url("js/b.js")+`";`) || !strings.HasPrefix(a.url("js/b.js"), "/static/b.") {
		t.Errorf("have %s", a.files[name].plain)
	}
	before := a.url("js/a.js")
	files["js/b.js"] = &fstest.MapFile{Data: []byte("export function b() { b(); }\n")}
	if a, err = newAssets(files); err != nil || a.url("js/a.js") == before {
		t.Errorf("a script keeps its name when what it imports changes (%v)", err)
	}
	files["js/b.js"] = &fstest.MapFile{Data: []byte("import { a } from \"./a.js\";\n")}
	if _, err := newAssets(files); err == nil {
		t.Error("a circle of imports is taken")
	}
}
