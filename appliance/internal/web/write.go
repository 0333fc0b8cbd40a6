package web

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// zips keeps compressors for reuse: one takes more memory than most pages.
type zips struct {
	usual, quick sync.Pool // of *gzip.Writer
	parts        sync.Pool // of *bufio.Writer, which gather what they say
}

const (
	zipFrom  = 1024 // bytes from which on compression pays
	zipLevel = 5    // one more costs time and gains little

	// zipPart is what is sent at once, bytes: in less the kernel is called more often
	// than need be, in more the client waits for what it could unpack meanwhile.
	zipPart = 16 << 10

	// Of what is longer than a list of a hundred rows, time counts for more than bytes:
	// a third to half of the time, a tenth to a sixth more bytes.
	quickFrom  = 224 << 10
	quickLevel = gzip.BestSpeed
)

// writer is a compressor for a body of so many bytes, and where it goes when it is
// done.
func (z *zips) writer(w io.Writer, size int) (*gzip.Writer, *sync.Pool) {
	pool, level := &z.usual, zipLevel
	if size >= quickFrom {
		pool, level = &z.quick, quickLevel
	}
	if spare, ok := pool.Get().(*gzip.Writer); ok {
		spare.Reset(w)
		return spare, pool
	}
	fresh, _ := gzip.NewWriterLevel(w, level) // the levels are right
	return fresh, pool
}

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
	out, _ := s.zips.parts.Get().(*bufio.Writer)
	if out == nil {
		out = bufio.NewWriterSize(nil, zipPart)
	}
	out.Reset(w)
	z, pool := s.zips.writer(out, len(body))
	z.Write(body) // an error is the client's having gone
	z.Close()
	out.Flush()
	pool.Put(z)
	s.zips.parts.Put(out)
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
