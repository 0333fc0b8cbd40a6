package index

import (
	"cmp"
	"slices"
)

// buckets holds something per hour, in order of time. Nearly all that is asked
// for is the newest.
type buckets[T any] []bucket[T]

type bucket[T any] struct {
	hour int32
	v    T
}

// at gives the bucket of an hour, made if there is none. It is valid until the
// next call.
func (b *buckets[T]) at(hour int32) *T {
	if n := len(*b); n > 0 && (*b)[n-1].hour == hour {
		return &(*b)[n-1].v
	}
	i, ok := b.find(hour)
	if !ok {
		*b = slices.Insert(*b, i, bucket[T]{hour: hour})
	}
	return &(*b)[i].v
}

func (b *buckets[T]) find(hour int32) (int, bool) {
	return slices.BinarySearchFunc(*b, hour, func(e bucket[T], h int32) int { return cmp.Compare(e.hour, h) })
}

// dropBefore forgets the hours before one.
func (b *buckets[T]) dropBefore(hour int32) {
	i, _ := b.find(hour)
	*b = slices.Delete(*b, 0, i)
}

// between gives the buckets of hours from ≤ hour < to. They stay the index's.
func (b buckets[T]) between(from, to int32) buckets[T] {
	i, _ := b.find(from)
	j, _ := b.find(max(from, to))
	return b[i:j]
}
