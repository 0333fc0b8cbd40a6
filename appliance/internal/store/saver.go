package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// RunSaver writes what Commit cuts until ctx is done, and tries again what the
// disk did not take. What is cut last needs Flush.
func (s *Store) RunSaver(ctx context.Context) {
	again := time.NewTicker(min(s.opts.Interval, 5*time.Second))
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.files.kick:
		case <-again.C:
			if s.files.idle() {
				continue
			}
		}
		_ = s.save() // Health says it
	}
}

// save writes everything that waits.
func (s *Store) save() error {
	f := s.files
	f.saving.Lock()
	defer f.saving.Unlock()
	if !s.loaded.Load() {
		return ErrNotLoaded
	}
	err := s.saveAll()
	if err != nil {
		f.failed(err)
	} else {
		f.well()
	}
	return err
}

func (s *Store) saveAll() error {
	f := s.files
	err := f.ready()
	if err != nil {
		return err
	}
	if err := f.appendAll(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	w := f.pendingPoint()
	if w == nil {
		return f.removeSuperseded()
	}
	if err := s.writePoint(w); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	f.done(w.saves)
	f.after, err = f.work(f.after)
	// Frames may have waited for the checkpoint.
	return errors.Join(err, f.removeOutdated(), f.appendAll(), f.removeSuperseded())
}

// ready takes the lock if need be, and does what Load left to do.
func (f *files) ready() (err error) {
	if err := f.relock(); err != nil {
		return err
	}
	f.tidy, err = f.work(f.tidy)
	return err
}

// appendAll writes the frames that wait.
func (f *files) appendAll() error {
	for w := f.head(); w != nil; w = f.head() {
		number, saves := w.number, w.saves
		size, err := f.append(w)
		if err != nil {
			return err
		}
		f.written(number, size)
		f.done(saves)
	}
	return nil
}

// relock takes the lock that Open did not get. If the directory's files have
// changed since Load, another process wrote them, and this one's state does
// not follow from them: nothing is written any more.
func (f *files) relock() error {
	if f.release != nil {
		return nil
	}
	if err := f.lock(); err != nil {
		return err
	}
	names, err := f.fs.ReadDir(f.dir)
	if err == nil && !slices.Equal(stateFiles(names), f.seen) {
		err = fmt.Errorf("%s was written by another process since it was read: restart to read it again", f.dir)
	}
	if err != nil {
		_ = f.release()
		f.release = nil
	}
	return err
}

// stateFiles picks the names of journal and checkpoints, sorted.
func stateFiles(names []string) (list []string) {
	for _, name := range names {
		if strings.HasPrefix(name, "journal-") || strings.HasPrefix(name, "checkpoint-") {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// chore is a change to the directory that follows from Load, and waits until
// loading is done: stopping before leaves every file as it was.
type chore struct {
	name  string
	to    string // the new name; "" cut or remove
	size  int64  // cut to
	erase bool
}

// work does chores, and gives those that are left.
func (f *files) work(list []chore) ([]chore, error) {
	for len(list) > 0 {
		c := list[0]
		var err error
		switch {
		case c.erase:
			err = f.fs.Remove(f.path(c.name))
		case c.to != "":
			err = f.fs.Rename(f.path(c.name), f.path(c.to))
		default:
			err = f.fs.Truncate(f.path(c.name), c.size)
		}
		if err == nil {
			err = f.fs.SyncDir(f.dir)
		}
		if err != nil {
			return list, fmt.Errorf("%s: %w", c.name, err)
		}
		list = list[1:]
	}
	return nil, nil
}
