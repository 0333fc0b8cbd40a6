package naming

import (
	"encoding/binary"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/resolve"
	"hilltop/firmware-bridge/meshcore"
)

// What is decided of an hour begins with entryVersion and a byte of flags.
const (
	entryVersion = 2
	entryHead    = 2 // bytes

	flagPassed = 1 // the day's pass has been over the hour, or came before it
)

// entry is what was decided of one transmission. Packed it is
//
//	varint   id, less that of the entry before; the first: itself
//	uvarint  observations that were in, twice; plus 1 if the day's pass decided it
//	varint   when it was decided, s after the hour's start
//	uvarint  nodes of its tree, each: name
//	uvarint  splits, each: uvarint node, varint child, or -1 less the report; name
//
// Of two entries of one transmission the later one counts.
type entry struct {
	id      uint64
	in      int
	passed  bool
	decided int64 // Unix ms, whole seconds
	nodes   []name
	splits  []split
}

// name is who is thought to be behind a hop. Packed it is the number as a
// uvarint, four times, 0 for nobody; plus the place in usual of the probability,
// or 3 and a byte more.
type name struct {
	who uint32 // number of its key; 0 nobody
	p   uint8  // probability in steps
}

// split is as resolve.Split.
type split struct {
	node, child, report int32
	name
}

// steps is how fine probabilities are kept, rounded down. A threshold of whole
// hundredths is one of the steps.
const steps = 200

// usual are the steps that most names have.
var usual = [...]uint8{steps - 1, steps, steps - 2}

func stepOf(p float32) uint8 { return uint8(max(0, min(steps, float64(p)*steps+1e-4))) }

// stepped is a probability as it is kept.
func stepped(p float32) float64 { return float64(stepOf(p)) / steps }

// named tells whether a probability reaches a threshold.
func (n name) named(threshold float64) bool { return n.who != 0 && float64(n.p)/steps >= threshold }

func (n name) append(b []byte) []byte {
	if n.who == 0 {
		return append(b, 0)
	}
	for i, p := range usual {
		if p == n.p {
			return binary.AppendUvarint(b, uint64(n.who)<<2|uint64(i))
		}
	}
	return append(binary.AppendUvarint(b, uint64(n.who)<<2|3), n.p)
}

// append packs an entry after one with the ID before.
func (e *entry) append(b []byte, before uint64, hour uint32) []byte {
	passed := uint64(0)
	if e.passed {
		passed = 1
	}
	b = binary.AppendVarint(b, int64(e.id-before))
	b = binary.AppendUvarint(b, uint64(e.in)<<1|passed)
	b = binary.AppendVarint(b, e.decided/1000-mesh.HourStart(hour)/1000)
	b = binary.AppendUvarint(b, uint64(len(e.nodes)))
	for _, n := range e.nodes {
		b = n.append(b)
	}
	b = binary.AppendUvarint(b, uint64(len(e.splits)))
	for _, s := range e.splits {
		b = binary.AppendUvarint(b, uint64(s.node))
		if s.report >= 0 {
			b = binary.AppendVarint(b, -1-int64(s.report))
		} else {
			b = binary.AppendVarint(b, int64(s.child))
		}
		b = s.name.append(b)
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

// number reads a number that is no length.
func (r *reader) number() int {
	v := r.uvarint()
	if v > 1<<31-1 {
		r.bad = true
		return 0
	}
	return int(v)
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

func (r *reader) name() (n name) {
	v := r.number()
	if n.who = uint32(v >> 2); n.who == 0 {
		return n
	}
	if place := v & 3; place < len(usual) {
		n.p = usual[place]
	} else {
		n.p = min(steps, r.byte())
	}
	return n
}

// in reads how many observations an entry covers.
func (r *reader) in() (in int, passed bool) {
	v := r.number()
	return v >> 1, v&1 != 0
}

// body reads an entry after its ID into e, whose slices are reused.
func (r *reader) body(e *entry, hour uint32) {
	e.in, e.passed = r.in()
	e.decided = (r.varint() + mesh.HourStart(hour)/1000) * 1000
	e.nodes, e.splits = e.nodes[:0], e.splits[:0]
	for range r.count() {
		e.nodes = append(e.nodes, r.name())
	}
	for range r.count() {
		s := split{node: int32(r.number()), report: -1}
		if v := r.varint(); v < 0 {
			s.report = int32(-1 - v)
		} else {
			s.child = int32(v)
		}
		s.name = r.name()
		e.splits = append(e.splits, s)
	}
}

// skip reads over an entry after its ID.
func (r *reader) skip() {
	r.number()
	r.varint()
	for range r.count() {
		r.name()
	}
	for range r.count() {
		r.number()
		r.varint()
		r.name()
	}
}

// nodeKeys numbers the keys of nodes that were named, from 1 on, for ever.
type nodeKeys struct {
	list []meshcore.PublicKey // of number n: n-1
	of   map[meshcore.PublicKey]uint32
}

// readKeys takes the packed keys apart.
func readKeys(packed string) nodeKeys {
	k := nodeKeys{of: map[meshcore.PublicKey]uint32{}}
	for ; len(packed) >= len(meshcore.PublicKey{}); packed = packed[len(meshcore.PublicKey{}):] {
		k.add(meshcore.PublicKey([]byte(packed[:len(meshcore.PublicKey{})])))
	}
	return k
}

func (k *nodeKeys) add(key meshcore.PublicKey) uint32 {
	k.list = append(k.list, key)
	n := uint32(len(k.list))
	k.of[key] = n
	return n
}

// key is the one of a number; false if it has none.
func (k *nodeKeys) key(n uint32) (key meshcore.PublicKey, ok bool) {
	if n == 0 || int(n) > len(k.list) {
		return key, false
	}
	return k.list[n-1], true
}

// naming gives an entry's names to into as the resolver words them: relays are
// numbers of keys.
func (e *entry) naming(into *resolve.Naming) {
	into.Nodes, into.Splits = into.Nodes[:0], into.Splits[:0]
	for _, n := range e.nodes {
		into.Nodes = append(into.Nodes, n.worded())
	}
	for _, s := range e.splits {
		into.Splits = append(into.Splits, resolve.Split{Node: s.node, Child: s.child, Report: s.report, Name: s.worded()})
	}
}

func (n name) worded() resolve.Name {
	return resolve.Name{Relay: resolve.Relay(n.who), P: float32(n.p) / steps}
}
