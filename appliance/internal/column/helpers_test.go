package column

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

const (
	hourMS = 3_600_000
	hour   = uint32(488_888)
	t0     = int64(hour) * hourMS
)

// anyRow is a transmission as a mesh gives it; hostile ones have whatever a
// record can hold.
func anyRow(r *rand.Rand, id uint64, hostile bool) Row {
	row := Row{ID: id, Type: meshcore.Type(r.IntN(12)), Verified: r.IntN(4) == 0, Payload: randomBytes(r, r.IntN(120))}
	copy(row.Hash[:], randomBytes(r, 8))
	var depths []uint8
	if r.IntN(5) > 0 {
		row.Tree, depths = anyTree(r, hostile)
	}
	at := t0 + r.Int64N(hourMS)
	for range 1 + r.IntN(20) {
		row.Obs = append(row.Obs, anyObs(r, at+r.Int64N(8000), row.Tree, depths, hostile))
	}
	row.Base = row.Obs[0].Arrived
	if hostile {
		row.Type = meshcore.Type(r.IntN(256))
		if r.IntN(5) == 0 {
			row.Base = anyTime(r)
		}
		if r.IntN(5) == 0 {
			row.Hash = meshcore.Hash{}
		}
	}
	return row
}

func anyTree(r *rand.Rand, hostile bool) (t mesh.Tree, depths []uint8) {
	t.Width, t.Header = 1+r.IntN(3), byte(r.IntN(256))&^3|1
	n := r.IntN(40)
	if hostile {
		n = []int{0, 1, 255, 256, 257, 300, 3}[r.IntN(7)]
		t.Header = byte(r.IntN(256))
	}
	if hasCodes(t.Header) {
		t.Transport = [2]uint16{uint16(r.Uint32()), uint16(r.Uint32())}
	}
	depths = []uint8{0}
	t.HopBytes, t.Parents = []byte{}, []uint32{}
	for k := range n {
		p := uint32(k)
		if r.IntN(3) == 0 || depths[p] == maxDepth {
			for p = uint32(r.IntN(k + 1)); depths[p] == maxDepth; p = uint32(r.IntN(k + 1)) {
			}
		}
		t.Parents, depths = append(t.Parents, p), append(depths, depths[p]+1)
		t.HopBytes = append(t.HopBytes, randomBytes(r, t.Width)...)
	}
	return t, depths
}

func anyObs(r *rand.Rand, at int64, t mesh.Tree, depths []uint8, hostile bool) Obs {
	o := Obs{Feed: uint32(r.IntN(3)), Leaf: -1}
	o.At, o.Arrived = at, at
	o.Observer, o.Region, o.Sources = uint32(1+r.IntN(60)), uint16(r.IntN(4)), 1<<r.IntN(3)
	o.SNR4, o.RSSI, o.Score = int8(r.IntN(80)-40), -int16(30+r.IntN(100)), mesh.NoScore
	if r.IntN(2) == 0 {
		o.Flags, o.Arrived = mesh.FlagHeardStands|mesh.FlagClaimed, at+r.Int64N(2000)
		o.Claimed = at
	}
	if r.IntN(2) == 0 {
		o.Score, o.DurationMS = int16(r.IntN(1000)), uint16(r.IntN(900))
	}
	if hostile {
		makeHostile(r, &o)
	}
	if t.Width > 0 && r.IntN(4) > 0 {
		o.Leaf = int32(r.IntN(len(depths)))
		o.Header, o.Transport, o.PathLen = t.Header, t.Transport, pathLen(t.Width, depths[o.Leaf])
		return o
	}
	o.Header, o.PathLen, o.Path = byte(r.IntN(256)), byte(r.IntN(256)), randomBytes(r, r.IntN(64))
	if hasCodes(o.Header) {
		o.Transport = [2]uint16{uint16(r.Uint32()), uint16(r.Uint32())}
	}
	return o
}

func makeHostile(r *rand.Rand, o *Obs) {
	if r.IntN(3) == 0 {
		o.At = anyTime(r)
	}
	if r.IntN(3) == 0 {
		o.Arrived = anyTime(r)
	}
	o.Flags, o.Claimed = mesh.Flag(r.IntN(256)), 0
	if o.Flags&mesh.FlagClaimed != 0 {
		o.Claimed = []int64{o.At, o.Arrived, anyTime(r), 0}[r.IntN(4)]
	}
	o.SNR4, o.RSSI = int8(r.Uint32()), int16(r.Uint32())
	o.Score, o.DurationMS = int16(r.Uint32()), uint16(r.Uint32())
	if r.IntN(2) == 0 {
		o.Observer, o.Region, o.Sources, o.Feed = r.Uint32(), uint16(r.Uint32()), r.Uint64(), r.Uint32()
	}
	for range r.IntN(4) {
		m := Claim{Feed: r.Uint32(), OK: r.IntN(2) == 0}
		if m.OK {
			m.Claimed = anyTime(r)
		}
		o.Merged = append(o.Merged, m)
	}
}

func anyTime(r *rand.Rand) int64 {
	return []int64{0, math.MinInt64, math.MaxInt64, t0 - 1, t0 + 1<<32, int64(r.Uint64())}[r.IntN(6)]
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func anyRows(seed uint64, n int, hostile bool) []Row {
	r := rand.New(rand.NewPCG(seed, 7))
	rows := make([]Row, n)
	for i := range rows {
		id := uint64(1_000 + i)
		if hostile && r.IntN(4) == 0 {
			id = 1 + r.Uint64N(maxID-1)
		}
		rows[i] = anyRow(r, id, hostile && r.IntN(3) > 0)
	}
	return rows
}

func encode(t testing.TB, rows []Row) string {
	t.Helper()
	b, err := Encode(hour, 3, rows)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func open(t testing.TB, b string) *Hour {
	t.Helper()
	h, err := Open(b)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// differ tells where two values differ, whether empty slices are nil or not;
// "" if nowhere.
func differ(want, got any) string {
	w, g := fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got)
	if w == g {
		return ""
	}
	at := 0
	for at < min(len(w), len(g)) && w[at] == g[at] {
		at++
	}
	at = max(0, at-80)
	return fmt.Sprintf("from character %d\nwant %.200s\nhave %.200s", at, w[at:], g[at:])
}
