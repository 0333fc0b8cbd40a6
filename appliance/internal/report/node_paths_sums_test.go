package report

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"hilltop/firmware-bridge/meshcore"
)

// Sums of parts and what is beside them come to the same as all of it together.
func TestPathSumsAgainstAllTogether(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		hops, times := 2+rnd.IntN(8), 1+rnd.IntN(40)
		limit := 1 + rnd.IntN(12)
		all := map[string]*NodePath{}
		some := func() *pathFinder {
			f := newPathFinder(nil)
			for range rnd.IntN(80) {
				width := 1 + rnd.IntN(3)
				path := make([]byte, width*(1+rnd.IntN(3)))
				for i := range path {
					path[i] = byte(rnd.IntN(hops))
				}
				one := pathSeen{1, int64(rnd.IntN(times) - times/2), meshcore.Hash{byte(rnd.IntN(4))}}
				at := f.trie.of(path, width)
				f.seen = lengthened(f.seen, len(f.trie.nodes))
				f.seen[at].join(one)
				key := fmt.Sprint(width, path)
				x := all[key]
				if x == nil {
					x = &NodePath{Hops: hopsOf(path, width), Last: one.last, Sample: one.sample}
					all[key] = x
				}
				if x.Count++; one.last > x.Last || one.last == x.Last && one.sample[0] > x.Sample[0] {
					x.Last, x.Sample = one.last, one.sample
				}
			}
			return f
		}
		var sums []pathSums
		for range rnd.IntN(6) {
			sums = append(sums, readPathSums(some().sums(limit)))
		}
		others, got := some().beside(sums, limit)
		var want []NodePath
		for _, x := range all {
			want = append(want, *x)
		}
		slices.SortFunc(want, func(a, b NodePath) int {
			return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(b.Count, a.Count), compareHops(a.Hops, b.Hops))
		})
		if n := differentMarks(sums) + others; n != len(all) {
			t.Fatalf("seed %d: %d paths, want %d", seed, n, len(all))
		}
		if want = want[:min(limit, len(want))]; !slices.EqualFunc(got, want, func(a, b NodePath) bool { return reflect.DeepEqual(a, b) }) {
			t.Fatalf("seed %d: the latest %d are\n%v, want\n%v", seed, limit, got, want)
		}
		answer := NodePaths{Paths: got, PathsAll: len(all), Transmissions: rnd.Int64()}
		if back := unpackNodePaths(answer.pack()); len(got) > 0 && !reflect.DeepEqual(back, answer) {
			t.Fatalf("seed %d: packed and unpacked %+v is %+v", seed, answer, back)
		}
	}
}
