package store

import (
	"bytes"

	"hilltop/firmware-bridge/meshcore"
)

// A frame of a journal has its observations by columns: what is alike stands
// together, paths are places in a tree, and a hash that follows from the payload
// is left out. FORMAT.md tells each column. It is another form of the same
// changes, which are made of it again to be repeated.

// The columns, in their order.
const (
	colKind     = iota // of each change: kind, and of an observation where its path stands
	colID              // less the greatest of the frame so far
	colOrdinal         // of a copy, less one more than that of the transmission's last
	colType            // of a new transmission
	colLength          // of its payload
	colReporter        // place in the list of reporters
	colArrived         // since the observation before, ms: the lowest byte
	colArrived8        // and the rest
	colAt              // where it stands, less arrival: the lowest byte
	colAt8
	colClaimed
	colClaims // of merged messages
	colSNR
	colRSSI
	colScore // lowest byte
	colScore8
	colDuration // less that of the transmission's last
	colPlant    // what a tree begins with
	colParent
	colFresh // how many hops are new
	colHops
	colOwn       // heads and paths of their own
	colReporters // the list, each when it is first met
	colRest      // other changes
	colHash
	colPayload
	columns
)

// Beside the kind of a change stand where an observation's path is, and whether
// the hash of a new transmission is told.
const (
	changeMask = 0x0f
	changePath = 4 // shift
	changeHash = 0x40
)

// transposed is a frame's changes by columns, while they are written or read.
type transposed struct {
	cols      [columns]codec
	newest    uint64 // number of a transmission
	time      int64  // arrival of the observation before
	reporters []frameReporter
	places    map[frameReporter]uint64
	seen      map[uint64]*framed
}

// frameReporter is what many observations have in common.
type frameReporter struct {
	observer, feed uint32
	region         uint16
	sources        uint64
	flags          byte
}

// framed is what the frame has told of a transmission so far.
type framed struct {
	ordinal  int    // of the next copy
	duration uint16 // of the last one that had one
	tree     tree
}

// frameChange is one change as a frame tells it. Of one that is no observation
// rest has the bytes after the kind.
type frameChange struct {
	kind    byte
	begin   beginning
	ordinal int
	entry   entry
	rest    []byte
}

// transpose gives the columns of packed changes, in parts that are best compressed
// each by itself; false if the changes would not come back as they are.
func transpose(raw []byte) (parts [][]byte, ok bool) {
	t := newTransposed(true)
	in := ops{c: codec{b: raw}}
	var f frameChange
	for in.c.more() {
		if in.read(&f); in.c.err != nil {
			return nil, false
		}
		t.change(&f, in.id)
	}
	parts = t.pack()
	back, err := restore(bytes.Join(parts, nil), len(raw))
	return parts, err == nil && bytes.Equal(back, raw)
}

// restore gives the packed changes of columns, which may be any bytes. The error is
// errDamaged, also if they come to more bytes than most.
func restore(b []byte, most int) ([]byte, error) {
	t := newTransposed(false)
	if !t.unpack(b) {
		return nil, errDamaged
	}
	var out ops
	out.reset()
	var f frameChange
	for t.cols[colKind].more() {
		t.change(&f, out.id)
		if t.failed() || out.len() > most {
			return nil, errDamaged
		}
		out.write(&f)
	}
	for i := range t.cols {
		if t.cols[i].more() {
			return nil, errDamaged
		}
	}
	if out.len() > most {
		return nil, errDamaged
	}
	return out.c.b, nil
}

func newTransposed(writing bool) *transposed {
	t := &transposed{places: map[frameReporter]uint64{}, seen: map[uint64]*framed{}}
	for i := range t.cols {
		t.cols[i].writing = writing
	}
	return t
}

func (t *transposed) failed() bool {
	for i := range t.cols {
		if t.cols[i].err != nil {
			return true
		}
	}
	return false
}

// leastPart is how long a part is at least, in bytes: each has a head of its own.
const leastPart = 128

// pack puts the columns one after the other, after their lengths.
func (t *transposed) pack() (parts [][]byte) {
	head := codec{writing: true}
	for i := range t.cols {
		n := uint64(len(t.cols[i].b))
		head.uvarint(&n)
	}
	part := head.b
	for i := range t.cols {
		column := t.cols[i].b
		if len(column) > leastPart && len(part) > leastPart {
			parts, part = append(parts, part), nil
		}
		part = append(part, column...)
	}
	return append(parts, part)
}

func (t *transposed) unpack(b []byte) bool {
	in := codec{b: b}
	var lengths [columns]uint64
	for i := range lengths {
		in.uvarint(&lengths[i])
	}
	for i, n := range lengths {
		if n > uint64(len(b)) {
			return false
		}
		t.cols[i].b = in.take(int(n))
	}
	return in.err == nil && !in.more()
}

// read takes the next change.
func (o *ops) read(f *frameChange) {
	o.c.byte(&f.kind)
	switch f.kind {
	case opNew:
		f.ordinal = 0
		o.beginBody(&f.begin, &f.entry)
	case opCopy, opImprove:
		o.copyBody(&f.begin.id, &f.ordinal, &f.entry)
	default:
		from := o.c.off
		o.pass(f.kind)
		f.rest = o.c.b[from:o.c.off]
	}
}

// write puts a change.
func (o *ops) write(f *frameChange) {
	o.kind(f.kind)
	switch f.kind {
	case opNew:
		o.beginBody(&f.begin, &f.entry)
	case opCopy, opImprove:
		o.copyBody(&f.begin.id, &f.ordinal, &f.entry)
	default:
		in := ops{c: codec{b: f.rest}, id: o.id}
		in.pass(f.kind)
		o.id = in.id
		o.c.b = append(o.c.b, f.rest...)
	}
}

// pass reads over a change that is no observation.
func (o *ops) pass(kind byte) {
	var key, value string
	var n uint64
	switch kind {
	case opPut:
		o.c.string(&key)
		o.c.string(&value)
	case opDelete:
		o.c.string(&key)
	case opAppend:
		o.c.string(&key)
		o.c.uvarint(&n)
		o.c.string(&value)
	case opChange:
		var c change
		o.c.change(&c)
	case opEvict:
		o.c.uvarint(&n)
	case opSealed:
		var hour uint32
		var keep []uint64
		o.sealedBody(&hour, &keep)
	default:
		o.c.fail()
	}
}

// change writes or reads one change. id is what numbers in it count from, where
// they stand as they were packed.
func (t *transposed) change(f *frameChange, id uint64) {
	kind := &t.cols[colKind]
	if kind.writing {
		t.writeChange(f)
		return
	}
	b := byte(0)
	kind.byte(&b)
	f.kind = b & changeMask
	switch f.kind {
	case opNew, opCopy, opImprove:
		t.observation(f, b)
	default:
		rest := &t.cols[colRest]
		in := ops{c: codec{b: rest.b, off: rest.off}, id: id}
		if in.pass(f.kind); in.c.err != nil || b != f.kind {
			kind.fail()
			return
		}
		f.rest = rest.take(in.c.off - rest.off)
	}
}

func (t *transposed) writeChange(f *frameChange) {
	switch f.kind {
	case opNew, opCopy, opImprove:
		t.observation(f, f.kind)
	default:
		t.cols[colKind].byte(&f.kind)
		rest := &t.cols[colRest]
		rest.b = append(rest.b, f.rest...)
	}
}

// observation is a change that has one. b is its byte among the kinds as far as it is
// known.
func (t *transposed) observation(f *frameChange, b byte) {
	e, writing := &f.entry, t.cols[colKind].writing
	id := int64(f.begin.id)
	t.cols[colID].delta(&id, int64(t.newest))
	f.begin.id = uint64(id)
	if id := f.begin.id; id == 0 || id >= maxID {
		t.cols[colID].fail()
		return
	}
	t.newest = max(t.newest, f.begin.id)
	s := t.seen[f.begin.id]
	if s == nil {
		s = &framed{}
		t.seen[f.begin.id] = s
	}
	if writing {
		e.kind = e.flags(true, &s.tree) & kindMask
		b |= e.kind << changePath
		if f.kind == opNew && f.begin.hash != f.begin.content(e) {
			b |= changeHash
		}
		t.cols[colKind].byte(&b)
	}
	e.kind = b >> changePath & kindMask
	if f.kind == opNew {
		f.ordinal = 0
		t.begin(&f.begin)
	} else {
		n := int64(f.ordinal)
		t.cols[colOrdinal].delta(&n, int64(s.ordinal))
		f.ordinal = int(n)
	}
	s.ordinal = f.ordinal + 1
	t.entry(e, s)
	if f.kind != opNew {
		return
	}
	if b&changeHash != 0 {
		t.cols[colHash].fixed(f.begin.hash[:])
	} else {
		f.begin.hash = f.begin.content(e)
	}
}

// content is the hash that a transmission has by its payload.
func (b *beginning) content(e *entry) meshcore.Hash {
	return meshcore.Packet{Type: b.kind, PathLen: e.obs.PathLen, Payload: b.payload}.Hash()
}

func (t *transposed) begin(b *beginning) {
	t.cols[colType].kind(&b.kind, &b.verified)
	n := uint64(len(b.payload))
	t.cols[colLength].uvarint(&n)
	p := &t.cols[colPayload]
	if p.writing {
		p.b = append(p.b, b.payload...)
	} else {
		b.payload = p.take(int(min(n, maxFrame)))
	}
}
