package store

import (
	"encoding/binary"
	"math"
	"slices"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// View is what is held of one hour at one moment, as far as that is known
// without reading an open record. It never changes.
type View struct {
	Hour  uint32
	Block *column.Hour // nil: it is not sealed
	// Sealed changes whenever Block or what is overridden of it does. No two
	// states of any hours since the start have the same.
	Sealed uint64
	// Heads are of the open records, in the order of first, then of ID.
	Heads Heads

	over  []uint64 // as in sealedRows; nil: none is
	taken int      // rows that are overridden
}

// Over tells whether a row of Block is overridden: its transmission is among
// Heads.
func (v *View) Over(row int) bool { return v.over != nil && v.over[row/64]&(1<<(row%64)) != 0 }

// Transmissions is how many there are.
func (v *View) Transmissions() int {
	n := v.Heads.Len()
	if v.Block != nil {
		n += v.Block.Len() - v.taken
	}
	return n
}

// Overridden tells whether any row is.
func (v *View) Overridden() bool { return v.over != nil }

// State tells states of the rows of Block that are not overridden apart: views
// of an hour with the same State have the same of them, also when the hour went
// and came again meanwhile, for numbers of transmissions are given once. It is
// "" without rows.
func (v *View) State() string {
	if v.Block == nil {
		return ""
	}
	b := binary.AppendUvarint(nil, uint64(v.Block.Generation()))
	b = binary.AppendUvarint(b, v.Block.ID(0))
	b = binary.AppendUvarint(b, uint64(v.Block.Len()))
	b = binary.AppendUvarint(b, uint64(v.Block.Observations()))
	for _, rows := range v.over {
		b = binary.AppendUvarint(b, rows)
	}
	return string(b)
}

// Open calls fn for those open records whose heads are wanted, until fn is false;
// the others are not unpacked.
func (v *View) Open(want func(*Head) bool, fn func(*mesh.Scanned) bool) {
	for k := range v.Heads.Chunks() {
		if !EachOf(v.Heads.Chunk(k), want, fn) {
			return
		}
	}
}

// EachOf calls fn for the records of those heads that are wanted, and tells whether
// it went through all of them: fn ends it by false.
func EachOf(heads []Head, want func(*Head) bool, fn func(*mesh.Scanned) bool) bool {
	var r HeadReader
	for i := range heads {
		h := &heads[i]
		if !want(h) {
			continue
		}
		if tx, ok := r.Read(h); ok && !fn(tx) {
			return false
		}
	}
	return true
}

// HeadReader shows open records one at a time, in memory that it uses again.
type HeadReader struct {
	r  record
	tx mesh.Scanned
}

// Read shows an open record, its observations in the order of Copies; it is valid
// until the next. False: the record is damaged.
func (x *HeadReader) Read(h *Head) (*mesh.Scanned, bool) {
	if x.r.decode(h.value) != nil {
		return nil, false
	}
	x.r.scan(&x.tx)
	return &x.tx, true
}

// Voice is by whom and where copies were heard.
type Voice struct {
	Observer uint32
	Region   uint16 // 0 unknown
}

// Views is what is held at one moment of each hour.
type Views struct {
	Hours  []View // newest first
	Voices []Voice
}

// viewBatch is how many heads are copied at a time.
const viewBatch = 4096

// Views gives the hours that wanted names. It waits for no writer but while it
// copies what is known of an hour's open records.
func (s *Store) Views(wanted func(hour uint32) bool) (out Views) {
	hours := slices.DeleteFunc(s.dir.hoursDown(), func(hour uint32) bool { return !wanted(hour) })
	out.Hours = make([]View, 0, len(hours))
	for len(hours) > 0 {
		hours = s.dir.views(&out, hours)
	}
	return out
}

// views adds hours until many heads are copied, and gives those that are left.
func (d *directory) views(out *Views, hours []uint32) []uint32 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	copied := 0
	for len(hours) > 0 && copied < viewBatch {
		if i, ok := d.placeInOrder(hours[0]); ok {
			out.Hours = append(out.Hours, d.view(d.order[i]))
			copied += len(d.order[i].open)
		}
		hours = hours[1:]
	}
	out.Voices = d.voices.list
	return hours
}

// view copies what is known of an hour. mu is held.
func (d *directory) view(h *hourRoom) View {
	v := View{Hour: h.num}
	if s := h.sealed; s != nil {
		v.Block, v.Sealed = s.Hour, uint64(s.serial)<<32|uint64(s.changes)
		if v.taken = s.overridden; v.taken > 0 {
			v.over = slices.Clone(s.over)
		}
	}
	v.Heads = d.headsOf(h)
	return v
}

// sighting is what the directory knows of an open record beside where it is, so
// that filters need not read it.
type sighting struct {
	last    int64 // where the latest copy stands, Unix ms
	copies  []Heard
	sender  *meshcore.PublicKey
	kind    meshcore.Type
	payload int // bytes
}

// sighted is what a record shows. mu is held.
func (d *directory) sighted(r *record) sighting {
	s := sighting{kind: r.kind, last: r.entries[0].obs.At, payload: len(r.payload), copies: make([]Heard, 0, len(r.entries))}
	for i := range r.entries {
		d.heard(&s, &r.entries[i])
	}
	if key, ok := mesh.SenderOf(r.kind, r.verified, r.payload); ok {
		s.sender = &key
	}
	return s
}

// heard notes a copy. What was handed out of copies stays as it is. mu is held.
func (d *directory) heard(s *sighting, e *entry) {
	o := &e.obs
	s.last = max(s.last, o.At)
	path := len(o.Path)
	if e.kind != kindOwn { // what its tree tells is not in it
		path = int(o.PathLen&63) * (int(o.PathLen>>6) + 1)
	}
	s.copies = append(s.copies, Heard{
		At: o.At, Voice: d.voices.number(Voice{o.Observer, o.Region}),
		SNR4: o.SNR4, Header: o.Header, PathLen: o.PathLen, PathBytes: uint8(min(path, math.MaxUint8)),
	})
}

// voiceTable numbers voices.
type voiceTable struct {
	list []Voice
	of   map[Voice]uint32
}

func (t *voiceTable) number(v Voice) uint32 {
	n, ok := t.of[v]
	if !ok {
		n = uint32(len(t.list))
		t.list, t.of[v] = append(t.list, v), n
	}
	return n
}

// Place is where an episode is.
type Place struct {
	ID    uint64
	Hour  uint32 // that it is kept in
	First int64  // where its first copy stands, Unix ms
}

// placeBatch is how many hashes are looked up at a time.
const placeBatch = 512

// Repeated lists the episodes of those of some hashes that have several.
func (s *Store) Repeated(hashes []meshcore.Hash) map[meshcore.Hash][]Place {
	out := map[meshcore.Hash][]Place{}
	for batch := range slices.Chunk(hashes, placeBatch) {
		s.dir.repeated(batch, out)
	}
	return out
}

func (d *directory) repeated(hashes []meshcore.Hash, out map[meshcore.Hash][]Place) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var refs []ref
	for _, h := range hashes {
		if refs = d.hashes.find(h, refs[:0]); len(refs) < 2 {
			continue
		}
		var list []Place
		for _, r := range refs {
			if d.seen(r) {
				e := d.at(r)
				list = append(list, Place{e.id, e.hour, e.first})
			}
		}
		out[h] = list
	}
}
