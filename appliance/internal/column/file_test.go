package column

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// Whatever an hour has, its file gives the same bytes, and there is one file of them.
func TestFileRoundTrip(t *testing.T) {
	for seed := range uint64(60) {
		b := []byte(encode(t, anyRows(seed, 1+int(seed)*3, seed%2 == 1)))
		was := bytes.Clone(b)
		file := PackFile(b)
		if !bytes.Equal(b, was) {
			t.Fatalf("seed %d: packing changed the hour", seed)
		}
		if !bytes.Equal(PackFile(b), file) {
			t.Fatalf("seed %d: two files of one hour", seed)
		}
		plain, err := UnpackFile(bytes.Clone(file))
		if err != nil || !bytes.Equal(plain, b) {
			t.Fatalf("seed %d: %v, or other bytes", seed, err)
		}
		if _, err := Open(string(file)); !errors.Is(err, ErrNewer) {
			t.Fatalf("seed %d: a program of version 2 would find %v", seed, err)
		}
	}
}

// Numbers of every width come back, whatever their order.
func TestSpreadNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	for _, width := range []int{1, 2, 4, 8} {
		for n := range 40 {
			b := randomBytes(r, n*width)
			if n%3 == 0 { // the ends of what the width has room for
				for i := range b {
					b[i] = byte(-r.IntN(2))
				}
			}
			planes, got := make([]byte, len(b)), make([]byte, len(b))
			Numbers{b, width}.spread(planes)
			Numbers{got, width}.gather(planes)
			if !bytes.Equal(got, b) {
				t.Fatalf("width %d: was %x, has %x", width, b, got)
			}
		}
	}
	// Times that grow are small numbers: their high bytes are zeros together.
	c := Numbers{make([]byte, 12), 4}
	for i, v := range []uint64{1000, 1100, 1090} {
		c.put(i, v)
	}
	planes := make([]byte, 12)
	if c.spread(planes); !bytes.Equal(planes, []byte{0xd0, 200, 19, 7, 0, 0, 0, 0, 0, 0, 0, 0}) {
		t.Errorf("planes %x", planes)
	}
}

// An hour of versions 1 and 2 is its own file.
func TestPlainFile(t *testing.T) {
	for _, b := range [][]byte{[]byte(encode(t, anyRows(3, 5, false))), nil, []byte("HILLTOPH"), randomBytes(rand.New(rand.NewPCG(1, 1)), 50)} {
		if got, err := UnpackFile(b); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%v, or other bytes", err)
		}
	}
}

// Every byte of a file is under a checksum.
func TestDamagedFile(t *testing.T) {
	file := PackFile([]byte(encode(t, anyRows(3, 4, false))))
	for at := range file {
		b := bytes.Clone(file)
		b[at] ^= 1 << (at % 8)
		plain, err := UnpackFile(b)
		if err == nil {
			_, err = Open(string(plain))
		}
		if !errors.Is(err, ErrDamaged) {
			t.Fatalf("byte %d: %v", at, err)
		}
	}
	for n := range file {
		plain, err := UnpackFile(bytes.Clone(file[:n]))
		if err == nil {
			_, err = Open(string(plain))
		}
		if !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut after %d: %v", n, err)
		}
	}
}

// A file of the golden hour is read for ever. How it is compressed may change.
func TestGoldenFile(t *testing.T) {
	hour, err := os.ReadFile("testdata/hour.hex")
	if err != nil {
		t.Fatal(err)
	}
	const name = "testdata/hour.packed.hex"
	if *update {
		if err := os.WriteFile(name, []byte(hexLines(PackFile(fromHex(t, hour)))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	packed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := UnpackFile(fromHex(t, packed))
	if err != nil || hexLines(plain) != string(hour) {
		t.Errorf("%v, or other bytes", err)
	}
}

// What a file asks for follows from its length, whatever it says: one that says more is
// refused before anything is made, and one that has more than it says as well.
func TestFileOfTooLargeAnHour(t *testing.T) {
	hour := []byte(encode(t, anyRows(3, 4, false)))
	le := binary.LittleEndian
	file := func(says uint32, has []byte) []byte {
		b := append(PackFile(hour)[:fileHead:fileHead], compress(nil, has, []section{{0, uint64(len(has))}})...)
		le.PutUint32(b[16:], says)
		return resealFile(b)
	}
	for _, test := range []struct {
		says uint32
		has  []byte
	}{
		{1<<32 - 1, hour}, {1 << 30, hour}, {maxHour, hour},
		{uint32(len(hour)), make([]byte, 64<<20)}, // a few bytes that come to many
		{64 << 20, make([]byte, 64<<20)},
		{0, nil}, {1, []byte{1}}, {uint32(len(hour)) + 1, hour},
	} {
		b := file(test.says, test.has)
		if _, err := UnpackFile(b); !errors.Is(err, ErrDamaged) {
			t.Errorf("says %d, has %d bytes: %v", test.says, len(test.has), err)
		}
	}
	if plain, err := UnpackFile(file(uint32(len(hour)), hour)); err != nil || len(plain) != len(hour) {
		t.Errorf("what is right is refused: %v", err)
	}
}

// An hour that comes to much less than its size is its own file, which is read.
func TestHourThatHardlyTakesAnything(t *testing.T) {
	rows := anyRows(3, 1, false)
	for len(rows[0].Payload) < 1<<20 {
		rows[0].Payload = append(rows[0].Payload, make([]byte, 1<<20)...)
	}
	hour := []byte(encode(t, rows))
	file := PackFile(hour)
	if !bytes.Equal(file, hour) {
		t.Errorf("it is packed to %d bytes of %d", len(file), len(hour))
	}
	if plain, err := UnpackFile(file); err != nil || !bytes.Equal(plain, hour) {
		t.Error("it is not read: ", err)
	}
}

func fromHex(t *testing.T, lines []byte) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(string(lines), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What is packed may be anything: its checksums are right, and it is read or refused.
func FuzzUnpackFile(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(PackFile([]byte(encode(f, anyRows(seed, 1+int(seed), seed%2 == 1)))))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, b := range [][]byte{b, resealFile(b)} {
			plain, err := UnpackFile(bytes.Clone(b))
			if err != nil {
				if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) {
					t.Fatal(err)
				}
				continue
			}
			if _, err := Open(string(plain)); err != nil {
				continue
			}
			again, err := UnpackFile(PackFile(plain))
			if err != nil || !bytes.Equal(again, plain) {
				t.Fatalf("%v, or other bytes", err)
			}
		}
	})
}

// resealFile makes the checksums and sizes of a packed file right.
func resealFile(b []byte) []byte {
	b, le := bytes.Clone(b), binary.LittleEndian
	if len(b) < fileHead {
		return b
	}
	copy(b, magic)
	le.PutUint32(b[8:], fileVersion)
	le.PutUint32(b[12:], crc32.Checksum(b[:12], castagnoli))
	le.PutUint32(b[20:], uint32(len(b)-fileHead))
	le.PutUint32(b[24:], crc32.Checksum(b[fileHead:], castagnoli))
	le.PutUint32(b[28:], crc32.Checksum(b[:28], castagnoli))
	return b
}
