package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
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

// shared are scripts that begin every module.
const shared = "js/shared"

// newAssets reads the files. All of css/ becomes one sheet, and all scripts in a
// directory below js/ one module of its name, in the order of theirs and after
// those that are shared: a view asks for few files.
func newAssets(dir fs.FS) (*assets, error) {
	a := &assets{urls: map[string]string{}, files: map[string]asset{}}
	var sheet bytes.Buffer
	modules := map[string][]byte{}
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
		case path.Ext(name) == ".js" && path.Dir(name) != "js":
			modules[path.Dir(name)] = append(modules[path.Dir(name)], body...)
		default:
			a.add(name, body)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.add("app.css", a.linked(sheet.Bytes()))
	for dir, body := range modules {
		if dir != shared {
			a.add(dir+".js", slices.Concat(modules[shared], body))
		}
	}
	return a, nil
}

// linked puts the names under which files are served into a style sheet.
func (a *assets) linked(sheet []byte) []byte {
	for name, served := range a.urls {
		sheet = bytes.ReplaceAll(sheet, []byte(`url("/static/`+name+`")`), []byte(`url("`+served+`")`))
	}
	return sheet
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
	switch ext {
	case ".js":
		kind = "text/javascript; charset=utf-8"
	case ".woff2":
		kind = "font/woff2"
	}
	a.files[hashed] = asset{kind: kind, plain: body,
		gzip: sync.OnceValue(func() []byte { return gzipped(body) }), brt: sync.OnceValue(func() []byte { return brotlied(body) })}
	a.urls[name] = "/static/" + hashed
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
