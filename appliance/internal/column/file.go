package column

import (
	"encoding/binary"
	"hash/crc32"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// In its file an hour is packed: the columns whose numbers grow as differences, each
// byte of all of them together, and all of it compressed. FORMAT.md draws it.
const (
	fileVersion = 3
	fileHead    = 32
	// maxHour is the most bytes of an hour whose file is packed: 250 times those of the
	// reference mesh's. A larger one is its own file, so that what a file asks for when
	// it is read follows from its length.
	maxHour = 256 << 20
	// maxShare is how many times its file, at most, an hour is that is packed; those of
	// meshes are two to five times.
	maxShare  = 64
	window    = 1 << 20 // of compression, bytes
	leastPart = 128     // bytes of an hour that are compressed together: each part has a head of its own
)

// grown are the sections whose numbers differ little from the ones before.
var grown = [...]int{secFirst, secID, secStart, secStream, secAt}

// PackFile gives the bytes of the file of an hour that Encode made: those of the hour
// where it is too large to be packed.
func PackFile(hour []byte) []byte {
	if len(hour) > maxHour {
		return hour
	}
	h := Hour{b: hour}
	h.head.read(hour)
	where, _ := h.layout()
	plain := slices.Clone(hour)
	for _, s := range grown {
		c := Numbers{hour[where[s].from:where[s].to], h.widthOf(s)}
		c.spread(plain[where[s].from:where[s].to])
	}
	le := binary.LittleEndian
	b := append(make([]byte, 0, fileHead+len(hour)/2), magic...)
	b = le.AppendUint32(b, fileVersion)
	b = le.AppendUint32(b, crc32.Checksum(b, castagnoli))
	b = le.AppendUint32(b, uint32(len(hour)))
	b = append(b, make([]byte, fileHead-len(b))...)
	b = compress(b, plain, where[:])
	if len(hour) > maxShare*len(b) {
		return hour
	}
	le.PutUint32(b[20:], uint32(len(b)-fileHead))
	le.PutUint32(b[24:], crc32.Checksum(b[fileHead:], castagnoli))
	le.PutUint32(b[28:], crc32.Checksum(b[:28], castagnoli))
	return b
}

// compress appends the sections, each by itself: what is alike gets codes of its own.
// A level less leaves columns alone in which nothing recurs.
func compress(dst, plain []byte, where []section) []byte {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false),
		zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	if err != nil {
		panic(err) // the options are constants
	}
	from := uint64(0)
	for _, s := range where {
		if s.to-s.from >= leastPart && s.from-from >= leastPart {
			dst = z.EncodeAll(plain[from:s.from], dst)
			from = s.from
		}
	}
	return z.EncodeAll(plain[from:], dst)
}

// UnpackFile gives the hour's bytes, for Open, which checks them. Those of a file that
// is not packed are the hour's, whatever they are. The error is ErrDamaged, or
// ErrNewer.
func UnpackFile(b []byte) ([]byte, error) {
	le := binary.LittleEndian
	if len(b) < 16 || string(b[:8]) != magic || crc32.Checksum(b[:12], castagnoli) != le.Uint32(b[12:]) || le.Uint32(b[8:]) != fileVersion {
		return b, nil
	}
	switch {
	case len(b) < fileHead:
		return nil, damaged(uint64(len(b)), "its head breaks off")
	case crc32.Checksum(b[:28], castagnoli) != le.Uint32(b[28:]):
		return nil, damaged(28, "checksum of the file's head")
	case uint64(le.Uint32(b[20:])) != uint64(len(b)-fileHead):
		return nil, damaged(20, "it has %d packed bytes, of %d", len(b)-fileHead, le.Uint32(b[20:]))
	case crc32.Checksum(b[fileHead:], castagnoli) != le.Uint32(b[24:]):
		return nil, damaged(fileHead, "checksum of the packed bytes")
	case le.Uint32(b[16:]) > maxHour, uint64(le.Uint32(b[16:])) > maxShare*uint64(len(b)), le.Uint32(b[16:]) < headSize:
		return nil, damaged(16, "%d bytes are no hour of a file of %d", le.Uint32(b[16:]), len(b))
	}
	size := le.Uint32(b[16:])
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(max(uint64(size), window)))
	if err != nil {
		panic(err) // the options are constants
	}
	defer z.Close()
	plain, err := z.DecodeAll(b[fileHead:], make([]byte, 0, size))
	if err != nil || len(plain) != int(size) {
		return nil, damaged(fileHead, "what is packed")
	}
	h := Hour{b: plain}
	if err := h.readHead(); err != nil {
		return nil, err
	}
	where, err := h.measure()
	if err != nil {
		return nil, err
	}
	var planes []byte
	for _, s := range grown {
		part := plain[where[s].from:where[s].to]
		planes = append(planes[:0], part...)
		Numbers{part, h.widthOf(s)}.gather(planes)
	}
	return plain, nil
}

// widthOf is how many bytes a number of one of the sections grown has.
func (h *head) widthOf(section int) int {
	switch section {
	case secFirst, secAt:
		return int(h.widths[widthTime])
	case secID:
		return int(h.widths[widthID])
	}
	return 4
}

// spread puts the differences of numbers from the ones before, after zigzag and
// modulo what the width has room for, into planes: the lowest byte of all of them,
// then the next.
func (c Numbers) spread(planes []byte) {
	n, unused := c.Len(), 64-8*c.width
	before := uint64(0)
	for i := range n {
		v := c.At(i)
		d := int64((v-before)<<unused) >> unused
		z := uint64(d<<1 ^ d>>63)
		for k := range c.width {
			planes[k*n+i] = byte(z >> (8 * k))
		}
		before = v
	}
}

// gather undoes spread.
func (c Numbers) gather(planes []byte) {
	n := c.Len()
	before := uint64(0)
	for i := range n {
		z := uint64(0)
		for k := range c.width {
			z |= uint64(planes[k*n+i]) << (8 * k)
		}
		before += uint64(int64(z>>1) ^ -int64(z&1))
		c.put(i, before)
	}
}
