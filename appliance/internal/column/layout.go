package column

import (
	"encoding/binary"
	"hash/crc32"
)

const (
	magic    = "HILLTOPH"
	version  = 2
	headSize = 96
	maxID    = 1e15 // sixteen decimal digits would read as a hash
	maxDepth = 63   // hops that a path length byte can tell

	reporterSize = 20
)

// What a transmission's flags say.
const (
	rowVerified = 1 << 0
	rowTree     = 1 << 1 // it has a tree, whose width less 1 is in bits 2 and 3
	rowWidth    = 2      // shift of that width
	rowBase     = 1 << 4 // the base is not the arrival of the first copy
	rowMask     = 1<<5 - 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// head is what a sealed hour begins with.
type head struct {
	hour, generation              uint32
	rows, obs, reporters, streams uint32 // how many; streams in bytes
	first, last                   int64  // where the earliest and the latest copy stand
	id                            uint64 // the least
	widths                        [5]byte
	crc                           uint32 // of what follows the head
	names                         uint32 // bytes; 0 is version 1, which has none
}

// The columns whose width an hour chooses, by their place in head.widths.
const (
	widthTime = iota
	widthID
	widthReporter
	widthLeaf
	widthRSSI
)

func (h *head) append(dst []byte) []byte {
	le, at := binary.LittleEndian, len(dst)
	dst = append(dst, magic...)
	dst = le.AppendUint32(dst, h.version())
	dst = le.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
	for _, v := range []uint32{h.hour, h.generation, h.rows, h.obs, h.reporters, h.streams} {
		dst = le.AppendUint32(dst, v)
	}
	dst = le.AppendUint64(dst, uint64(h.first))
	dst = le.AppendUint64(dst, uint64(h.last))
	dst = le.AppendUint64(dst, h.id)
	dst = append(dst, h.widths[:]...)
	dst = append(dst, make([]byte, 80-64-len(h.widths))...)
	dst = le.AppendUint32(dst, h.crc)
	dst = le.AppendUint32(dst, h.names)
	dst = append(dst, make([]byte, 4)...)
	return le.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

func (h *head) version() uint32 {
	if h.names == 0 {
		return 1
	}
	return version
}

// read takes a head whose checksums are right.
func (h *head) read(b []byte) {
	le := binary.LittleEndian
	for i, p := range []*uint32{&h.hour, &h.generation, &h.rows, &h.obs, &h.reporters, &h.streams} {
		*p = le.Uint32(b[16+4*i:])
	}
	h.first, h.last, h.id = int64(le.Uint64(b[40:])), int64(le.Uint64(b[48:])), le.Uint64(b[56:])
	copy(h.widths[:], b[64:])
	h.crc, h.names = le.Uint32(b[80:]), le.Uint32(b[84:])
}

// The sections after the head, in their order.
const (
	secReporters = iota
	secFirst
	secID
	secHash
	secStart
	secStream
	secType
	secFlags
	secHeader
	secAt
	secReporter
	secLeaf
	secSNR
	secRSSI
	secStreams
	secNames // only where there are any
	sections
)

var sectionNames = [sections]string{
	"reporters", "first", "id", "hash", "start", "stream", "type", "flags", "header",
	"at", "reporter", "leaf", "snr", "rssi", "streams", "names",
}

// section is where a section lies in an hour's bytes.
type section struct{ from, to uint64 }

// layout computes where sections lie; each begins at a multiple of eight.
func (h *head) layout() (all [sections]section, total uint64) {
	rows, obs := uint64(h.rows), uint64(h.obs)
	w := func(i int) uint64 { return uint64(h.widths[i]) }
	total = headSize
	for i, size := range [sections]uint64{
		uint64(h.reporters) * reporterSize,
		rows * w(widthTime), rows * w(widthID), rows * 8, (rows + 1) * 4, (rows + 1) * 4, rows, rows, rows,
		obs * w(widthTime), obs * w(widthReporter), obs * w(widthLeaf), obs, obs * w(widthRSSI),
		uint64(h.streams), uint64(h.names),
	} {
		if i != secNames || size > 0 {
			total = (total + 7) &^ 7
		}
		all[i] = section{total, total + size}
		total += size
	}
	return all, total
}

// widthOf is the least width that a column may have to hold a number.
func widthOf(greatest uint64) byte {
	switch {
	case greatest < 1<<8:
		return 1
	case greatest < 1<<16:
		return 2
	case greatest < 1<<32:
		return 4
	}
	return 8
}

// widthFor is widthOf for one of the columns in head.widths: times have at
// least four bytes, so that they are almost always of one width.
func widthFor(column int, greatest uint64) byte {
	if column == widthTime {
		return max(4, widthOf(greatest))
	}
	return widthOf(greatest)
}
