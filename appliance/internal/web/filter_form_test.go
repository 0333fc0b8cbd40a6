package web

import (
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
)

// Observers that share a name are told apart where one chooses among them.
func TestObserversOfOneNameAreToldApart(t *testing.T) {
	var have []string
	c := choices{Observers: []mesh.Observer{{ID: "aa00000000000000000000", Name: "Room"}, {ID: "bb00000000000000000000", Name: "Ridge"}, {ID: "cc00000000000000000000", Name: "Room"}}}
	for _, o := range (filter{}).observerOptions(c) {
		have = append(have, o.Label)
	}
	if want := []string{"Room aa000000…", "Ridge", "Room cc000000…"}; !slices.Equal(have, want) {
		t.Errorf("have %q, want %q", have, want)
	}
}
