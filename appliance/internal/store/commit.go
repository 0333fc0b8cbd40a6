package store

import (
	"context"
	"fmt"
	"time"
)

const (
	// cutBytes is how much a frame may hold before it is cut ahead of time.
	cutBytes = 4 << 20
	// maxWaiting bounds the frames that wait for a disk, in bytes. Beyond it
	// they are given up, and a checkpoint is written in their place as soon as
	// the disk takes one: nothing is lost unless the process ends before.
	maxWaiting = 64 << 20

	pointBytes = 24 << 20       // journal since the last checkpoint that makes one due
	pointAge   = 24 * time.Hour // age of the last checkpoint that makes one due

	// wholeEvery is how many frames later, at the most, a small thing that goes on
	// changing is whole in a frame again: one that was lost is missed no longer.
	wholeEvery = 64

	keyNextID = "c/id"
)

// Commit cuts what changed since the last time into a frame, for RunSaver to
// write. It waits for no disk. The error is ErrNotLoaded.
func (s *Store) Commit() error {
	s.w.Lock()
	defer s.w.Unlock()
	return s.cut()
}

func (s *Store) cutIfLong() {
	if s.pending.len() >= cutBytes {
		_ = s.cut() // ErrNotLoaded: Commit says it
	}
}

func (s *Store) cut() error {
	if !s.loaded.Load() {
		return ErrNotLoaded
	}
	s.drain()
	state := Saved{Cut: s.opts.Now(), Observations: s.dir.counts().Observations}
	if s.pending.len() > 0 {
		s.frame++
		state.Frame = s.frame
		s.files.wait(&waitingFrame{number: s.frame, raw: s.pending.c.b, saves: state})
		s.pending.reset()
	} else if state.Frame = s.frame; s.files.idle() {
		s.files.done(state)
	}
	s.beginPoint(state)
	select {
	case s.files.kick <- struct{}{}:
	default:
	}
	return nil
}

// drain stores the small things that changed.
func (s *Store) drain() {
	put := func(key, value string) {
		old, ok := s.value(key)
		switch whole := s.frame%wholeEvery == 0; {
		case ok && old == value:
			return
		case ok && !whole:
			s.pending.change(key, old, value)
		default:
			s.pending.put(key, value)
		}
		s.set(key, value)
	}
	s.names.drain(put)
	s.facts.drain(put, func(key string) {
		s.deleteAll([]string{key})
		s.pending.delete(key)
	})
	if s.nextID != s.savedID {
		s.savedID = s.nextID
		put(keyNextID, fmt.Sprint(s.nextID))
	}
}

// beginPoint starts the walk of a checkpoint at the frame just cut, if one is
// due and none is being made.
func (s *Store) beginPoint(state Saved) {
	if s.walk != nil && s.walk.finished.Load() {
		s.walk = nil
	}
	if s.walk == nil && s.files.pointDue(s.frame, state.Cut) {
		s.walk = &pointWalk{s.walks.begin(newWalk("", "")), s.frame, state, s.filedNames()}
		s.files.setPoint(s.walk)
	}
}

// Flush makes all changes durable, and writes a checkpoint if asked. The error
// is ErrNotLoaded, why the disk does not take it, or that of ctx.
func (s *Store) Flush(ctx context.Context, checkpoint bool) error {
	if checkpoint && s.loaded.Load() {
		s.files.askPoint()
	}
	// A checkpoint that was being made already is of an earlier state.
	for range 3 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.Commit(); err != nil {
			return err
		}
		if err := s.save(); err != nil {
			return err
		}
		if !s.files.pointWanted() {
			break
		}
	}
	return nil
}
