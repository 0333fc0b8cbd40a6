package store

import (
	"encoding/binary"
	"strings"
)

// change is a key's value told from the one before it.
type change struct {
	key   string
	crc   [4]byte // of the value that comes of it
	edits []edit  // what follows them is as it was
}

// edit goes over a value: bytes that stay, bytes that go, and what comes there.
type edit struct {
	keep, drop uint64
	more       string
}

const (
	editSame = 4  // bytes that must be as they were again before an edit ends
	editSpan = 24 // bytes within which they are looked for
)

// newChange finds how a value came of another. It looks only near by: facts change a
// number here and there.
func newChange(key, old, value string) *change {
	c := &change{key: key}
	binary.LittleEndian.PutUint32(c.crc[:], newCRC(bytesOf(value)))
	for old != value {
		n := 0
		for n < len(old) && n < len(value) && old[n] == value[n] {
			n++
		}
		old, value = old[n:], value[n:]
		drop, more := apart(old, value)
		c.edits = append(c.edits, edit{uint64(n), uint64(drop), value[:more]})
		old, value = old[drop:], value[more:]
	}
	return c
}

// apart is where two strings are the same again for a while, the nearest such place;
// their ends if there is none.
func apart(a, b string) (inA, inB int) {
	for sum := 1; sum <= 2*editSpan; sum++ {
		for inA := max(0, sum-editSpan); inA <= min(sum, editSpan, len(a)-editSame); inA++ {
			if inB := sum - inA; inB+editSame <= len(b) && strings.HasPrefix(b[inB:], a[inA:inA+editSame]) {
				return inA, inB
			}
		}
	}
	return len(a), len(b)
}

func (c *codec) change(v *change) {
	c.string(&v.key)
	c.fixed(v.crc[:])
	n := uint64(len(v.edits))
	c.uvarint(&n)
	for i := range n {
		if !c.writing {
			if !c.more() {
				c.fail()
				return
			}
			v.edits = append(v.edits, edit{})
		}
		e := &v.edits[i]
		c.uvarint(&e.keep)
		c.uvarint(&e.drop)
		c.string(&e.more)
	}
}

// of gives the value that came of one; false if it was another that changed.
func (c *change) of(old string) (string, bool) {
	var b strings.Builder
	for _, e := range c.edits {
		if n := uint64(len(old)); e.keep > n || e.drop > n-e.keep {
			return "", false
		}
		b.WriteString(old[:e.keep])
		b.WriteString(e.more)
		old = old[e.keep+e.drop:]
	}
	b.WriteString(old)
	return b.String(), newCRC(bytesOf(b.String())) == binary.LittleEndian.Uint32(c.crc[:])
}
