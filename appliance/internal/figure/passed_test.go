package figure

import (
	"math/rand/v2"
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// A node of a tree is marked if a hop on the way to it is wanted, whole: not as bytes
// that end one hop and begin the next.
func TestPassedInIsAsWalkingUp(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	bytes := func(n int) (b []byte) {
		for range n {
			b = append(b, byte(r.IntN(3)))
		}
		return b
	}
	var marks []bool
	found := 0
	for range 3000 {
		tree := mesh.Tree{Header: byte(r.IntN(4)) | byte(r.IntN(12))<<2, Width: r.IntN(4)}
		if tree.Width > 0 {
			n := r.IntN(8)
			tree.HopBytes = bytes(n * tree.Width)
			for i := range n {
				tree.Parents = append(tree.Parents, uint32(r.IntN(i+1)))
			}
		}
		var hops []meshcore.Hop
		for range r.IntN(4) {
			hops = append(hops, meshcore.NewHop(bytes(1+r.IntN(3))))
		}
		marks = PassedIn(hops, &tree, marks)
		if len(marks) != tree.Len()+1 {
			t.Fatalf("%+v: %d marks", tree, len(marks))
		}
		for n := range marks {
			want := false
			for at := n; at > 0; at = tree.Parent(at) {
				want = want || slices.Contains(hops, tree.Hop(at))
			}
			want = want && mesh.Travelled(tree.Header, byte(tree.Width-1)<<6)
			if marks[n] != want {
				t.Fatalf("%+v, hops %v: node %d: want %v", tree, hops, n, want)
			}
			if want {
				found++
			}
		}
	}
	if found < 100 {
		t.Errorf("%d nodes are marked: the test shows little", found)
	}
}
