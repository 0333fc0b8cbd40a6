package column

import (
	"encoding/binary"
	"unsafe"
)

// Numbers is a column of unsigned numbers, read where they lie: each as wide
// as the greatest of the hour needs, 1, 2, 4 or 8 bytes.
type Numbers struct {
	b     []byte
	width int
}

// Width is the number of bytes a number has.
func (c Numbers) Width() int { return c.width }

// Len is how many numbers there are.
func (c Numbers) Len() int { return len(c.b) / c.width }

// At is number i.
func (c Numbers) At(i int) uint64 {
	switch c.width {
	case 1:
		return uint64(c.b[i])
	case 2:
		return uint64(binary.LittleEndian.Uint16(c.b[2*i:]))
	case 4:
		return uint64(binary.LittleEndian.Uint32(c.b[4*i:]))
	}
	return binary.LittleEndian.Uint64(c.b[8*i:])
}

// put sets number i.
func (c Numbers) put(i int, v uint64) {
	switch c.width {
	case 1:
		c.b[i] = byte(v)
	case 2:
		binary.LittleEndian.PutUint16(c.b[2*i:], uint16(v))
	case 4:
		binary.LittleEndian.PutUint32(c.b[4*i:], uint32(v))
	default:
		binary.LittleEndian.PutUint64(c.b[8*i:], v)
	}
}

// View gives the column as a slice of its own width; nil if T is of another
// width. It must not be changed.
func View[T uint8 | uint16 | uint32 | uint64](c Numbers) []T {
	if int(unsafe.Sizeof(T(0))) != c.width || len(c.b) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(c.b))), len(c.b)/c.width)
}

// bytesOf gives a string's bytes without a copy. They must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// greatest is the greatest number of the column; 0 if it has none.
func (c Numbers) greatest() uint64 {
	switch c.width {
	case 1:
		return greatest(View[uint8](c))
	case 2:
		return greatest(View[uint16](c))
	case 4:
		return greatest(View[uint32](c))
	}
	return greatest(View[uint64](c))
}

func greatest[T uint8 | uint16 | uint32 | uint64](list []T) uint64 {
	var m T
	for _, v := range list {
		m = max(m, v)
	}
	return uint64(m)
}
