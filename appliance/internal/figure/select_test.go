package figure

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// IDs are in a set wherever they lie, and no others.
func TestIDSetHasWhatItWasGiven(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, spread := range []uint64{1, 100, nearIDs - 1, nearIDs, nearIDs + 1, 1 << 50} {
		ids := []uint64{7, 7 + spread}
		for range 50 {
			ids = append(ids, 7+r.Uint64N(spread+1))
		}
		s := NewIDSet(ids)
		for _, id := range append(slices.Clone(ids), 0, 6, 8, 7+spread-1, 7+spread+1, 1<<60) {
			if have := s.Has(id); have != slices.Contains(ids, id) {
				t.Errorf("spread %d: has(%d) = %v", spread, id, have)
			}
		}
	}
	if NewIDSet(nil).Has(0) {
		t.Error("the empty set has something")
	}
}

// What is remembered is bounded, and what was used last stays.
func TestTalliesAreBounded(t *testing.T) {
	var x Tallies
	one := NewSelector(Selection{Hash: "f"})
	for n := range 3 * tallyMost / 100 {
		c := NewSelector(Selection{Hash: fmt.Sprintf("%x", n)})
		for hour := range uint32(100) {
			x.Remember(c, Version{hour: hour, sealed: 1}, Tally{Main: n})
		}
		x.Remember(one, Version{hour: 5, sealed: 9}, Tally{Main: 1})
		for _, sel := range []*Selector{one, c} {
			x.RememberRows(sel, Version{hour: uint32(n % 9)}, make([]uint32, n%RowsKept))
			x.rememberOpen(sel, 5, openTally{chunks: []chunkTally{{serial: uint64(n)}}})
		}
	}
	if x.size > tallyMost {
		t.Errorf("want at most %d, have %d", tallyMost, x.size)
	}
	into := make([]Tally, 2)
	known := x.Known(one, []store.View{{Hour: 5, Sealed: 9}, {Hour: 5, Sealed: 8}}, into)
	if !known[0] || into[0].Main != 1 || known[1] {
		t.Errorf("want the tally of one state and none of another, have %v, %v", known, into)
	}
	for n := range 3 * tallyMost / selectSize { // selections of which nothing is known count too
		x.Hashes(NewSelector(Selection{Observers: []uint32{uint32(n)}}), nil)
		if n%100 == 0 {
			x.RememberHashes(one, Hashes{Parts: make([]Part, n%700), Rows: n, Shared: map[uint64][]meshcore.Hash{1: make([]meshcore.Hash, n%90), 2: nil}})
		}
	}
	size := 0
	for key, s := range x.selects {
		size += selectionSize(key) + len(s.hours) + mixSize*len(s.mixes) + s.hashes.size()
		for _, o := range s.open {
			size += o.size()
		}
		for _, n := range s.rows {
			size += n.size()
		}
	}
	if size != x.size || size > tallyMost || len(x.selects[one.key].hours) == 0 {
		t.Errorf("want at most %d, with the hours of what is used, have %d, said to be %d", tallyMost, size, x.size)
	}
	observers, keys := make([]uint32, 5000), 0
	for n := range uint32(1000) { // keys may be long
		for i := range observers {
			observers[i] = n + uint32(i)
		}
		x.Hashes(NewSelector(Selection{Observers: observers}), nil)
	}
	for key := range x.selects {
		keys += len(key)
	}
	if keys > tallyMost*tallyBytes || keys == 0 {
		t.Errorf("want keys of at most %d bytes, have %d", tallyMost*tallyBytes, keys)
	}
}

// BenchmarkSelect finds the transmissions of a selection in five million
// observations, nothing remembered, on one core.
func BenchmarkSelect(b *testing.B) {
	benchmarkPicks(b, func(p *Picker, v *store.View) int {
		return len(p.Pick(v, [2]int{0, v.Block.Len()}, [2]int{}).Rows)
	})
}

// BenchmarkMix counts what matches the same selections by type, and its
// observations.
func BenchmarkMix(b *testing.B) {
	benchmarkPicks(b, func(p *Picker, v *store.View) int {
		return int(p.Mix(v, p.Pick(v, [2]int{0, v.Block.Len()}, [2]int{})).Observations)
	})
}

// BenchmarkOrder puts what matches the same selections in order by SNR, and by hops.
func BenchmarkOrder(b *testing.B) {
	for name, by := range map[string]Sort{"snr": SortSNR, "hops": SortHops} {
		b.Run(name, func(b *testing.B) {
			benchmarkPicks(b, func(p *Picker, v *store.View) (n int) {
				p.OrderRows(v, p.Pick(v, [2]int{0, v.Block.Len()}, [2]int{}).Rows, by).Each(func(_ int64, from, to int) { n += to - from })
				return n
			})
		})
	}
}

func benchmarkPicks(b *testing.B, pick func(*Picker, *store.View) int) {
	some := []uint32{}
	for n := range uint32(30) {
		some = append(some, 2*n+1)
	}
	for _, x := range []struct {
		name string
		s    Selection
	}{
		{"all", Selection{}},
		{"type", Selection{Types: []meshcore.Type{meshcore.TypeAdvert}}},
		{"observer", Selection{Observers: []uint32{7}}},
		{"30 observers", Selection{Observers: some}},
		{"region", Selection{Regions: []uint16{2}}},
		{"route and region", Selection{Routes: []meshcore.Route{meshcore.Flood}, Regions: []uint16{2}}},
		{"hash", Selection{Hash: "d87"}},
		{"nothing", Selection{Types: []meshcore.Type{9}, Regions: []uint16{}}},
	} {
		b.Run(x.name, func(b *testing.B) {
			var views []store.View
			for _, h := range week() {
				views = append(views, store.View{Hour: h.Block.Number(), Block: h.Block})
			}
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			p := NewSelector(x.s).Sees(nil)
			b.ReportAllocs()
			found := 0
			for b.Loop() {
				found = 0
				for i := range views {
					found += pick(p, &views[i])
				}
			}
			b.ReportMetric(float64(found), "found")
		})
	}
}
