package store

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// files is the data directory of a store: the lock, the journal's segments, the
// checkpoints, and the frames that wait for the disk.
type files struct {
	fs      FS
	dir     string
	kind    string
	version string
	log     *slog.Logger
	now     func() time.Time
	kick    chan struct{} // a frame waits; of capacity 1

	saving sync.Mutex // held by whoever writes
	disk

	mu sync.Mutex // held for moments only
	queue
}

// disk is what only the holder of saving touches.
type disk struct {
	release func() error // of the lock; nil if the directory is not locked
	seen    []string     // what Load found in the directory
	pack    packer
	segment *segment // that is being written; nil none
	broken  *segment // whose last write failed; nil none
	tidy    []chore  // what Load leaves to do
	after   []chore  // what waits for a checkpoint made since
}

// queue is guarded by mu.
type queue struct {
	waiting     []*waitingFrame // oldest first; a frame itself is the saver's
	waitingSize int64
	dropped     bool // waiting frames were given up: only a checkpoint helps
	droppedTo   uint64
	h           Health
	news        chan struct{} // closed, and made anew, when something was saved or could not be
	failures    uint64        // attempts to save that did not succeed
	segments    []uint64      // first frames of the journal's segments, ascending
	checkpoints []uint64      // frames of the good checkpoints, ascending
	lastPoint   time.Time
	wantPoint   bool
	point       *pointWalk        // of the checkpoint to write; nil none
	pointFrom   int64             // JournalBytes when that walk began
	generations map[uint32]uint32 // the greatest of each hour's files
	leaving     []leavingFile
	pins        int       // backups that may still read files that leave
	missing     []Problem // what the last backup does not have
}

// waitingFrame is a frame on its way to the disk. Once packed it stays as it
// is, however often it must be written.
type waitingFrame struct {
	number uint64
	raw    []byte
	packed []byte // by the saver; nil before
	saves  Saved  // what is on disk when it is
}

func newFiles(o Options) *files {
	f := &files{fs: o.FS, dir: o.Dir, kind: o.Kind, version: o.Version, log: o.Log, now: o.Now, kick: make(chan struct{}, 1)}
	f.h.Dir = o.Dir
	f.generations = map[uint32]uint32{}
	f.news = make(chan struct{})
	f.pack = newPacker()
	return f
}

func journalFile(first uint64) string    { return fmt.Sprintf("journal-%016x", first) }
func checkpointFile(frame uint64) string { return fmt.Sprintf("checkpoint-%016x", frame) }

// numberIn reads the number of a file's name, also of one set aside.
func numberIn(name, prefix string) (n uint64, exact, ok bool) {
	hex, ok := strings.CutPrefix(name, prefix)
	if !ok || len(hex) < 16 {
		return 0, false, false
	}
	n, err := strconv.ParseUint(hex[:16], 16, 64)
	return n, len(hex) == 16, err == nil
}

func (f *files) failed(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	words := inWords(err)
	if f.h.LastError == "" {
		f.h.Since = f.now()
		f.log.Warn("data directory cannot be written", "error", err)
	}
	f.h.LastError = words
	f.failures++
	f.tell()
}

// tell wakes who waits for news. mu is held.
func (f *files) tell() {
	close(f.news)
	f.news = make(chan struct{})
}

// well notes that all that was to be written is.
func (f *files) well() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.h.LastError != "" {
		f.log.Info("data directory can be written again")
	}
	f.h.LastError, f.h.Since = "", time.Time{}
}

// done notes that a state is on disk. A checkpoint may be of an older one than
// the frames that were written meanwhile.
func (f *files) done(s Saved) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.h.LastCommit = f.now()
	if s.Frame > f.h.Saved.Frame || s.Frame == f.h.Saved.Frame && s.Cut.After(f.h.Saved.Cut) {
		s.Took = f.h.LastCommit.Sub(s.Cut)
		f.h.Saved = s
	}
	f.tell()
}

func (f *files) health() Health {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.h
	h.Problems = slices.Concat(h.Problems, f.missing)
	h.PendingBytes = f.waitingSize
	return h
}

func (f *files) problem(p Problem) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.h.Problems = append(f.h.Problems, p)
	f.log.Warn("file of the data directory", "file", p.File, "problem", p.What)
}

func (f *files) close() (err error) {
	if f.segment != nil {
		err = f.segment.file.Close()
		f.segment = nil
	}
	if f.release != nil {
		if rerr := f.release(); err == nil {
			err = rerr
		}
		f.release = nil
	}
	return err
}
