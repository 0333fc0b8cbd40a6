package index

import (
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// certainWidth is the width at which a hop that fits a single known node shows
// that this node relays, whatever its role: among a few thousand nodes, two
// that share three bytes are rare.
const certainWidth = 3

// nameTable tells which relays a hop fits.
type nameTable struct {
	turn uint64
	hops map[meshcore.Hop]fitting
}

func newNameTable(turn uint64, nodes int) nameTable {
	return nameTable{turn, make(map[meshcore.Hop]fitting, certainWidth*nodes)}
}

// fitting is how many relays fit a hop, and one of them.
type fitting struct {
	first meshcore.PublicKey
	n     int32
}

// One gives the relay that alone fits a hop.
func (t nameTable) One(hop meshcore.Hop) (meshcore.PublicKey, bool) {
	r := t.hops[hop]
	return r.first, r.n == 1
}

// Turn tells this table apart from those before and after.
func (t nameTable) Turn() uint64 { return t.turn }

func (t nameTable) count(hop meshcore.Hop) int { return int(t.hops[hop].n) }

func (t nameTable) add(hop meshcore.Hop, key meshcore.PublicKey) {
	r := t.hops[hop]
	if r.n == 0 {
		r.first = key
	}
	r.n++
	t.hops[hop] = r
}

// rename makes the table of names anew, and what is kept with nodes of their own
// and others' names. Call it with mu held.
func (x *Nodes) rename() {
	all := newNameTable(0, len(x.nodes))
	called := make(map[string]int, len(x.nodes))
	for key, n := range x.nodes {
		if n.FirstAdvert != 0 {
			all.add(key.Hop(certainWidth), key)
			called[n.Name]++
		}
	}
	for key, n := range x.nodes {
		hop := key.Hop(certainWidth)
		n.seenRelaying = n.FirstAdvert != 0 && x.relayed[codeOf(hop)] != nil && all.count(hop) == 1
	}
	x.names = newNameTable(x.names.turn+1, len(x.nodes))
	for key, n := range x.nodes {
		if n.relays = x.canRelay(n); !n.relays {
			continue
		}
		for width := 1; width <= certainWidth; width++ {
			x.names.add(key.Hop(width), key)
		}
	}
	for key, n := range x.nodes {
		for width := 1; width <= certainWidth; width++ {
			n.alone[width] = n.relays && x.names.count(key.Hop(width)) == 1
		}
		n.namesakes = 0
		if n.Name != "" && n.FirstAdvert != 0 {
			n.namesakes = called[n.Name] - 1
		}
	}
	x.stale = false
}

// canRelay tells whether a node may be behind a hop: by its role, by what it
// says of itself as an observer, or because it was seen relaying.
func (x *Nodes) canRelay(n *node) bool {
	switch {
	case n.FirstAdvert == 0:
		return false
	case x.repeat[n.Key] == mesh.No:
		return false
	}
	return n.CanRelay() || x.repeat[n.Key] == mesh.Yes || n.seenRelaying
}
