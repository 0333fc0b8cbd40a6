package web

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
)

// zips keeps compressors for reuse: one takes more memory than most pages.
type zips struct{ packers sync.Pool } // of *packer

const (
	zipFrom = 1024 // bytes from which on compression pays

	// Of an answer that is made anew each time, time counts for more than bytes: a list
	// of fifty rows takes half of level 5's time and a sixth more bytes.
	zipLevel = flate.BestSpeed

	// A part is compressed by itself, for a hundredth more bytes, so that processors
	// share what is long. Parts that are done are sent before more are begun.
	zipPartLeast = 96 << 10
	zipPartMost  = 256 << 10
)

// zipHead begins a stream of gzip (RFC 1952) that says nothing of where and when it was
// made: magic, deflate, no flags, no time, quickest level, no system.
var zipHead = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255}

// packer compresses one part after the other.
type packer struct {
	z   *flate.Writer
	out bytes.Buffer
}

// pack compresses a part after what is in out. What it gives is deflate's, to be
// followed by that of the next part unless this is the last.
func (p *packer) pack(part []byte, last bool) {
	p.z.Reset(&p.out)
	p.z.Write(part) // a buffer gives no error
	if last {
		p.z.Close()
	} else {
		p.z.Flush()
	}
}

func (z *zips) packer() *packer {
	if spare, ok := z.packers.Get().(*packer); ok {
		return spare
	}
	fresh, _ := flate.NewWriter(nil, zipLevel) // the level is right
	return &packer{z: fresh}
}

// partOf is how long the parts of a body of so many bytes are, and how many are
// compressed at once.
func partOf(size int) (length, atOnce int) {
	atOnce = max(1, min(runtime.GOMAXPROCS(0), size/zipPartLeast))
	return min((size+atOnce-1)/atOnce, zipPartMost), atOnce
}

// write compresses a body to w. Its error is that of w.
func (z *zips) write(w io.Writer, body []byte) error {
	length, atOnce := partOf(len(body))
	packers := make([]*packer, atOnce)
	for i := range packers {
		packers[i] = z.packer()
		packers[i].out.Reset()
		defer z.packers.Put(packers[i])
	}
	packers[0].out.Write(zipHead)
	for rest := body; len(rest) > 0; {
		n := 0
		var others sync.WaitGroup
		for ; n < atOnce && len(rest) > 0; n++ {
			p, part := packers[n], rest[:min(length, len(rest))]
			rest = rest[len(part):]
			last := len(rest) == 0
			if !last && n < atOnce-1 {
				others.Go(func() { p.pack(part, last) })
				continue
			}
			p.pack(part, last)
			if last {
				p.out.Write(zipTail(body))
			}
		}
		others.Wait()
		for _, p := range packers[:n] {
			if _, err := w.Write(p.out.Bytes()); err != nil {
				return err
			}
			p.out.Reset()
		}
	}
	return nil
}

// zipTail ends the stream of gzip of a body: its checksum and length.
func zipTail(body []byte) []byte {
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, 8), crc32.ChecksumIEEE(body))
	return binary.LittleEndian.AppendUint32(b, uint32(len(body)))
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
	s.zips.write(w, body) // an error is the client's having gone
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
