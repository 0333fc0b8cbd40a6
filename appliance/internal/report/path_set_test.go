package report

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"hilltop/appliance/internal/mesh"
)

// Different paths are counted as a set of their texts counts them, few or many.
func TestPathSetCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, kinds := range []int{1, 3, pathsFew, pathsFew + 1, 8 * pathsFew, 400, 3000} {
		var s pathSet
		want := map[string]bool{}
		for range 3 * kinds {
			n := r.IntN(kinds)
			o := &mesh.Observation{Header: byte(n % 2), PathLen: byte(n % 3), Path: fmt.Append(nil, n/6)}
			s.add(o)
			want[fmt.Sprint(o.Header, o.PathLen, o.Path)] = true
			if s.len() != len(want) {
				t.Fatalf("%d kinds: got %d, want %d", kinds, s.len(), len(want))
			}
		}
	}
}
