package record

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/observer"
)

// Recorder is the one writer. Make it with New, run it with Run.
type Recorder struct {
	o        Options
	verdicts verdicts
	counters counters
	arrived  atomic.Int64 // the writer's time, Unix ms; 0 before the first
	read     func(observer.Envelope, observer.Options) observer.Message

	mu    sync.Mutex
	tasks []func(*writer) // guarded by mu; what others want written
	wake  chan struct{}   // there are tasks; of capacity 1
	ended chan struct{}   // closed when Run has returned
}

// New makes a recorder.
func New(o Options) *Recorder {
	if o.Interval <= 0 {
		o.Interval = time.Minute
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Recorder{o: o, read: observer.Parse, counters: newCounters(),
		wake: make(chan struct{}, 1), ended: make(chan struct{})}
}

// tickEvery is how often timers are looked at when the machine's clock drives
// them.
const tickEvery = time.Second

// Run takes messages in until ctx is done or the inbox is closed. What is in
// the inbox then is still handled, and a last frame cut. It returns early if
// the store never opens.
func (r *Recorder) Run(ctx context.Context) error {
	defer close(r.ended)
	began := r.o.Clock.Now()
	held, ready, err := r.wait(ctx)
	if err != nil {
		return err
	}
	w := newWriter(r, ready.store)
	now := r.o.Clock.Now()
	ready.took = now.Sub(began)
	w.begin(now, ready)
	var wg sync.WaitGroup
	batches := r.pipeline(ctx, &wg, held.list)
	w.run(batches)
	wg.Wait()
	return w.end()
}

// readiness is what has to be there before anything is placed.
type readiness struct {
	store  *store.Store
	newest int64         // newest stored arrival, Unix ms; 0 none
	waited time.Duration // for the clock
	took   time.Duration // all in all, while messages were held
	err    error
}

// wait holds messages until they can be placed.
func (r *Recorder) wait(ctx context.Context) (*hold, readiness, error) {
	made := make(chan readiness, 1)
	go func() { made <- r.prepare(ctx) }()
	held := &hold{}
	inbox := r.o.Inbox.c
	for {
		select {
		case e, ok := <-inbox:
			if !ok {
				inbox = nil // closed; what is held is still to be placed
			} else if !held.add(e) {
				r.o.Inbox.Lose(e.Source, 1)
			}
			r.counters.hold(len(held.list), held.bytes)
		case p := <-made:
			if p.err != nil {
				return nil, p, p.err
			}
			held.restamp(r.o.Clock.Now())
			r.counters.hold(0, 0)
			return held, p, nil
		}
	}
}

// prepare waits for the store and the clock, and lets the indexes be built.
func (r *Recorder) prepare(ctx context.Context) (p readiness) {
	if p.store, p.err = r.o.Store.Wait(ctx); p.err != nil {
		return p
	}
	r.o.Index.Begin(p.store, index.Of(p.store), func() int64 { return p.store.Counts().Transmissions })
	p.newest = newestArrival(p.store)
	if r.o.Recorded {
		r.o.Clock.gate.Set(&Trust{At: r.o.Clock.Now(), Why: TrustRecording})
		return p
	}
	from := r.o.Clock.Now()
	p.err = r.o.Clock.settle(ctx, p.newest)
	p.waited = r.o.Clock.Now().Sub(from)
	return p
}

// newestArrival is the newest arrival that is stored, as far as it can be told
// without a scan: where the newest packet stands, what came in late, or an
// observer's status.
func newestArrival(s *store.Store) int64 {
	newest := max(s.Counts().To, s.LastArrival())
	for _, o := range s.Observers() {
		newest = max(newest, o.Status, o.Clock.LeastAt)
	}
	s.Newest(mesh.Cursor{}, 0, 1<<62, func(t mesh.Transmission) bool {
		for _, o := range t.Observations {
			newest = max(newest, o.Arrived)
		}
		return false
	})
	return newest
}

// do has the writer call fn soon.
func (r *Recorder) do(fn func(*writer)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tasks = append(r.tasks, fn)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// ErrEnded says that nothing is written any more.
var ErrEnded = errors.New("the appliance is stopping")

// Snapshot cuts a frame of everything handled so far and waits until it is on
// disk. The error is ErrEnded, why the disk does not take it, or that of ctx.
func (r *Recorder) Snapshot(ctx context.Context) (store.Saved, error) {
	var s *store.Store
	cut := make(chan error, 1)
	r.do(func(w *writer) {
		s = w.store
		cut <- w.commit(r.o.Clock.Now())
	})
	select {
	case err := <-cut:
		if err != nil {
			return store.Saved{}, err
		}
		return s.AwaitSaved(ctx)
	case <-r.ended:
		return store.Saved{}, ErrEnded
	case <-ctx.Done():
		return store.Saved{}, ctx.Err()
	}
}

func (r *Recorder) takeTasks() []func(*writer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	tasks := r.tasks
	r.tasks = nil
	return tasks
}
