package store

import (
	"math"
	"slices"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// load reads an episode. An open record may have become a row between looking
// it up and reading it, or the other way round, so it is looked up again.
func (s *Store) load(e episode) (mesh.Transmission, bool) {
	for range 3 {
		if e.block != nil {
			return e.block.Transmission(e.row), true
		}
		if value, ok := s.value(e.key()); ok {
			return s.transmission(value)
		}
		var ok bool
		if e, ok = s.dir.ofID(e.id); !ok {
			break
		}
	}
	return mesh.Transmission{}, false
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

// shower shows packets in memory that it uses again.
type shower struct {
	column.Reader
	record
	shown mesh.Scanned
}

// ShowByID shows fn the episode with an ID, and tells whether it is held. What fn is
// shown is valid until it returns.
func (s *Store) ShowByID(id uint64, fn func(*mesh.Scanned)) bool {
	r, ok := s.showers.Get().(*shower)
	if !ok {
		r = &shower{}
	}
	defer s.showers.Put(r)
	for range 3 { // as in load
		e, ok := s.dir.ofID(id)
		if !ok {
			return false
		}
		if e.block != nil {
			fn(r.Row(e.block, e.row))
			return true
		}
		if value, ok := s.value(e.key()); ok {
			if r.decode(value) != nil {
				return false
			}
			r.scan(&r.shown)
			fn(&r.shown)
			return true
		}
	}
	return false
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

// ByPrefix lists at most limit hashes that begin with hex digits of any case,
// roughly the newest first.
func (s *Store) ByPrefix(hexPrefix string, limit int) []meshcore.Hash {
	return s.dir.byPrefix(hexPrefix, limit)
}

// LastArrival is when what is kept in an open record arrived last, Unix ms, also of
// what waits for an hour that is not loaded; 0 if there is none.
func (s *Store) LastArrival() int64 { return s.dir.lastTouched() }

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
	var keys []string
	for _, e := range list {
		if e.block == nil {
			keys = append(keys, e.key())
		}
	}
	var values []string
	if len(keys) > 0 {
		values = s.values(keys, nil)
	}
	for _, e := range list {
		tx, ok := mesh.Transmission{}, false
		if e.block == nil {
			tx, ok = s.transmission(values[0])
			values = values[1:]
		}
		if !ok {
			if tx, ok = s.load(e); !ok {
				continue
			}
		}
		if !fn(tx) {
			return false
		}
	}
	return true
}
