package meshcore

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// reader takes a frame or payload apart from the front. It never reads past
// the end: what is missing reads as zero, and callers check lengths where the
// firmware does. With a recorder it notes which bytes it gave out under which
// name, so that decoding and the hex view cannot differ.
type reader struct {
	b   []byte
	off int
	rec *recorder
}

// left is the number of bytes not read yet.
func (r *reader) left() int { return len(r.b) - r.off }

// take gives the next n bytes, or as many as there are.
func (r *reader) take(n int, name string, s Section) []byte {
	b := r.skip(n)
	if r.rec != nil && len(b) > 0 {
		r.rec.add(name, s, r.off-len(b), b)
	}
	return b
}

// skip is take without a record.
func (r *reader) skip(n int) []byte {
	n = min(max(n, 0), r.left())
	b := r.b[r.off : r.off+n : r.off+n]
	r.off += n
	return b
}

func (r *reader) rest(name string, s Section) []byte { return r.take(r.left(), name, s) }

func (r *reader) u8(name string, s Section) byte {
	var a [1]byte
	copy(a[:], r.take(1, name, s))
	return a[0]
}

func (r *reader) u16(name string, s Section) uint16 {
	var a [2]byte
	copy(a[:], r.take(2, name, s))
	return uint16(r.number(uint64(binary.LittleEndian.Uint16(a[:]))))
}

func (r *reader) u32(name string, s Section) uint32 {
	var a [4]byte
	copy(a[:], r.take(4, name, s))
	return uint32(r.number(uint64(binary.LittleEndian.Uint32(a[:]))))
}

// number makes the decimal v the value of the field taken last, and gives v
// back.
func (r *reader) number(v uint64) uint64 {
	if r.rec != nil {
		r.rec.number(v)
	}
	return v
}

// hops takes count hops, or SNRs, of width bytes each, one record for each.
func (r *reader) hops(count, width int, name string, s Section) []byte {
	start := r.off
	for range count {
		r.take(width, name, s)
	}
	return r.b[start:r.off:r.off]
}

// need is an error unless n bytes are left.
func (r *reader) need(n int) error {
	if r.left() >= n {
		return nil
	}
	return tooShort(len(r.b), r.left(), n)
}

func (r *reader) i32(name string, s Section) int32 { return int32(r.u32(name, s)) }

// text takes the bytes up to the first NUL, which stays, or all.
func (r *reader) text(name string, s Section) string {
	n := bytes.IndexByte(r.b[r.off:], 0)
	if n < 0 {
		n = r.left()
	}
	return string(r.take(n, name, s))
}

func tooShort(end, have, want int) error {
	return &PayloadError{
		Reason: ReasonPayloadTooShort, Offset: end,
		Detail: fmt.Sprintf("%d bytes, at least %d", have, want),
	}
}
