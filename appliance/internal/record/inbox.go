package record

import (
	"context"
	"sync"

	"hilltop/firmware-bridge/observer"
)

// Inbox is where sources put messages. It is bounded; what does not fit is
// dropped, counted, and stands in the gap ledger as kind "queue".
type Inbox struct {
	c chan observer.Envelope

	mu     sync.RWMutex
	closed bool // guarded by mu

	lossMu sync.Mutex
	lost   map[string]int64 // guarded by lossMu; by source, not yet in the ledger
	total  int64            // guarded by lossMu
}

// NewInbox makes an inbox for so many messages.
func NewInbox(capacity int) *Inbox {
	return &Inbox{c: make(chan observer.Envelope, capacity), lost: make(map[string]int64)}
}

// Offer puts a message in unless the inbox is full; then the message is
// dropped and counted. It never blocks: for sources that must go on.
func (b *Inbox) Offer(e observer.Envelope) bool {
	if b.Try(e) {
		return true
	}
	b.Lose(e.Source, 1)
	return false
}

// Try puts a message in unless the inbox is full. It never blocks. Who gives
// the message up then tells Lose.
func (b *Inbox) Try(e observer.Envelope) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return false
	}
	select {
	case b.c <- e:
		return true
	default:
		return false
	}
}

// Put waits until the message fits: for recordings.
func (b *Inbox) Put(ctx context.Context, e observer.Envelope) error {
	select {
	case b.c <- e:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Lose counts messages of a source that are lost.
func (b *Inbox) Lose(source string, n int64) {
	b.lossMu.Lock()
	defer b.lossMu.Unlock()
	b.lost[source] += n
	b.total += n
}

// Close says that nothing more comes: the recorder handles what is there and
// ends. Nobody may be in Put.
func (b *Inbox) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.closed = true
		close(b.c)
	}
}

// takeLost gives what was lost since the last call.
func (b *Inbox) takeLost() map[string]int64 {
	b.lossMu.Lock()
	defer b.lossMu.Unlock()
	if len(b.lost) == 0 {
		return nil
	}
	lost := b.lost
	b.lost = make(map[string]int64)
	return lost
}

// Dropped is how many messages were lost so far.
func (b *Inbox) Dropped() int64 {
	b.lossMu.Lock()
	defer b.lossMu.Unlock()
	return b.total
}
