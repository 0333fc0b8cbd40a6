// Package gate makes values that take a while. A page gets such a value through
// its gate or learns how far its maker has come, so nothing unready can be read
// by mistake.
package gate

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A Gate hands out a value once it has been made. Until then readers learn that
// it is not there yet, and how far its maker has come.
//
// The goroutine that makes the value owns it until it calls Set. Whatever it did
// before Set is visible to every reader that Get or Wait gave the value to.
type Gate[T any] struct {
	name   string
	value  atomic.Pointer[T]
	opened chan struct{} // closed by the first Set
	once   sync.Once

	mu    sync.Mutex
	done  int64     // guarded by mu
	total int64     // guarded by mu
	err   string    // guarded by mu
	since time.Time // guarded by mu
}

// State is how far a gate's value has come.
type State struct {
	Name  string
	Ready bool
	Done  int64 // steps made of Total; meaningless if Total is 0
	Total int64
	Err   string    // why the last attempt to make the value ended; "" if none did
	Since time.Time // when the gate was made, failed or opened, whichever was last
}

// A Stater tells its state: a gate, whatever its value.
type Stater interface{ State() State }

// New returns a closed gate.
func New[T any](name string) *Gate[T] {
	return &Gate[T]{name: name, opened: make(chan struct{}), since: time.Now()}
}

// Set hands over the value. The first call opens the gate, later ones replace
// the value. It takes back an earlier Fail.
func (g *Gate[T]) Set(v *T) {
	g.value.Store(v)
	g.mu.Lock()
	g.err, g.done = "", g.total
	g.mu.Unlock()
	g.once.Do(func() {
		g.mu.Lock()
		g.since = time.Now()
		g.mu.Unlock()
		close(g.opened)
	})
}

// Get returns the value and whether there is one. It never blocks.
func (g *Gate[T]) Get() (*T, bool) {
	v := g.value.Load()
	return v, v != nil
}

// Wait returns the value as soon as there is one, or the context's error.
func (g *Gate[T]) Wait(ctx context.Context) (*T, error) {
	select {
	case <-g.opened:
		return g.value.Load(), nil
	default:
	}
	select {
	case <-g.opened:
		return g.value.Load(), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Opened is closed when the gate opens.
func (g *Gate[T]) Opened() <-chan struct{} { return g.opened }

// Progress says that the maker has made so many of so many steps.
func (g *Gate[T]) Progress(done, total int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.done, g.total = done, total
}

// Fail says why the value could not be made. The gate stays as it is: closed,
// or open with the value it has. A later Set takes the failure back.
func (g *Gate[T]) Fail(err error) {
	if err == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err, g.since = err.Error(), time.Now()
}

// State tells how far the value has come.
func (g *Gate[T]) State() State {
	_, ready := g.Get()
	g.mu.Lock()
	defer g.mu.Unlock()
	return State{Name: g.name, Ready: ready, Done: g.done, Total: g.total, Err: g.err, Since: g.since}
}
