package naming_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
	"hilltop/firmware-bridge/meshcore"
)

// The steps of a transmission are those of its copies' paths, as the paths are
// named hop by hop: each once, however many copies show it.
func TestStepsAreThoseOfThePaths(t *testing.T) {
	b := newBox(t, t.TempDir(), 0)
	b.feed(t, corpus(t, 3, 6_000), false, true)
	x := b.names(t)
	compared, signed := 0, 0
	b.store.Scan(math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		paths := x.Paths(tx)
		for i, hops := range paths.Hops {
			if one := x.Path(tx, i); !slices.Equal(one, hops) {
				t.Fatalf("packet %s, copy %d alone: %+v, want %+v", tx.Hash, i, one, hops)
			}
		}
		var repeated, heard []string
		decided := x.Steps(&tx, tx.Type == meshcore.TypeAdvert, func(s naming.Step) {
			from := "nobody"
			if s.From.Named {
				from = s.From.Key.String()
			}
			if s.Observation >= 0 {
				heard = append(heard, fmt.Sprint(s.Observation, from, s.From.Hop, s.Depth))
			} else {
				repeated = append(repeated, fmt.Sprint(from, s.From.Hop, s.To.Hop, s.Depth))
			}
			if s.From.Hop.Width() == 0 && s.From.Named {
				signed++
			}
		})
		if !decided {
			return true
		}
		slices.Sort(repeated) // two branches may show the same hops at one depth
		wantRepeated, wantHeard := plainSteps(&tx, paths)
		if !slices.Equal(slices.Compact(repeated), wantRepeated) || !slices.Equal(heard, wantHeard) {
			t.Fatalf("packet %s:\n%q\n%q\nwant\n%q\n%q", tx.Hash, repeated, heard, wantRepeated, wantHeard)
		}
		compared += len(heard)
		return true
	})
	if compared < 2000 || signed < 50 {
		t.Fatalf("%d steps of copies, %d from originators: the test shows little", compared, signed)
	}
}

// plainSteps reads the steps off the paths of all copies, but for what was not
// decided.
func plainSteps(tx *mesh.Transmission, paths naming.Paths) (repeated, heard []string) {
	origin := "nobody"
	if a, err := meshcore.ParseAdvert(tx.Payload); err == nil && tx.Type == meshcore.TypeAdvert {
		origin = a.Key.String()
	}
	who := func(h naming.Hop) string {
		if h.Named {
			return h.Key.String()
		}
		return "nobody"
	}
	seen := map[string]bool{}
	for i, hops := range paths.Hops {
		p := tx.Observations[i].Packet(nil)
		path, ok := p.Heard()
		if !ok || hops == nil && path.Len() > 0 {
			continue
		}
		from, fromHop, depth, late := origin, meshcore.Hop{}, 0, false
		for j, hop := range path.All() {
			if late = hops[j].Provisional; late {
				break
			}
			depth++
			seen[fmt.Sprint(from, fromHop, hop, depth)] = true
			from, fromHop = who(hops[j]), hop
		}
		if !late {
			heard = append(heard, fmt.Sprint(i, from, fromHop, depth))
		}
	}
	return slices.Sorted(maps.Keys(seen)), heard
}

// What a survey reads of a transmission: its copies from the store, and their
// steps.
func BenchmarkSteps(b *testing.B) {
	box := newBox(b, b.TempDir(), 0)
	box.feed(b, corpus(b, 3, 6_000), false, true)
	x := box.names(b)
	for _, hour := range box.store.Hours()[1:] {
		if _, err := box.store.Seal(hour); err != nil {
			b.Fatal(err)
		}
	}
	var ids []uint64
	observations := 0
	box.store.Scan(math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		ids = append(ids, tx.ID)
		observations += len(tx.Observations)
		return true
	})
	b.ReportAllocs()
	steps := 0
	for b.Loop() {
		for _, id := range ids {
			tx, _ := box.store.PacketByID(id)
			x.Steps(&tx, false, func(naming.Step) { steps++ })
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(observations), "ns/observation")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(ids)), "ns/transmission")
}
