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

// since is the place of the first of a node's adverts that stands at a time or
// later.
func (n *node) since(at int64) int {
	i, _ := slices.BinarySearchFunc(n.sent, at, func(s ownSent, at int64) int { return cmp.Compare(s.at, at) })
	return i
}

// eachOwn calls fn for a node's adverts that stand at since or later, the oldest
// hour first, and in an hour as they came in. Call it with mu held.
func (x *Nodes) eachOwn(n *node, since int64, fn func(*sentAdvert)) {
	list := slices.Clone(n.sent[n.since(since):])
	slices.SortFunc(list, func(a, b ownSent) int { return cmp.Or(cmp.Compare(a.hour, b.hour), cmp.Compare(a.place(), b.place())) })
	for _, own := range list {
		fn(&x.hours[own.hour].sent[own.place()])
	}
}

// eachOf is eachOwn of the node of a key, if it is known.
func (x *Nodes) eachOf(key meshcore.PublicKey, since int64, fn func(*sentAdvert)) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if n := x.nodes[key]; n != nil {
		x.eachOwn(n, since, fn)
	}
}

// Sent lists the transmissions of a node's valid adverts that are held, oldest
// first.
func (x *Nodes) Sent(key meshcore.PublicKey) (list []SentAdvert) {
	x.eachOf(key, 0, func(s *sentAdvert) {
		list = append(list, SentAdvert{s.tx, s.at, s.flood, int(s.width), s.stamp, s.heard})
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
	nodes := maps.Clone(x.nodes)
	x.mu.RUnlock()
	out := make(map[meshcore.PublicKey]health.Clock, len(nodes))
	for key, n := range nodes { // each by itself: nobody waits for all of them
		x.mu.RLock()
		c := x.judge(n)
		x.mu.RUnlock()
		if c.any {
			out[key] = c.Clock
		}
	}
	return out
}

// Clock is that of one node; false if no advert tells of it.
func (x *Nodes) Clock(key meshcore.PublicKey) (health.Clock, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	n := x.nodes[key]
	if n == nil {
		return health.Clock{}, false
	}
	c := x.judge(n)
	return c.Clock, c.any
}

// judge gives what a node's adverts tell of its clock. Call it with mu held.
func (x *Nodes) judge(n *node) *judged {
	c := n.clock.Load()
	if c == nil {
		var said []health.Said
		x.eachOwn(n, 0, func(s *sentAdvert) {
			if s.heard != 0 {
				said = append(said, health.Said{Heard: s.heard, Timestamp: s.stamp})
			}
		})
		c = &judged{health.JudgeClock(said), len(said) > 0}
		n.clock.Store(c)
	}
	return c
}
