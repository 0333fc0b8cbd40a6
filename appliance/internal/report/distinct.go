package report

import (
	"context"
	"encoding/binary"
	"math/bits"
)

// hashes counts the different hashes of what matches.
func (f *finder) hashes(ctx context.Context) (int, error) {
	var views []int
	starts := make([]int, len(f.views)+1)
	for i := range f.views {
		if starts[i+1] = starts[i] + f.counts[i].Total(); f.counts[i].Total() > 0 {
			views = append(views, i)
		}
	}
	all := make([]uint64, f.total)
	err := share(ctx, len(views), func(_, n int) {
		i := views[n]
		v, into := &f.views[i], all[starts[i]:starts[i]:starts[i+1]]
		got := f.pick.Pick(v, f.rows(v), f.heads(v))
		for _, row := range got.Rows {
			h := v.Block.Hash(int(row))
			into = append(into, binary.BigEndian.Uint64(h[:]))
		}
		for _, k := range got.Heads {
			into = append(into, binary.BigEndian.Uint64(v.Heads[k].Hash[:]))
		}
	})
	return distinct(all), err
}

// distinct counts different numbers that are as good as random. Almost all of
// them are the only ones to fall on their bit of a table that a processor's
// cache holds; the rest are counted one by one.
func distinct(all []uint64) int {
	if len(all) == 0 {
		return 0
	}
	shift := 64 - bits.Len(uint(32*len(all)))
	spread := func(n uint64) uint64 { return n * 0x9E3779B97F4A7C15 >> shift }
	size := 1<<(64-shift)/64 + 1
	once, again := make([]uint64, size), make([]uint64, size)
	shared := 0
	for _, n := range all {
		k := spread(n)
		if bit := uint64(1) << (k % 64); once[k/64]&bit == 0 {
			once[k/64] |= bit
		} else {
			again[k/64] |= bit
			shared++
		}
	}
	if shared == 0 {
		return len(all)
	}
	alone := 0
	seen := make(map[uint64]struct{}, 2*shared)
	for _, n := range all {
		if k := spread(n); again[k/64]&(1<<(k%64)) == 0 {
			alone++
		} else {
			seen[n] = struct{}{}
		}
	}
	return alone + len(seen)
}
