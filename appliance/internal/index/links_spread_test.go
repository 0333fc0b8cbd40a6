package index

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// What is packed one SNR at a time, or at once, is how often each was measured, and the
// median is the one of the sorted list.
func TestSpreadAgainstAList(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		var list []int8
		var one spread
		var counts spreadCounts
		for range r.IntN(600) {
			snr4 := int8(r.IntN(12)*int(1+seed%20) - 128 + int(seed%7))
			list, one = append(list, snr4), one.with(snr4)
			counts.add(snr4)
		}
		if one != counts.pack() {
			t.Fatalf("seed %d: got %x, at once %x", seed, one, counts.pack())
		}
		var got Spread
		got.add(one)
		want := Spread(nil)
		for _, snr4 := range list {
			want.count(snr4, 1)
		}
		if !maps.Equal(got, want) {
			t.Fatalf("seed %d: got %v, want %v", seed, got, want)
		}
		slices.Sort(list)
		median, ok := got.Median4()
		if n := len(list); ok != (n > 0) || ok && median != (float64(list[(n-1)/2])+float64(list[n/2]))/2 {
			t.Fatalf("seed %d: median %g of %v", seed, median, list)
		}
		both := maps.Clone(got)
		both.Join(want)
		if m, _ := both.Median4(); m != median {
			t.Fatalf("seed %d: twice the same: %g", seed, m)
		}
	}
}

// A link that was heard at the least and the greatest SNR keeps two numbers.
func TestSpreadCountsKeepWhatWasMeasured(t *testing.T) {
	var counts spreadCounts
	for range 1000 {
		counts.add(-127)
		counts.add(127)
	}
	if len(counts) != 2 || cap(counts) > 8 {
		t.Errorf("%d counts in the room of %d", len(counts), cap(counts))
	}
	var got Spread
	if got.add(counts.pack()); !maps.Equal(got, Spread{-127: 1000, 127: 1000}) {
		t.Errorf("got %v", got)
	}
}
