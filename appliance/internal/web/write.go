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
	packers sync.Pool // of *gzip.Writer
	parts   sync.Pool // of *bufio.Writer, which gather what they say
}

const (
	zipFrom = 1024 // bytes from which on compression pays

	// Of an answer that is made anew each time, time counts for more than bytes: a list
	// of fifty rows takes half of level 5's time and a sixth more bytes.
	zipLevel = gzip.BestSpeed

	// zipPart is what is sent at once, bytes: in less the kernel is called more often
	// than need be, in more the client waits for what it could unpack meanwhile.
	zipPart = 16 << 10
)

// packer is a compressor that writes to w; packers takes it back.
func (z *zips) packer(w io.Writer) *gzip.Writer {
	if spare, ok := z.packers.Get().(*gzip.Writer); ok {
		spare.Reset(w)
		return spare
	}
	fresh, _ := gzip.NewWriterLevel(w, zipLevel) // the level is right
	return fresh
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
	z := s.zips.packer(out)
	z.Write(body) // an error is the client's having gone
	z.Close()
	out.Flush()
	s.zips.packers.Put(z)
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
