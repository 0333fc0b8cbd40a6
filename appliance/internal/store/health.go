package store

import (
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
	BytesWritten int64     // by the store, since its start
	Dir          string
	DiskFree     int64 // bytes; 0 unknown
	DiskTotal    int64 // bytes; 0 unknown
	Problems     []Problem

	CheckpointFrame uint64 // frame of the newest checkpoint; 0 none
	Frame           uint64 // the last frame on disk
	JournalBytes    int64  // of frames since the newest checkpoint
}

// Health says how the store's files are doing.
func (s *Store) Health() Health {
	h := s.files.health()
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
