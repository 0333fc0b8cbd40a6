package column

import "encoding/binary"

// cursor reads a transmission's stream. The first fault sticks; reading then
// yields zeros.
type cursor struct {
	b   []byte
	off int
	bad bool
}

func (c *cursor) fail() {
	c.bad, c.off = true, len(c.b)
}

// uvarint reads a number; only its shortest form is one.
func (c *cursor) uvarint() uint64 {
	if rest := c.b[c.off:]; len(rest) >= 2 {
		if rest[0] < 0x80 {
			c.off++
			return uint64(rest[0])
		}
		if rest[1]-1 < 0x7f {
			c.off += 2
			return uint64(rest[0]&0x7f) | uint64(rest[1])<<7
		}
	}
	v, n := binary.Uvarint(c.b[c.off:])
	if n <= 0 || n > 1 && c.b[c.off+n-1] == 0 {
		c.fail()
		return 0
	}
	c.off += n
	return v
}

func (c *cursor) varint() int64 {
	u := c.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// difference reads a varint that is written only where it is not 0.
func (c *cursor) difference() int64 {
	d := c.varint()
	if d == 0 {
		c.fail()
	}
	return d
}

// take reads n bytes, which alias the input.
func (c *cursor) take(n uint64) []byte {
	if n > uint64(len(c.b)-c.off) {
		c.fail()
		return nil
	}
	from := c.off
	c.off += int(n)
	return c.b[from:c.off:c.off]
}

func (c *cursor) byte() byte {
	if c.off == len(c.b) {
		c.fail()
		return 0
	}
	c.off++
	return c.b[c.off-1]
}

// codes reads two transport codes, as on the air.
func (c *cursor) codes() (codes [2]uint16) {
	if b := c.take(4); b != nil {
		codes = [2]uint16{binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:])}
	}
	return codes
}

func appendVarint(dst []byte, v int64) []byte {
	return binary.AppendUvarint(dst, uint64(v)<<1^uint64(v>>63))
}

func appendCodes(dst []byte, codes [2]uint16) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, codes[0])
	return binary.LittleEndian.AppendUint16(dst, codes[1])
}
