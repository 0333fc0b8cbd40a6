package index

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// A list has what was put into it, and nothing beside it.
func TestRouteListAgainstAMap(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 9))
		want := map[sequence]uint32{}
		for range []int{0, 1, routeBlock - 1, routeBlock, routeBlock + 1, 2 * routeBlock, 900}[seed%7] {
			key := sequence(r.Uint64())
			if r.IntN(3) > 0 { // near one another
				key = sequence(r.IntN(4))<<48 | sequence(r.IntN(3))<<32 | sequence(r.IntN(200))
			}
			want[key] = []uint32{1, 2, 127, 128, 70_000, math.MaxUint32}[r.IntN(6)]
		}
		if seed > 6 {
			want[0], want[math.MaxUint64] = 3, 4
		}
		var l routeList
		keys := slices.Sorted(maps.Keys(want))
		for _, key := range keys {
			l.add(key, want[key])
		}
		l.fit()
		for block := range len(l.firsts) + 1 {
			i := block * routeBlock
			for w := l.walk(block); w.next(); i++ {
				if w.key != keys[i] || w.count != int64(want[keys[i]]) {
					t.Fatalf("seed %d: %d is %x, %d times", seed, i, w.key, w.count)
				}
			}
			if i = max(i, block*routeBlock); i != max(len(keys), block*routeBlock) {
				t.Fatalf("seed %d: from block %d on %d of %d", seed, block, i, len(keys))
			}
		}
		for _, key := range keys {
			for _, key := range []sequence{key - 1, key, key + 1} {
				if got := l.count(key); got != int64(want[key]) {
					t.Fatalf("seed %d: %x is there %d times, want %d", seed, key, got, want[key])
				}
			}
		}
	}
}

// BenchmarkRouteList looks for one sequence among 300,000 as a day has them, and goes
// through all.
func BenchmarkRouteList(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 9))
	var l routeList
	keys := map[sequence]bool{}
	for len(keys) < 300_000 { // paths through neighbours: a hop has 30 others after it
		key := sequence(1 + r.IntN(1500))
		for range 1 + r.IntN(3) {
			key = key<<16 | sequence(1+(int(key&0xFFFF)*37+r.IntN(30)*r.IntN(50))%1500)
		}
		for key>>48 == 0 {
			key <<= 16
		}
		keys[key] = true
	}
	list := slices.Sorted(maps.Keys(keys))
	for _, key := range list {
		l.add(key, 1)
	}
	l.fit()
	size := float64(len(l.packed)+4*len(l.starts)+8*len(l.firsts)) / float64(l.n)
	b.Run("count", func(b *testing.B) {
		i := 0
		for b.Loop() {
			if l.count(list[i%len(list)]) != 1 {
				b.Fatal(i)
			}
			i += 7919
		}
		b.ReportMetric(size, "B/sequence")
	})
	b.Run("walk", func(b *testing.B) {
		for b.Loop() {
			n := 0
			for w := l.walk(0); w.next(); n++ {
			}
			if n != l.n {
				b.Fatal(n)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(l.n), "ns/sequence")
	})
}
