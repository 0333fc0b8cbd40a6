package naming

import (
	"context"
	"log/slog"
	"sync"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
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
	Recorded  bool           // a recording is played: the day's pass need not spare the machine
	Log       *slog.Logger
}

// Namer takes transmissions when their copies are in. Saw, Late and Now may be
// called from any goroutine and never wait for it; Run and End are for one
// goroutine.
type Namer struct {
	o    Options
	gate *gate.Gate[Names]
	wake chan struct{} // of capacity 1

	mu      sync.Mutex
	queue   []waiting // guarded by mu; in the order in which they came in
	late    []waiting // guarded by mu; late copies, when they are due at the earliest
	held    int       // guarded by mu; how many the Namer has taken out of the queue and not yet done
	now     int64     // guarded by mu; by the clock that stamps arrivals, Unix ms
	passed  bool      // guarded by mu; something did not fit the queue, and is to be looked for
	skipped int64     // guarded by mu; how often something did not fit
	rests   bool      // guarded by mu; what waits now need not
	before  uint32    // guarded by mu; hours before it went

	worker
	order
	redo
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

// Saw tells of an observation: of which transmission, which has stood at first
// so far, that it is new, and when it arrived, Unix ms. All but those of new
// transmissions and late ones are passed over.
func (n *Namer) Saw(id uint64, hour uint32, first int64, isNew bool, arrived int64) {
	if !isNew && arrived <= first+waitMS {
		return // a transmission does not stand later than its first copy arrived
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.queue)+len(n.late) >= n.o.Queue {
		n.passed = true
		n.skipped++
		return
	}
	if w := (waiting{id, hour, arrived + waitMS}); isNew {
		n.queue = append(n.queue, w)
	} else {
		n.late = append(n.late, w)
	}
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
	n.rests = true
	now := n.now
	n.mu.Unlock()
	n.Now(now)
}

// DropBefore tells that the store has let go of the hours before a time, Unix
// ms: the start of an hour.
func (n *Namer) DropBefore(at int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.before = max(n.before, mesh.HourOf(at))
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
	return State{len(n.queue) + n.held, n.skipped}
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

// Run names until ctx is done.
func (n *Namer) Run(ctx context.Context) {
	s, err := n.o.Store.Wait(ctx)
	if err != nil {
		return
	}
	n.begin(s)
	tell := n.relaysGate()
	for ctx.Err() == nil {
		n.takeDue(ctx, false)
		select {
		case <-n.wake:
		case <-tell:
			tell = nil
			n.tellAll(ctx)
		case <-n.passTurn(ctx):
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

// End is called after Run has ended and the last transmission was told of. all
// says that everything is to be taken, also what copies might still come of, and
// that a pass that is due is made: at the end of a recording. Else what is left
// is done after the next start. The model is handed to the store.
func (n *Namer) End(all bool) {
	if n.names == nil {
		return
	}
	if all {
		n.takeDue(context.Background(), true)
		n.endPass(context.Background())
	}
	if n.told > 0 {
		n.keepModel()
	}
}
