package store

import (
	"slices"
	"strings"

	"github.com/tidwall/buntdb"
)

// value reads a key. Values never change; a new one takes its place.
func (s *Store) value(key string) (value string, ok bool) {
	err := s.db.View(func(tx *buntdb.Tx) (err error) {
		value, err = tx.Get(key)
		return err
	})
	return value, err == nil
}

// values reads many keys at once; those that are not there are "".
func (s *Store) values(keys []string, into []string) []string {
	_ = s.db.View(func(tx *buntdb.Tx) error {
		for _, key := range keys {
			value, _ := tx.Get(key)
			into = append(into, value)
		}
		return nil
	})
	return into
}

// set stores a value. buntdb in memory gives no error but for a closed
// database, in which nothing matters any more.
func (s *Store) set(key, value string) {
	_ = s.db.Update(func(tx *buntdb.Tx) error {
		old, replaced, err := tx.Set(key, value, nil)
		s.walks.changing(key, old, replaced)
		return err
	})
}

// batch is how many keys one transaction touches at most, so that nobody waits
// longer than a millisecond.
const batch = 1000

func (s *Store) deleteAll(keys []string) {
	for len(keys) > 0 {
		n := min(batch, len(keys))
		_ = s.db.Update(func(tx *buntdb.Tx) error {
			for _, key := range keys[:n] {
				old, err := tx.Delete(key)
				s.walks.changing(key, old, err == nil)
			}
			return nil
		})
		keys = keys[n:]
	}
}

// deleteBoth deletes keys here and in frames, and lets the writer in between.
func (s *Store) deleteBoth(keys []string) {
	for some := range slices.Chunk(keys, recordBatch) {
		s.w.Lock()
		for _, key := range some {
			s.pending.delete(key)
		}
		s.deleteAll(some)
		s.w.Unlock()
	}
}

// under lists keys and values with a prefix, in batches.
func (s *Store) under(prefix string, fn func(key, value string)) {
	s.ascend(prefix, func(key string) bool { return strings.HasPrefix(key, prefix) }, fn)
}

// span lists keys and values from a key to another, both included, in batches.
func (s *Store) span(from, to string, fn func(key, value string)) {
	s.ascend(from, func(key string) bool { return key <= to }, fn)
}

// ascend lists keys and values from a key on, as long as they are wanted, in
// batches.
func (s *Store) ascend(from string, want func(key string) bool, fn func(key, value string)) {
	for {
		var keys, values []string
		_ = s.db.View(func(tx *buntdb.Tx) error {
			return tx.AscendGreaterOrEqual("", from, func(key, value string) bool {
				if !want(key) {
					return false
				}
				keys, values = append(keys, key), append(values, value)
				return len(keys) < batch
			})
		})
		for i, key := range keys {
			fn(key, values[i])
		}
		if len(keys) < batch {
			return
		}
		from = keys[len(keys)-1] + "\x00"
	}
}
