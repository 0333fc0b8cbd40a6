package index

import (
	"math/rand/v2"
	"testing"

	"hilltop/appliance/internal/mesh"
)

// When a hop was heard last follows when hours are dropped, and when they are built
// once more and have less of it than before.
func TestWhenAHopWasHeardLast(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 8))
	x := NewNodes()
	found := 0
	for step := range 5000 {
		hour := uint32(100 + rng.IntN(6))
		switch rng.IntN(40) {
		case 0:
			x.drop(hour)
		case 1, 2:
			x.put(hour, &nodePart{hour: less(rng, x.hours[hour])})
		default:
			apply(x, copyOf(uint64(step), flood(hop(byte(rng.IntN(60)))), mesh.HourStart(hour)+rng.Int64N(mesh.HourMS)))
		}
		if step%7 != 0 {
			continue
		}
		x.read(func() {})
		want := map[hopCode]hopCount{}
		for hour, h := range x.hours {
			for i, c := range h.codes {
				sum := want[c]
				sum.add(h.hops[i].count(hour))
				want[c] = sum
			}
		}
		for c, sum := range x.relayed {
			if *sum != want[c] {
				t.Fatalf("step %d: hop %x: got %+v, want %+v", step, c, *sum, want[c])
			}
		}
		if len(x.relayed) != len(want) || len(x.unsure) > 0 {
			t.Fatalf("step %d: %d hops, want %d; of %d it is not known", step, len(x.relayed), len(want), len(x.unsure))
		}
		found += len(want)
	}
	if found == 0 {
		t.Error("no hops")
	}
}

// less is an hour with some of its hops, some of them heard earlier.
func less(rng *rand.Rand, of *nodeHour) *nodeHour {
	h := &nodeHour{}
	if of == nil {
		return h
	}
	for i, c := range of.codes {
		if rng.IntN(5) == 0 {
			continue
		}
		seen := of.hops[i]
		seen.last -= int32(rng.IntN(2)) * rng.Int32N(seen.last+1)
		h.codes, h.hops = append(h.codes, c), append(h.hops, seen)
	}
	return h
}
