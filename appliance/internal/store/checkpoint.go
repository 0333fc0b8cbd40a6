package store

import (
	"encoding/binary"
	"errors"
	"os"
	"sync/atomic"

	"github.com/tidwall/buntdb"
)

// walk reads the state as it was at one frame while the writer goes on: the
// writer saves the old value of a key that it changes ahead of the walk. Both
// do their part within transactions, which keep them apart.
type walk struct {
	frame    uint64
	saves    Saved                // what is on disk when it is
	next     string               // keys below it are read
	passed   bool                 // all keys are read
	saved    map[string]savedItem // what keys ahead of the walk were
	finished atomic.Bool
}

type savedItem struct {
	value string
	was   bool // the key existed
}

func newWalk(state Saved) *walk {
	return &walk{frame: state.Frame, saves: state, saved: map[string]savedItem{}}
}

// changing is called by the writer, within its transaction, for each key that
// it changes.
func (w *walk) changing(key, old string, was bool) {
	if w == nil || w.finished.Load() || w.passed || key < w.next {
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

const (
	// partBytes is about how much of a checkpoint is packed at once.
	partBytes = 1 << 20
	// syncBytes is how much of a checkpoint is written before it is synced:
	// frames must not wait for the disk to take all of it.
	syncBytes = 4 << 20
)

// pointWriter writes a checkpoint's frames.
type pointWriter struct {
	out    File
	pack   packer
	frame  uint64
	part   ops
	parts  uint64
	size   int64
	synced int64  // of size, bytes
	after  func() // called after each part
	buf    []byte
	err    error
}

func (p *pointWriter) write(b []byte) {
	if p.err == nil {
		_, p.err = p.out.Write(b)
		p.size += int64(len(b))
	}
}

func (p *pointWriter) emit(kind byte, raw []byte) {
	p.buf = p.pack.append(p.buf[:0], frame{kind: kind, number: p.frame, raw: raw})
	p.write(p.buf)
}

func (p *pointWriter) put(key, value string) {
	p.part.put(key, value)
	if p.part.len() >= partBytes {
		p.endPart()
	}
}

func (p *pointWriter) endPart() {
	if p.part.len() > 0 {
		p.emit(framePart, p.part.c.b)
		p.part.reset()
		p.parts++
		if p.err == nil && p.size-p.synced >= syncBytes {
			p.err, p.synced = p.out.Sync(), p.size
		}
		p.after()
	}
}

// walkAll writes all keys, and at last what was saved of those that changed.
func (p *pointWriter) walkAll(db *buntdb.DB, w *walk) error {
	p.part.reset()
	p.write(appendFileHead(nil, magicCheckpoint))
	for done := false; !done && p.err == nil; {
		var err error
		if done, err = w.step(db, p.put); err != nil {
			return err
		}
	}
	for key, item := range w.saved {
		if item.was {
			p.put(key, item.value)
		}
	}
	p.endPart()
	p.emit(frameEnd, binary.AppendUvarint(nil, p.parts))
	return p.err
}

// writePoint writes a checkpoint, and meanwhile the frames that are cut: on a
// slow disk it takes longer than an interval. Segments that begin after it can
// be told from those that it covers.
func (s *Store) writePoint(w *walk) error {
	f := s.files
	f.endSegment()
	var late error
	p := pointWriter{pack: f.pack, frame: w.frame, after: func() {
		if late == nil {
			late = f.appendAll() // after an error, again when the checkpoint is done
		}
	}}
	err := writeWhole(f.fs, f.path(checkpointFile(w.frame)), func(out File) error {
		p.out = out
		return p.walkAll(s.db, w)
	})
	f.endPoint(w, p.size, err)
	return err
}

// removeOutdated deletes what the last two checkpoints make superfluous. What
// cannot be deleted is read again, and skipped, by the next start.
func (f *files) removeOutdated() error {
	checkpoints, segments := f.outdated()
	var errs []error
	remove := func(name string) {
		if err := f.fs.Remove(f.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	for _, n := range checkpoints {
		remove(checkpointFile(n))
	}
	for _, n := range segments {
		remove(journalFile(n))
	}
	if len(checkpoints)+len(segments) == 0 {
		return nil
	}
	return errors.Join(append(errs, f.fs.SyncDir(f.dir))...)
}
