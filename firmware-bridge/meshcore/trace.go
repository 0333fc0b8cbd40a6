package meshcore

import (
	"encoding/binary"
	"iter"
)

// Trace is the payload of a TRACE packet. The SNRs collected so far are in the
// path: see [Packet.TraceSNR].
type Trace struct {
	Tag      uint32 // chosen by the initiator
	AuthCode uint32
	Flags    byte   // bits 0-1: width of a hash
	Route    []byte // planned route, with what may be left over at its end
}

// ParseTrace reads the payload of a TRACE packet, of at least 9 bytes.
func ParseTrace(payload []byte) (Trace, error) {
	return parseTrace(&reader{b: payload})
}

func parseTrace(r *reader) (t Trace, err error) {
	if err := r.need(9); err != nil {
		return t, err
	}
	t.Tag = r.u32("tag", SectionTag)
	t.AuthCode = r.u32("auth code", SectionTag)
	t.Flags = r.u8("flags", SectionFlags)
	t.Route = r.b[r.off:len(r.b):len(r.b)]
	r.hops(t.Len(), t.HashSize(), "route", SectionPath)
	r.rest("trailing", SectionUnread)
	return t, nil
}

// HashSize is the number of bytes of a node in the route: 1, 2, 4 or 8. It is
// not the hop width of a path.
func (t Trace) HashSize() int { return 1 << (t.Flags & 3) }

// Len is the number of nodes on the planned route, the way back included.
func (t Trace) Len() int { return len(t.Route) / t.HashSize() }

// At is the i-th node of the planned route: the first bytes of its key.
func (t Trace) At(i int) []byte {
	n := t.HashSize()
	return t.Route[i*n : (i+1)*n : (i+1)*n]
}

// All yields the nodes of the planned route in order.
func (t Trace) All() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for i := range t.Len() {
			if !yield(i, t.At(i)) {
				return
			}
		}
	}
}

// Trailing is what is left behind the last whole node of the route.
func (t Trace) Trailing() []byte { return t.Route[t.Len()*t.HashSize():] }

// AtEnd reports whether the trace has gone its whole route when its path
// length byte is this: then any node that hears it reports it. The firmware
// compares byte offsets.
func (t Trace) AtEnd(pathLen byte) bool { return int(pathLen)<<(t.Flags&3) >= len(t.Route) }

// AppendTo appends the payload to dst.
func (t Trace) AppendTo(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, t.Tag)
	dst = binary.LittleEndian.AppendUint32(dst, t.AuthCode)
	return append(append(dst, t.Flags), t.Route...)
}
