package index

import (
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
		for width := 1; width <= certainWidth; width++ {
			hop := key.Hop(width)
			if only, ok := x.names.One(hop); ok && only == key {
				hops = append(hops, hop)
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

// List tells what is known of every node, in no order.
func (x *Nodes) List() (list []NodeStats) {
	x.read(func() {
		list = make([]NodeStats, 0, len(x.nodes))
		for _, n := range x.nodes {
			if n.FirstAdvert != 0 {
				list = append(list, x.stats(n))
			}
		}
	})
	return list
}

// Adverts lists at most n transmissions of a node's valid adverts, newest first.
func (x *Nodes) Adverts(key meshcore.PublicKey, n int) (list []uint64) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	of := x.nodes[key]
	if of == nil {
		return nil
	}
	for _, hour := range newestFirst(x.hours) {
		from := len(list)
		for _, s := range x.hours[hour].sent {
			if s.node == of {
				list = append(list, s.tx)
			}
		}
		slices.Reverse(list[from:])
		if len(list) >= n {
			return list[:n]
		}
	}
	return list
}

// Namesakes counts the other nodes that have the name of this one.
func (x *Nodes) Namesakes(key meshcore.PublicKey) (count int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	own := x.nodes[key]
	if own == nil || own.Name == "" {
		return 0
	}
	for _, n := range x.nodes {
		if n != own && n.FirstAdvert != 0 && n.Name == own.Name {
			count++
		}
	}
	return count
}

// read calls fn with mu held for reading and everything up to date.
func (x *Nodes) read(fn func()) {
	x.mu.RLock()
	if !x.stale && !x.moved {
		defer x.mu.RUnlock()
		fn()
		return
	}
	x.mu.RUnlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.moved {
		x.findLast()
	}
	if x.stale {
		x.rename()
	}
	fn()
}

// stats adds up a node's counts. Call it with mu held and names up to date.
func (x *Nodes) stats(n *node) NodeStats {
	s := NodeStats{Node: n.Node, CanRelay: x.canRelay(n), LastHeard: n.LastAdvert,
		FloodAdverts: int64(n.flood), ZeroHopAdverts: int64(n.zeroHop), AdvertCopies: n.copies, Passed: n.passed}
	for width := 1; width <= 3; width++ {
		hop := n.Key.Hop(width)
		if key, ok := x.names.One(hop); !ok || key != n.Key {
			continue
		}
		if s.UniqueWidth == 0 {
			s.UniqueWidth = width
		}
		if c := x.relayed[codeOf(hop)]; c != nil {
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

// StateAt is the node's state by its own cadence; now is in Unix ms.
func (s NodeStats) StateAt(now int64) mesh.NodeState {
	patience, _ := health.PatienceWith(s.Node, s.Cadence)
	return patience.State(s.LastHeard, now)
}
