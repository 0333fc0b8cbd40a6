package store

import (
	"encoding/binary"
	"errors"
	"os"
	"strings"

	"github.com/tidwall/buntdb"
)

// pointWalk is the walk of a checkpoint: the state at a frame.
type pointWalk struct {
	*walk
	frame uint64
	saves Saved           // what is on disk when it is
	filed map[string]bool // keys whose values are in files of hours
}

const (
	// partBytes is about how much of a checkpoint is packed at once.
	partBytes = 1 << 20
	// syncParts is how many parts, at most, of a checkpoint are written before it
	// is synced: frames must not wait for the disk to take all of it.
	syncParts = 4
)

// pointWriter writes a checkpoint's frames.
type pointWriter struct {
	out    File
	pack   packer
	frame  uint64
	each   int // bytes of a part, about
	part   ops
	parts  uint64
	size   int64
	synced int64             // of size, bytes
	after  func()            // called after each part
	filed  map[string]bool   // keys that are not put
	held   map[string]string // keys that are put only when they are released, and their values
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
	if strings.HasPrefix(key, "h/") || p.filed[key] {
		return // it is in a file of its own
	}
	if _, ok := p.held[key]; ok {
		p.held[key] = value
		return
	}
	p.part.put(key, value)
	if p.part.len() >= p.each {
		p.endPart()
	}
}

func (p *pointWriter) endPart() {
	if p.part.len() > 0 {
		p.emit(framePart, p.part.c.b)
		p.part.reset()
		p.parts++
		if p.err == nil && p.size-p.synced >= int64(syncParts*p.each) {
			p.err, p.synced = p.out.Sync(), p.size
		}
		p.after()
	}
}

// release puts what was held of keys, if there was anything.
func (p *pointWriter) release(keys ...string) {
	for _, key := range keys {
		value := p.held[key]
		if delete(p.held, key); value != "" {
			p.put(key, value)
		}
	}
}

// walkAll writes all keys, and at last what was saved of those that changed. The
// end must follow.
func (p *pointWriter) walkAll(db *buntdb.DB, w *walk) error {
	p.part.reset()
	p.write(appendFileHead(nil, magicCheckpoint))
	for done := false; !done && p.err == nil; {
		var err error
		if done, err = w.step(db, p.put); err != nil {
			return err
		}
	}
	w.rest(p.put)
	return p.err
}

func (p *pointWriter) end() error {
	p.endPart()
	p.emit(frameEnd, binary.AppendUvarint(nil, p.parts))
	return p.err
}

// writePoint writes a checkpoint, and meanwhile the frames that are cut: on a
// slow disk it takes longer than an interval. Segments that begin after it can
// be told from those that it covers.
func (s *Store) writePoint(w *pointWalk) error {
	f := s.files
	f.endSegment()
	var late error
	p := pointWriter{pack: f.pack, frame: w.frame, filed: w.filed, each: s.partBytes, after: func() {
		if late == nil {
			late = f.appendAll() // after an error, again when the checkpoint is done
		}
	}}
	err := writeWhole(f.fs, f.path(checkpointFile(w.frame)), func(out File) error {
		p.out = out
		if err := p.walkAll(s.db, w.walk); err != nil {
			return err
		}
		return p.end()
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
