package simmesh

import "slices"

func reversed(route []int32) []int32 {
	out := slices.Clone(route)
	slices.Reverse(out)
	return out
}

// maxPaths is how many routes are remembered.
const maxPaths = 6000

func (t *traffic) learn(src, dst int32, route []int32) {
	key := uint64(src)<<32 | uint64(dst)
	if _, known := t.paths[key]; !known {
		if len(t.pathKeys) == maxPaths {
			delete(t.paths, t.pathKeys[0])
			t.pathKeys = t.pathKeys[1:]
		}
		t.pathKeys = append(t.pathKeys, key)
	}
	t.paths[key] = route
}

func (t *traffic) known(src, dst int32) ([]int32, bool) {
	route, ok := t.paths[uint64(src)<<32|uint64(dst)]
	return route, ok
}
