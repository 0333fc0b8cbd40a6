package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// assets are the static files, under names that change with their content.
// Each is compressed once, when it is first asked for: at the start that would
// take longer than the first page may.
type assets struct {
	urls  map[string]string // by name, such as "js/app.js"
	files map[string]asset  // by the name in the URL
}

type asset struct {
	kind      string // media type
	plain     []byte
	gzip, brt func() []byte
}

// newAssets reads the files. All of css/ becomes one sheet, in the order of
// the names; in scripts, the names of modules that they import are replaced.
func newAssets(dir fs.FS) (*assets, error) {
	a := &assets{urls: map[string]string{}, files: map[string]asset{}}
	var sheet bytes.Buffer
	scripts := map[string]string{}
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(dir, name)
		switch {
		case err != nil:
			return err
		case path.Ext(name) == ".css":
			sheet.Write(body)
		case path.Ext(name) == ".js":
			scripts[name] = string(body)
		default:
			a.add(name, body)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.add("app.css", sheet.Bytes())
	for name := range scripts {
		if err := a.addScript(name, scripts, 0); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// url is the address of a file; a name that is not there leads to a 404 rather
// than nowhere.
func (a *assets) url(name string) string {
	if u, ok := a.urls[name]; ok {
		return u
	}
	return "/static/" + name
}

func (a *assets) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(path.Base(name), ext) + "." + hex.EncodeToString(sum[:6]) + ext
	kind := mime.TypeByExtension(ext)
	if ext == ".js" {
		kind = "text/javascript; charset=utf-8"
	}
	a.files[hashed] = asset{kind: kind, plain: body,
		gzip: sync.OnceValue(func() []byte { return gzipped(body) }), brt: sync.OnceValue(func() []byte { return brotlied(body) })}
	a.urls[name] = "/static/" + hashed
}

// importing matches the module names in a script's imports: our own scripts
// only, all of which write them in this way.
var importing = regexp.MustCompile(`(?m)^(import .*from |import )"\./([a-z0-9-]+\.js)";$`)

// addScript adds a script after the modules that it imports.
func (a *assets) addScript(name string, scripts map[string]string, depth int) error {
	if _, done := a.urls[name]; done {
		return nil
	}
	text, ok := scripts[name]
	if !ok || depth > len(scripts) {
		return fmt.Errorf("script %s: not there, or imported in a circle", name)
	}
	var failed error
	text = importing.ReplaceAllStringFunc(text, func(line string) string {
		m := importing.FindStringSubmatch(line)
		module := path.Join(path.Dir(name), m[2])
		if err := a.addScript(module, scripts, depth+1); err != nil {
			failed = err
			return line
		}
		return m[1] + `"` + a.urls[module] + `";`
	})
	if failed != nil {
		return failed
	}
	a.add(name, []byte(text))
	return nil
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	z.Write(body)
	z.Close()
	return b.Bytes()
}

func brotlied(body []byte) []byte {
	var b bytes.Buffer
	z := brotli.NewWriterLevel(&b, brotli.DefaultCompression)
	z.Write(body)
	z.Close()
	return b.Bytes()
}

// serve answers for a file. Its name holds the hash of its content: it can be
// kept for ever.
func (a *assets) serve(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.PathValue("name")]
	if !ok {
		http.Error(w, "There is no such file; the page that asked for it may be older than this version.", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	pack := func(coding string, b []byte) {
		if len(b) < len(body) {
			h.Set("Content-Encoding", coding)
			body = b
		}
	}
	switch {
	case accepts(r, "br"):
		pack("br", f.brt())
	case accepts(r, "gzip"):
		pack("gzip", f.gzip())
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}
