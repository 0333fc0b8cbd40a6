package store

import (
	"hash/maphash"

	"hilltop/firmware-bridge/meshcore"
)

// ref says where an episode is: the slot of an open record, or a row of a
// sealed hour. 0 is none.
type ref uint32

// openRef marks the refs of open records.
const openRef ref = 1 << 31

func (r ref) open() bool { return r&openRef != 0 }

func (r ref) slot() int32 { return int32(r &^ openRef) }

// hashTable finds the episodes of a hash. It is many small tables, so that one
// that grows holds nobody up; each has open addresses, and an episode has 4
// bytes in it. The hashes themselves are where the refs lead.
type hashTable struct {
	seed   maphash.Seed // hashes come from outside: nobody shall choose where they go
	shards [1024]hashShard
	hashOf func(ref) meshcore.Hash
}

type hashShard struct {
	refs []ref // 0 is free; a power of two of them
	used int
}

func newHashTable(hashOf func(ref) meshcore.Hash) *hashTable {
	return &hashTable{seed: maphash.MakeSeed(), hashOf: hashOf}
}

func (t *hashTable) shard(h meshcore.Hash) (*hashShard, uint64) {
	n := maphash.Bytes(t.seed, h[:])
	return &t.shards[n%uint64(len(t.shards))], n / uint64(len(t.shards))
}

// find appends the refs of a hash.
func (t *hashTable) find(h meshcore.Hash, into []ref) []ref {
	s, at := t.shard(h)
	if s.used == 0 {
		return into
	}
	mask := uint64(len(s.refs) - 1)
	for i := at & mask; s.refs[i] != 0; i = (i + 1) & mask {
		if t.hashOf(s.refs[i]) == h {
			into = append(into, s.refs[i])
		}
	}
	return into
}

func (t *hashTable) add(h meshcore.Hash, r ref) {
	s, at := t.shard(h)
	if 4*(s.used+1) > 3*len(s.refs) {
		t.grow(s)
	}
	s.put(at, r)
	s.used++
}

func (s *hashShard) put(at uint64, r ref) {
	mask := uint64(len(s.refs) - 1)
	i := at & mask
	for s.refs[i] != 0 {
		i = (i + 1) & mask
	}
	s.refs[i] = r
}

func (t *hashTable) grow(s *hashShard) {
	old := s.refs
	s.refs = make([]ref, max(8, 2*len(old)))
	for _, r := range old {
		if r != 0 {
			_, at := t.shard(t.hashOf(r))
			s.put(at, r)
		}
	}
}

// place is where a ref is in its shard; false if it is not there.
func (s *hashShard) place(at uint64, r ref) (i uint64, ok bool) {
	if s.used == 0 {
		return 0, false
	}
	mask := uint64(len(s.refs) - 1)
	for i = at & mask; s.refs[i] != 0; i = (i + 1) & mask {
		if s.refs[i] == r {
			return i, true
		}
	}
	return 0, false
}

// replace makes an episode's hash lead elsewhere.
func (t *hashTable) replace(h meshcore.Hash, from, to ref) {
	s, at := t.shard(h)
	if i, ok := s.place(at, from); ok {
		s.refs[i] = to
	}
}

// remove takes a ref out, and moves those up that had to go beyond it.
func (t *hashTable) remove(h meshcore.Hash, r ref) {
	s, at := t.shard(h)
	hole, ok := s.place(at, r)
	if !ok {
		return
	}
	mask := uint64(len(s.refs) - 1)
	for i := (hole + 1) & mask; s.refs[i] != 0; i = (i + 1) & mask {
		_, home := t.shard(t.hashOf(s.refs[i]))
		if (i-home)&mask >= (i-hole)&mask {
			s.refs[hole], hole = s.refs[i], i
		}
	}
	s.refs[hole] = 0
	s.used--
}
