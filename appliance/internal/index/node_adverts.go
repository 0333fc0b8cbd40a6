package index

import (
	"cmp"
	"maps"
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

// judgedClock is a node's clock, if any advert tells of it. While it is open, somebody
// judges it by what was known since it was opened; what becomes known then takes it
// out of its node, and with it what is found.
type judgedClock struct {
	health.Clock
	any  bool
	open bool
}

// Clocks judges the clock of every node of which an observer whose clock had
// proven itself heard an advert that is held.
func (x *Nodes) Clocks() map[meshcore.PublicKey]health.Clock {
	x.mu.RLock()
	nodes := maps.Clone(x.nodes)
	x.mu.RUnlock()
	clocks := make(map[*node]*judgedClock, len(nodes))
	said := map[*node][]health.Said{} // of those that are not judged
	for _, n := range nodes {
		c := n.clock.Load()
		for ; c == nil; c = n.clock.Load() {
			n.clock.CompareAndSwap(nil, &judgedClock{open: true})
		}
		if clocks[n] = c; c.open {
			said[n] = nil
		}
	}
	if len(said) > 0 {
		x.eachSent(0, func(s *sentAdvert) {
			if list, open := said[s.node]; open && s.heard != 0 {
				said[s.node] = append(list, health.Said{Heard: s.heard, Timestamp: s.stamp})
			}
		})
	}
	for n, list := range said {
		found := &judgedClock{Clock: health.JudgeClock(list), any: len(list) > 0}
		n.clock.CompareAndSwap(clocks[n], found)
		clocks[n] = found
	}
	out := make(map[meshcore.PublicKey]health.Clock, len(nodes))
	for key, n := range nodes {
		if c := clocks[n]; c.any {
			out[key] = c.Clock
		}
	}
	return out
}

// HeardIn are the nodes of which a valid advert that is held was received in one
// of the regions.
func (x *Nodes) HeardIn(in *Regions) map[meshcore.PublicKey]bool {
	found := map[meshcore.PublicKey]bool{}
	byHour(&x.mu, x.hours, func(_ uint32, h *nodeHour) bool {
		for i := range h.sent {
			if s := &h.sent[i]; in.has(s.where, h.far, s.tx) {
				found[s.node.Key] = true
			}
		}
		return true
	})
	return found
}
