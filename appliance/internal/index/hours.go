package index

import (
	"maps"
	"slices"
	"sync"
)

// newestFirst lists the hours of a map, newest first.
func newestFirst[T any](hours map[uint32]T) []uint32 {
	list := slices.Sorted(maps.Keys(hours))
	slices.Reverse(list)
	return list
}

// byHour calls fn for the parts of a map, the newest hour first, until it is
// false. The map is locked for one hour at a time: nobody waits for all of them.
// Nothing of a part may be used after its call but what never changes.
func byHour[P any](mu *sync.RWMutex, parts map[uint32]*P, fn func(hour uint32, part *P) bool) {
	mu.RLock()
	hours := newestFirst(parts)
	mu.RUnlock()
	inHours(mu, parts, hours, fn)
}

// inHours is byHour for some hours, in their order.
func inHours[P any](mu *sync.RWMutex, parts map[uint32]*P, hours []uint32, fn func(hour uint32, part *P) bool) {
	one := func(hour uint32) bool {
		mu.RLock()
		defer mu.RUnlock()
		part := parts[hour]
		return part == nil || fn(hour, part)
	}
	for _, hour := range hours {
		if !one(hour) {
			return
		}
	}
}
