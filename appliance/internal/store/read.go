package store

import (
	"math"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// load reads an episode.
func (s *Store) load(e episode) (mesh.Transmission, bool) {
	value, ok := s.value(e.key())
	if !ok {
		return mesh.Transmission{}, false
	}
	return s.transmission(value)
}

func (s *Store) transmission(value string) (mesh.Transmission, bool) {
	r, ok := s.spare.Get().(*record)
	if !ok {
		r = &record{}
	}
	defer s.spare.Put(r)
	if r.decode(value) != nil {
		return mesh.Transmission{}, false
	}
	return r.transmission(), true
}

// PacketByID is the episode with an ID.
func (s *Store) PacketByID(id uint64) (mesh.Transmission, bool) {
	e, ok := s.dir.ofID(id)
	if !ok {
		return mesh.Transmission{}, false
	}
	return s.load(e)
}

// Packets lists the episodes of a hash, oldest first.
func (s *Store) Packets(h meshcore.Hash) []mesh.Transmission {
	var list []mesh.Transmission
	for _, e := range s.dir.ofHash(h) {
		if tx, ok := s.load(e); ok {
			list = append(list, tx)
		}
	}
	slices.SortFunc(list, func(a, b mesh.Transmission) int {
		if before(a.First(), a.ID, b.First(), b.ID) {
			return -1
		}
		return 1
	})
	return list
}

func before(first int64, id uint64, than int64, thanID uint64) bool {
	return first < than || first == than && id < thanID
}

// ByPrefix lists at most limit hashes that begin with hex digits of any case,
// roughly the newest first.
func (s *Store) ByPrefix(hexPrefix string, limit int) []meshcore.Hash {
	return s.dir.byPrefix(hexPrefix, limit)
}

// step is how many records a reader picks at a time.
const step = 64

// Newest calls fn for the episodes whose first copy stands in from..to (Unix
// ms, to excluded), newest first, strictly before the cursor, until fn is
// false. What comes in meanwhile may be missing.
func (s *Store) Newest(before mesh.Cursor, from, to int64, fn func(mesh.Transmission) bool) {
	first, id := to, uint64(0)
	if before != (mesh.Cursor{}) && before.First < to {
		first, id = before.First, before.ID
	}
	list := make([]episode, 0, step)
	for {
		list = s.dir.older(list[:0], first, id, from)
		if len(list) == 0 || !s.each(list, fn) {
			return
		}
		last := list[len(list)-1]
		first, id = last.first, last.id
	}
}

// Scan calls fn for the episodes whose first copy stands in from..to (Unix ms,
// to excluded), oldest first, until fn is false. What comes in meanwhile may be
// missing.
func (s *Store) Scan(from, to int64, fn func(mesh.Transmission) bool) {
	if from == math.MinInt64 {
		from++
	}
	first, id := from-1, uint64(math.MaxUint64-1)
	list := make([]episode, 0, step)
	for {
		list = s.dir.newer(list[:0], first, id, to)
		if len(list) == 0 || !s.each(list, fn) {
			return
		}
		last := list[len(list)-1]
		first, id = last.first, last.id
	}
}

func (s *Store) each(list []episode, fn func(mesh.Transmission) bool) bool {
	keys := make([]string, len(list))
	for i, e := range list {
		keys[i] = e.key()
	}
	for i, value := range s.values(keys, nil) {
		tx, ok := s.transmission(value)
		if !ok {
			if tx, ok = s.load(list[i]); !ok {
				continue
			}
		}
		if !fn(tx) {
			return false
		}
	}
	return true
}
