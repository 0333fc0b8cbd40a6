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
// once for a state of the hours, and of each chunk of open records it is found out
// once which of them rows have as well.
func (f *finder) hashes(ctx context.Context) (int, error) {
	var parts []figure.Part
	for i := range f.views {
		if v := &f.views[i]; v.Block != nil {
			in := f.rows(v)
			parts = append(parts, figure.Part{Version: f.pick.Version(v), From: uint32(in[0]), To: uint32(in[1])})
		}
	}
	known, ok := f.tallies.Hashes(f.pick.Selector, parts)
	now := figure.Hashes{Parts: parts, Rows: known.Rows, Shared: map[uint64][]meshcore.Hash{}}
	if !ok {
		known.Shared = nil
		var err error
		if now.Rows, err = f.rowHashes(ctx); err != nil {
			return 0, err
		}
	}
	n, changed := f.headHashes(known.Shared, now.Shared)
	if !ok || changed {
		f.tallies.RememberHashes(f.pick.Selector, now)
	}
	return now.Rows + n, nil
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
// row that does. known is which of them rows have, by chunk; now takes the same of the
// chunks that are wanted whole, and changed tells whether they differ.
func (f *finder) headHashes(known, now map[uint64][]meshcore.Hash) (n int, changed bool) {
	var all []uint64
	both := map[meshcore.Hash]struct{}{}
	for i := range f.views {
		v := &f.views[i]
		in := f.heads(v)
		if in[0] >= in[1] || f.counts[i].Total() == 0 {
			continue
		}
		list := f.tallies.Heads(f.pick, v, in)
		for len(list) > 0 {
			k := int(list[0]) / store.HeadsInChunk
			from := k * store.HeadsInChunk
			to := min(from+store.HeadsInChunk, v.Heads.Len())
			end, _ := slices.BinarySearch(list, uint32(to))
			chunk := list[:end]
			list = list[end:]
			for _, at := range chunk {
				h := &v.Heads.At(int(at)).Hash
				all = append(all, binary.BigEndian.Uint64(h[:]))
			}
			serial := v.Heads.Serial(k)
			shared, is := known[serial]
			if !is {
				shared = f.sharedWithRows(v, chunk)
			}
			if from >= in[0] && to <= in[1] {
				now[serial], changed = shared, changed || !is
			}
			for _, h := range shared {
				both[h] = struct{}{}
			}
		}
	}
	return distinct(all) - len(both), changed || len(now) != len(known)
}

// sharedWithRows are the hashes of some heads of a view that a row which matches has.
func (f *finder) sharedWithRows(v *store.View, heads []uint32) (shared []meshcore.Hash) {
	hashes := make([]meshcore.Hash, len(heads))
	for i, at := range heads {
		hashes[i] = v.Heads.At(int(at)).Hash
	}
	for h, places := range f.p.Store.Repeated(hashes) {
		if slices.ContainsFunc(places, f.isRow) {
			shared = append(shared, h)
		}
	}
	return shared
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
