package store

import (
	"errors"
	"fmt"
	"runtime/debug"
	"syscall"

	"github.com/tidwall/buntdb"
)

// Open takes the data directory and gives an empty store; Load reads what the
// directory has. The error is ErrInUse, with who has it, ErrKind or
// ErrNoDirectory. That it cannot be made or written is none: Health tells.
func Open(opts Options) (*Store, error) {
	opts.defaults()
	s, err := newStore(opts)
	if err != nil {
		return nil, err
	}
	db := s.db
	if err := s.files.checkKind(); errors.Is(err, ErrKind) {
		db.Close()
		return nil, err // before anything is written there
	}
	switch err := s.files.lock(); {
	case errors.Is(err, ErrInUse), errors.Is(err, ErrKind):
		db.Close()
		return nil, err
	case errors.Is(err, syscall.ENOTDIR):
		db.Close()
		return nil, fmt.Errorf("%w: %s is a file or lies below one: give another path with --data", ErrNoDirectory, opts.Dir)
	case err != nil:
		// Whose directory it is can be read even where nothing can be written.
		if err := s.files.checkKind(); errors.Is(err, ErrKind) {
			db.Close()
			return nil, err
		}
		s.files.failed(fmt.Errorf("data directory: %w", err))
	}
	return s, nil
}

// newStore is an empty store that knows nothing of its directory yet.
func newStore(opts Options) (*Store, error) {
	db, err := buntdb.Open(":memory:")
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	s := &Store{opts: opts, db: db, dir: newDirectory(), facts: newFacts(), names: newNames(), files: newFiles(opts),
		limits: limits{log: opts.Log, short: map[string]Limit{}}, partBytes: partBytes, collect: debug.FreeOSMemory}
	s.nextID, s.savedID = 1, 1
	s.pending.reset()
	return s, nil
}

// Close gives the directory back and forgets everything. It writes nothing:
// see Flush.
func (s *Store) Close() error {
	s.w.Lock()
	defer s.w.Unlock()
	s.files.saving.Lock()
	defer s.files.saving.Unlock()
	return errors.Join(s.files.close(), s.db.Close())
}
