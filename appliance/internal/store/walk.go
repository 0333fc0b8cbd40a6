package store

import (
	"slices"
	"sync/atomic"

	"github.com/tidwall/buntdb"
)

// walk reads keys and values as they were at one moment while the writer goes
// on: the writer saves the old value of a key that it changes ahead of the walk.
// Both do their part within transactions, which keep them apart.
type walk struct {
	next     string               // keys below it are read
	end      string               // the first key that is not read; "" reads to the last
	passed   bool                 // all keys are read
	saved    map[string]savedItem // what keys ahead of the walk were
	finished atomic.Bool
}

type savedItem struct {
	value string
	was   bool // the key existed
}

func newWalk(from, end string) *walk {
	return &walk{next: from, end: end, saved: map[string]savedItem{}}
}

// changing is called by the writer, within its transaction, for each key that
// it changes.
func (w *walk) changing(key, old string, was bool) {
	if w.passed || key < w.next || w.end != "" && key >= w.end {
		return
	}
	if _, ok := w.saved[key]; !ok {
		w.saved[key] = savedItem{old, was}
	}
}

// step reads the next keys as they were.
func (w *walk) step(db *buntdb.DB, fn func(key, value string)) (done bool, err error) {
	var keys, values []string
	err = db.View(func(tx *buntdb.Tx) error {
		n := 0
		err := tx.AscendGreaterOrEqual("", w.next, func(key, value string) bool {
			if w.end != "" && key >= w.end {
				return false
			}
			n++
			w.next = key + "\x00"
			if _, ok := w.saved[key]; !ok {
				keys, values = append(keys, key), append(values, value)
			}
			return n < batch
		})
		w.passed = n < batch
		return err
	})
	for i, key := range keys {
		fn(key, values[i])
	}
	return w.passed, err
}

// rest gives what changed ahead of the walk, as it was. All steps are done.
func (w *walk) rest(fn func(key, value string)) {
	for key, item := range w.saved {
		if item.was {
			fn(key, item.value)
		}
	}
}

// walks are those under way. Only the holder of the writer's lock touches the
// list.
type walks []*walk

func (all *walks) begin(w *walk) *walk {
	*all = append(slices.DeleteFunc(*all, func(w *walk) bool { return w.finished.Load() }), w)
	return w
}

func (all walks) changing(key, old string, was bool) {
	for _, w := range all {
		if !w.finished.Load() {
			w.changing(key, old, was)
		}
	}
}
