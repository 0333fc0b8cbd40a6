package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// LoadReport says what Load found.
type LoadReport struct {
	Checkpoint uint64 // frame of the checkpoint that was loaded; 0 none
	Frames     int    // read from the journal after it
	Frame      uint64 // the last one
	Missing    uint64 // frames that the journal should have and does not
	Skipped    int64  // changes that could not be repeated, as what they rest on is missing
	Problems   []Problem
}

// loader reads the data directory. It changes no file.
type loader struct {
	s        *Store
	ctx      context.Context
	progress func(done, total int64)
	unpack   unpacker
	names    []string
	done     int64 // bytes
	total    int64 // bytes
	applied  uint64
	highest  uint64 // number in any file's name that stays
	newer    bool
	damaged  bool
	raw      []byte
	report   LoadReport
}

// Load reads the newest good checkpoint and the frames after it. It is the
// first thing to do with a store; what it cannot read is named in the report
// and stays where it is, or is set aside by the first write. After an error,
// also that of ctx, nothing is ever written: open another store to try again.
// progress may be nil; it is given bytes read and to read.
func (s *Store) Load(ctx context.Context, progress func(done, total int64)) (LoadReport, error) {
	s.w.Lock()
	defer s.w.Unlock()
	if s.loading {
		return LoadReport{}, errors.New("load: was begun before")
	}
	s.loading = true
	if progress == nil {
		progress = func(int64, int64) {}
	}
	l := loader{s: s, ctx: ctx, progress: progress, unpack: newUnpacker()}
	defer l.unpack.z.Close()
	if err := l.run(); err != nil {
		return l.report, fmt.Errorf("load: %w", err)
	}
	l.finish()
	return l.report, nil
}

func (l *loader) run() (err error) {
	f := l.s.files
	l.names, err = f.fs.ReadDir(f.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	slices.Sort(l.names)
	f.seen = stateFiles(l.names)
	for _, name := range l.names {
		if strings.HasSuffix(name, ".tmp") {
			f.tidy = append(f.tidy, chore{name: name, erase: true})
		}
	}
	points, segments := l.numbers("checkpoint-"), l.numbers("journal-")
	for _, name := range l.names {
		_, _, isHour := hourOfFile(name)
		_, _, isNames := namesOfFile(name)
		if !isHour && !isNames && !slices.Contains(f.seen, name) {
			continue
		}
		if n, err := f.fs.Size(f.path(name)); err == nil {
			l.total += n
		}
	}
	l.step(0)
	if err := l.loadPoints(points); err != nil {
		return err
	}
	for _, first := range segments {
		if err := l.segment(first); err != nil {
			return err
		}
	}
	if err := l.hours(); err != nil {
		return err
	}
	l.step(l.total - l.done) // files set aside by former runs, hours beyond the budget
	return nil
}

func (l *loader) step(bytes int64) {
	l.done += bytes
	l.progress(min(l.done, l.total), l.total)
}

// numbers lists the numbers of files with a prefix, ascending, and notes those
// of files set aside too.
func (l *loader) numbers(prefix string) (list []uint64) {
	for _, name := range l.names {
		n, exact, ok := numberIn(name, prefix)
		if ok && exact {
			list = append(list, n)
		} else if ok && !strings.HasSuffix(name, ".tmp") {
			l.highest = max(l.highest, n)
		}
	}
	slices.Sort(list)
	return list
}

func (l *loader) problem(file, what, do string) {
	p := Problem{File: file, What: what, Do: do}
	l.report.Problems = append(l.report.Problems, p)
	l.s.files.problem(p)
}

func (l *loader) isNewer(name string, number uint64) {
	l.newer = true
	l.highest = max(l.highest, number)
	l.problem(name, "was written by a newer version of hilltop and is not loaded",
		"Install that version again to see what it holds; this one leaves the file as it is.")
}

// setAside has a damaged file renamed: at once, or when a checkpoint has what
// could be read of it.
func (l *loader) setAside(name string, number uint64, what string, atOnce bool) {
	l.damaged = true
	l.highest = max(l.highest, number)
	to, f := l.damagedName(name), l.s.files
	if atOnce {
		f.tidy = append(f.tidy, chore{name: name, to: to})
	} else {
		f.after = append(f.after, chore{name: name, to: to})
	}
	l.problem(to, what, "The rest is loaded. Check the disk or card; delete this file when it is not needed for a repair.")
}

// loadPoints loads the newest checkpoint that is whole, and notes which others
// are.
func (l *loader) loadPoints(points []uint64) error {
	f := l.s.files
	for _, n := range slices.Backward(points) {
		name := checkpointFile(n)
		b, err := f.fs.ReadFile(f.path(name))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		switch parts, err := checkPoint(b, n); {
		case errors.Is(err, errNewer):
			l.isNewer(name, n)
		case err != nil:
			l.setAside(name, n, "is a damaged checkpoint", true)
		case l.report.Checkpoint == 0:
			l.s.old = unverified(b)
			if err := l.loadPoint(parts); err != nil {
				return err
			}
			l.report.Checkpoint, l.applied = n, n
			f.checkpoints = append([]uint64{n}, f.checkpoints...)
			continue
		default:
			f.checkpoints = append([]uint64{n}, f.checkpoints...)
		}
		l.step(int64(len(b)))
	}
	f.mu.Lock()
	f.h.CheckpointFrame = l.report.Checkpoint
	f.mu.Unlock()
	return nil
}

// checkPoint tells whether a checkpoint is whole, and gives its parts.
func checkPoint(b []byte, number uint64) (parts []packedFrame, err error) {
	if err := checkFileHead(b, magicCheckpoint); err != nil {
		return nil, err
	}
	for b = b[fileHead:]; len(b) > 0; {
		var f packedFrame
		if f, b, err = cutFrame(b); err != nil || f.number != number {
			return nil, errDamaged
		}
		if f.kind == frameEnd {
			u := newUnpacker()
			defer u.z.Close()
			raw, err := u.open(f, nil)
			n, size := binary.Uvarint(raw)
			if err != nil || size <= 0 || n != uint64(len(parts)) || len(b) > 0 {
				return nil, errDamaged
			}
			return parts, nil
		}
		parts = append(parts, f)
	}
	return nil, errDamaged
}

func (l *loader) loadPoint(parts []packedFrame) error {
	for _, part := range parts {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		if err := l.apply(part); err != nil {
			// Its checksum is right, so it was written so.
			l.report.Skipped++
		}
		l.step(int64(frameHead + len(part.body)))
	}
	return nil
}

func (l *loader) apply(f packedFrame) (err error) {
	if l.raw, err = l.unpack.open(f, l.raw); err != nil {
		return err
	}
	l.report.Skipped += l.s.apply(l.raw)
	return nil
}

// segment reads a file of the journal.
func (l *loader) segment(first uint64) error {
	f, name := l.s.files, journalFile(first)
	b, err := f.fs.ReadFile(f.path(name))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	switch err := checkFileHead(b, magicJournal); {
	case errors.Is(err, errNewer):
		l.isNewer(name, first)
		return nil
	case errors.Is(err, errTorn):
		// The machine stopped while the file was being made.
		f.tidy = append(f.tidy, chore{name: name, erase: true})
		return nil
	case err != nil:
		l.setAside(name, first, "is a damaged journal", true)
		return nil
	}
	l.highest = max(l.highest, first)
	f.segments = append(f.segments, first)
	l.s.old = unverified(b)
	return l.frames(name, first, b)
}

func (l *loader) frames(name string, first uint64, b []byte) error {
	bad, torn := 0, -1
	for at := fileHead; at < len(b); {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		p, rest, err := cutFrame(b[at:])
		if err == nil && l.next(p, len(b)-at-len(rest)) {
			l.step(int64(len(b) - at - len(rest)))
			at = len(b) - len(rest)
			continue
		}
		next := nextFrame(b[at:])
		if at+next >= len(b) && errors.Is(err, errTorn) {
			torn = at
			break
		}
		bad++
		at += next
	}
	switch {
	case bad > 0:
		l.setAside(name, first, fmt.Sprintf("has damage in %d places; what is whole is loaded", bad), false)
	case torn >= 0:
		f := l.s.files
		f.tidy = append(f.tidy, chore{name: name, size: int64(torn)})
		f.log.Info("journal ends within a frame: the last run did not end by itself", "file", name, "bytes", len(b)-torn)
	}
	return nil
}

// next repeats a frame if it is new; false if it is damaged after all.
func (l *loader) next(p packedFrame, size int) bool {
	if p.kind != frameChanges {
		return false
	}
	if p.number <= l.applied {
		return true
	}
	if err := l.apply(p); err != nil {
		return false
	}
	l.report.Missing += p.number - l.applied - 1
	l.applied = p.number
	l.report.Frames++
	f := l.s.files
	f.mu.Lock()
	f.h.JournalBytes += int64(size)
	f.mu.Unlock()
	return true
}

// newerGap is left in the numbers of frames above a newer version's file, so
// that it finds no number twice.
const newerGap = 1 << 20

// finish lets writing begin.
func (l *loader) finish() {
	s, f := l.s, l.s.files
	s.frame = max(l.applied, l.highest)
	if l.newer {
		s.frame += newerGap
	}
	if l.damaged {
		s.frame++ // a checkpoint of this state needs a name of its own
	}
	l.report.Frame = l.applied
	f.mu.Lock()
	f.h.Saved = Saved{Frame: l.applied, Cut: f.now(), Observations: s.dir.counts().Observations}
	f.wantPoint = f.wantPoint || l.damaged || l.report.Skipped > 0
	f.mu.Unlock()
	s.loaded.Store(true)
}
