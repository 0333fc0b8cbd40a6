package report

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// What lifting brings is as trying every filter and every two shows, and no more is
// counted than is said.
func TestDroppedIsAsTryingEveryFilter(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	pairs, alone := 0, 0
	for range 4000 {
		n := 1 + r.IntN(8)
		names, on := make([]string, n), make([]bool, n)
		var force uint
		for k := range n {
			names[k] = fmt.Sprint("f", k)
			if on[k] = r.IntN(5) > 0; on[k] {
				force |= 1 << k
			}
		}
		rows := make([]uint, r.IntN(30)) // the filters that stop each
		for i := range rows {
			a, b := r.IntN(1<<n), r.IntN(1<<n)
			rows[i] = uint(a|b) & force
		}
		without := func(lifted uint) (count int) {
			for _, by := range rows {
				if by&^lifted == 0 {
					count++
				}
			}
			return count
		}
		got := droppedOf(names, on, len(rows), func(row int) []bool {
			lets := make([]bool, n)
			for k := range lets {
				lets[k] = rows[row]>>k&1 == 0
			}
			return lets
		})
		place := 0
		some, best := false, 0
		for k := range n {
			if !on[k] {
				continue
			}
			want := Dropped{Filter: names[k], Count: without(1 << k)}
			if place >= len(got) || got[place] != want {
				t.Fatalf("rows %b, filters %b: want %+v at %d of %+v", rows, force, want, place, got)
			}
			place++
			some = some || want.Count > 0
			for b := range k {
				if on[b] {
					best = max(best, without(1<<k|1<<b))
				}
			}
		}
		force2 := bits.OnesCount(force)
		if some || force2 < 3 || best == 0 {
			if len(got) != place {
				t.Fatalf("rows %b, filters %b: a pair that is of no use in %+v", rows, force, got)
			}
			alone++
			continue
		}
		if len(got) != place+1 {
			if force2 <= 5 {
				t.Fatalf("rows %b, filters %b: no pair in %+v, of %d", rows, force, got, best)
			}
			continue
		}
		var a, b int
		fmt.Sscanf(got[place].Filter+got[place].With, "f%df%d", &a, &b)
		if p := got[place]; a == b || !on[a] || !on[b] || p.Count != without(1<<a|1<<b) || p.Count == 0 || force2 <= 5 && p.Count != best {
			t.Fatalf("rows %b, filters %b: %+v, the best is %d", rows, force, p, best)
		}
		pairs++
	}
	if pairs < 100 || alone < 100 {
		t.Errorf("%d pairs, %d without: the test shows little", pairs, alone)
	}
}

// However many filters there are, few pairs are counted.
func TestFewPairsAreCounted(t *testing.T) {
	counted := 0
	alone := make([]int, 12)
	for i := range alone {
		alone[i] = 100 - i
	}
	best, _ := bestPair(alone, func(a, b int) (int, error) {
		counted++
		return a + 1, nil
	})
	if counted != pairsCounted || best.count == 0 {
		t.Errorf("%d pairs counted, best %+v", counted, best)
	}
}
