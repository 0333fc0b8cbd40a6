package index

import (
	"maps"
	"slices"

	"hilltop/firmware-bridge/meshcore"
)

// receivedIn notes where an advert of the node was received, if that of the others
// is known. Call it with mu held.
func (n *node) receivedIn(where regionSet) {
	if all := n.where.Load(); all != nil && *all|where != *all {
		n.where.Store(new(*all | where))
	}
}

// gather gives in which regions the adverts of a node were received, all together.
// Call it with mu held.
func (x *Nodes) gather(n *node) regionSet {
	all := n.where.Load()
	if all == nil {
		all = new(regionSet)
		for _, own := range n.sent {
			*all |= x.hours[own.hour].sent[own.place()].where
		}
		n.where.Store(all)
	}
	return *all
}

// receivedAny tells whether an advert of the node was received in one of the
// regions. Call it with mu held.
func (x *Nodes) receivedAny(n *node, in *Regions) bool {
	if in == nil {
		return len(n.sent) > 0
	}
	switch where := x.gather(n); {
	case where&in.bits != 0:
		return true
	case where&regionFar == 0 || len(in.far) == 0:
		return false
	}
	return slices.ContainsFunc(n.sent, func(own ownSent) bool {
		h := x.hours[own.hour]
		s := &h.sent[own.place()]
		return in.has(s.where, h.far, s.tx)
	})
}

// gatheredAtOnce is of how many nodes it is found at once where they were received:
// after an hour was dropped, from all of their adverts.
const gatheredAtOnce = 32

// HeardIn are the nodes of which a valid advert that is held was received in one
// of the regions.
func (x *Nodes) HeardIn(in *Regions) map[meshcore.PublicKey]bool {
	x.mu.RLock()
	nodes := slices.Collect(maps.Values(x.nodes))
	x.mu.RUnlock()
	found := make(map[meshcore.PublicKey]bool, len(nodes))
	for some := range slices.Chunk(nodes, gatheredAtOnce) {
		x.mu.RLock()
		for _, n := range some {
			if x.receivedAny(n, in) {
				found[n.Key] = true
			}
		}
		x.mu.RUnlock()
	}
	return found
}
