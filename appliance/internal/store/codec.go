package store

import (
	"encoding/binary"
	"errors"
	"math"
)

// errCorrupt says that stored bytes do not follow the format.
var errCorrupt = errors.New("value does not follow the format")

// codec reads or writes the fields of a value, so that one function describes
// both directions. The first fault sticks; reading then yields zeros.
type codec struct {
	b       []byte
	off     int // of the next byte to read
	writing bool
	fact    byte // version of the fact that is read or written
	err     error
}

func (c *codec) fail() {
	if c.err == nil {
		c.err = errCorrupt
	}
	c.off = len(c.b)
}

func (c *codec) more() bool { return c.err == nil && c.off < len(c.b) }

func (c *codec) uvarint(p *uint64) {
	if c.writing {
		c.b = binary.AppendUvarint(c.b, *p)
		return
	}
	if c.off < len(c.b) && c.b[c.off] < 0x80 {
		*p = uint64(c.b[c.off])
		c.off++
		return
	}
	if c.off+1 < len(c.b) && c.b[c.off+1] < 0x80 {
		*p = uint64(c.b[c.off]&0x7F) | uint64(c.b[c.off+1])<<7
		c.off += 2
		return
	}
	v, n := binary.Uvarint(c.b[c.off:])
	if n <= 0 {
		c.fail()
		v, n = 0, 0
	}
	*p, c.off = v, c.off+n
}

// skip passes over numbers, when reading.
func (c *codec) skip(numbers int) {
	for ; numbers > 0; c.off++ {
		if c.off == len(c.b) {
			c.fail()
			return
		}
		if c.b[c.off] < 0x80 {
			numbers--
		}
	}
}

func (c *codec) varint(p *int64) {
	u := uint64(*p)<<1 ^ uint64(*p>>63)
	c.uvarint(&u)
	if !c.writing {
		*p = int64(u>>1) ^ -int64(u&1)
	}
}

// delta is a varint relative to base, which wraps around.
func (c *codec) delta(p *int64, base int64) {
	d := *p - base
	c.varint(&d)
	if !c.writing {
		*p = base + d
	}
}

func (c *codec) byte(p *byte) {
	switch {
	case c.writing:
		c.b = append(c.b, *p)
	case c.off < len(c.b):
		*p = c.b[c.off]
		c.off++
	default:
		*p = 0
		c.fail()
	}
}

// fixed is bytes whose number both sides know.
func (c *codec) fixed(p []byte) {
	if c.writing {
		c.b = append(c.b, p...)
		return
	}
	copy(p, c.take(len(p)))
}

// take reads n bytes, which alias the input; nil if they are not there.
func (c *codec) take(n int) []byte {
	if n < 0 || n > len(c.b)-c.off {
		c.fail()
		return nil
	}
	v := c.b[c.off : c.off+n : c.off+n]
	c.off += n
	return v
}

// bytes is a length and as many bytes; read bytes alias the input.
func (c *codec) bytes(p *[]byte) {
	n := uint64(len(*p))
	c.uvarint(&n)
	if c.writing {
		c.b = append(c.b, *p...)
		return
	}
	*p = c.take(int(min(n, math.MaxInt32)))
}

func (c *codec) string(p *string) {
	n := uint64(len(*p))
	c.uvarint(&n)
	if c.writing {
		c.b = append(c.b, *p...)
		return
	}
	*p = string(c.take(int(min(n, math.MaxInt32))))
}

func (c *codec) bool(p *bool) {
	var v byte
	if *p {
		v = 1
	}
	c.byte(&v)
	if !c.writing { // others may be reading what is written
		*p = v != 0
	}
}

func unsigned[T ~uint8 | ~uint16 | ~uint32 | ~uint64](c *codec, p *T) {
	v := uint64(*p)
	c.uvarint(&v)
	if c.writing {
		return
	}
	if *p = T(v); uint64(*p) != v {
		*p = 0
		c.fail()
	}
}

func signed[T ~int8 | ~int16 | ~int32 | ~int64](c *codec, p *T) {
	v := int64(*p)
	c.varint(&v)
	if c.writing {
		return
	}
	if *p = T(v); int64(*p) != v {
		*p = 0
		c.fail()
	}
}
