package record

import (
	"maps"
	"sync"
	"time"

	"hilltop/firmware-bridge/observer"
)

// Stats is how the recorder fares, since the start.
type Stats struct {
	Queue, QueueCap int              // messages in the inbox, and what it takes
	Held, HeldBytes int              // messages that wait for store, indexes or clock
	Dropped         int64            // messages that found no room
	Handled         int64            // messages of every kind
	Packets         int64            // reports of frames heard, duplicates included
	Duplicates      int64            // reports of observations that were known
	Sent            int64            // reports of observers' own transmissions
	Filtered        int64            // messages of regions that their source's filter leaves out
	Panics          int64            // messages that brought the code down
	Malformed       map[string]int64 // by reason
	Ignored         map[string]int64 // by reason
	Kinds           map[string]int64 // handled messages by kind
	Lag             time.Duration    // from the arrival of the last message to its handling
}

// counters is what Stats copies.
type counters struct {
	mu sync.Mutex
	s  Stats // guarded by mu
}

func newCounters() counters {
	return counters{s: Stats{
		Malformed: make(map[string]int64), Ignored: make(map[string]int64), Kinds: make(map[string]int64),
	}}
}

func (c *counters) add(fn func(*Stats)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fn(&c.s)
}

func (c *counters) handled(m *observer.Message) {
	c.add(func(s *Stats) {
		s.Handled++
		s.Kinds[string(m.Kind)]++
		switch m.Kind {
		case observer.KindMalformed:
			s.Malformed[string(m.Reason)]++
		case observer.KindIgnored:
			s.Ignored[string(m.Reason)]++
		case observer.KindPacket:
			if m.Packet != nil && m.Packet.Direction == observer.RX {
				s.Packets++
			}
		}
	})
}

func (c *counters) duplicate()          { c.add(func(s *Stats) { s.Duplicates++ }) }
func (c *counters) sent()               { c.add(func(s *Stats) { s.Sent++ }) }
func (c *counters) filtered()           { c.add(func(s *Stats) { s.Filtered++ }) }
func (c *counters) panicked()           { c.add(func(s *Stats) { s.Panics++ }) }
func (c *counters) hold(n, bytes int)   { c.add(func(s *Stats) { s.Held, s.HeldBytes = n, bytes }) }
func (c *counters) lag(d time.Duration) { c.add(func(s *Stats) { s.Lag = max(d, 0) }) }

// Stats tells how the recorder fares.
func (r *Recorder) Stats() Stats {
	r.counters.mu.Lock()
	s := r.counters.s
	s.Malformed, s.Ignored, s.Kinds = maps.Clone(s.Malformed), maps.Clone(s.Ignored), maps.Clone(s.Kinds)
	r.counters.mu.Unlock()
	s.Queue, s.QueueCap = len(r.o.Inbox.c), cap(r.o.Inbox.c)
	s.Dropped = r.o.Inbox.Dropped()
	return s
}
