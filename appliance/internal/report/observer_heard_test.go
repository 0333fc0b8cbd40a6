package report

import (
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
)

// Nodes whose keys begin alike are one, and no other node has their number.
func TestNumbersOfNodesAreTheirOwn(t *testing.T) {
	s, err := store.Open(store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for i := range byte(40) {
		n := mesh.Node{FirstAdvert: 1}
		n.Key[0], n.Key[31] = i/2, i // each begins like one other
		s.PutNode(n)
	}
	who, seen := newNumbered(s, nil), map[int32]bool{}
	for _, n := range s.Nodes() {
		number, known := who.known[beginOf(n.Key[:])]
		if !known || number < 0 || number >= 20 {
			t.Errorf("%s has number %d, known %v", n.Key, number, known)
		}
		seen[number] = true
	}
	if len(seen) != 20 {
		t.Errorf("%d numbers of 20", len(seen))
	}
}
