package index

import (
	"sync"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Nodes knows the nodes, counts what each of them sent and relayed, and names
// hops where that is certain: where one node alone that can relay has the key.
//
// Relaying is counted by hop, not by node: which hop is one node's alone
// changes with every new relay, and the counts then follow.
type Nodes struct {
	mu      sync.RWMutex
	nodes   map[meshcore.PublicKey]*node    // guarded by mu
	relayed map[meshcore.Hop]*hopCount      // guarded by mu
	repeat  map[meshcore.PublicKey]mesh.Tri // guarded by mu; what observers say of their own relaying

	names nameTable // guarded by mu
	stale bool      // guarded by mu; names has to be made anew
}

type node struct {
	mesh.Node
	adverts      buckets[advertCount]
	seenRelaying bool // a hop of three bytes fits it alone; kept by rename

	sent   []sentAdvert                // by transmission
	direct map[uint32]*buckets[direct] // by observer
}

type advertCount struct{ flood, zeroHop int32 }

type hopCount struct {
	hours  buckets[relayCount]
	latest latest
}

type relayCount struct {
	copies int64
	last   int64 // Unix ms
}

// NodeStats is what observations say of a node, over all that is held.
type NodeStats struct {
	Node           mesh.Node
	CanRelay       bool
	FloodAdverts   int64 // transmissions
	ZeroHopAdverts int64 // transmissions
	// RelayedCopies counts the observations whose heard path has a hop that
	// only this node fits; 0 where its hops are shared.
	RelayedCopies int64
	LastRelayed   int64 // where the latest of them stands, Unix ms; 0 none
	// LastHeard is the later of its last advert and its last certain relaying,
	// Unix ms.
	LastHeard int64
	// UniqueWidth is the least hop width, in bytes, at which no other relay
	// shares the node's hop; 0 if it cannot relay or all three are shared.
	UniqueWidth int
	// RelayedWidth is the greatest hop width, in bytes, at which it certainly
	// relayed; 0 if at none.
	RelayedWidth int
}

// NewNodes returns an index that knows nobody.
func NewNodes() *Nodes {
	return &Nodes{
		nodes:   make(map[meshcore.PublicKey]*node),
		relayed: make(map[meshcore.Hop]*hopCount),
		repeat:  make(map[meshcore.PublicKey]mesh.Tri),
		stale:   true,
	}
}

// Put takes over a node's facts.
func (x *Nodes) Put(n mesh.Node) {
	x.mu.Lock()
	defer x.mu.Unlock()
	have := x.node(n.Key)
	x.stale = x.stale || have.FirstAdvert == 0 || have.CanRelay() != n.CanRelay() || have.Name != n.Name
	have.Node = n
}

// PutObserver takes over whether an observer forwards packets itself.
func (x *Nodes) PutObserver(o mesh.Observer) {
	key, err := meshcore.ParsePublicKey(o.ID)
	if err != nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.repeat[key] != o.Repeat {
		x.repeat[key], x.stale = o.Repeat, true
	}
}

// node gives the entry of a key, made if need be. Call it with mu held.
func (x *Nodes) node(key meshcore.PublicKey) *node {
	n := x.nodes[key]
	if n == nil {
		n = &node{Node: mesh.Node{Key: key}}
		x.nodes[key] = n
		x.stale = true
	}
	return n
}

// Apply counts one observation.
func (x *Nodes) Apply(e Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	p := e.Obs.Packet(e.Payload)
	if e.New && e.Advert != nil {
		n := x.node(e.Advert.Key)
		n.advertSent(e.Tx, e.Obs.At, p)
		c := n.adverts.at(hourOf(e.Obs.At))
		if p.Route.IsFlood() {
			c.flood++
		} else {
			c.zeroHop++
		}
	}
	if e.Type == meshcore.TypeAdvert {
		x.advertHeard(e, p)
	}
	// Only a flood's path was heard: a direct packet's is still to be gone,
	// and a trace's bytes are SNRs.
	if heard, ok := p.Heard(); ok {
		for _, hop := range heard.All() {
			x.countHop(hop, e)
		}
	}
}

func (x *Nodes) countHop(hop meshcore.Hop, e Event) {
	c := x.relayed[hop]
	if c == nil {
		c = &hopCount{}
		x.relayed[hop] = c
		x.stale = x.stale || hop.Width() == certainWidth
	}
	b := c.hours.at(hourOf(e.Obs.At))
	b.copies++
	b.last = max(b.last, e.Obs.At)
	c.latest.add(e.Tx)
}

// NameHop names the node behind a hop of a heard path: it is ok only if
// exactly one node that is known and can relay has a key that begins so.
func (x *Nodes) NameHop(hop meshcore.Hop) (n mesh.Node, ok bool) {
	x.read(func() {
		if key, found := x.names.one(hop); found {
			n, ok = x.nodes[key].Node, true
		}
	})
	return n, ok
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

// read calls fn with mu held for reading and the names up to date.
func (x *Nodes) read(fn func()) {
	x.mu.RLock()
	if !x.stale {
		defer x.mu.RUnlock()
		fn()
		return
	}
	x.mu.RUnlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.rename()
	fn()
}

// stats adds up a node's counts. Call it with mu held and names up to date.
func (x *Nodes) stats(n *node) NodeStats {
	s := NodeStats{Node: n.Node, CanRelay: x.canRelay(n), LastHeard: n.LastAdvert}
	for _, b := range n.adverts {
		s.FloodAdverts += int64(b.v.flood)
		s.ZeroHopAdverts += int64(b.v.zeroHop)
	}
	for width := 1; width <= 3; width++ {
		hop := n.Key.Hop(width)
		if key, ok := x.names.one(hop); !ok || key != n.Key {
			continue
		}
		if s.UniqueWidth == 0 {
			s.UniqueWidth = width
		}
		if c := x.relayed[hop]; c != nil {
			s.RelayedWidth = width
			for _, b := range c.hours {
				s.RelayedCopies += b.v.copies
				s.LastRelayed = max(s.LastRelayed, b.v.last)
			}
		}
	}
	s.LastHeard = max(s.LastHeard, s.LastRelayed)
	return s
}

// DropBefore forgets the hours before a time, Unix ms. Nodes stay known.
func (x *Nodes) DropBefore(at int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	hour := hourOf(at)
	for _, n := range x.nodes {
		n.adverts.dropBefore(hour)
		n.dropTraffic(hour)
	}
	for hop, c := range x.relayed {
		if c.hours.dropBefore(hour); len(c.hours) == 0 {
			delete(x.relayed, hop)
			x.stale = x.stale || hop.Width() == certainWidth
		}
	}
}
