package naming

import (
	"encoding/binary"

	"hilltop/appliance/internal/resolve"
)

// entryVersion is the first byte of what is decided of an hour.
const entryVersion = 1

// entry is what was decided of one transmission. Packed it is
//
//	varint   id, less that of the entry before; the first: itself
//	uvarint  observations that were in
//	varint   when it was decided, s after the hour's start
//	uvarint  nodes of its tree, each: name
//	uvarint  splits, each: uvarint node, varint child, or -1 less the report; name
//
// A name is the relay as uvarint, 0 none, and else a byte: the probability in
// two-hundredths, rounded down. Of two entries of one transmission the later
// one counts.
type entry struct {
	id      uint64
	in      int
	decided int64 // Unix ms, whole seconds
	naming  resolve.Naming
}

// steps is how fine probabilities are kept. A threshold of whole hundredths is
// one of the steps.
const steps = 200

func packP(p float32) byte { return byte(max(0, min(steps, float64(p)*steps+1e-4))) }

// stepped is a probability as it is kept.
func stepped(p float32) float64 { return float64(packP(p)) / steps }

func unpackP(b byte) float32 { return min(1, float32(b)/steps) }

func appendName(b []byte, n resolve.Name) []byte {
	b = binary.AppendUvarint(b, uint64(n.Relay))
	if n.Relay != 0 {
		b = append(b, packP(n.P))
	}
	return b
}

// append packs an entry after one with the ID before.
func (e *entry) append(b []byte, before uint64, hour uint32) []byte {
	b = binary.AppendVarint(b, int64(e.id-before))
	b = binary.AppendUvarint(b, uint64(e.in))
	b = binary.AppendVarint(b, e.decided/1000-hourStart(hour)/1000)
	b = binary.AppendUvarint(b, uint64(len(e.naming.Nodes)))
	for _, n := range e.naming.Nodes {
		b = appendName(b, n)
	}
	b = binary.AppendUvarint(b, uint64(len(e.naming.Splits)))
	for _, s := range e.naming.Splits {
		b = binary.AppendUvarint(b, uint64(s.Node))
		if s.Report >= 0 {
			b = binary.AppendVarint(b, -1-int64(s.Report))
		} else {
			b = binary.AppendVarint(b, int64(s.Child))
		}
		b = appendName(b, s.Name)
	}
	return b
}

// reader takes packed numbers apart. After the end or damage everything is 0
// and bad is set.
type reader struct {
	b   string
	at  int
	bad bool
}

func (r *reader) uvarint() (v uint64) {
	for shift := 0; r.at < len(r.b) && shift < 64; shift += 7 {
		c := r.b[r.at]
		r.at++
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.bad = true
	return 0
}

func (r *reader) varint() int64 {
	v := r.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (r *reader) byte() byte {
	if r.at >= len(r.b) {
		r.bad = true
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

// count reads how many things follow, of at least a byte each.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.b)-r.at) {
		r.bad = true
		return 0
	}
	return int(n)
}

func (r *reader) name() (n resolve.Name) {
	v := r.uvarint()
	if v > 1<<31-1 {
		r.bad = true
		return n
	}
	if n.Relay = resolve.Relay(v); n.Relay != 0 {
		n.P = unpackP(r.byte())
	}
	return n
}

// body reads an entry after its ID into e, whose slices are reused; nothing is
// kept if e is nil.
func (r *reader) body(e *entry, hour uint32) {
	in, decided, nodes := r.count1(), r.varint(), r.count()
	if e != nil {
		e.in, e.decided = in, (decided+hourStart(hour)/1000)*1000
		e.naming.Nodes, e.naming.Splits = e.naming.Nodes[:0], e.naming.Splits[:0]
	}
	for range nodes {
		if n := r.name(); e != nil {
			e.naming.Nodes = append(e.naming.Nodes, n)
		}
	}
	for range r.count() {
		s := resolve.Split{Node: int32(r.count1()), Report: -1}
		if v := r.varint(); v < 0 {
			s.Report = int32(-1 - v)
		} else {
			s.Child = int32(v)
		}
		if s.Name = r.name(); e != nil {
			e.naming.Splits = append(e.naming.Splits, s)
		}
	}
}

// count1 reads a number that is no length.
func (r *reader) count1() int {
	v := r.uvarint()
	if v > 1<<31-1 {
		r.bad = true
		return 0
	}
	return int(v)
}

const hourMS = 3_600_000

func hourStart(hour uint32) int64 { return int64(hour) * hourMS }

func hourOf(ms int64) uint32 { return uint32(max(0, ms) / hourMS) }
