package store

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
)

// backupHour is an hour's file on its way into a backup.
type backupHour struct {
	num   uint32
	file  hourFile
	text  string // "" if it has to be read from the disk
	names namesFile
	named string // what that has, if text is not ""
}

// size is what the hour's files take, bytes.
func (h backupHour) size() int64 { return h.file.Size + h.names.Size }

// keys are those of what is in the hour's files, and of what rests on it.
func (h backupHour) keys() []string {
	return []string{fileKey(h.num), decidedKey(h.num), namesKey(h.num), grownKey(h.num, h.names.Generation)}
}

// missingName is the file of a backup that names what is not in it.
const missingName = "MISSING.txt"

// Backup writes a tar of files which, in a directory of their own, are a data
// directory: a checkpoint of the state now, and the files of hours that it
// names. Reception, pages and the disk go on meanwhile; no file that it still
// has to read is deleted before it ends. What is in it is what the store holds,
// the keys of channels among it; no configuration, and so no password, token or
// private key.
//
// An hour that is not loaded and whose file cannot be read, or is damaged, is
// left out, and the checkpoint does not name it; MISSING.txt, Health and the log
// say so. The error is ErrNotLoaded, that of w, or that of ctx; the tar is then
// useless.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	s.files.pin(1)
	defer s.files.pin(-1)
	walk, hours, err := s.beginBackup()
	if err != nil {
		return err
	}
	defer walk.finished.Store(true)
	// What the checkpoint says of files that are still to be read waits for them.
	held := map[string]string{}
	for _, h := range hours {
		if h.text == "" {
			for _, key := range h.keys() {
				held[key] = ""
			}
		}
	}
	var point memoryFile
	p := pointWriter{out: &point, pack: newPacker(), frame: walk.frame, filed: walk.filed, each: s.partBytes, held: held, after: func() {}}
	if err := p.walkAll(s.db, walk.walk); err != nil {
		return fmt.Errorf("backup: checkpoint: %w", err)
	}
	out := backupTar{tar.NewWriter(w), walk.saves.Cut}
	if err := out.put(kindName, []byte(s.files.kind+"\n")); err != nil {
		return err
	}
	var missing []Problem
	for _, h := range hours {
		b, err := s.files.fileOfHour(h)
		if err != nil {
			missing = append(missing, missingHour(h, err))
			continue
		}
		names, err := s.files.namesOfHour(h)
		if err != nil {
			missing = append(missing, missingNames(h, err))
			p.release(fileKey(h.num), decidedKey(h.num))
		} else {
			p.release(h.keys()...)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := out.put(h.file.name(h.num), b); err != nil {
			return err
		}
		if names != nil {
			if err := out.put(h.names.name(h.num), names); err != nil {
				return err
			}
		}
	}
	s.files.missed(missing)
	if len(missing) > 0 {
		if err := out.put(missingName, missingText(missing)); err != nil {
			return err
		}
	}
	// The checkpoint comes last: a tar that breaks off has none, and no hour
	// counts without.
	if err := p.end(); err != nil {
		return fmt.Errorf("backup: checkpoint: %w", err)
	}
	if err := out.put(checkpointFile(walk.frame), point.Bytes()); err != nil {
		return err
	}
	return out.Close()
}

type backupTar struct {
	*tar.Writer
	at time.Time
}

func (t backupTar) put(name string, b []byte) error {
	err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(b)), ModTime: t.at.Truncate(time.Second), Format: tar.FormatUSTAR})
	if err == nil {
		_, err = t.Write(b)
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// fileOfHour gives an hour's file and tells what is wrong with it. One of a newer
// version is taken as it is.
func (f *files) fileOfHour(h backupHour) ([]byte, error) {
	if h.text != "" {
		return column.PackFile(bytesOf(h.text)), nil
	}
	b, err := f.hourBytes(h.num, h.file)
	if err != nil {
		return nil, err
	}
	if _, _, err := hourIn(b, h.num, h.file); err != nil && !errors.Is(err, column.ErrNewer) {
		return nil, err
	}
	return b, nil
}

// namesOfHour gives the file of an hour's names, nil if there is none, and tells
// what is wrong with it. One of a newer version is taken as it is.
func (f *files) namesOfHour(h backupHour) (b []byte, err error) {
	switch {
	case h.names.Generation == 0:
		return nil, nil
	case h.text != "" && h.named != "":
		return packNames(h.num, h.names.Generation, h.named), nil
	}
	_, b, err = f.openNames(h.num, h.names)
	if err != nil && !errors.Is(err, errNewer) {
		return nil, err
	}
	return b, nil
}

func missingNames(h backupHour, err error) Problem {
	return Problem{File: h.names.name(h.num),
		What: fmt.Sprintf("is not in the last backup: %v", err),
		Do:   "Everything else is in it. A start with it finds out again who relayed the hour's packets. Check the disk or card."}
}

func missingHour(h backupHour, err error) Problem {
	return Problem{File: h.file.name(h.num),
		What: fmt.Sprintf("is not in the last backup, nor is its hour (%s): %v", time.UnixMilli(int64(h.num)*mesh.HourMS).UTC().Format("2006-01-02 15:04 UTC"), err),
		Do:   "Everything else is in it. Check the disk or card; an earlier backup may have the file."}
}

// missingText says in words what is not in a backup.
func missingText(missing []Problem) []byte {
	var b bytes.Buffer
	b.WriteString("These files of hours could not be read and are not in this backup. It is whole but for them.\n\n")
	for _, p := range missing {
		fmt.Fprintf(&b, "%s %s\n", p.File, p.What)
	}
	return b.Bytes()
}

// missed notes what the last backup does not have.
func (f *files) missed(list []Problem) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.missing = list
	for _, p := range list {
		f.log.Warn("file of the data directory", "file", p.File, "problem", p.What)
	}
}

// beginBackup cuts a frame and sets the moment of the backup.
func (s *Store) beginBackup() (*pointWalk, []backupHour, error) {
	s.house.Lock() // no hour is between two generations
	defer s.house.Unlock()
	s.w.Lock()
	defer s.w.Unlock()
	now := s.opts.Now()
	if err := s.cut(); err != nil {
		return nil, nil, err
	}
	walk := &pointWalk{s.walks.begin(newWalk("", "")), s.frame, Saved{Frame: s.frame, Cut: now}, s.filedNames()}
	var hours []backupHour
	for _, h := range s.dir.hours {
		if h.file.Generation == 0 {
			continue
		}
		text, _ := s.value(hourKey(h.num))
		hour := backupHour{num: h.num, file: h.file, text: text, names: h.names.file}
		if names := s.valueOf(decidedKey(h.num)); h.names.place == namesFiled && len(names) >= h.names.filed {
			hour.named = names[:h.names.filed]
		}
		hours = append(hours, hour)
	}
	slices.SortFunc(hours, func(a, b backupHour) int { return cmp.Compare(a.num, b.num) })
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
