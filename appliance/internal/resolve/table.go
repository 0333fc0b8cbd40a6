package resolve

import "slices"

// table keeps values by two numbers, in the order in which they were first
// met: sums over them are then the same after a restart, to the last bit.
type table[V any] struct {
	keys  []uint64
	vals  []V
	slots []uint32 // 8 bits of the key's hash, 24 of its place plus one; 0 is empty
	mask  uint32
}

// maxEntries bounds a table, and with it what strangers can make a model hold:
// some 20 MB. Meshes of 4,000 nodes need a fifth of it. 24 bits hold a place.
const maxEntries = 1 << 19

func key(a, b int32) uint64 { return uint64(uint32(a))<<32 | uint64(uint32(b)) }

func unkey(k uint64) (a, b int32) { return int32(uint32(k >> 32)), int32(uint32(k)) }

func mix(k uint64) uint32 { return uint32(k * 0x9E3779B97F4A7C15 >> 32) }

// find is the place of a key, or -1.
func (t *table[V]) find(k uint64) int {
	if len(t.slots) == 0 {
		return -1
	}
	h := mix(k)
	for i := h & t.mask; ; i = (i + 1) & t.mask {
		s := t.slots[i]
		if s == 0 {
			return -1
		}
		if (s^h)&0xFF000000 == 0 {
			if n := int(s&0xFFFFFF) - 1; t.keys[n] == k {
				return n
			}
		}
	}
}

// get is the value of two numbers, or nil.
func (t *table[V]) get(a, b int32) *V {
	if n := t.find(key(a, b)); n >= 0 {
		return &t.vals[n]
	}
	return nil
}

// at is the value of two numbers, made if need be; nil when the table is full.
// It stays where it is until the next at or keep.
func (t *table[V]) at(a, b int32) *V {
	k := key(a, b)
	n := t.find(k)
	if n < 0 {
		if n = len(t.keys); n >= maxEntries {
			return nil
		}
		var zero V
		t.keys, t.vals = append(t.keys, k), append(t.vals, zero)
		if 2*len(t.keys) > len(t.slots) {
			t.index()
		} else {
			t.put(n)
		}
	}
	return &t.vals[n]
}

// keep drops what f refuses.
func (t *table[V]) keep(f func(a, b int32, v *V) bool) {
	n := 0
	for i, k := range t.keys {
		if a, b := unkey(k); f(a, b, &t.vals[i]) {
			t.keys[n], t.vals[n] = k, t.vals[i]
			n++
		}
	}
	if n < len(t.keys) {
		t.keys, t.vals = t.keys[:n], t.vals[:n]
		t.index()
	}
}

// index makes the slots anew, at most half full for a while to come.
func (t *table[V]) index() {
	size := 256
	for size < 3*len(t.keys) {
		size *= 2
	}
	t.slots, t.mask = make([]uint32, size), uint32(size-1)
	for n := range t.keys {
		t.put(n)
	}
}

func (t *table[V]) put(n int) {
	h := mix(t.keys[n])
	i := h & t.mask
	for t.slots[i] != 0 {
		i = (i + 1) & t.mask
	}
	t.slots[i] = h&0xFF000000 | uint32(n+1)
}

func (t *table[V]) clone() table[V] {
	c := table[V]{keys: slices.Clone(t.keys), vals: slices.Clone(t.vals)}
	c.index()
	return c
}
