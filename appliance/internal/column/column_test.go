package column

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

var update = flag.Bool("update", false, "write the golden files anew")

func sorted(rows []Row) []Row {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b Row) int {
		af, _ := a.span()
		bf, _ := b.span()
		return cmp.Or(cmp.Compare(af, bf), cmp.Compare(a.ID, b.ID))
	})
	return rows
}

// Whatever a row holds comes back, and so do the hour's bytes.
func TestRowsComeBackAsTheyWere(t *testing.T) {
	for seed := range uint64(60) {
		for _, hostile := range []bool{false, true} {
			rows := sorted(anyRows(seed, 1+int(seed), hostile))
			b := encode(t, rows)
			h := open(t, b)
			if h.Number() != hour || h.Generation() != 3 || h.Len() != len(rows) || h.Size() != len(b) {
				t.Fatalf("hour %d, generation %d, %d rows", h.Number(), h.Generation(), h.Len())
			}
			for i, want := range rows {
				if d := differ(want, h.Row(i)); d != "" {
					t.Fatalf("seed %d, row %d: %s", seed, i, d)
				}
			}
			rand.New(rand.NewPCG(seed, 1)).Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
			if encode(t, rows) != b {
				t.Fatalf("seed %d: the same rows in another order give other bytes", seed)
			}
		}
	}
}

// Every accessor says what the row says.
func TestAccessorsAgreeWithRows(t *testing.T) {
	for seed := range uint64(20) {
		rows := sorted(anyRows(seed, 50, seed%2 == 1))
		checkAccessors(t, open(t, encode(t, rows)), rows)
	}
}

func checkAccessors(t *testing.T, h *Hour, rows []Row) {
	t.Helper()
	same := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: want %v, have %v", what, want, got)
		}
	}
	n := 0
	least, greatest := rows[0].span()
	for i, r := range rows {
		first, last := r.span()
		least, greatest = min(least, first), max(greatest, last)
		same("id", h.ID(i), r.ID)
		same("hash", h.Hash(i), r.Hash)
		same("type", h.Type(i), r.Type)
		same("verified", h.Verified(i), r.Verified)
		same("first", h.First(i), first)
		same("last", h.Last(i), last)
		same("copies", h.Copies(i), len(r.Obs))
		same("payload", h.Payload(i), r.Payload)
		same("bytes of payload", h.PayloadLen(i), len(r.Payload))
		width, header := h.Tree(i)
		same("tree", []int{width, int(header)}, []int{r.Tree.Width, int(r.Tree.Header)})
		same("hops", string(h.HopBytes(i)), string(r.Tree.HopBytes))
		same("start", int(h.Starts()[i]), n)
		same("found", slices.Contains(h.Find(r.Hash), i), true)
		shapes := uint16(0)
		for _, o := range r.Obs {
			shapes |= Shape(o.Header, o.PathLen)
			same("at", h.At(n), o.At)
			same("leaf", h.Leaf(n), o.Leaf)
			same("snr", h.SNR(n), o.SNR4)
			same("rssi", h.RSSI(n), o.RSSI)
			same("observer", h.Reporter(n).Observer, o.Observer)
			same("row", h.RowOf(n), i)
			header, pathLen, pathBytes := h.HeadOf(i, n)
			path := len(o.Path)
			if o.Leaf >= 0 {
				path = len(AppendPath(nil, r.Tree, int(o.Leaf)))
			}
			same("head", []int{int(header), int(pathLen), pathBytes}, []int{int(o.Header), int(o.PathLen), path})
			n++
		}
		same("shapes", h.Shapes()[i], shapes)
		if k := h.Search(first); h.First(k) != first || k > 0 && h.First(k-1) >= first {
			t.Errorf("search for %d gives row %d", first, k)
		}
	}
	same("observations", h.Observations(), n)
	gotLeast, gotGreatest := h.Bounds()
	same("bounds", []int64{gotLeast, gotGreatest}, []int64{least, greatest})
	same("none", h.Find(meshcore.Hash{1, 2, 3}), []int(nil))
}

// A scan shows what rows say.
func TestScanAgreesWithRows(t *testing.T) {
	for seed := range uint64(20) {
		rows := sorted(anyRows(seed, 50, seed%2 == 1))
		h := open(t, encode(t, rows))
		i := 0
		if !h.Scan(-5, 1000, nil, func(x *mesh.Scanned) bool {
			if d := differ(scannedOf(rows[i]), *x); d != "" {
				t.Fatalf("row %d: %s", i, d)
			}
			i++
			return true
		}) || i != len(rows) {
			t.Errorf("%d rows scanned, of %d", i, len(rows))
		}
		var ids []uint64
		ended := h.Scan(10, 20, func(row int) bool { return row%2 == 0 }, func(x *mesh.Scanned) bool {
			ids = append(ids, x.ID)
			return len(ids) < 3
		})
		if want := []uint64{h.ID(11), h.ID(13), h.ID(15)}; ended || !slices.Equal(ids, want) {
			t.Errorf("want %v, have %v, ended %v", want, ids, ended)
		}
	}
}

func scannedOf(r Row) mesh.Scanned {
	first, _ := r.span()
	x := mesh.Scanned{ID: r.ID, Hash: r.Hash, Type: r.Type, Verified: r.Verified, First: first, Payload: r.Payload, Tree: r.Tree}
	for _, o := range r.Obs {
		x.Obs = append(x.Obs, mesh.ScannedObs{
			At: o.At, Arrived: o.Arrived, Observer: o.Observer, Region: o.Region, Leaf: o.Leaf,
			SNR4: o.SNR4, RSSI: o.RSSI, Flags: o.Flags, Header: o.Header, PathLen: o.PathLen, OwnPath: o.Path,
		})
	}
	return x
}

func TestTransmissionHasThePathOfEachLeaf(t *testing.T) {
	tree := mesh.Tree{Header: 0x15, Width: 2, HopBytes: []byte{1, 2, 3, 4, 5, 6}, Parents: []uint32{0, 1, 0}}
	leaf := func(n int32, depth byte) Obs {
		return Obs{Leaf: n, Observation: mesh.Observation{At: t0, Arrived: t0, Score: mesh.NoScore, Header: 0x15, PathLen: 1<<6 | depth}}
	}
	row := Row{ID: 9, Base: t0, Payload: []byte("p"), Tree: tree, Obs: []Obs{leaf(2, 2), leaf(3, 1), leaf(0, 0)}}
	own := Obs{Leaf: -1, Observation: mesh.Observation{At: t0, Arrived: t0, Header: 2, PathLen: 1, Path: []byte{7}}}
	row.Obs = append(row.Obs, own)
	tx := open(t, encode(t, []Row{row})).Transmission(0)
	for i, want := range []string{"01020304", "0506", "", "07"} {
		if got := hex.EncodeToString(tx.Observations[i].Path); got != want {
			t.Errorf("copy %d: want path %s, have %s", i, want, got)
		}
	}
	row.Obs[0].Path = []byte{1, 2, 3, 4}
	encode(t, []Row{row})
	row.Obs[0].Path = []byte{1, 2, 3, 5}
	if _, err := Encode(hour, 1, []Row{row}); err == nil {
		t.Error("a path that is not the leaf's is taken")
	}
}

func TestEncodeRefusesWhatContradictsItself(t *testing.T) {
	good := func() Row {
		return Row{
			ID: 5, Base: t0, Tree: mesh.Tree{Header: 1, Width: 1, HopBytes: []byte{1}, Parents: []uint32{0}},
			Obs: []Obs{{Leaf: 1, Observation: mesh.Observation{At: t0, Arrived: t0, Header: 1, PathLen: 1}}},
		}
	}
	encode(t, []Row{good()})
	for name, spoil := range map[string]func(*Row){
		"no number":          func(r *Row) { r.ID = 0 },
		"number too high":    func(r *Row) { r.ID = maxID },
		"no observations":    func(r *Row) { r.Obs = nil },
		"leaf of no node":    func(r *Row) { r.Obs[0].Leaf = 2 },
		"leaf below own":     func(r *Row) { r.Obs[0].Leaf = -2 },
		"leaf without tree":  func(r *Row) { r.Tree = mesh.Tree{} },
		"other header":       func(r *Row) { r.Obs[0].Header = 5 },
		"other depth":        func(r *Row) { r.Obs[0].PathLen = 2 },
		"other codes":        func(r *Row) { r.Obs[0].Transport[0] = 2 },
		"width":              func(r *Row) { r.Tree.Width = 4 },
		"missing hop":        func(r *Row) { r.Tree.HopBytes = nil },
		"parent after child": func(r *Row) { r.Tree.Parents[0] = 1 },
		"stray codes":        func(r *Row) { r.Tree.Transport[1] = 1 },
		"claim unflagged":    func(r *Row) { r.Obs[0].Claimed = 5 },
		"merged claim":       func(r *Row) { r.Obs[0].Merged = []Claim{{Claimed: 5}} },
		"own stray codes":    func(r *Row) { r.Obs[0].Leaf, r.Obs[0].Transport[0] = -1, 2 },
		"tree without width": func(r *Row) { r.Tree.Width, r.Obs[0].Leaf = 0, -1 },
		"too deep": func(r *Row) {
			for n := range uint32(maxDepth) {
				r.Tree.Parents, r.Tree.HopBytes = append(r.Tree.Parents, n+1), append(r.Tree.HopBytes, 1)
			}
		},
	} {
		r := good()
		spoil(&r)
		if _, err := Encode(hour, 1, []Row{r}); err == nil || !strings.Contains(err.Error(), fmt.Sprint("transmission ", r.ID)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Encode(hour, 1, nil); err == nil {
		t.Error("an hour of nothing is taken")
	}
	if _, err := Encode(hour, 1, []Row{good(), good()}); err == nil {
		t.Error("the same transmission twice is taken")
	}
}

// A byte that is not what was written, or is not there, is found.
func TestDamageIsFound(t *testing.T) {
	b := encode(t, anyRows(1, 6, true))
	for i := range len(b) {
		c := []byte(b)
		c[i] ^= 0x10
		if _, err := Open(string(c)); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) {
			t.Fatalf("byte %d: %v", i, err)
		}
		if _, err := Open(b[:i]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut to %d bytes: %v", i, err)
		}
	}
	if _, err := Open(b + "\x00"); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

func TestNewerVersionIsNamed(t *testing.T) {
	b := []byte(encode(t, anyRows(1, 1, false)))
	binary.LittleEndian.PutUint32(b[8:], version+1)
	if _, err := Open(string(reseal(b))); !errors.Is(err, ErrNewer) || errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
	binary.LittleEndian.PutUint32(b[8:], 0)
	if _, err := Open(string(reseal(b))); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

// reseal makes the checksums right.
func reseal(b []byte) []byte {
	le := binary.LittleEndian
	if len(b) >= 16 {
		le.PutUint32(b[12:], crc32.Checksum(b[:12], castagnoli))
	}
	if len(b) >= headSize {
		le.PutUint32(b[80:], crc32.Checksum(b[headSize:], castagnoli))
		le.PutUint32(b[headSize-4:], crc32.Checksum(b[:headSize-4], castagnoli))
	}
	return b
}

// An hour may begin anywhere in memory.
func TestOpenReadsFromAnyAddress(t *testing.T) {
	rows := sorted(anyRows(4, 9, true))
	b := encode(t, rows)
	for off := range 8 {
		checkAccessors(t, open(t, (strings.Repeat("x", off) + b)[off:]), rows)
	}
}

func TestScanAllocatesNothingPerTransmission(t *testing.T) {
	h := open(t, encode(t, anyRows(2, 400, false)))
	var n int
	allocs := testing.AllocsPerRun(5, func() {
		h.Scan(0, h.Len(), nil, func(x *mesh.Scanned) bool { n += len(x.Obs); return true })
	})
	if allocs > 40 {
		t.Errorf("%v allocations for %d transmissions", allocs, h.Len())
	}
	if allocs := testing.AllocsPerRun(5, func() { open(t, encodedOnce(t)) }); allocs > 40 {
		t.Errorf("%v allocations to open", allocs)
	}
}

var once string

func encodedOnce(t *testing.T) string {
	if once == "" {
		once = encode(t, anyRows(2, 400, true))
	}
	return once
}

// The bytes of an encoding are those of FORMAT.md, for ever.
func TestGolden(t *testing.T) {
	rows := append(anyRows(11, 3, false), anyRows(12, 3, true)...)
	for i := range rows {
		rows[i].ID += uint64(i) * 5000
	}
	b := encode(t, rows)
	const name = "testdata/hour.hex"
	if *update {
		if err := os.WriteFile(name, []byte(hexLines([]byte(b))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := hexLines([]byte(b)); got != string(want) {
		t.Errorf("the encoding differs from %s: a change needs a new version", name)
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(string(want), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, string(raw))
	for i, r := range sorted(rows) {
		if d := differ(r, h.Row(i)); d != "" {
			t.Errorf("row %d: %s", i, d)
		}
	}
}

func hexLines(b []byte) string {
	var out bytes.Buffer
	for line := range slices.Chunk(b, 32) {
		fmt.Fprintf(&out, "%x\n", line)
	}
	return out.String()
}
