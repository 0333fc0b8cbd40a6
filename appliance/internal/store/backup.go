package store

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// backupHour is an hour's file on its way into a backup.
type backupHour struct {
	name string
	text string // "" if it has to be read from the disk
}

// Backup writes a tar of files which, in a directory of their own, are a data
// directory: a checkpoint of the state now, and the files of hours that it
// names. Reception, pages and the disk go on meanwhile; no file that it still
// has to read is deleted before it ends. What is in it is what the store holds,
// the keys of channels among it; no configuration, and so no password, token or
// private key. The error is
// ErrNotLoaded, that of w or of a file, or that of ctx; the tar is then useless.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	s.files.pin(1)
	defer s.files.pin(-1)
	walk, hours, err := s.beginBackup()
	if err != nil {
		return err
	}
	defer walk.finished.Store(true)
	var point memoryFile
	p := pointWriter{out: &point, pack: newPacker(), frame: walk.frame, after: func() {}}
	if err := p.walkAll(s.db, walk.walk); err != nil {
		return fmt.Errorf("backup: checkpoint: %w", err)
	}
	out := tar.NewWriter(w)
	put := func(name string, b []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(b)), ModTime: walk.saves.Cut.Truncate(time.Second), Format: tar.FormatUSTAR})
		if err == nil {
			_, err = out.Write(b)
		}
		return err
	}
	if err := put(kindName, []byte(s.files.kind+"\n")); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	for _, h := range hours {
		b := bytesOf(h.text)
		if h.text == "" {
			if b, err = s.files.fs.ReadFile(s.files.path(h.name)); err != nil {
				return fmt.Errorf("backup: file %s: %w", h.name, err)
			}
		}
		if err := put(h.name, b); err != nil {
			return fmt.Errorf("backup: %w", err)
		}
	}
	// The checkpoint comes last: a tar that breaks off has none, and no hour
	// counts without.
	if err := put(checkpointFile(walk.frame), point.Bytes()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return out.Close()
}

// beginBackup cuts a frame and sets the moment of the backup.
func (s *Store) beginBackup() (*pointWalk, []backupHour, error) {
	s.house.Lock() // no hour is between two generations
	defer s.house.Unlock()
	s.w.Lock()
	defer s.w.Unlock()
	now := s.opts.Now()
	if err := s.cut(now); err != nil {
		return nil, nil, err
	}
	walk := &pointWalk{s.walks.begin(newWalk("", "")), s.frame, Saved{Frame: s.frame, Cut: now}}
	var hours []backupHour
	for _, h := range s.dir.hours {
		if h.file.Generation == 0 {
			continue
		}
		text, _ := s.value(hourKey(h.num))
		hours = append(hours, backupHour{h.file.name(h.num), text})
	}
	slices.SortFunc(hours, func(a, b backupHour) int { return cmp.Compare(a.name, b.name) })
	return walk, hours, nil
}

// pin keeps files that no frame names any more from being deleted, until as
// many are taken off.
func (f *files) pin(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pins += n
}

// memoryFile is a file that is written in memory.
type memoryFile struct{ bytes.Buffer }

func (*memoryFile) Sync() error  { return nil }
func (*memoryFile) Close() error { return nil }
