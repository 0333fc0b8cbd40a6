package store

import (
	"fmt"
	"unsafe"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// recordVersion is the first byte of every record.
const recordVersion = 1

// maxID bounds the numbers of transmissions: sixteen decimal digits would read
// as a hash.
const maxID = 1e15

// What an entry's first byte says. The lowest two bits are its kind.
const (
	kindInTree = 0 // its path is a leaf of the tree
	kindPlants = 1 // it defines the tree, and is in it
	kindOwn    = 2 // header and path are its own
	kindMask   = 3

	entryClaimed  = 1 << 2 // a claimed time follows
	entryStands   = 1 << 3 // mesh.FlagHeardStands
	entryLate     = 1 << 4 // mesh.FlagLate
	entryMerged   = 1 << 5 // other messages were merged into it
	entryScore    = 1 << 6 // score and duration follow
	entryAtDiffer = 1 << 7 // it does not stand where it arrived
)

// claim is one message that reported an observation: which feed it came from
// and the time it stated, if any.
type claim struct {
	feed    uint32
	claimed int64 // Unix ms; valid if ok
	ok      bool
}

// entry is one observation in a record.
type entry struct {
	obs    mesh.Observation // Path is nil while the path is a leaf
	feed   uint32           // of the first message that reported it
	merged []claim          // of the others
	kind   byte
	leaf   uint32 // valid unless kind is kindOwn
}

// record is one episode, unpacked.
type record struct {
	id       uint64
	hash     meshcore.Hash
	kind     meshcore.Type
	verified bool
	base     int64 // Unix ms; from which the first arrival is counted
	payload  []byte
	tree     tree
	entries  []entry
	arrived  int64 // of the last entry
}

// bytesOf gives a string's bytes without a copy. They must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// head is what a record has once.
func (r *record) head(c *codec) {
	version := byte(recordVersion)
	c.byte(&version)
	if version != recordVersion {
		c.fail()
	}
	unsigned(c, &r.id)
	if r.id == 0 || r.id >= maxID {
		c.fail()
	}
	c.fixed(r.hash[:])
	c.kind(&r.kind, &r.verified)
	signed(c, &r.base)
	c.bytes(&r.payload)
}

// verifiedBit marks, beside the type, an advert whose signature and fields were
// good.
const verifiedBit = 0x80

// kind is a transmission's type and whether it is a verified advert.
func (c *codec) kind(kind *meshcore.Type, verified *bool) {
	b := byte(*kind)
	if *verified {
		b |= verifiedBit
	}
	c.byte(&b)
	*kind, *verified = meshcore.Type(b&^verifiedBit), b&verifiedBit != 0
}

// decode unpacks a record into r, whose memory it uses again. The payload and
// paths of their own alias the value.
func (r *record) decode(value string) error {
	c := codec{b: bytesOf(value)}
	r.head(&c)
	r.tree.clear()
	r.entries, r.arrived = r.entries[:0], r.base
	for c.more() {
		n := len(r.entries)
		if n < cap(r.entries) {
			r.entries = r.entries[:n+1]
		} else {
			r.entries = append(r.entries, entry{})
		}
		c.entry(&r.entries[n], &r.arrived, &r.tree)
	}
	if c.err == nil && len(r.entries) == 0 {
		c.fail()
	}
	if c.err != nil {
		return fmt.Errorf("record: %w", c.err)
	}
	return nil
}

// encode packs the record afresh: the tree is built anew in the order of the
// entries. Their paths must be filled in.
func (r *record) encode(dst []byte) []byte {
	c := codec{b: dst, writing: true}
	r.head(&c)
	r.tree.clear()
	r.arrived = r.base
	for i := range r.entries {
		c.entry(&r.entries[i], &r.arrived, &r.tree)
	}
	return c.b
}

// entry is one observation. prev is the arrival of the one before; a nil tree
// makes it stand for itself, as in a frame.
func (c *codec) entry(e *entry, prev *int64, t *tree) {
	flags := e.flags(c.writing, t)
	c.byte(&flags)
	o := &e.obs
	unsigned(c, &o.Observer)
	unsigned(c, &e.feed)
	unsigned(c, &o.Region)
	c.uvarint(&o.Sources)
	c.delta(&o.Arrived, *prev)
	*prev = o.Arrived
	c.times(e, flags)
	c.byte((*byte)(unsafe.Pointer(&o.SNR4)))
	signed(c, &o.RSSI)
	c.score(o, flags)
	e.kind = flags & kindMask
	if e.kind == kindOwn {
		c.ownPath(o)
		return
	}
	if t == nil || e.kind > kindOwn {
		c.fail()
		return
	}
	c.treePath(e, t)
}

// flags is the first byte of an entry that is to be written.
func (e *entry) flags(writing bool, t *tree) (f byte) {
	if !writing {
		return 0
	}
	o := &e.obs
	set := func(bit byte, on bool) {
		if on {
			f |= bit
		}
	}
	switch {
	case t == nil:
		f = kindOwn
	case t.fits(o):
		f = kindInTree
	case !t.defined() && plants(o):
		f = kindPlants
	default:
		f = kindOwn
	}
	set(entryClaimed, o.Flags&mesh.FlagClaimed != 0)
	set(entryStands, o.Flags&mesh.FlagHeardStands != 0)
	set(entryLate, o.Flags&mesh.FlagLate != 0)
	set(entryMerged, len(e.merged) > 0)
	set(entryScore, o.Score != mesh.NoScore || o.DurationMS != 0)
	set(entryAtDiffer, o.At != o.Arrived)
	return f
}

// times is where an entry stands, what was claimed, and by which messages.
func (c *codec) times(e *entry, flags byte) {
	o := &e.obs
	if !c.writing {
		e.start(flags)
	}
	if flags&entryAtDiffer != 0 {
		c.delta(&o.At, o.Arrived)
	}
	if flags&entryClaimed != 0 {
		c.delta(&o.Claimed, o.At)
	}
	if flags&entryMerged != 0 {
		c.claims(e)
	}
}

// start sets what the flags say of an entry that is read, whose arrival is.
func (e *entry) start(flags byte) {
	o := &e.obs
	o.At, o.Claimed, o.Flags, e.merged = o.Arrived, 0, 0, e.merged[:0]
	if flags&entryClaimed != 0 {
		o.Flags |= mesh.FlagClaimed
	}
	if flags&entryStands != 0 {
		o.Flags |= mesh.FlagHeardStands
	}
	if flags&entryLate != 0 {
		o.Flags |= mesh.FlagLate
	}
}

// maxMerged is how many messages beside the first an observation remembers.
const maxMerged = 15

func (c *codec) claims(e *entry) {
	n := byte(len(e.merged))
	c.byte(&n)
	if n > maxMerged {
		c.fail()
		return
	}
	for i := range int(n) {
		if !c.writing {
			e.merged = append(e.merged, claim{})
		}
		m := &e.merged[i]
		unsigned(c, &m.feed)
		c.bool(&m.ok)
		if m.ok {
			c.delta(&m.claimed, e.obs.At)
		}
	}
}

func (c *codec) score(o *mesh.Observation, flags byte) {
	if flags&entryScore == 0 {
		o.Score, o.DurationMS = mesh.NoScore, 0
		return
	}
	signed(c, &o.Score)
	unsigned(c, &o.DurationMS)
}

// ownPath is the head of a copy that does not fit the tree.
func (c *codec) ownPath(o *mesh.Observation) {
	c.byte(&o.Header)
	if !c.writing {
		o.Transport = [2]uint16{}
	}
	if meshcore.Route(o.Header & 3).HasTransport() {
		c.code(&o.Transport[0])
		c.code(&o.Transport[1])
	}
	c.byte(&o.PathLen)
	c.bytes(&o.Path)
}

// code is a transport code as on the air.
func (c *codec) code(p *uint16) {
	lo, hi := byte(*p), byte(*p>>8)
	c.byte(&lo)
	c.byte(&hi)
	*p = uint16(lo) | uint16(hi)<<8
}

// treePath is an entry's place in the tree: the node where its path leaves what
// is known, and the hops that it adds.
func (c *codec) treePath(e *entry, t *tree) {
	if e.kind == kindPlants {
		c.plant(e, t)
	}
	if c.err != nil || !t.defined() {
		c.fail()
		return
	}
	var parent uint32
	var fresh []byte
	if c.writing {
		var used int
		parent, used = t.find(e.obs.Path)
		fresh = e.obs.Path[used:]
	}
	unsigned(c, &parent)
	count := byte(len(fresh) / t.Width)
	c.byte(&count)
	if c.writing {
		c.b = append(c.b, fresh...)
	} else {
		fresh = c.take(int(count) * t.Width)
	}
	if int64(parent) > int64(len(t.Parents)) {
		c.fail()
		return
	}
	e.leaf = c.grow(t, parent, fresh)
	if !c.writing {
		o := &e.obs
		o.Header, o.Transport, o.Path = t.Header, t.Transport, nil
		o.PathLen = byte(t.Width-1)<<6 | byte(t.depth(e.leaf))
	}
}

// plant is the head that all copies in the tree share.
func (c *codec) plant(e *entry, t *tree) {
	o := &e.obs
	c.byte(&o.Header)
	if !c.writing {
		o.Transport = [2]uint16{}
	}
	if meshcore.Route(o.Header & 3).HasTransport() {
		c.code(&o.Transport[0])
		c.code(&o.Transport[1])
	}
	width := o.PathLen >> 6
	c.byte(&width)
	if !c.writing {
		o.PathLen, o.Path = width<<6, nil
	}
	if width > 2 || t.defined() || !c.writing && !plants(o) {
		c.fail()
		return
	}
	t.plant(o)
}

func (c *codec) grow(t *tree, leaf uint32, fresh []byte) uint32 {
	for ; len(fresh) >= t.Width; fresh = fresh[t.Width:] {
		next, ok := t.add(leaf, fresh[:t.Width])
		if !ok {
			c.fail()
			return 0
		}
		leaf = next
	}
	return leaf
}

// transmission gives the record as a value of its own.
func (r *record) transmission() mesh.Transmission {
	tx := mesh.Transmission{ID: r.id, Hash: r.hash, Type: r.kind, Verified: r.verified, Payload: r.payload}
	tx.Observations = make([]mesh.Observation, len(r.entries))
	size := 0
	for i := range r.entries {
		if e := &r.entries[i]; e.kind != kindOwn {
			size += r.tree.depth(e.leaf) * r.tree.Width
		}
	}
	paths := make([]byte, 0, size)
	for i := range r.entries {
		e := &r.entries[i]
		tx.Observations[i] = e.obs
		if e.kind != kindOwn {
			from := len(paths)
			paths = r.tree.appendPath(paths, e.leaf)
			tx.Observations[i].Path = paths[from:len(paths):len(paths)]
		}
	}
	return tx
}

// fillPaths gives every entry a path of its own, so that encode can be called.
func (r *record) fillPaths() {
	tx := r.transmission()
	for i := range r.entries {
		r.entries[i].obs.Path = tx.Observations[i].Path
	}
}

// span is where the earliest and the latest copy stand, Unix ms.
func (r *record) span() (first, last int64) {
	first, last = r.entries[0].obs.At, r.entries[0].obs.At
	for i := range r.entries[1:] {
		at := r.entries[i+1].obs.At
		first, last = min(first, at), max(last, at)
	}
	return first, last
}
