package store

import (
	"errors"
	"os"
)

// segment is a file of the journal.
type segment struct {
	first uint64 // number of its first frame
	safe  int64  // bytes known to be on disk
	file  File
}

// append writes a frame and syncs it. After an error the frame goes to a new
// segment, when what the error left is cleared away.
func (f *files) append(w *waitingFrame) (size int, err error) {
	if w.packed == nil {
		at := int64(fileHead)
		if f.segment != nil {
			at = f.segment.safe
		}
		w.packed = toPage(f.pack.append(nil, frame{kind: frameChanges, number: w.number, raw: w.raw}), at)
	}
	if err := f.heal(); err != nil {
		return 0, err
	}
	if f.segment == nil {
		return len(w.packed) + fileHead, f.start(w)
	}
	seg := f.segment
	if _, err = seg.file.Write(w.packed); err == nil {
		err = seg.file.Sync()
	}
	if err != nil {
		f.abandon(seg)
		return 0, err
	}
	seg.safe += int64(len(w.packed))
	return len(w.packed), nil
}

// start writes a frame as the first of a new segment.
func (f *files) start(w *waitingFrame) error {
	file, err := f.fs.Create(f.path(journalFile(w.number)))
	if err != nil {
		return err
	}
	seg := &segment{first: w.number, file: file}
	_, err = file.Write(append(appendFileHead(nil, magicJournal), w.packed...))
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = f.fs.SyncDir(f.dir)
	}
	if err != nil {
		f.abandon(seg)
		return err
	}
	seg.safe = fileHead + int64(len(w.packed))
	f.segment = seg
	f.newSegment(seg.first)
	return nil
}

func (f *files) abandon(seg *segment) {
	_ = seg.file.Close() // what matters of it is synced
	f.segment, f.broken = nil, seg
}

// heal cuts what a failed write left behind.
func (f *files) heal() error {
	if f.broken == nil {
		return nil
	}
	name := f.path(journalFile(f.broken.first))
	var err error
	if f.broken.safe == 0 {
		if err = f.fs.Remove(name); errors.Is(err, os.ErrNotExist) {
			err = nil
		}
	} else {
		err = f.fs.Truncate(name, f.broken.safe)
	}
	if err == nil {
		f.broken = nil
	}
	return err
}

// endSegment makes the next frame begin a new one, so that the old one can go
// when two checkpoints cover it.
func (f *files) endSegment() {
	if f.segment != nil {
		_ = f.segment.file.Close() // all of it is synced
		f.segment = nil
	}
}
