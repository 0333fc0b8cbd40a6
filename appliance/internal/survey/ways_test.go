package survey

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// someFloods are floods over relays of which some have no place, some are far from all,
// and some share a hop, heard by observers of which one is no node.
func someFloods(r *rand.Rand) (*world, decided) {
	w, d := newWorld(), decided{}
	for b := range byte(24) {
		lat, lon := 47+float64(b%6)/2, -122+float64(b/6)/2
		switch b % 8 {
		case 3:
			lat, lon = 0, 0
		case 5:
			lat += 30
		}
		w.node(key(b+1), lat, lon)
		if d[b+1] = key(b + 1); b%5 == 0 {
			w.node(key(b+1, 7), 47, -122)
			if b%10 == 0 {
				delete(d, b+1) // nobody is named
			}
		}
	}
	for num := range uint32(4) {
		k := key(byte(40 + num))
		w.observers = append(w.observers, mesh.Observer{Num: num + 1, ID: k.String()})
		if num > 0 {
			w.node(k, 47+float64(num)/3, -121)
			w.nodes[len(w.nodes)-1].Role = meshcore.RoleCompanion
		}
	}
	for i := range 400 {
		var copies []copyOf
		for range 1 + r.IntN(6) {
			path := make([]byte, r.IntN(7))
			for i := range path {
				path[i] = byte(1 + r.IntN(24))
			}
			copies = append(copies, copyOf{uint32(1 + r.IntN(4)), uint16(r.IntN(4)), string(path)})
		}
		s := w.flood(start+int64(r.IntN(dayHours))*hourMs+int64(i), fmt.Sprint("flood ", i), copies...)
		s.Hash[0], s.Hash[1] = byte(i), byte(i>>8)
	}
	return w, d
}

// naiveDistances goes along every path on its own.
func naiveDistances(w *world, d decided, b *Board, in map[uint16]bool) (out Distances) {
	place := map[meshcore.PublicKey]mesh.Place{}
	for _, n := range w.nodes {
		if p, ok := placeOf(n); ok && b.Places[n.Key] == health.Believed {
			place[n.Key] = p
		}
	}
	observers := map[uint32]meshcore.PublicKey{}
	for _, o := range w.observers {
		observers[o.Num], _ = meshcore.ParsePublicKey(o.ID)
	}
	leg := func(a, b meshcore.PublicKey) (km float64, ok bool) {
		from, fromOK := place[a]
		to, toOK := place[b]
		if a == b || !fromOK || !toOK {
			return 0, false
		}
		km = health.DistanceKM(from, to)
		return km, km <= Reach
	}
	for i := range int64(dayHours) {
		out.Hours = append(out.Hours, LegHour{Start: start + i*hourMs})
	}
	for _, hour := range w.hours {
		for _, t := range hour {
			there := in == nil
			legs := map[[2]meshcore.PublicKey]float64{}
			best := Way{ID: t.ID, Hash: t.Hash, First: t.First}
			for _, o := range t.Obs {
				there = there || in[o.Region]
				radios := []meshcore.PublicKey{observers[o.Observer]}
				for n := int(o.Leaf); n > 0; n = t.Tree.Parent(n) {
					hop := t.Tree.Hop(n).Bytes()[0]
					k, named := d[hop]
					if !named && hop%5 == 1 {
						k = meshcore.PublicKey{} // two relays fit it
					} else if !named {
						k = key(hop)
					}
					radios = append(radios, k)
				}
				slices.Reverse(radios)
				var run []float64
				for i := 1; i < len(radios); i++ {
					km, ok := leg(radios[i-1], radios[i])
					if !ok {
						run = nil
						continue
					}
					legs[[2]meshcore.PublicKey{radios[i-1], radios[i]}] = km
					sum := 0.0
					for _, km := range append(run, km) {
						sum += km
					}
					if run = append(run, km); sum > best.KM+1e-9 {
						best.KM, best.Legs, best.Radio = sum, slices.Clone(run), slices.Clone(radios[i-len(run):i+1])
					}
				}
			}
			if !there || len(legs) == 0 {
				continue
			}
			h := &out.Hours[(t.First-start)/hourMs]
			for _, km := range legs {
				h.Legs++
				h.mm += int64(math.Round(km * 1e6))
			}
			out.Floods++
			out.Ways = append(out.Ways, best)
		}
	}
	slices.SortFunc(out.Ways, func(a, b Way) int { return cmp.Or(cmp.Compare(b.KM, a.KM), cmp.Compare(a.ID, b.ID)) })
	out.Ways = out.Ways[:min(20, len(out.Ways))]
	return out
}

func TestDistancesAgainstPaths(t *testing.T) {
	parted := 0
	for seed := range uint64(8) {
		w, d := someFloods(rand.New(rand.NewPCG(seed, 7)))
		b := w.believing(t, d)
		for _, in := range []map[uint16]bool{nil, {1: true}, {2: true, 3: true}, {9: true}, {}} {
			got, want := b.Distances(in), naiveDistances(w, d, b, in)
			if !reflect.DeepEqual(got.Hours, want.Hours) || got.Floods != want.Floods || len(got.Ways) != len(want.Ways) {
				t.Fatalf("seed %d, in %v: got %d floods, %d ways, %+v\nwant %d, %d, %+v", seed, in, got.Floods, len(got.Ways), got.Hours, want.Floods, len(want.Ways), want.Hours)
			}
			for i, x := range want.Ways {
				if g := got.Ways[i]; g.ID != x.ID || g.Hash != x.Hash || g.First != x.First || math.Abs(g.KM-x.KM) > 1e-6 || !slices.Equal(g.Radio, x.Radio) || !reflect.DeepEqual(g.Legs, x.Legs) {
					t.Fatalf("seed %d, in %v, %d: got %+v\nwant %+v", seed, in, i, g, x)
				}
			}
		}
		all := b.Distances(nil)
		if all.Floods < 100 || len(all.Ways) != waysKept || len(all.Ways[0].Legs) < 2 {
			t.Fatalf("seed %d: %d floods, %+v", seed, all.Floods, all.Ways)
		}
		if all.Floods < 400 {
			parted++
		}
	}
	if parted == 0 {
		t.Error("every flood has a leg")
	}
}

// Of two regions asked for at once a flood that was received in both counts once.
func TestDistancesOfSeveralRegions(t *testing.T) {
	w := meshOfRelays()
	w.flood(start, "heard in both", copyOf{1, 1, "ab"}, copyOf{2, 2, "abc"})
	b := w.believing(t, decided{'a': key('a'), 'b': key('b'), 'c': key('c'), 'd': key('d'), 'e': key('e'), 'f': key('f')})
	one, two, both := b.Distances(map[uint16]bool{1: true}), b.Distances(map[uint16]bool{2: true}), b.Distances(map[uint16]bool{1: true, 2: true})
	if one.Floods != 12 || two.Floods != 1 || both.Floods != 12 || len(both.Ways) != 12 || !reflect.DeepEqual(both, b.Distances(nil)) {
		t.Errorf("got %d and %d, together %d", one.Floods, two.Floods, both.Floods)
	}
	if h := both.Hours[0]; h.Legs != 3+1+1+2 {
		t.Errorf("first hour: got %+v", h)
	}
}

// However many regions floods were received in, and sets of them, what is kept has a
// bound; everything is counted without a region, and what a region lacks is told.
func TestDistancesOfMoreRegionsThanAreKept(t *testing.T) {
	w := meshOfRelays()
	before := w.believing(t, decided{'a': key('a'), 'b': key('b')}).Distances(nil).Floods
	r := rand.New(rand.NewPCG(3, 4))
	const floods = setsKept + 500
	for i := range floods {
		region := uint16(1 + r.IntN(2*regionsKept))
		w.flood(start+int64(i), fmt.Sprint("flood ", i), copyOf{1, region, "ab"}, copyOf{1, region%7 + 1, "ab"}, copyOf{1, uint16(1 + r.IntN(2*regionsKept)), "ab"})
	}
	b := w.believing(t, decided{'a': key('a'), 'b': key('b')})
	if len(b.ways.sums) > setsKept+1 || len(b.ways.top) > regionsKept+1 {
		t.Errorf("%d sets and %d regions are kept", len(b.ways.sums), len(b.ways.top))
	}
	all := b.Distances(nil)
	if all.Floods != before+floods || all.Unsorted == 0 || all.Unsorted >= floods {
		t.Errorf("%d floods, of which some region lacks %d; want %d", all.Floods, all.Unsorted, before+floods)
	}
	every := map[uint16]bool{}
	for region := range uint16(2*regionsKept + 8) {
		every[region+1] = true
	}
	if n := b.Distances(every).Floods; n > all.Floods || n < all.Floods-all.Unsorted {
		t.Errorf("%d floods in all regions, of %d without %d", n, all.Floods, all.Unsorted)
	}
}
