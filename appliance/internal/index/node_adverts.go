package index

import (
	"cmp"
	"slices"

	"hilltop/appliance/internal/health"
	"hilltop/firmware-bridge/meshcore"
)

// SentAdvert is one transmission of a node's valid advert.
type SentAdvert struct {
	Tx    uint64
	At    int64  // where its first copy to arrive stands, Unix ms
	Flood bool   // else it is for neighbours alone
	Width int    // bytes a hop; 0: it says nothing of it
	Stamp uint32 // what the node's clock said, Unix s
	// Heard is when an observer whose clock had proven itself first heard it,
	// Unix ms; 0: none did.
	Heard int64
}

// Sent lists the transmissions of a node's valid adverts that are held, oldest
// first.
func (x *Nodes) Sent(key meshcore.PublicKey) (list []SentAdvert) {
	x.eachSent(0, func(s *sentAdvert) {
		if s.node.Key == key {
			list = append(list, SentAdvert{s.tx, s.at, s.flood, int(s.width), s.stamp, s.heard})
		}
	})
	slices.SortFunc(list, func(a, b SentAdvert) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Tx, b.Tx)) })
	return list
}

// SentWithin lists the transmissions of a node's valid adverts that are stored in
// an hour, ascending.
func (x *Nodes) SentWithin(hour uint32, key meshcore.PublicKey) (ids []uint64) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	h, of := x.hours[hour], x.nodes[key]
	if h == nil || of == nil {
		return nil
	}
	for i := range h.sent {
		if h.sent[i].node == of {
			ids = append(ids, h.sent[i].tx)
		}
	}
	return ids
}

// SentSince counts the transmissions of each node's valid adverts that stand at
// since or later, Unix ms.
func (x *Nodes) SentSince(since int64) map[meshcore.PublicKey]int64 {
	counts := map[meshcore.PublicKey]int64{}
	x.eachSent(since, func(s *sentAdvert) { counts[s.node.Key]++ })
	return counts
}

// judged is a node's clock, if any advert tells of it.
type judged struct {
	health.Clock
	any bool
}

// Clocks judges the clock of every node of which an observer whose clock had
// proven itself heard an advert that is held.
func (x *Nodes) Clocks() map[meshcore.PublicKey]health.Clock {
	x.mu.RLock()
	defer x.mu.RUnlock()
	said := map[*node][]health.Said{} // of those that are not judged
	for _, n := range x.nodes {
		if n.clock.Load() == nil {
			said[n] = nil
		}
	}
	if len(said) > 0 {
		x.eachSentHeld(0, func(s *sentAdvert) {
			if list, open := said[s.node]; open && s.heard != 0 {
				said[s.node] = append(list, health.Said{Heard: s.heard, Timestamp: s.stamp})
			}
		})
	}
	for n, list := range said {
		n.clock.Store(&judged{health.JudgeClock(list), len(list) > 0})
	}
	out := make(map[meshcore.PublicKey]health.Clock, len(x.nodes))
	for key, n := range x.nodes {
		if c := n.clock.Load(); c.any {
			out[key] = c.Clock
		}
	}
	return out
}

// HeardIn are the nodes of which a valid advert that is held was received in one
// of the regions.
func (x *Nodes) HeardIn(in *Regions) map[meshcore.PublicKey]bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	found := map[meshcore.PublicKey]bool{}
	for _, h := range x.hours {
		for i := range h.sent {
			if s := &h.sent[i]; in.has(s.where, h.far, s.tx) {
				found[s.node.Key] = true
			}
		}
	}
	return found
}
