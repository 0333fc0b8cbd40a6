package column

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"unsafe"

	"hilltop/firmware-bridge/meshcore"
)

// Why an hour cannot be read; errors.Is finds them in what [Open] returns.
var (
	ErrDamaged = errors.New("hour is damaged")
	ErrNewer   = errors.New("hour is of a newer version of this program")
)

func damaged(at uint64, format string, args ...any) error {
	return fmt.Errorf("%w: %s, at byte %d", ErrDamaged, fmt.Sprintf(format, args...), at)
}

// Open reads a sealed hour where it lies; b must not change while the hour is
// used. Everything is checked here, checksums and sense, so that nothing that
// is asked of the hour later can fail. The error is ErrNewer or ErrDamaged,
// with what is wrong and where.
func Open(b string) (*Hour, error) {
	if uintptr(unsafe.Pointer(unsafe.StringData(b)))%8 != 0 {
		b = strings.Clone(b) // columns are read as numbers, which must lie straight
	}
	h := &Hour{b: bytesOf(b)}
	if err := h.readHead(); err != nil {
		return nil, err
	}
	if err := h.readSections(); err != nil {
		return nil, err
	}
	if err := h.checkColumns(); err != nil {
		return nil, err
	}
	if err := h.checkRows(); err != nil {
		return nil, err
	}
	return h, nil
}

func (h *Hour) readHead() error {
	le, b := binary.LittleEndian, h.b
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		return errors.New("sealed hours cannot be read on a big-endian machine")
	}
	switch {
	case len(b) < 16 || string(b[:8]) != magic:
		return damaged(0, "it does not begin as one")
	case crc32.Checksum(b[:12], castagnoli) != le.Uint32(b[12:]):
		return damaged(12, "checksum of the version")
	case le.Uint32(b[8:]) > version:
		return fmt.Errorf("%w: version %d, this program reads %d", ErrNewer, le.Uint32(b[8:]), version)
	case le.Uint32(b[8:]) == 0:
		return damaged(8, "there is no version 0")
	case len(b) < headSize:
		return damaged(uint64(len(b)), "its head breaks off")
	case crc32.Checksum(b[:headSize-4], castagnoli) != le.Uint32(b[headSize-4:]):
		return damaged(headSize-4, "checksum of the head")
	case strings.Trim(string(b[69:80]), "\x00") != "" || le.Uint32(b[88:]) != 0:
		return damaged(69, "its head has bytes that must be zero")
	}
	if h.head.read(b); h.version() != le.Uint32(b[8:]) {
		return damaged(84, "%d bytes of names in version %d", h.names, le.Uint32(b[8:]))
	}
	return nil
}

// measure finds where the sections lie, by a head that was read.
func (h *Hour) measure() (where [sections]section, err error) {
	for i, w := range h.widths {
		if w != 1 && w != 2 && w != 4 && w != 8 || i == widthTime && w < 4 || i == widthRSSI && w > 2 || (i == widthReporter || i == widthLeaf) && w > 4 {
			return where, damaged(uint64(64+i), "a column cannot be %d bytes wide", w)
		}
	}
	if h.rows == 0 || h.obs < h.rows || h.reporters == 0 || h.reporters > h.obs {
		return where, damaged(24, "%d transmissions, %d observations and %d reporters do not go together", h.rows, h.obs, h.reporters)
	}
	where, total := h.layout()
	if total != uint64(len(h.b)) {
		return where, damaged(uint64(len(h.b)), "it has %d bytes, of %d", len(h.b), total)
	}
	return where, nil
}

func (h *Hour) readSections() error {
	where, err := h.measure()
	if err != nil {
		return err
	}
	if got := crc32.Checksum(h.b[headSize:], castagnoli); got != h.crc {
		return damaged(headSize, "checksum of the columns")
	}
	for i := range where[1:] {
		for at := where[i].to; at < where[i+1].from; at++ {
			if h.b[at] != 0 {
				return damaged(at, "a byte between columns that must be zero")
			}
		}
	}
	part := func(s int) []byte { return h.b[where[s].from:where[s].to:where[s].to] }
	numbers := func(s int, width byte) Numbers { return Numbers{part(s), int(width)} }
	h.where = where
	h.first, h.id = numbers(secFirst, h.widths[widthTime]), numbers(secID, h.widths[widthID])
	h.hashes = part(secHash)
	h.start, h.stream = View[uint32](numbers(secStart, 4)), View[uint32](numbers(secStream, 4))
	h.types, h.flags, h.headers = part(secType), part(secFlags), part(secHeader)
	h.at, h.reporter = numbers(secAt, h.widths[widthTime]), numbers(secReporter, h.widths[widthReporter])
	h.leaf, h.rssi = numbers(secLeaf, h.widths[widthLeaf]), numbers(secRSSI, h.widths[widthRSSI])
	snr := part(secSNR)
	h.snr = unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(snr))), len(snr))
	h.streams = part(secStreams)
	h.named = part(secNames)
	h.list = make([]Reporter, h.head.reporters)
	for i := range h.list {
		h.list[i] = readReporter(h.b[int(where[secReporters].from)+i*reporterSize:])
	}
	return nil
}

// fault is damage in a section, at one of its numbers.
func (h *Hour) fault(s int, i int, width int, what string) error {
	return damaged(h.where[s].from+uint64(i)*uint64(width), "%s %d: %s", sectionNames[s], i, what)
}

// checkColumns checks what can be seen column by column.
func (h *Hour) checkColumns() error {
	for i, r := range h.list {
		switch {
		case i > 0 && h.list[i-1].compare(r) >= 0:
			return h.fault(secReporters, i, reporterSize, "out of order")
		case r.has&^shapeMask != 0 || r.has&hasClaimed != 0 && r.Flags&flagClaimed == 0:
			return h.fault(secReporters, i, reporterSize, "of no known shape")
		}
	}
	if h.start[0] != 0 || h.stream[0] != 0 || h.start[h.rows] != h.obs || h.stream[h.rows] != h.head.streams {
		return h.fault(secStart, 0, 4, "not where it should be")
	}
	for i := range h.Len() {
		switch {
		case h.start[i] >= h.start[i+1]:
			return h.fault(secStart, i+1, 4, "no observation")
		case h.stream[i] >= h.stream[i+1]:
			return h.fault(secStream, i+1, 4, "no bytes")
		case h.flags[i]&^rowMask != 0 || h.flags[i]&rowTree == 0 && (h.flags[i]>>rowWidth&3 != 0 || h.headers[i] != 0) || h.flags[i]>>rowWidth&3 == 3:
			return h.fault(secFlags, i, 1, "no such flags")
		}
	}
	return h.checkNumbers()
}

// checkNumbers checks that numbers are in their bounds and no wider than they
// need be.
func (h *Hour) checkNumbers() error {
	rows, obs := h.Len(), h.Observations()
	id, least := h.id.greatest(), ^uint64(0)
	for i := range rows {
		least = min(least, h.id.At(i))
	}
	if least != 0 || h.head.id == 0 || h.head.id >= maxID || id >= maxID-h.head.id {
		return h.fault(secID, 0, 1, "numbers of transmissions out of bounds")
	}
	if n := h.reporter.greatest(); n >= uint64(len(h.list)) {
		return h.fault(secReporter, 0, 1, "no such reporter")
	}
	seen := make([]bool, len(h.list))
	for o := range obs {
		seen[h.reporter.At(o)] = true
	}
	for i, ok := range seen {
		if !ok {
			return h.fault(secReporters, i, reporterSize, "reports nothing")
		}
	}
	for w, most := range [5]uint64{
		widthTime:     uint64(h.head.last - h.head.first),
		widthID:       id,
		widthReporter: uint64(len(h.list) - 1),
		widthLeaf:     h.leaf.greatest(),
		widthRSSI:     h.rssi.greatest(),
	} {
		if h.widths[w] != widthFor(w, most) {
			return damaged(uint64(64+w), "a column is not as wide as its numbers need")
		}
	}
	return h.checkTimes()
}

// checkTimes checks that transmissions are in order, and say rightly when
// their first copy stands.
func (h *Hour) checkTimes() error {
	span := uint64(h.head.last - h.head.first)
	if h.head.last < h.head.first || h.first.At(0) != 0 {
		return damaged(40, "its times do not go together")
	}
	ats := View[uint32](h.at)
	for i := range h.Len() {
		least := ^uint64(0)
		if from, to := int(h.start[i]), int(h.start[i+1]); ats != nil {
			least = uint64(slices.Min(ats[from:to]))
		} else {
			for o := from; o < to; o++ {
				least = min(least, h.at.At(o))
			}
		}
		switch {
		case h.first.At(i) != least:
			return h.fault(secFirst, i, h.first.width, "not that of the earliest copy")
		case i == 0:
		case h.first.At(i-1) > least || h.first.At(i-1) == least && h.id.At(i-1) >= h.id.At(i):
			return h.fault(secFirst, i, h.first.width, "out of order")
		}
	}
	if h.at.greatest() != span {
		return damaged(48, "no copy stands at its end")
	}
	return nil
}

// checkRows reads every transmission's stream once. It notes what shapes the
// copies have, which heads of their own tell there alone.
func (h *Hour) checkRows() error {
	var s scratch
	h.shapes = make([]uint16, h.Len())
	for i := range h.Len() {
		c := h.open(i)
		h.readPayload(&c)
		tree := h.readTree(&c, i, &s)
		if c.bad {
			return damaged(h.where[secStreams].from+uint64(h.stream[i]), "payload or tree of transmission %d", i)
		}
		nodes := uint64(0)
		if tree.Width > 0 {
			nodes = uint64(tree.Len()) + 1
		}
		for o := int(h.start[i]); o < int(h.start[i+1]); o++ {
			if leaf := h.leaf.At(o); leaf > nodes {
				return h.fault(secLeaf, o, h.leaf.width, "no such node in the tree")
			}
			h.readArrived(&c, o)
			if leaf := h.leaf.At(o); leaf > 0 {
				h.shapes[i] |= Shape(tree.Header, pathLen(tree.Width, s.depths[leaf-1]))
			} else {
				own := c.ownHead()
				h.shapes[i] |= Shape(own.header, own.pathLen)
			}
		}
		if h.flags[i]&rowBase != 0 {
			c.difference()
		}
		duration := uint16(0)
		for o := int(h.start[i]); o < int(h.start[i+1]); o++ {
			h.readRest(&c, o, &duration, &s.rest, false)
		}
		if c.bad || c.off != len(c.b) {
			return damaged(h.where[secStreams].from+uint64(h.stream[i]), "observations of transmission %d", i)
		}
	}
	return nil
}

// hasCodes tells whether a header's route carries transport codes.
func hasCodes(header byte) bool { return meshcore.Route(header & 3).HasTransport() }
