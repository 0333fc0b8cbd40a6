package column

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

// Names come back as they were, whatever rows stand before them; an hour without
// any has the bytes of version 1.
func TestNamesComeBack(t *testing.T) {
	for seed := range uint64(20) {
		rows := anyRows(seed, 1+int(seed), seed%2 == 0)
		plain := encode(t, rows)
		for _, names := range []string{"x", strings.Repeat("names", 100+int(seed))} {
			b, err := EncodeNamed(hour, 3, rows, names)
			if err != nil {
				t.Fatal(err)
			}
			h := open(t, string(b))
			if h.Names() != names || h.Size() != len(b) {
				t.Fatalf("%d bytes of names came back, of %d", len(h.Names()), len(names))
			}
			readAll(t, h)
			if again, _ := Encode(hour, 3, rowsOf(h)); string(again) != plain {
				t.Fatal("rows with names are others")
			}
			for _, broken := range []string{string(b[:len(b)-1]), string(b) + "x", string(b[:len(b)-1]) + "y"} {
				if _, err := Open(broken); !errors.Is(err, ErrDamaged) {
					t.Fatal(err)
				}
			}
			binary.LittleEndian.PutUint32(b[8:], 1)
			if _, err := Open(string(reseal(b))); !errors.Is(err, ErrDamaged) {
				t.Fatalf("names in version 1: %v", err)
			}
		}
		if h := open(t, plain); h.Names() != "" || binary.LittleEndian.Uint32(h.b[8:]) != 1 {
			t.Fatal("an hour without names is not of version 1")
		}
		b := []byte(plain)
		binary.LittleEndian.PutUint32(b[8:], 2)
		if _, err := Open(string(reseal(b))); !errors.Is(err, ErrDamaged) {
			t.Fatalf("version 2 without names: %v", err)
		}
	}
}

func rowsOf(h *Hour) []Row {
	rows := make([]Row, h.Len())
	for i := range rows {
		rows[i] = h.Row(i)
	}
	return rows
}
