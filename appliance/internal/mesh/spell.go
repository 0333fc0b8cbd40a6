package mesh

import (
	"cmp"
	"slices"

	"hilltop/firmware-bridge/meshcore"
)

// Spell is a time in which something had one value, as far as is known: it was
// said at From, it was said at To, and nothing else in between.
type Spell[T comparable] struct {
	Value    T
	From, To int64         // Unix ms
	Hash     meshcore.Hash // of the packet that said so at From; zero if none did
}

// Place is a position in millionths of a degree, north and east.
type Place struct{ LatE6, LonE6 int32 }

// NodePast is what a node said of itself over time, oldest first. It outlives
// the packets that said so. It is never changed: a node gets a new one.
type NodePast struct {
	Names  []Spell[string]
	Places []Spell[Place]
	Widths []Spell[uint8] // bytes per hop, of its flood adverts
}

// ObserverPast is where an observer was and what it ran over time, likewise.
type ObserverPast struct {
	Regions   []Spell[string]
	Firmwares []Spell[string]
	Repeats   []Spell[Tri] // whether it relays
}

// SpellsKept is how many spells of one thing are kept, the latest.
const SpellsKept = 16

// Tell gives the spells with what was said at a time, Unix ms, by a packet. It
// need not be the latest: what comes in late finds its place. The list that is
// given stays as it is.
func Tell[T comparable](list []Spell[T], at int64, value T, hash meshcore.Hash) []Spell[T] {
	if n := len(list); n > 0 && list[n-1].Value == value && at > list[n-1].To {
		list = slices.Clone(list)
		list[n-1].To = at
		return list
	}
	next, _ := slices.BinarySearchFunc(list, at, func(s Spell[T], at int64) int {
		if s.From <= at {
			return -1
		}
		return 1
	})
	here := Spell[T]{value, at, at, hash}
	switch {
	case next > 0 && at <= list[next-1].To && list[next-1].Value == value:
		return list // known
	case next > 0 && at < list[next-1].To:
		return bounded(split(list, next-1, here))
	}
	return bounded(join(slices.Insert(slices.Clone(list), next, here), next))
}

// split puts a spell within another that says otherwise.
func split[T comparable](list []Spell[T], i int, here Spell[T]) []Spell[T] {
	before, after := list[i], list[i]
	before.To = max(before.From, here.From-1)
	after.From, after.Hash = min(after.To, here.To+1), meshcore.Hash{}
	return slices.Replace(slices.Clone(list), i, i+1, before, here, after)
}

// join makes one of a new spell and those beside it that say the same.
func join[T comparable](list []Spell[T], i int) []Spell[T] {
	if i+1 < len(list) && list[i+1].Value == list[i].Value {
		list[i].To = list[i+1].To
		list = slices.Delete(list, i+1, i+2)
	}
	if i > 0 && list[i-1].Value == list[i].Value {
		list[i-1].To = max(list[i-1].To, list[i].To)
		list = slices.Delete(list, i, i+1)
	}
	return list
}

// bounded lets go of the oldest.
func bounded[T comparable](list []Spell[T]) []Spell[T] {
	return list[max(0, len(list)-SpellsKept):]
}

// At is the value at a time, Unix ms: that of the spell in which it lies, else
// of the one before; false if there is none.
func At[T comparable](list []Spell[T], at int64) (value T, ok bool) {
	i, _ := slices.BinarySearchFunc(list, at, func(s Spell[T], at int64) int { return cmp.Or(cmp.Compare(s.From, at), -1) })
	if i == 0 {
		return value, false
	}
	return list[i-1].Value, true
}
