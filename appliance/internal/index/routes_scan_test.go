package index

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Scans agree with a slow count of the paths, for any lengths and filter.
func TestScanRoutesAgainstPaths(t *testing.T) {
	for seed := range uint64(6) {
		w, b := someWorld(t, seed)
		for _, f := range []struct{ from, to, n int }{{2, 4, 50}, {2, 8, 200}, {5, 8, 20}, {5, 5, 1 << 20}} {
			for _, observer := range []uint32{0, 2} {
				want := func(s *mesh.Scanned) bool {
					return observer == 0 || slices.ContainsFunc(s.Obs, func(o mesh.ScannedObs) bool { return o.Observer == observer })
				}
				got, err := ScanRoutes(t.Context(), w, w.Hours(), want, f.from, f.to, f.n)
				if err != nil {
					t.Fatal(err)
				}
				slow := w.slowRoutes(want, f.from, f.to)
				if slow = slow[:min(f.n, len(slow))]; fmt.Sprint(got.Routes) != fmt.Sprint(slow) || len(slow) < 10 {
					t.Fatalf("%+v by %d:\n got %.600v\nwant %.600v", f, observer, got.Routes, slow)
				}
			}
		}
		all, err := ScanRoutes(t.Context(), w, w.Hours(), func(*mesh.Scanned) bool { return true }, 2, 4, 100)
		if err != nil {
			t.Fatal(err)
		}
		if indexed := b.routes.Top(2, 4, 100); fmt.Sprint(all) != fmt.Sprint(indexed) {
			t.Errorf("the index says otherwise:\n%v\n%v", indexed, all)
		}
	}
}

// slowRoutes counts the sequences of all paths.
func (w *world) slowRoutes(want func(*mesh.Scanned) bool, from, to int) (list []Route) {
	in := map[string]map[uint64]bool{}
	hops := map[string][]meshcore.Hop{}
	for _, o := range w.walks() {
		if !o.inTree || !want(&o.Scanned) {
			continue
		}
		for length := from; length <= to; length++ {
			for i := 0; i+length <= len(o.path); i++ {
				part := o.path[i : i+length]
				if !InTree(&o.Tree, part) {
					panic("a path is not in its tree")
				}
				id := fmt.Sprint(part)
				if in[id] == nil {
					in[id] = map[uint64]bool{}
				}
				in[id][o.ID], hops[id] = true, part
			}
		}
	}
	for id, txs := range in {
		list = append(list, Route{hops[id], int64(len(txs))})
	}
	slices.SortFunc(list, func(a, b Route) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), compareHops(a.Hops, b.Hops))
	})
	return list
}

// A count that two bytes do not hold is whole all the same.
func TestRoutesCountBeyondTwoBytes(t *testing.T) {
	x := NewRoutes()
	p := x.Begin(1)
	tree := mesh.Tree{Width: 1, HopBytes: []byte{1, 2}, Parents: []uint32{0, 1}}
	const n = 3*countMost + 7
	for i := range n {
		p.Add(24, &mesh.Scanned{ID: uint64(i + 1), Tree: tree})
	}
	p.Finish()
	p.Put()
	x.Apply(&Event{Hour: 24, Tx: n + 1, New: true, Tree: tree, Fresh: 1, Leaf: 2})
	hops := []meshcore.Hop{hop(1), hop(2)}
	if got, top := x.Count(hops), x.Top(2, 4, 1); got != n+1 || len(top.Routes) != 1 || top.Routes[0].Count != n+1 || top.Paths != n+1 {
		t.Errorf("%d, %+v", got, top)
	}
}
