package store

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// A frame that fills its page reads as it did, wherever it begins; a small one is as
// it was.
func TestFramesEndWithAPage(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	p, u := newPacker(), newUnpacker()
	for n := range 400 {
		raw := make([]byte, r.IntN(3*pageSize))
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		plain := p.append(nil, frame{kind: frameChanges, number: uint64(n), raw: raw})
		offset := int64(r.IntN(3 * pageSize))
		b := toPage(bytes.Clone(plain), offset)
		if len(plain) < pageSize {
			if !bytes.Equal(b, plain) {
				t.Fatal("a small frame is another")
			}
			continue
		}
		if (int64(len(b))+offset)%pageSize != 0 || len(b)-len(plain) > pageSize+8 {
			t.Fatalf("%d bytes at %d became %d", len(plain), offset, len(b))
		}
		f, rest, err := cutFrame(b)
		if err != nil || len(rest) > 0 || f.number != uint64(n) {
			t.Fatal(err)
		}
		if got, err := u.open(f, nil); err != nil || !bytes.Equal(got, raw) {
			t.Fatalf("%v, %d bytes of %d", err, len(got), len(raw))
		}
	}
}
