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

// The keys that Pairs remembers go with the days that they are of, also if a question
// that began before ends after; and with those that are built again.
func TestRememberedKeysGoWithTheirDays(t *testing.T) {
	x := NewLinks()
	names := newNameTable(1, 2)
	a, b := key(0xA1), key(0xB2)
	for _, k := range []meshcore.PublicKey{a, b} {
		names.add(k.Hop(1), k)
	}
	put := func(day uint32) {
		p := x.Begin(day)
		p.Add(24*day, &mesh.Scanned{ID: uint64(day + 1), First: dayStart(day), Tree: mesh.Tree{Width: 1, HopBytes: []byte{0xA1, 0xB2}, Parents: []uint32{0, 1}},
			Obs: []mesh.ScannedObs{{At: dayStart(day), Leaf: 2, Observer: 1, SNR4: mesh.NoSNR, RSSI: mesh.NoRSSI}}})
		p.Finish()
		p.Put()
	}
	const ever = 1 << 60
	for what, change := range map[string]func(){"dropped": func() { x.Drop(0) }, "built again": func() { put(0) }} {
		put(0)
		put(1)
		before := map[uint32][]linkKey{0: x.days[0].keys, 1: x.days[1].keys}
		if got := len(x.Pairs(names, 0, ever)); got != 2 || x.built == nil || len(x.built.of) != 2 {
			t.Fatalf("%d pairs, remembered %v", got, x.built)
		}
		change()
		if x.built != nil {
			t.Errorf("%s: its keys are still there", what)
		}
		if got := x.different(before); len(got) != 2 || x.built != nil {
			t.Errorf("%s: a question that began before had %d keys; remembered %v", what, len(got), x.built)
		}
		if got := len(x.Pairs(names, 0, ever)); got != 2 || x.built == nil {
			t.Errorf("%s: %d pairs", what, got)
		}
	}
}
