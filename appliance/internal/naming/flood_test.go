package naming

import (
	"math/rand/v2"
	"testing"

	"hilltop/appliance/internal/resolve"
)

// Nodes are found by parent and hop as in a map, and numbered as they come, in
// trees of any size.
func TestChildrenAreFoundAsInAMap(t *testing.T) {
	type key struct {
		parent int32
		hop    [3]byte
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var c children
	found := 0
	for round := range 60 {
		c.reset()
		var f resolve.Flood
		want := map[key]int32{}
		parents := 1 + rng.IntN(1+40*round)
		for range 100 * round {
			k := key{int32(rng.IntN(min(parents, len(f.Nodes)+1))), [3]byte{byte(rng.IntN(4)), 0, byte(rng.IntN(1 + round/8))}}
			n, known := want[k]
			if !known {
				n = int32(len(want) + 1)
				want[k] = n
			} else {
				found++
			}
			if got := c.of(&f, k.parent, k.hop); got != n {
				t.Fatalf("round %d: %v is node %d, want %d", round, k, got, n)
			}
		}
		if len(f.Nodes) != len(want) {
			t.Fatalf("round %d: %d nodes, want %d", round, len(f.Nodes), len(want))
		}
	}
	if found < 10_000 {
		t.Errorf("%d nodes were found again: the test shows little", found)
	}
}
