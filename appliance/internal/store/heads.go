package store

import (
	"slices"
	"strings"

	"hilltop/firmware-bridge/meshcore"
)

// Head is what is known of an open record without reading it.
type Head struct {
	ID          uint64
	Hash        meshcore.Hash
	Type        meshcore.Type
	First, Last int64               // where the earliest and the latest copy stand, Unix ms
	Payload     int                 // bytes
	Copies      []Heard             // in order of arrival; at least one
	Sender      *meshcore.PublicKey // as of mesh.SenderOf; nil: it is not known

	value string // the record
}

// Heard is what is known of a copy of an open record without reading it.
type Heard struct {
	At              int64  // where it stands, Unix ms
	Voice           uint32 // place in Views.Voices: who heard it
	SNR4            int8   // quarter dB; mesh.NoSNR if unknown
	Header, PathLen byte   // as on the air
	PathBytes       uint8  // of its path
}

// Mentions tells whether some bytes stand in the record: those of a hop, if it is in
// the path of a copy, and those of the payload. They may stand there by chance.
func (h *Head) Mentions(b string) bool { return strings.Contains(h.value, b) }

// HeadsInChunk is how many heads each chunk of Heads has but the last, which may
// have fewer.
const HeadsInChunk = 128

// Heads are those of an hour's open records at one moment, in the order of first,
// then of ID. They never change: what was copied for one reader is handed to the
// next, and only chunks in which something changed are copied anew.
type Heads struct {
	chunks []*headChunk
	n      int
}

type headChunk struct {
	serial uint64
	list   []Head
}

// Len is how many there are.
func (h Heads) Len() int { return h.n }

// At is the i-th.
func (h Heads) At(i int) *Head { return &h.chunks[i/HeadsInChunk].list[i%HeadsInChunk] }

// Chunks is how many chunks there are.
func (h Heads) Chunks() int { return len(h.chunks) }

// Chunk has the heads of a chunk. They must not be changed.
func (h Heads) Chunk(chunk int) []Head { return h.chunks[chunk].list }

// Serials are those of all chunks.
func (h Heads) Serials() []uint64 {
	list := make([]uint64, len(h.chunks))
	for k, c := range h.chunks {
		list[k] = c.serial
	}
	return list
}

// Serial tells a state of a chunk apart from all other chunks, and from other
// states of it, since the start. It is never 0.
func (h Heads) Serial(chunk int) uint64 { return h.chunks[chunk].serial }

// headsOf are those of an hour. mu is held, for reading at least.
func (d *directory) headsOf(h *hourRoom) Heads {
	n := len(h.open)
	if n == 0 {
		return Heads{}
	}
	d.copying.Lock()
	defer d.copying.Unlock()
	for len(h.heads)*HeadsInChunk < n {
		h.heads = append(h.heads, nil)
	}
	for k, c := range h.heads {
		if c != nil {
			continue
		}
		d.chunks++
		slots := h.open[k*HeadsInChunk : min((k+1)*HeadsInChunk, n)]
		c = &headChunk{d.chunks, make([]Head, len(slots))}
		for i, slot := range slots {
			e := &d.slots[slot]
			c.list[i] = Head{ID: e.id, Hash: e.hash, Type: e.kind, First: e.first, Last: e.last, Payload: e.payload, Copies: e.copies, Sender: e.sender, value: e.value}
		}
		h.heads[k] = c
	}
	return Heads{slices.Clone(h.heads), n}
}

// changed says that the i-th open record is no longer what was copied.
// The directory's mu is held.
func (h *hourRoom) changed(i int) {
	if k := i / HeadsInChunk; k < len(h.heads) {
		h.heads[k] = nil
	}
}

// shifted says that records stand elsewhere from the i-th on. The directory's mu
// is held.
func (h *hourRoom) shifted(i int) {
	if k := i / HeadsInChunk; k < len(h.heads) {
		clear(h.heads[k:])
		h.heads = h.heads[:k]
	}
}
