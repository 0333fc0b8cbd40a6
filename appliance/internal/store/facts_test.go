package store

import (
	"reflect"
	"slices"
	"strconv"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// A fact of version 1 ends where the past begins.
func TestFactsWithoutAPastAreRead(t *testing.T) {
	node := mesh.Node{Key: meshcore.PublicKey{1}, Name: "Ridge", FirstAdvert: t0, LastAdvert: t0 + 5, HopWidth: 2}
	value := []byte(pack(&node, (*codec).node))
	value[0] = 1
	if got, ok := unpack(string(value[:len(value)-1]), (*codec).node); !ok || got != node {
		t.Errorf("got %+v, %v, want %+v", got, ok, node)
	}
	observer := mesh.Observer{Num: 3, ID: "O", Region: "SEA", First: t0}
	value = []byte(pack(&observer, (*codec).observer))
	value[0] = 1
	if got, ok := unpack(string(value[:len(value)-1]), (*codec).observer); !ok || !reflect.DeepEqual(got, observer) {
		t.Errorf("got %+v, %v, want %+v", got, ok, observer)
	}
	value[0] = factVersion + 1
	if _, ok := unpack(string(value), (*codec).observer); ok {
		t.Error("a fact of a newer version was read")
	}
}

// What a node and an observer were outlives a restart.
func TestPastsAreRestored(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	node := mesh.Node{Key: meshcore.PublicKey{1}, Name: "Ridge", FirstAdvert: t0, LastAdvert: t0 + 9, Past: &mesh.NodePast{
		Names:  []mesh.Spell[string]{{Value: "Rigde", From: t0, To: t0 + 2, Hash: meshcore.Hash{7}}, {Value: "Ridge", From: t0 + 4, To: t0 + 9}},
		Places: []mesh.Spell[mesh.Place]{{Value: mesh.Place{LatE6: -5, LonE6: 6}, From: t0, To: t0}},
		Widths: []mesh.Spell[uint8]{{Value: 3, From: t0, To: t0}},
	}}
	observer := mesh.Observer{ID: "O", First: t0, Past: &mesh.ObserverPast{Regions: []mesh.Spell[string]{{Value: "SEA", From: t0, To: t0 + 9}}}}
	s.PutNode(node)
	s.PutObserver(observer)
	if err := s.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = loadOn(t, fs)
	defer s.Close()
	if got, _ := s.Node(node.Key); !reflect.DeepEqual(got, node) {
		t.Errorf("got %+v, want %+v", got, node)
	}
	observer.Num = 1
	if got, _ := s.Observer("O"); !reflect.DeepEqual(got, observer) {
		t.Errorf("got %+v, want %+v", got, observer)
	}
}

// Learned scopes outlive a restart, in their order, and there are not too many.
func TestLearnedScopesAreRestored(t *testing.T) {
	fs := newMemFS()
	s := loadOn(t, fs)
	if got := s.LearnedScopes(); got != nil {
		t.Errorf("got %q before any was learned", got)
	}
	var want []string
	for i := range scopesMost + 3 {
		name := "#scope" + strconv.Itoa(i)
		s.LearnScope(name)
		s.LearnScope(name)
		want = append(want, name)
	}
	s.LearnScope("")
	if err := s.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = loadOn(t, fs)
	defer s.Close()
	if got := s.LearnedScopes(); !slices.Equal(got, want[:scopesMost]) {
		t.Errorf("got %q", got)
	}
}
