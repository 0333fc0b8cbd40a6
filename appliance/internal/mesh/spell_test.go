package mesh

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"hilltop/firmware-bridge/meshcore"
)

func TestSpellsSayWhatWasSaidWhen(t *testing.T) {
	var list []Spell[string]
	for at, name := range []string{"A", "A", "B", "A", "A", "C"} {
		list = Tell(list, int64(at)*10, name, meshcore.Hash{byte(at)})
	}
	want := []Spell[string]{{"A", 0, 10, meshcore.Hash{0}}, {"B", 20, 20, meshcore.Hash{2}}, {"A", 30, 40, meshcore.Hash{3}}, {"C", 50, 50, meshcore.Hash{5}}}
	if !slices.Equal(list, want) {
		t.Errorf("got %v, want %v", list, want)
	}
	for at, want := range map[int64]string{-1: "", 0: "A", 25: "B", 34: "A", 99: "C"} {
		if got, ok := At(list, at); got != want || ok != (want != "") {
			t.Errorf("at %d: got %q, %v, want %q", at, got, ok, want)
		}
	}
}

// A backlog that comes in late finds its place: whatever the order, the spells
// are in order, do not overlap, and each thing said lies in a spell that says
// so.
func TestLateWordsFindTheirPlace(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		type word struct {
			at    int64
			value int
		}
		var said []word
		for at := range int64(7) {
			said = append(said, word{at * 10, r.IntN(3)})
		}
		r.Shuffle(len(said), func(i, j int) { said[i], said[j] = said[j], said[i] })
		var list []Spell[int]
		for _, w := range said {
			before := slices.Clone(list)
			next := Tell(list, w.at, w.value, meshcore.Hash{})
			if !slices.Equal(before, list) {
				t.Fatalf("seed %d: the list that was given changed", seed)
			}
			list = next
		}
		for i, s := range list {
			if s.To < s.From || i > 0 && s.From <= list[i-1].To {
				t.Fatalf("seed %d: %v is out of order", seed, list)
			}
		}
		newest := slices.MaxFunc(said, func(a, b word) int { return cmp.Compare(a.at, b.at) })
		if last := list[len(list)-1]; last.Value != newest.value || last.To != newest.at {
			t.Fatalf("seed %d: the last spell is %v, want %v", seed, last, newest)
		}
		for _, w := range said {
			if got, ok := At(list, w.at); !ok || got != w.value {
				t.Fatalf("seed %d: at %d got %d, want %d of %v", seed, w.at, got, w.value, list)
			}
		}
	}
}

func TestSpellsAreBounded(t *testing.T) {
	var list []Spell[int]
	for i := range 100 {
		list = Tell(list, int64(i), i, meshcore.Hash{})
	}
	if len(list) != SpellsKept || list[len(list)-1].Value != 99 {
		t.Errorf("got %v", list)
	}
}
