package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// zips keeps compressors for reuse: one takes more memory than most pages.
type zips struct{ pool sync.Pool }

const (
	zipFrom  = 1024 // bytes from which on compression pays
	zipLevel = 5    // one more costs time and gains little
)

// write sends a whole answer, compressed when the client takes it.
func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	if len(body) < zipFrom || !accepts(r, "gzip") {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			w.Write(body)
		}
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	z, ok := s.zips.pool.Get().(*gzip.Writer)
	if !ok {
		z, _ = gzip.NewWriterLevel(w, zipLevel) // the level is right
	}
	z.Reset(w)
	z.Write(body) // an error is the client's having gone
	z.Close()
	s.zips.pool.Put(z)
}

// accepts tells whether the client takes an encoding.
func accepts(r *http.Request, encoding string) bool {
	for _, line := range r.Header.Values("Accept-Encoding") {
		for _, item := range strings.Split(line, ",") {
			name, q, _ := strings.Cut(item, ";")
			if strings.EqualFold(strings.TrimSpace(name), encoding) {
				q = strings.ReplaceAll(q, " ", "")
				return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
			}
		}
	}
	return false
}

// writeJSON sends a JSON answer.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own types
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}
