package index

import (
	"maps"
	"math"
	"slices"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// NameHop names the node behind a hop of a heard path: it is ok only if
// exactly one node that is known and can relay has a key that begins so.
func (x *Nodes) NameHop(hop meshcore.Hop) (n mesh.Node, ok bool) {
	x.read(func() {
		if key, found := x.names.One(hop); found {
			n, ok = x.nodes[key].Node, true
		}
	})
	return n, ok
}

// Naming tells for which nodes hops stand now. It does not change.
func (x *Nodes) Naming() (n Naming) {
	x.read(func() { n = x.names })
	return n
}

// Hops are the hops that only this node fits.
func (x *Nodes) Hops(key meshcore.PublicKey) (hops []meshcore.Hop) {
	x.read(func() {
		n := x.nodes[key]
		for width := 1; n != nil && width <= certainWidth; width++ {
			if n.alone[width] {
				hops = append(hops, key.Hop(width))
			}
		}
	})
	return hops
}

// Candidates counts the relays whose key begins with the hop.
func (x *Nodes) Candidates(hop meshcore.Hop) (count int) {
	x.read(func() { count = x.names.count(hop) })
	return count
}

// Get tells what is known of one node.
func (x *Nodes) Get(key meshcore.PublicKey) (s NodeStats, ok bool) {
	x.read(func() {
		if n := x.nodes[key]; n != nil && n.FirstAdvert != 0 {
			s, ok = x.stats(n), true
		}
	})
	return s, ok
}

// nodesAtOnce is of how many nodes it is told at once what is known.
const nodesAtOnce = 256

// List tells what is known of every node, in no order.
func (x *Nodes) List() (list []NodeStats) {
	x.Each(func(most int, s *NodeStats) {
		if list == nil {
			list = make([]NodeStats, 0, most)
		}
		list = append(list, *s)
	})
	return list
}

// Each calls fn with what is known of every node, in no order, and how many there
// are at most. The index is locked meanwhile, for some nodes at a time, and what is
// given is fn's only until it returns.
func (x *Nodes) Each(fn func(most int, s *NodeStats)) {
	var nodes []*node
	x.read(func() { nodes = slices.Collect(maps.Values(x.nodes)) })
	var s NodeStats
	for some := range slices.Chunk(nodes, nodesAtOnce) {
		x.read(func() {
			for _, n := range some {
				if n.FirstAdvert != 0 {
					s = x.stats(n)
					fn(len(nodes), &s)
				}
			}
		})
	}
}

// EachKey calls fn with the keys of those nodes of which Each tells, in no order.
func (x *Nodes) EachKey(fn func(key *meshcore.PublicKey)) {
	x.mu.RLock()
	nodes := slices.Collect(maps.Values(x.nodes))
	x.mu.RUnlock()
	for some := range slices.Chunk(nodes, nodesAtOnce) {
		x.mu.RLock()
		for _, n := range some {
			if n.FirstAdvert != 0 {
				fn(&n.Key)
			}
		}
		x.mu.RUnlock()
	}
}

// Adverts lists at most n transmissions of a node's valid adverts, newest first.
func (x *Nodes) Adverts(key meshcore.PublicKey, n int) (list []uint64) {
	x.eachOf(key, math.MinInt64, func(s *sentAdvert) { list = append(list, s.tx) })
	slices.Reverse(list)
	return list[:min(n, len(list))]
}

// read calls fn with mu held for reading and everything up to date.
func (x *Nodes) read(fn func()) {
	x.mu.RLock()
	if !x.stale && len(x.unsure) == 0 {
		defer x.mu.RUnlock()
		fn()
		return
	}
	x.mu.RUnlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	for x.findSome() {
		x.mu.Unlock() // nobody waits for all of them
		x.mu.Lock()
	}
	if x.stale {
		x.rename()
	}
	fn()
}

// stats adds up a node's counts. Call it with mu held and names up to date.
func (x *Nodes) stats(n *node) NodeStats {
	s := NodeStats{Node: n.Node, Lower: n.lower, Namesakes: n.namesakes, CanRelay: n.relays, LastHeard: n.LastAdvert,
		FloodAdverts: int64(n.flood), ZeroHopAdverts: int64(n.zeroHop), AdvertCopies: n.copies, Passed: n.passed}
	for width := 1; width <= certainWidth; width++ {
		if !n.alone[width] {
			continue
		}
		if s.UniqueWidth == 0 {
			s.UniqueWidth = width
		}
		if c := x.relayed[codeOf(n.Key.Hop(width))]; c != nil {
			s.RelayedWidth = width
			s.RelayedCopies += c.copies
			s.Passed += c.passed
			s.LastRelayed = max(s.LastRelayed, c.last)
		}
	}
	s.LastHeard = max(s.LastHeard, s.LastRelayed)
	s.Cadence = n.learn()
	return s
}

// StateAt is the node's state by its own cadence.
func (s NodeStats) StateAt(at health.Listening) mesh.NodeState {
	patience, _ := health.PatienceWith(s.Node, s.Cadence)
	return patience.State(s.LastHeard, at)
}
