package index

import (
	"maps"
	"slices"
)

// newestFirst lists the hours of a map, newest first.
func newestFirst[T any](hours map[uint32]T) []uint32 {
	list := slices.Sorted(maps.Keys(hours))
	slices.Reverse(list)
	return list
}

// standing orders what the parts of a map hold by where it stands. A part may
// have something that stands up to lateFirst before its hour, among what is in
// the one before: of gives all of a part that is wanted, compare orders it, at
// tells where it stands. fn gets it, newest first, until it is false.
func standing[P, T any](hours map[uint32]P, of func(hour uint32, part P, dst []T) []T, compare func(a, b T) int, at func(T) int64, fn func(T) bool) {
	var waiting []T
	for _, hour := range newestFirst(hours) {
		waiting = of(hour, hours[hour], waiting)
		slices.SortFunc(waiting, compare)
		n := 0
		for ; n < len(waiting) && at(waiting[n]) >= hourStart(hour); n++ {
			if !fn(waiting[n]) {
				return
			}
		}
		waiting = slices.Delete(waiting, 0, n)
	}
	for _, t := range waiting {
		if !fn(t) {
			return
		}
	}
}
