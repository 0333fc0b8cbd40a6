package store

import (
	"fmt"
	"maps"
	"strings"

	"hilltop/appliance/internal/mesh"
)

// ringSize is how many of the last refused things can be viewed.
const ringSize = 100

// ring keeps the last of what was refused, and counts all of it.
type ring[T any] struct {
	name   string
	next   uint64 // number of the next one; the first is 1
	last   [ringSize]numbered[T]
	counts map[[2]string]int64
}

func newRing[T any](name string) ring[T] {
	return ring[T]{name: name, next: 1, counts: map[[2]string]int64{}}
}

// add takes one in, and notes which keys changed.
func (r *ring[T]) add(v T, by [2]string, dirty map[string]func() (string, bool), describe func(*codec, *numbered[T])) {
	slot := r.next % ringSize
	r.last[slot] = numbered[T]{seq: r.next, value: v}
	r.next++
	r.counts[by]++
	dirty[r.name+"/"+slotKey(slot)] = func() (string, bool) { return found(pack(&r.last[slot], describe)) }
	dirty[r.name+"/"+countKey(by)] = func() (string, bool) {
		return found(pack(&count{by[0], by[1], r.counts[by]}, (*codec).count))
	}
}

func slotKey(slot uint64) string { return fmt.Sprintf("%02x", slot) }

func countKey(by [2]string) string { return fmt.Sprintf("n/%q/%q", by[0], by[1]) }

// load takes a stored value, if it belongs to its key.
func (r *ring[T]) load(rest, value string, describe func(*codec, *numbered[T])) bool {
	if strings.HasPrefix(rest, "n/") {
		n, ok := unpack(value, (*codec).count)
		by := [2]string{n.a, n.b}
		if ok = ok && rest == countKey(by); ok {
			r.counts[by] = n.n
		}
		return ok
	}
	v, ok := unpack(value, describe)
	if ok = ok && v.seq > 0 && rest == slotKey(v.seq%ringSize); ok {
		r.last[v.seq%ringSize] = v
		r.next = max(r.next, v.seq+1)
	}
	return ok
}

// newestFirst lists what can be viewed.
func (r *ring[T]) newestFirst() []T {
	list := make([]T, 0, min(r.next-1, ringSize))
	for seq := r.next - 1; seq > 0 && seq+ringSize >= r.next; seq-- {
		if n := r.last[seq%ringSize]; n.seq == seq {
			list = append(list, n.value)
		}
	}
	return list
}

// CountMalformed counts a message that could not be used, and keeps it for
// viewing until a hundred more came.
func (s *Store) CountMalformed(m mesh.Malformed) {
	s.facts.mu.Lock()
	defer s.facts.mu.Unlock()
	s.facts.malformed.add(m, [2]string{m.Reason, m.Source}, s.facts.dirty, (*codec).malformed)
}

// Malformed says what could not be used.
func (s *Store) Malformed() mesh.MalformedView {
	s.facts.mu.RLock()
	defer s.facts.mu.RUnlock()
	view := mesh.MalformedView{Counts: map[string]map[string]int64{}, Last: s.facts.malformed.newestFirst()}
	for by, n := range s.facts.malformed.counts {
		if view.Counts[by[0]] == nil {
			view.Counts[by[0]] = map[string]int64{}
		}
		view.Counts[by[0]][by[1]] = n
	}
	return view
}

// CountRejected counts an advert that made no node, and keeps it for viewing
// until a hundred more came.
func (s *Store) CountRejected(r mesh.RejectedAdvert) {
	s.facts.mu.Lock()
	defer s.facts.mu.Unlock()
	s.facts.rejected.add(r, [2]string{r.Reason, ""}, s.facts.dirty, (*codec).rejected)
}

// Rejected says which adverts made no node.
func (s *Store) Rejected() mesh.RejectedView {
	s.facts.mu.RLock()
	defer s.facts.mu.RUnlock()
	view := mesh.RejectedView{Counts: map[string]int64{}, Last: s.facts.rejected.newestFirst()}
	for by, n := range maps.All(s.facts.rejected.counts) {
		view.Counts[by[0]] = n
	}
	return view
}
