package report

import (
	"context"
	"encoding/binary"
	"math/bits"
	"slices"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// hashes counts the different hashes of what matches. Those of rows are counted
// once for a state of the hours; those of open records are looked up.
func (f *finder) hashes(ctx context.Context) (int, error) {
	var parts []figure.Part
	for i := range f.views {
		if v := &f.views[i]; v.Block != nil {
			in := f.rows(v)
			parts = append(parts, figure.Part{Version: f.pick.Version(v), From: uint32(in[0]), To: uint32(in[1])})
		}
	}
	n, ok := f.tallies.Hashes(f.pick.Selector, parts)
	if !ok {
		var err error
		if n, err = f.rowHashes(ctx); err != nil {
			return 0, err
		}
		f.tallies.RememberHashes(f.pick.Selector, parts, n)
	}
	return n + f.headHashes(), nil
}

// rowHashes counts the different hashes of rows.
func (f *finder) rowHashes(ctx context.Context) (int, error) {
	var found [][]uint64
	for range workers(len(f.views)) {
		found = append(found, make([]uint64, 0, f.total/2))
	}
	err := Share(ctx, len(f.views), func(worker, i int) {
		v := &f.views[i]
		if f.counts[i].Total() == 0 {
			return
		}
		for _, row := range f.pick.Pick(v, f.rows(v), [2]int{}).Rows {
			h := v.Block.Hash(int(row))
			found[worker] = append(found[worker], binary.BigEndian.Uint64(h[:]))
		}
	})
	return distinct(slices.Concat(found...)), err
}

// headHashes counts the different hashes of open records that match and have no
// row that does.
func (f *finder) headHashes() (n int) {
	var hashes []meshcore.Hash
	seen := map[meshcore.Hash]bool{}
	for i := range f.views {
		v := &f.views[i]
		if v.Heads.Len() == 0 || f.counts[i].Total() == 0 {
			continue
		}
		for _, k := range f.tallies.Heads(f.pick, v, f.heads(v)) {
			if h := v.Heads.At(int(k)).Hash; !seen[h] {
				seen[h] = true
				hashes = append(hashes, h)
			}
		}
	}
	n = len(hashes)
	for _, places := range f.p.Store.Repeated(hashes) {
		if slices.ContainsFunc(places, f.isRow) {
			n--
		}
	}
	return n
}

// isRow tells whether an episode is a row that matches.
func (f *finder) isRow(at store.Place) bool {
	i := slices.IndexFunc(f.views, func(v store.View) bool { return v.Hour == at.Hour })
	if i < 0 || f.views[i].Block == nil {
		return false
	}
	v := &f.views[i]
	in, row := f.rows(v), rowAt(v, at.First, at.ID)
	return row >= in[0] && row < in[1] && v.Block.ID(row) == at.ID && len(f.pick.Pick(v, [2]int{row, row + 1}, [2]int{}).Rows) > 0
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
