package index

import (
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Links go with their days, and nothing of them is left: neither in what a node
// is asked for nor in what all are.
func TestLinksGoWithTheirDays(t *testing.T) {
	x := NewLinks()
	names := newNameTable(0, 0)
	a, b := key(0xA1), key(0xB2)
	for _, k := range []meshcore.PublicKey{a, b} {
		names.add(k.Hop(1), k)
	}
	for i := range 3 {
		day := uint32(i)
		p := x.Begin(day)
		p.Add(24*day, &mesh.Scanned{ID: uint64(i + 1), First: dayStart(day), Tree: mesh.Tree{Width: 1, HopBytes: []byte{0xA1, 0xB2}, Parents: []uint32{0, 1}},
			Obs: []mesh.ScannedObs{{At: dayStart(day), Leaf: 2, Observer: 1, SNR4: mesh.NoSNR, RSSI: mesh.NoRSSI}}})
		p.Finish()
		p.Put()
	}
	const ever = 1 << 60
	for day, want := range []int64{2, 1, 0} {
		x.Drop(uint32(day))
		var counts []int64
		for _, of := range []*LinkEnd{nil, {Key: a}, {Key: b}} {
			n := int64(0)
			for _, l := range x.List(names, of, 0, ever) {
				if l.From == a && l.To == b {
					n += l.Count
				}
			}
			counts = append(counts, n)
		}
		for _, n := range counts {
			if n != want {
				t.Errorf("without the first %d days: got %v, want %d", day+1, counts, want)
			}
		}
	}
	if x.List(names, nil, 0, ever) == nil || len(x.List(names, nil, 0, ever)) != 0 {
		t.Error("something is left")
	}
}
