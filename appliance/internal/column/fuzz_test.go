package column

import (
	"math/rand/v2"
	"testing"

	"hilltop/appliance/internal/mesh"
)

// Open never panics; what it accepts can be read to the last field, and gives
// the same bytes when it is encoded again.
func FuzzOpen(f *testing.F) {
	for seed := range uint64(6) {
		f.Add([]byte(encode(f, anyRows(seed, 1+int(seed), seed%2 == 1))))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := Open(string(b)); err == nil {
			readAll(t, h)
		}
		h, err := Open(string(reseal(b)))
		if err != nil {
			return
		}
		readAll(t, h)
	})
}

// Whatever rows there are, they come back.
func FuzzRows(f *testing.F) {
	f.Add(uint64(1), uint8(3), false)
	f.Add(uint64(2), uint8(9), true)
	f.Fuzz(func(t *testing.T, seed uint64, n uint8, hostile bool) {
		rows := sorted(anyRows(seed, 1+int(n)%32, hostile))
		h := open(t, encode(t, rows))
		for i, want := range rows {
			if d := differ(want, h.Row(i)); d != "" {
				t.Fatalf("row %d: %s", i, d)
			}
		}
	})
}

func readAll(t *testing.T, h *Hour) {
	rows := make([]Row, h.Len())
	for i := range rows {
		rows[i] = h.Row(i)
	}
	again, err := EncodeNamed(h.Number(), h.Generation(), rows, h.Names())
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != string(h.b) {
		t.Fatalf("other bytes\nwas %x\nhas %x", h.b, again)
	}
	checkAccessors(t, h, rows)
	i := 0
	h.Scan(0, h.Len(), nil, func(x *mesh.Scanned) bool {
		if tx := h.Transmission(i); tx.ID != x.ID || len(tx.Observations) != len(x.Obs) {
			t.Fatal("scan and transmission differ")
		}
		i++
		return true
	})
}

// Bytes changed here and there, with checksums that are right again, meet all
// the checks behind the checksums.
func TestChangedBytesAreRefusedOrRead(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	for seed := range uint64(40) {
		b := []byte(encode(t, anyRows(seed, 1+int(seed)%5, seed%3 == 1)))
		for range 150 {
			c := append([]byte(nil), b...)
			for range 1 + r.IntN(2) {
				at := r.IntN(len(c))
				if r.IntN(3) == 0 {
					at = r.IntN(headSize)
				}
				c[at] = []byte{0, 1, 2, 0x7f, 0x80, 0xff, c[at] + 1, c[at] - 1, byte(r.Uint32())}[r.IntN(9)]
			}
			if h, err := Open(string(reseal(c))); err == nil {
				accepted++
				readAll(t, h)
			}
		}
	}
	if accepted < 50 {
		t.Errorf("only %d changes were accepted: nothing was tested", accepted)
	}
}
