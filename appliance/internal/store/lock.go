package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	lockName  = "lock"  // what is locked
	ownerName = "owner" // who locked it, in words
	kindName  = "kind"  // KindServe or KindDemo
)

// lock takes the data directory for this process. A directory that cannot be
// written is no error: the store then serves from memory, says so, and tries
// again with every write.
func (f *files) lock() error {
	if f.release != nil {
		return nil
	}
	if err := f.fs.MkdirAll(f.dir); err != nil {
		return err
	}
	release, err := f.fs.Lock(f.path(lockName))
	if errors.Is(err, ErrInUse) {
		return fmt.Errorf("%w: %s: %s", ErrInUse, f.dir, f.owner())
	}
	if err != nil {
		return err
	}
	if err := f.claim(); err != nil {
		return errors.Join(err, release())
	}
	f.release = release
	return nil
}

// owner says who has the directory.
func (f *files) owner() string {
	b, err := f.fs.ReadFile(f.path(ownerName))
	if err != nil {
		return "by another process"
	}
	return "by " + strings.TrimSpace(string(b))
}

// claim checks whose directory it is, marks it, and says who has it.
func (f *files) claim() error {
	if err := f.checkKind(); err != nil {
		return err
	}
	if _, err := f.fs.ReadFile(f.path(kindName)); errors.Is(err, os.ErrNotExist) {
		if err := writeText(f.fs, f.path(kindName), f.kind); err != nil {
			return err
		}
	}
	host, _ := os.Hostname()
	return writeText(f.fs, f.path(ownerName), fmt.Sprintf("pid %d on %s since %s, version %s",
		os.Getpid(), host, f.now().UTC().Format(time.RFC3339), f.version))
}

func writeText(fs FS, name, text string) error {
	return writeWhole(fs, name, func(w File) error {
		_, err := io.WriteString(w, text+"\n")
		return err
	})
}

// checkKind refuses what belongs to the other kind. A demo also refuses a
// directory that has files but no mark.
func (f *files) checkKind() error {
	kind := ""
	b, err := f.fs.ReadFile(f.path(kindName))
	switch {
	case err == nil:
		kind = strings.TrimSpace(string(b))
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	switch {
	case kind == f.kind:
		return nil
	case kind != "":
		return fmt.Errorf("%w: %s belongs to hilltop %s, this is hilltop %s: give another with --data", ErrKind, f.dir, kind, f.kind)
	case f.kind != KindDemo:
		return nil
	}
	names, err := f.fs.ReadDir(f.dir)
	foreign := slices.DeleteFunc(names, func(n string) bool {
		return n == lockName || n == ownerName || strings.HasSuffix(n, ".tmp")
	})
	if err == nil && len(foreign) > 0 {
		return fmt.Errorf("%w: %s holds files and is no demo's: give another with --data", ErrKind, f.dir)
	}
	return nil
}

func (f *files) path(name string) string { return filepath.Join(f.dir, name) }
