package node

import (
	"bytes"
	"encoding/binary"

	"hilltop/firmware-bridge/meshcore"
)

// cursor reads a payload from the front. What is missing reads as zero and is
// noted; callers look at short once, at the end.
type cursor struct {
	b     []byte
	short bool
}

func (c *cursor) take(n int) []byte {
	if n > len(c.b) {
		c.short = true
		c.b = nil
		return make([]byte, n)
	}
	out := c.b[:n:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) rest() []byte { return c.take(len(c.b)) }

func (c *cursor) u8() byte    { return c.take(1)[0] }
func (c *cursor) i8() int8    { return int8(c.u8()) }
func (c *cursor) u16() uint16 { return binary.LittleEndian.Uint16(c.take(2)) }
func (c *cursor) i16() int16  { return int16(c.u16()) }
func (c *cursor) u32() uint32 { return binary.LittleEndian.Uint32(c.take(4)) }
func (c *cursor) i32() int32  { return int32(c.u32()) }

func (c *cursor) key() meshcore.PublicKey { return meshcore.PublicKey(c.take(32)) }
func (c *cursor) prefix() [6]byte         { return [6]byte(c.take(6)) }

// text is a field of n bytes up to its first NUL.
func (c *cursor) text(n int) string {
	before, _, _ := bytes.Cut(c.take(n), []byte{0})
	return string(before)
}

// path is a path length byte and as many bytes as it announces. A length that
// no path has makes the payload too short.
func (c *cursor) path() Path {
	p := Path{Len: c.u8()}
	if p.Len == noPath {
		return p
	}
	width := int(p.Len>>6) + 1
	if width == 4 || width*int(p.Len&63) > meshcore.MaxPath {
		c.short = true
		return p
	}
	p.Bytes = c.take(width * int(p.Len&63))
	return p
}

// noPath stands for a path that is not known, or for a direct packet's.
const noPath = 0xFF

// Path is a way as companions keep it: length byte and bytes as in a frame.
type Path struct {
	Len   byte // 0xFF: none is known
	Bytes []byte
}

// Known reports whether there is a path, be it one without hops.
func (p Path) Known() bool { return p.Len != noPath }

// Hops lists the relays in the order of the path.
func (p Path) Hops() (out []meshcore.Hop) {
	width := int(p.Len>>6) + 1
	for b := p.Bytes; p.Known() && width <= 3 && len(b) >= width; b = b[width:] {
		out = append(out, meshcore.NewHop(b[:width]))
	}
	return out
}
