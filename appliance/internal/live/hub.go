// Package live tells pages what has just happened: a bounded hub behind
// server-sent events. Publishing never waits. A subscriber that does not keep
// up is cut off; it may come back with the number of the last event it saw and
// gets what it missed, as far as the hub remembers.
package live

import (
	"errors"
	"sync"

	"hilltop/firmware-bridge/meshcore"
)

// Kind is what an event is about.
type Kind string

// The kinds of events.
const (
	Packet   Kind = "packet"   // a transmission was heard for the first time
	Copy     Kind = "copy"     // one more observation of a known transmission
	Node     Kind = "node"     // the facts of a node changed
	Observer Kind = "observer" // the facts of an observer changed
	Message  Kind = "message"  // a channel message was read
	Gate     Kind = "gate"     // a gate opened or failed
	System   Kind = "system"   // something for the banner or /system changed
)

// Event says that something happened, and to what. It is small: readers look
// the rest up.
type Event struct {
	ID       uint64 // given by Publish, rising by one
	Kind     Kind
	At       int64              // where it stands, Unix ms
	Tx       uint64             // transmission; packet, copy and message
	Hash     meshcore.Hash      // of the transmission
	Observer uint32             // the store's number; copy, packet and observer
	Type     meshcore.Type      // of the transmission
	Key      meshcore.PublicKey // node
	Subject  string             // channel of a message, name of a gate, or what system event
}

// Limits of a hub.
const (
	memory       = 2048 // events that a subscriber can catch up with
	queue        = 256  // events that a subscriber may lag behind
	MaxFollowers = 256  // subscribers at a time
)

// ErrFull says that the hub has as many subscribers as it takes.
var ErrFull = errors.New("too many live subscribers")

// Hub hands events to its subscribers.
type Hub struct {
	mu   sync.Mutex
	last uint64                   // guarded by mu
	ring [memory]Event            // guarded by mu; event n stands at n % memory
	subs map[*subscriber]struct{} // guarded by mu
	cut  int64                    // guarded by mu
}

type subscriber struct{ c chan Event }

// NewHub returns a hub without events or subscribers. Its first event has
// number first+1: a number that has not been used since the machine's start of
// time, such as the start in Unix ms, keeps readers of an earlier run from
// being told the wrong events.
func NewHub(first uint64) *Hub {
	return &Hub{last: first, subs: make(map[*subscriber]struct{})}
}

// Publish numbers the event, remembers it and hands it to every subscriber. It
// never blocks: the channel of a subscriber that has fallen behind is closed.
func (h *Hub) Publish(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	e.ID = h.last
	h.ring[e.ID%memory] = e
	for s := range h.subs {
		select {
		case s.c <- e:
		default:
			h.cut++
			h.drop(s)
		}
	}
}

// Subscribe returns the events after number after, or, if after is 0, those
// from now on. missed says that some of them are forgotten, or that the number
// is not this hub's: the subscriber has to look at everything anew. The channel
// is closed when the subscriber falls behind or calls cancel, which it must.
func (h *Hub) Subscribe(after uint64) (events <-chan Event, cancel func(), missed bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.subs) >= MaxFollowers {
		return nil, func() {}, false, ErrFull
	}
	past, missed := h.since(after)
	s := &subscriber{c: make(chan Event, len(past)+queue)}
	for _, e := range past {
		s.c <- e
	}
	h.subs[s] = struct{}{}
	return s.c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.drop(s)
	}, missed, nil
}

// since returns copies of the remembered events after a number, oldest first.
// Call it with mu held.
func (h *Hub) since(after uint64) (past []Event, missed bool) {
	if after == 0 || after == h.last {
		return nil, false
	}
	if after > h.last || h.last-after > memory || h.ring[(after+1)%memory].ID != after+1 {
		return nil, true
	}
	for id := after + 1; id <= h.last; id++ {
		past = append(past, h.ring[id%memory])
	}
	return past, false
}

// drop closes and forgets a subscriber, once. Call it with mu held.
func (h *Hub) drop(s *subscriber) {
	if _, ok := h.subs[s]; ok {
		delete(h.subs, s)
		close(s.c)
	}
}

// Last is the number of the newest event.
func (h *Hub) Last() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last
}

// Stats tells how many subscribers there are, and how many were cut off so far.
func (h *Hub) Stats() (subscribers int, cutOff int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.subs), h.cut
}
