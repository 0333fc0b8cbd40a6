package column

import (
	"slices"
	"testing"
)

// A tree that is read alone is the row's, in the memory that was given.
func TestTreeOfIsTheRows(t *testing.T) {
	var parents []uint32
	for seed := range uint64(20) {
		rows := sorted(anyRows(seed, 50, seed%2 == 1))
		h := open(t, encode(t, rows))
		for i, row := range rows {
			want, got := row.Tree, h.TreeOf(i, parents)
			if got.Header != want.Header || got.Transport != want.Transport || got.Width != want.Width ||
				!slices.Equal(got.HopBytes, want.HopBytes) || !slices.Equal(got.Parents, want.Parents) {
				t.Fatalf("seed %d, row %d: want %+v, have %+v", seed, i, want, got)
			}
			if got.Width > 0 {
				parents = got.Parents
			}
		}
	}
}
