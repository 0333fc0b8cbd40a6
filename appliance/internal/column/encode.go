package column

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Encode makes a sealed hour of its transmissions, whose order does not matter: the
// same ones give the same bytes. hour counts from 1970, generation from the first
// sealing. An error names the transmission that contradicts itself.
func Encode(hour, generation uint32, rows []Row) ([]byte, error) {
	if len(rows) == 0 {
		return nil, errors.New("an hour without transmissions cannot be sealed")
	}
	for i := range rows {
		if err := rows[i].check(); err != nil {
			return nil, fmt.Errorf("transmission %d: %w", rows[i].ID, err)
		}
	}
	e := encoder{rows: inOrder(rows)}
	for i, r := range e.rows[1:] {
		if r.ID == e.rows[i].ID && r.first == e.rows[i].first {
			return nil, fmt.Errorf("transmission %d: it is there twice", r.ID)
		}
	}
	e.h.hour, e.h.generation = hour, generation
	e.collect()
	if uint64(len(e.streams)) > math.MaxUint32 || e.count > math.MaxUint32 {
		return nil, fmt.Errorf("%d transmissions are too many for one hour", len(rows))
	}
	return e.write(), nil
}

// placed is a row and where its earliest copy stands.
type placed struct {
	*Row
	first int64
}

func inOrder(rows []Row) []placed {
	all := make([]placed, len(rows))
	for i := range rows {
		first, _ := rows[i].span()
		all[i] = placed{&rows[i], first}
	}
	slices.SortFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// encoder knows after collect all that the layout depends on.
type encoder struct {
	rows      []placed
	h         head
	count     uint64   // of observations
	reporters []uint32 // of each observation, a number of list
	list      []Reporter
	offsets   []uint64 // where each row's stream begins
	streams   []byte
}

func (e *encoder) collect() {
	h := &e.h
	h.first, h.last, h.id = e.rows[0].first, e.rows[0].first, e.rows[0].ID
	for _, r := range e.rows {
		_, last := r.span()
		h.last, h.id = max(h.last, last), min(h.id, r.ID)
		e.count += uint64(len(r.Obs))
	}
	numbers := make(map[Reporter]uint32)
	e.reporters = make([]uint32, 0, e.count)
	var greatest struct{ id, leaf, rssi uint64 }
	for _, r := range e.rows {
		greatest.id = max(greatest.id, r.ID-h.id)
		e.offsets = append(e.offsets, uint64(len(e.streams)))
		e.streams = r.appendStream(e.streams)
		for i := range r.Obs {
			o := &r.Obs[i]
			greatest.leaf, greatest.rssi = max(greatest.leaf, leafNumber(o.Leaf)), max(greatest.rssi, rssiNumber(o.RSSI))
			key := reporterOf(o)
			n, ok := numbers[key]
			if !ok {
				n = uint32(len(e.list))
				numbers[key] = n
				e.list = append(e.list, key)
			}
			e.reporters = append(e.reporters, n)
		}
	}
	e.offsets = append(e.offsets, uint64(len(e.streams)))
	e.sortReporters()
	h.rows, h.obs, h.reporters, h.streams = uint32(len(e.rows)), uint32(e.count), uint32(len(e.list)), uint32(len(e.streams))
	for w, most := range [5]uint64{
		widthTime:     uint64(h.last - h.first),
		widthID:       greatest.id,
		widthReporter: uint64(len(e.list) - 1),
		widthLeaf:     greatest.leaf,
		widthRSSI:     greatest.rssi,
	} {
		h.widths[w] = widthFor(w, most)
	}
}

// sortReporters gives the reporters their final numbers.
func (e *encoder) sortReporters() {
	order := make([]uint32, len(e.list))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return e.list[a].compare(e.list[b]) })
	list, rank := make([]Reporter, len(order)), make([]uint32, len(order))
	for i, was := range order {
		list[i], rank[was] = e.list[was], uint32(i)
	}
	e.list = list
	for i, was := range e.reporters {
		e.reporters[i] = rank[was]
	}
}

func (e *encoder) write() []byte {
	where, total := e.h.layout()
	b := make([]byte, total)
	column := func(s int, width byte) Numbers { return Numbers{b[where[s].from:where[s].to], int(width)} }
	w := e.h.widths
	for i, r := range e.list {
		r.put(b[int(where[secReporters].from)+i*reporterSize:])
	}
	first, id := column(secFirst, w[widthTime]), column(secID, w[widthID])
	start, stream := column(secStart, 4), column(secStream, 4)
	types, flags, headers := column(secType, 1), column(secFlags, 1), column(secHeader, 1)
	at, reporter, leaf := column(secAt, w[widthTime]), column(secReporter, w[widthReporter]), column(secLeaf, w[widthLeaf])
	snr, rssi := column(secSNR, 1), column(secRSSI, w[widthRSSI])
	n := 0
	for i, r := range e.rows {
		first.put(i, uint64(r.first-e.h.first))
		id.put(i, r.ID-e.h.id)
		copy(b[int(where[secHash].from)+8*i:], r.Hash[:])
		start.put(i, uint64(n))
		stream.put(i, e.offsets[i])
		types.put(i, uint64(r.Type))
		flags.put(i, uint64(r.flags()))
		headers.put(i, uint64(r.Tree.Header))
		for k := range r.Obs {
			o := &r.Obs[k]
			at.put(n, uint64(o.At-e.h.first))
			reporter.put(n, uint64(e.reporters[n]))
			leaf.put(n, leafNumber(o.Leaf))
			snr.put(n, uint64(uint8(o.SNR4)))
			rssi.put(n, rssiNumber(o.RSSI))
			n++
		}
	}
	start.put(len(e.rows), uint64(n))
	stream.put(len(e.rows), e.offsets[len(e.rows)])
	copy(b[where[secStreams].from:], e.streams)
	e.h.crc = crc32.Checksum(b[headSize:], castagnoli)
	e.h.append(b[:0])
	return b
}

func (r Reporter) put(b []byte) {
	le := binary.LittleEndian
	le.PutUint64(b, r.Sources)
	le.PutUint32(b[8:], r.Observer)
	le.PutUint32(b[12:], r.Feed)
	le.PutUint16(b[16:], r.Region)
	b[18], b[19] = byte(r.Flags), byte(r.has)
}

func readReporter(b []byte) Reporter {
	le := binary.LittleEndian
	return Reporter{
		Sources: le.Uint64(b), Observer: le.Uint32(b[8:]), Feed: le.Uint32(b[12:]), Region: le.Uint16(b[16:]),
		Flags: mesh.Flag(b[18]), has: shape(b[19]),
	}
}

// leafNumber is how a leaf stands in its column.
func leafNumber(leaf int32) uint64 { return uint64(leaf + 1) }

// rssiNumber is how an RSSI stands in its column: almost all are negative.
func rssiNumber(rssi int16) uint64 { return uint64(uint16(-rssi)) }

func (r *Row) flags() (f byte) {
	if r.Verified {
		f |= rowVerified
	}
	if r.Tree.Width > 0 {
		f |= rowTree | byte(r.Tree.Width-1)<<rowWidth
	}
	if r.Base != r.Obs[0].Arrived {
		f |= rowBase
	}
	return f
}

// appendStream appends what a transmission has outside the columns.
func (r *Row) appendStream(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(r.Payload)))
	dst = append(dst, r.Payload...)
	dst = appendTree(dst, r.Tree)
	for i := range r.Obs {
		o := &r.Obs[i]
		if o.Arrived != o.At {
			dst = appendVarint(dst, o.Arrived-o.At)
		}
		if o.Leaf < 0 {
			dst = o.appendHead(dst)
		}
	}
	if r.Base != r.Obs[0].Arrived {
		dst = appendVarint(dst, r.Base-r.Obs[0].Arrived)
	}
	duration := uint16(0)
	for i := range r.Obs {
		dst = r.Obs[i].appendRest(dst, &duration)
	}
	return dst
}

// appendTree appends codes, hops and parents; a transmission's flags tell
// whether it has a tree.
func appendTree(dst []byte, t mesh.Tree) []byte {
	if t.Width == 0 {
		return dst
	}
	if meshcore.Route(t.Header & 3).HasTransport() {
		dst = appendCodes(dst, t.Transport)
	}
	dst = binary.AppendUvarint(dst, uint64(t.Len()))
	dst = append(dst, t.HopBytes...)
	width := int(parentWidth(uint64(t.Len())))
	from := len(dst)
	dst = append(dst, make([]byte, width*t.Len())...)
	parents := Numbers{dst[from:], width}
	for i, p := range t.Parents {
		parents.put(i, uint64(p))
	}
	return dst
}

// parentWidth is how wide the number of a parent is in a tree of so many nodes
// without the root.
func parentWidth(nodes uint64) byte { return widthOf(max(nodes, 1) - 1) }

func (o *Obs) appendHead(dst []byte) []byte {
	dst = append(dst, o.Header)
	if meshcore.Route(o.Header & 3).HasTransport() {
		dst = appendCodes(dst, o.Transport)
	}
	dst = append(dst, o.PathLen)
	dst = binary.AppendUvarint(dst, uint64(len(o.Path)))
	return append(dst, o.Path...)
}

// appendRest appends what only the page of the packet shows. duration is that
// of the copy before that has one.
func (o *Obs) appendRest(dst []byte, duration *uint16) []byte {
	has := reporterOf(o).has
	if has&hasClaimed != 0 {
		dst = appendVarint(dst, o.Claimed-o.At)
	}
	if has&hasScore != 0 {
		dst = appendVarint(dst, int64(o.Score))
		dst = appendVarint(dst, int64(o.DurationMS)-int64(*duration))
		*duration = o.DurationMS
	}
	if has&hasMerged != 0 {
		dst = binary.AppendUvarint(dst, uint64(len(o.Merged)))
		for _, m := range o.Merged {
			if !m.OK {
				dst = binary.AppendUvarint(dst, uint64(m.Feed)<<1)
				continue
			}
			dst = binary.AppendUvarint(dst, uint64(m.Feed)<<1|1)
			dst = appendVarint(dst, m.Claimed-o.At)
		}
	}
	return dst
}
