package store

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// Problem is a file that could not be used.
type Problem struct {
	File string
	What string // is wrong with it
	Do   string // what the operator can do
}

// Health is how the store's files are doing.
type Health struct {
	LastCommit   time.Time // when a frame last became durable, or was not needed; zero never
	LastError    string    // why nothing can be written now, in words; "" all is well
	Since        time.Time // since when LastError is so
	PendingBytes int64     // cut into frames and not yet on disk
	Written      Written   // by the store, since its start
	Dir          string
	DiskFree     int64 // bytes; 0 unknown
	DiskTotal    int64 // bytes; 0 unknown
	Problems     []Problem
	Limits       []Limit // that cannot be kept

	CheckpointFrame uint64 // frame of the newest checkpoint; 0 none
	Saved           Saved
	JournalBytes    int64 // of frames since the newest checkpoint
}

// Written is what was written to files, in bytes, by what they are for.
type Written struct{ Journal, Checkpoints, Hours, Names int64 }

// Total is all of it.
func (w Written) Total() int64 { return w.Journal + w.Checkpoints + w.Hours + w.Names }

// Saved is the newest state that the disk has: what a start finds after a
// power cut now.
type Saved struct {
	Frame        uint64        // its number; 0 none
	Cut          time.Time     // what was stored before is in it; the load, until a frame is cut; zero before that
	Observations int64         // held then
	Took         time.Duration // from Cut until it was on disk
}

// AwaitSaved waits until everything that was cut before the call is on disk,
// and says what is. The error is ErrNotLoaded, why the disk does not take it,
// in words, or that of ctx. RunSaver must run.
func (s *Store) AwaitSaved(ctx context.Context) (Saved, error) {
	if !s.loaded.Load() {
		return Saved{}, ErrNotLoaded
	}
	f := s.files
	s.w.Lock()
	frame := s.frame
	f.mu.Lock()
	failures := f.failures
	f.mu.Unlock()
	s.w.Unlock()
	for {
		f.mu.Lock()
		saved, words, news := f.h.Saved, f.h.LastError, f.news
		failed := f.failures > failures
		f.mu.Unlock()
		switch {
		case saved.Frame >= frame:
			return saved, nil
		case failed && words != "":
			return Saved{}, errors.New(words)
		}
		select {
		case <-news:
		case <-ctx.Done():
			return Saved{}, ctx.Err()
		}
	}
}

// Health says how the store's files are doing.
func (s *Store) Health() Health {
	h := s.files.health()
	h.Limits = s.limits.list()
	h.DiskFree, h.DiskTotal, _ = s.opts.FS.Free(s.opts.Dir) // unknown is 0
	return h
}

// inWords says what a person can do about an error of the file system.
func inWords(err error) string {
	text := err.Error()
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "The disk is full. Reception goes on in memory, and is saved when there is space again. (" + text + ")"
	case errors.Is(err, syscall.EROFS):
		return "The disk is read-only. Reception goes on in memory, and is saved when the disk can be written again. (" + text + ")"
	case errors.Is(err, os.ErrPermission):
		return "The data directory may not be written by this user. Reception goes on in memory only. (" + text + ")"
	case errors.Is(err, syscall.EIO):
		return "The disk reports errors; it may be failing. Reception goes on in memory. (" + text + ")"
	}
	return "Nothing can be saved just now; reception goes on in memory. (" + text + ")"
}
