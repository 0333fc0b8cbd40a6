package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"

	"github.com/klauspost/compress/zstd"
)

// A file begins with a head of 16 bytes, whose form no version changes; then
// come frames. FORMAT.md draws both.
const (
	fileHead    = 16
	fileVersion = 4

	magicJournal    = "HILLTOPJ"
	magicCheckpoint = "HILLTOPC"

	frameHead  = 32
	frameMagic = "HtF\xa7"

	frameChanges = 1 // changes that bring the state to the frame's number
	framePart    = 2 // some keys of a checkpoint
	frameEnd     = 3 // the end of a checkpoint: how many parts it has

	formPlain   = 0 // changes one after the other
	formColumns = 1 // changes by columns

	// maxFrame bounds what a frame unpacks to; frames are cut long before.
	maxFrame = 64 << 20
)

// Why a frame or file cannot be read.
var (
	errNewer   = errors.New("file is of a newer version")
	errDamaged = errors.New("file is damaged")
	errTorn    = errors.New("file ends within a frame")
)

func newCRC(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// appendFileHead starts a file.
func appendFileHead(dst []byte, magic string) []byte {
	at := len(dst)
	dst = append(dst, magic...)
	dst = binary.LittleEndian.AppendUint32(dst, fileVersion)
	return binary.LittleEndian.AppendUint32(dst, newCRC(dst[at:]))
}

// checkFileHead tells whether this program reads a file that begins so.
func checkFileHead(b []byte, magic string) error {
	switch {
	case len(b) < fileHead:
		return errTorn
	case newCRC(b[:12]) != binary.LittleEndian.Uint32(b[12:]), string(b[:8]) != magic:
		return errDamaged
	case binary.LittleEndian.Uint32(b[8:]) > fileVersion:
		return errNewer
	}
	return nil
}

// unverified tells whether a file, whose head is good, is of the version that
// did not say which adverts are verified.
func unverified(b []byte) bool { return binary.LittleEndian.Uint32(b[8:]) == 1 }

// frame is what is written at once.
type frame struct {
	kind   byte
	number uint64
	raw    []byte // as packed by ops
}

// packer compresses frames, unpacker reads them.
type packer struct{ z *zstd.Encoder }

// newPacker makes a packer of a level at which bytes of a small column get codes of their
// own; the one below leaves those alone in which nothing recurs.
func newPacker() packer {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false),
		zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	if err != nil {
		panic(err) // the options are constants
	}
	return packer{z}
}

// leastColumns is from how many bytes on changes are put into columns.
const leastColumns = 1 << 10

// append packs a frame.
func (p packer) append(dst []byte, f frame) []byte {
	form, parts := byte(formPlain), [][]byte{f.raw}
	if f.kind == frameChanges && len(f.raw) >= leastColumns {
		if columns, ok := transpose(f.raw); ok {
			form, parts = formColumns, columns
		}
	}
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	at := len(dst)
	dst = append(dst, frameMagic...)
	dst = append(dst, f.kind, form, 0, 0)
	dst = binary.LittleEndian.AppendUint64(dst, f.number)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(size))
	dst = append(dst, make([]byte, frameHead-20)...)
	for _, part := range parts {
		dst = p.z.EncodeAll(part, dst)
	}
	sealFrame(dst[at:])
	return dst
}

// pageSize is what a disk takes at a time, in bytes: a page that a frame ends in is
// written again with the next one.
const pageSize = 4096

// toPage has a packed frame, which will be written at an offset, end with a page: a
// frame of zstd that readers skip fills it. One of less than a page stays as it is.
func toPage(b []byte, offset int64) []byte {
	const skipHead = 8
	fill := -(int(offset) + len(b)) & (pageSize - 1)
	if fill == 0 || len(b) < pageSize {
		return b
	}
	if fill < skipHead {
		fill += pageSize
	}
	b = binary.LittleEndian.AppendUint32(b, 0x184D2A50)
	b = binary.LittleEndian.AppendUint32(b, uint32(fill-skipHead))
	b = append(b, make([]byte, fill-skipHead)...)
	sealFrame(b)
	return b
}

// sealFrame puts the packed size and the checksums of a frame into its head.
func sealFrame(b []byte) {
	head, body := b[:frameHead], b[frameHead:]
	binary.LittleEndian.PutUint32(head[20:], uint32(len(body)))
	binary.LittleEndian.PutUint32(head[24:], newCRC(body))
	binary.LittleEndian.PutUint32(head[28:], newCRC(head[:28]))
}

type unpacker struct{ z *zstd.Decoder }

func newUnpacker() unpacker {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxFrame), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		panic(err) // the options are constants
	}
	return unpacker{z}
}

// packedFrame is a frame found in a file, its body not yet unpacked.
type packedFrame struct {
	kind   byte
	form   byte
	number uint64
	size   uint32 // unpacked
	body   []byte
}

// cutFrame takes the frame at the start of b. The error is errTorn if b ends
// as a write that was cut short leaves it, errDamaged if bytes are wrong.
func cutFrame(b []byte) (f packedFrame, rest []byte, err error) {
	if len(b) < frameHead {
		return f, b, tornOr(b, bytes.HasPrefix([]byte(frameMagic), b[:min(4, len(b))]) || bytes.HasPrefix(b, []byte(frameMagic)))
	}
	head := b[:frameHead]
	if string(head[:4]) != frameMagic || newCRC(head[:28]) != binary.LittleEndian.Uint32(head[28:]) {
		return f, b, tornOr(b, false)
	}
	f.kind, f.form, f.number = head[4], head[5], binary.LittleEndian.Uint64(head[8:])
	f.size = binary.LittleEndian.Uint32(head[16:])
	n := binary.LittleEndian.Uint32(head[20:])
	if uint64(n) > uint64(len(b)-frameHead) {
		return f, b, errTorn
	}
	f.body = b[frameHead : frameHead+int(n)]
	rest = b[frameHead+int(n):]
	if newCRC(f.body) != binary.LittleEndian.Uint32(head[24:]) || f.size > maxFrame {
		return f, rest, errDamaged
	}
	return f, rest, nil
}

// tornOr is errTorn for the start of a frame, and for zeros: a file system that
// had not yet written what it had made room for.
func tornOr(b []byte, prefix bool) error {
	if prefix || len(bytes.Trim(b, "\x00")) == 0 {
		return errTorn
	}
	return errDamaged
}

// nextFrame is where the next whole frame begins, at 1 or later; len(b) if
// there is none.
func nextFrame(b []byte) int {
	for at := 1; at < len(b); at++ {
		i := bytes.Index(b[at:], []byte(frameMagic))
		if i < 0 {
			break
		}
		at += i
		if _, _, err := cutFrame(b[at:]); err == nil {
			return at
		}
	}
	return len(b)
}

func (u unpacker) open(f packedFrame, dst []byte) ([]byte, error) {
	if f.size > math.MaxInt32 {
		return nil, errDamaged
	}
	raw, err := u.z.DecodeAll(f.body, dst[:0])
	if err != nil || len(raw) != int(f.size) || f.form > formColumns {
		return nil, errDamaged
	}
	if f.form == formColumns {
		return restore(raw, maxFrame)
	}
	return raw, nil
}
