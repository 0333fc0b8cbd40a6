package store

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidwall/buntdb"
)

// Errors that callers tell apart.
var (
	// ErrInUse says that another process has the data directory.
	ErrInUse = errors.New("data directory is in use")
	// ErrKind says that the directory belongs to a demo and this is none, or
	// the other way round.
	ErrKind = errors.New("data directory is of another kind")
	// ErrNoDirectory says that the path leads to or through something that is
	// no directory, which no waiting makes one.
	ErrNoDirectory = errors.New("data directory is none")
	// ErrNotLoaded says that the store's past is not yet read, so that nothing
	// may be written.
	ErrNotLoaded = errors.New("store is not loaded")
)

// Kinds of data directories.
const (
	KindServe = "serve"
	KindDemo  = "demo"
)

// Options are what a store needs to know. The zero value of each field but Dir
// has a meaning.
type Options struct {
	Dir      string
	Kind     string        // KindServe (also "") or KindDemo
	Interval time.Duration // between commits, which the caller makes; 0 is a minute
	MaxAge   time.Duration // of what Evict leaves; 0 is no limit
	Disk     int64         // bytes that TrimDisk leaves in Dir; 0 is no limit
	Memory   int64         // bytes that the process may take; 0 is no limit
	RSS      func() int64  // bytes that the process takes; nil is what the kernel says
	Version  string        // of the program, for the lock's owner file
	Log      *slog.Logger  // nil is slog.Default
	// Verify tells whether the payload of an advert that an earlier version
	// stored is signed and makes sense; nil: none does.
	Verify func(payload []byte) bool
	FS     FS               // nil is the operating system's
	Now    func() time.Time // nil is time.Now
}

func (o *Options) defaults() {
	if o.Kind == "" {
		o.Kind = KindServe
	}
	if o.Interval <= 0 {
		o.Interval = time.Minute
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.FS == nil {
		o.FS = osFS{}
	}
	if o.RSS == nil {
		o.RSS = residentBytes
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// Store is everything held. See the package's comment for who may call what.
type Store struct {
	opts   Options
	db     *buntdb.DB
	dir    *directory
	facts  *facts
	names  *names
	files  *files
	loaded atomic.Bool
	limits limits

	decidedTo atomic.Int64 // see DecidedTo; 0 before the first call

	partBytes int       // of a checkpoint, about, that are packed at once
	spare     sync.Pool // of *record, for readers
	showers   sync.Pool // of *shower, likewise

	house     sync.Mutex // held by whoever seals hours or lets them go; taken before w
	collected time.Time  // guarded by house; when collect was called last
	collect   func()     // gives memory that is not used back to the system

	w sync.Mutex // held by whoever changes anything
	writer
}

// writer is what only the holder of the store's w touches.
type writer struct {
	loading bool   // Load was called
	old     bool   // what is loaded does not say which adverts are verified
	pending ops    // changes since the last frame
	frame   uint64 // number of the last frame cut
	nextID  uint64
	savedID uint64     // nextID as the last frame has it
	seq     uint64     // number of the last change to an episode since the start
	walk    *pointWalk // the checkpoint being made, nil if none
	walks   walks      // whoever reads a state that was

	sealing *sealing // the hour that is being sealed, nil if none

	scratch      record // the episode of scratchRef, unpacked
	scratchRef   ref    // 0 none
	scratchSize  int
	scratchValue string
	refs         []ref
	buf          []byte
}

// Counts is how much is held.
type Counts struct {
	Transmissions int64 // episodes
	Observations  int64
	Nodes         int64
	Observers     int64
	From, To      int64 // where the first and the last episode begin, Unix ms; 0 if there is none
}

// Counts says how much is held.
func (s *Store) Counts() Counts {
	c := s.dir.counts()
	c.Nodes, c.Observers = s.facts.counts()
	return c
}
