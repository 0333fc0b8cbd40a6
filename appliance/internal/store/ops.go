package store

import (
	"hilltop/firmware-bridge/meshcore"
)

// The kinds of change that a frame holds.
const (
	opNew     = 1 // an episode and its first observation
	opCopy    = 2 // another observation, with its ordinal
	opImprove = 3 // what an observation is now
	opPut     = 4 // a key and its value
	opDelete  = 5 // a key
	opAppend  = 6 // bytes that a key's value grew by, and its length before
	opEvict   = 7 // an hour that went
	opSealed  = 8 // an hour whose open records went, but for some: its file has them
	opChange  = 9 // what a key's value is now, told from what it was
)

// ops is a list of changes, packed. IDs and arrivals count from the change
// before.
type ops struct {
	c    codec
	id   uint64
	time int64
}

func (o *ops) reset() { *o = ops{c: codec{writing: true, b: make([]byte, 0, 4096)}} }

func (o *ops) len() int { return len(o.c.b) }

func (o *ops) kind(k byte) { o.c.byte(&k) }

func (o *ops) idDelta(id *uint64) {
	d := int64(*id - o.id)
	o.c.varint(&d)
	if !o.c.writing {
		if *id = o.id + uint64(d); *id == 0 || *id >= maxID {
			o.c.fail()
		}
	}
	o.id = *id
}

// beginning is what a frame tells of a new episode beside its first observation.
type beginning struct {
	id       uint64
	hash     meshcore.Hash
	kind     meshcore.Type
	verified bool
	payload  []byte
}

func (o *ops) begin(b beginning, e *entry) {
	o.kind(opNew)
	o.beginBody(&b, e)
}

func (o *ops) beginBody(b *beginning, e *entry) {
	o.idDelta(&b.id)
	o.c.fixed(b.hash[:])
	o.c.kind(&b.kind, &b.verified)
	o.c.bytes(&b.payload)
	o.c.entry(e, &o.time, nil)
}

func (o *ops) copy(id uint64, ordinal int, e *entry) {
	o.kind(opCopy)
	o.copyBody(&id, &ordinal, e)
}

func (o *ops) improve(id uint64, ordinal int, e *entry) {
	o.kind(opImprove)
	o.copyBody(&id, &ordinal, e)
}

func (o *ops) copyBody(id *uint64, ordinal *int, e *entry) {
	o.idDelta(id)
	n := uint32(*ordinal)
	unsigned(&o.c, &n)
	*ordinal = int(n)
	o.c.entry(e, &o.time, nil)
}

func (o *ops) put(key, value string) {
	o.kind(opPut)
	o.c.string(&key)
	o.c.string(&value)
}

// change is a put of a value of which much is as it was.
func (o *ops) change(key, old, value string) {
	o.kind(opChange)
	o.c.change(newChange(key, old, value))
}

func (o *ops) delete(key string) {
	o.kind(opDelete)
	o.c.string(&key)
}

func (o *ops) append(key string, at int, more string) {
	o.kind(opAppend)
	o.c.string(&key)
	n := uint64(at)
	o.c.uvarint(&n)
	o.c.string(&more)
}

func (o *ops) evict(hour uint32) {
	o.kind(opEvict)
	unsigned(&o.c, &hour)
}

func (o *ops) sealed(hour uint32, keep []uint64) {
	o.kind(opSealed)
	o.sealedBody(&hour, &keep)
}

func (o *ops) sealedBody(hour *uint32, keep *[]uint64) {
	unsigned(&o.c, hour)
	n := uint64(len(*keep))
	o.c.uvarint(&n)
	for i := range n {
		if !o.c.writing {
			if !o.c.more() {
				o.c.fail()
				return
			}
			*keep = append(*keep, 0)
		}
		o.idDelta(&(*keep)[i])
	}
}
