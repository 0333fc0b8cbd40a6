package naming

import (
	"context"
	"log/slog"
	"sync"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// Options are what a Namer needs.
type Options struct {
	Store     *gate.Gate[store.Store]
	Keys      *meshcore.KeyRing
	Index     *index.Builder // is told of names; nil: nobody is
	Threshold float64        // the least probability of a name that counts
	Queue     int            // transmissions that may wait; 0 is 65,536: ten minutes at a hundred a second
	Log       *slog.Logger
}

// Namer takes transmissions when their copies are in. Saw and Now may be called
// from any goroutine and never wait for it; Run and End are for one goroutine.
type Namer struct {
	o    Options
	gate *gate.Gate[Names]
	wake chan struct{} // of capacity 1

	mu      sync.Mutex
	queue   []waiting // guarded by mu; in the order in which they came in
	now     int64     // guarded by mu; by the clock that stamps arrivals, Unix ms
	passed  bool      // guarded by mu; something did not fit the queue, and is to be looked for
	skipped int64     // guarded by mu; how often something did not fit
	rest    bool      // guarded by mu; what waits now need not
	before  uint32    // guarded by mu; hours before it went

	worker
}

// waiting is a transmission that waits for its copies.
type waiting struct {
	id   uint64
	hour uint32
	due  int64 // Unix ms
}

// New makes a namer. Its gate is called "names".
func New(o Options) *Namer {
	if o.Queue <= 0 {
		o.Queue = 1 << 16
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Namer{o: o, gate: gate.New[Names]("names"), wake: make(chan struct{}, 1)}
}

// Gate hands the names out.
func (n *Namer) Gate() *gate.Gate[Names] { return n.gate }

// Saw tells of a new transmission, whose first copy arrived at a time, Unix ms.
func (n *Namer) Saw(id uint64, hour uint32, arrived int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.queue) >= n.o.Queue {
		n.passed = true
		n.skipped++
		return
	}
	n.queue = append(n.queue, waiting{id, hour, arrived + waitMS})
}

// Now tells the time by the clock that stamps arrivals, Unix ms.
func (n *Namer) Now(ms int64) {
	n.mu.Lock()
	n.now = ms
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// Rest says that a recording has ended: what waits for copies is taken without.
func (n *Namer) Rest() {
	n.mu.Lock()
	n.rest = true
	now := n.now
	n.mu.Unlock()
	n.Now(now)
}

// DropBefore tells that the store has let go of the hours before a time, Unix
// ms: the start of an hour.
func (n *Namer) DropBefore(at int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.before = max(n.before, hourOf(at))
}

// State is how far a Namer is behind.
type State struct {
	Waiting int   // transmissions in the queue
	Skipped int64 // that did not fit it, and were looked for in the store
}

// State tells how far the Namer is behind.
func (n *Namer) State() State {
	n.mu.Lock()
	defer n.mu.Unlock()
	return State{len(n.queue), n.skipped}
}

// dueMost is how many transmissions are taken before readers and the store hear
// of them.
const dueMost = 256

// due gives the next transmissions whose copies are in; all of them at the end.
func (n *Namer) due(into []waiting, all bool) []waiting {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.queue) == 0 {
		n.rest = false
	}
	i := 0
	for i < len(n.queue) && i < dueMost && (all || n.rest || n.isDue(n.queue[i].due)) {
		i++
	}
	into = append(into[:0], n.queue[:i]...)
	n.queue = n.queue[:copy(n.queue, n.queue[i:])]
	return into
}

// isDue tells whether a time has come. mu is held.
func (n *Namer) isDue(due int64) bool { return n.now != 0 && (due < n.now || due > n.now+backMS) }

// backMS is how far a recording's time must have gone back for what waits not
// to be waited for: another file begins.
const backMS = 600_000

// pass notes that something is to be looked for in the store.
func (n *Namer) pass() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.passed = true
}

func (n *Namer) takePassed() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	passed := n.passed
	n.passed = false
	return passed
}

// takeDropped gives the hour before which all went since the last call; 0 none.
func (n *Namer) takeDropped() uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	before := n.before
	n.before = 0
	return before
}

func (n *Namer) time() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.now
}

// Run names until ctx is done.
func (n *Namer) Run(ctx context.Context) {
	s, err := n.o.Store.Wait(ctx)
	if err != nil {
		return
	}
	n.begin(ctx, s)
	tell := n.relaysGate()
	for ctx.Err() == nil {
		n.takeDue(ctx, false)
		select {
		case <-n.wake:
		case <-tell:
			tell = nil
			n.tellAll(ctx)
		case <-ctx.Done():
		}
	}
}

// relaysGate is closed when the index that counts names is built.
func (n *Namer) relaysGate() <-chan struct{} {
	if n.o.Index == nil {
		return nil
	}
	return n.o.Index.Gates().Relays.Opened()
}

// takeDue takes everything that is due.
func (n *Namer) takeDue(ctx context.Context, all bool) {
	for ctx.Err() == nil {
		if before := n.takeDropped(); before != 0 {
			n.drop(before)
		}
		if n.takePassed() {
			n.takeMissing(ctx, all)
		}
		n.batch = n.due(n.batch, all)
		if len(n.batch) == 0 {
			return
		}
		for _, w := range n.batch {
			if tx, ok := n.store.PacketByID(w.id); ok {
				n.take(&tx, w.hour)
			}
		}
		n.flush()
	}
}

// End is called after Run has ended and the last transmission was told of. all
// says that everything is to be taken, also what copies might still come of: at
// the end of a recording. Else what is left is taken after the next start. The
// model is handed to the store.
func (n *Namer) End(all bool) {
	if n.names == nil {
		return
	}
	if all {
		n.takeDue(context.Background(), true)
	}
	if n.told > 0 {
		n.keepModel()
	}
}
