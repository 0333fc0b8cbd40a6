package index

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"hilltop/appliance/internal/health"
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
	hours   map[uint32]*nodeHour            // guarded by mu
	relayed map[hopCode]*hopCount           // guarded by mu; sums of the hours
	repeat  map[meshcore.PublicKey]mesh.Tri // guarded by mu; what observers say of their own relaying

	names nameTable // guarded by mu; what it refers to never changes
	stale bool      // guarded by mu; names has to be made anew
	moved bool      // guarded by mu; an hour went: when a hop was last heard has to be found anew
}

type node struct {
	mesh.Node
	seenRelaying bool // a hop of three bytes fits it alone; kept by rename

	flood, zeroHop int32   // transmissions of its adverts
	sent           []int64 // where their first copies to arrive stand, Unix ms, ascending

	cadence atomic.Pointer[health.Cadence] // of sent; nil: to be learned
}

// learn gives the cadence of a node's adverts. Call it with mu held.
func (n *node) learn() health.Cadence {
	c := n.cadence.Load()
	if c == nil {
		c = new(health.Learn(n.sent[max(0, len(n.sent)-2*health.CadenceGaps):]))
		n.cadence.Store(c)
	}
	return *c
}

// hopCount is how often and when last a hop was on a heard path.
type hopCount struct {
	copies int64
	last   int64 // Unix ms
}

// nodeHour is what the transmissions that are stored in an hour say of nodes.
type nodeHour struct {
	codes []hopCode // ascending
	hops  []hopSeen
	sent  []sentAdvert // by transmission
}

// hopSeen is hopCount within an hour.
type hopSeen struct {
	copies uint32
	last   int32 // ms after the hour's start
}

func (s hopSeen) count(hour uint32) hopCount {
	return hopCount{int64(s.copies), hourStart(hour) + int64(s.last)}
}

// sentAdvert is a transmission of a node's valid advert.
type sentAdvert struct {
	tx   uint64
	node *node
	advertSent
}

// advertSent is how an advert was sent, by its first copy to arrive.
type advertSent struct {
	at    int64 // where that stands, Unix ms
	width uint8 // bytes per hop; 0: it says nothing of it
	flood bool
	stamp uint32 // what the node's clock said, Unix s
	// heard is when an observer whose clock had proven itself first heard it,
	// Unix ms; 0: none did.
	heard int64
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
	// Cadence is how regularly its adverts were received.
	Cadence health.Cadence
	// RelayedWidth is the greatest hop width, in bytes, at which it certainly
	// relayed; 0 if at none.
	RelayedWidth int
}

// NewNodes returns an index that knows nobody.
func NewNodes() *Nodes {
	return &Nodes{
		nodes:   make(map[meshcore.PublicKey]*node),
		hours:   make(map[uint32]*nodeHour),
		relayed: make(map[hopCode]*hopCount),
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

func (x *Nodes) apply(e *Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	h := x.hours[e.Hour]
	if h == nil {
		h = &nodeHour{}
		x.hours[e.Hour] = h
	}
	switch {
	case e.New && e.Advert != nil:
		s := sentAdvert{e.Tx, x.node(e.Advert.Key), howSent(e.Obs.At, e.Obs.Header, e.Obs.PathLen)}
		s.stamp, s.heard = e.Advert.Timestamp, earlier(0, e.Obs.At, e.Obs.Flags)
		h.sent = append(h.sent, s)
		s.count(1)
	case e.Type == meshcore.TypeAdvert:
		if s := h.advert(e.Tx); s != nil {
			s.heard = earlier(s.heard, e.Obs.At, e.Obs.Flags)
		}
	}
	// Only a flood's path was heard: a direct packet's is still to be gone,
	// and a trace's bytes are SNRs.
	if path, ok := e.heardOwn(); ok {
		var seen [meshcore.MaxHops]hopCode
		for i, hop := range path.All() {
			if seen[i] = codeOf(hop); !slices.Contains(seen[:i], seen[i]) {
				x.countHop(e.Hour, h, seen[i], e.Obs.At)
			}
		}
		return
	}
	var seen [meshcore.MaxHops]hopCode
	i := 0
	for n := int(e.Leaf); n > 0; n = e.Tree.Parent(n) {
		if seen[i] = treeCode(&e.Tree, n); !slices.Contains(seen[:i], seen[i]) {
			x.countHop(e.Hour, h, seen[i], e.Obs.At)
		}
		i++
	}
}

// advert finds the advert of a transmission; nil if it is none. The transmissions
// ascend: a new one is greater than all before.
func (h *nodeHour) advert(tx uint64) *sentAdvert {
	i, ok := slices.BinarySearchFunc(h.sent, tx, func(s sentAdvert, tx uint64) int { return cmp.Compare(s.tx, tx) })
	if !ok {
		return nil
	}
	return &h.sent[i]
}

// earlier is when a transmission was first heard by a clock that had proven
// itself, with one more observation of it; 0 never.
func earlier(heard, at int64, flags mesh.Flag) int64 {
	if flags&mesh.FlagHeardStands == 0 || heard != 0 && heard <= at {
		return heard
	}
	return at
}

// countHop counts an observation over a hop. Call it with mu held.
func (x *Nodes) countHop(hour uint32, h *nodeHour, c hopCode, at int64) {
	i, found := slices.BinarySearch(h.codes, c)
	ms := int32(at - hourStart(hour))
	if !found {
		h.codes = slices.Insert(h.codes, i, c)
		h.hops = slices.Insert(h.hops, i, hopSeen{0, ms})
	}
	h.hops[i].copies++
	h.hops[i].last = max(h.hops[i].last, ms)
	x.sum(c).add(hopCount{1, at})
}

// sum gives the sum of a hop, made if need be. Call it with mu held.
func (x *Nodes) sum(c hopCode) *hopCount {
	sum := x.relayed[c]
	if sum == nil {
		sum = &hopCount{}
		x.relayed[c] = sum
		x.stale = x.stale || c.width() == certainWidth
	}
	return sum
}

func (c *hopCount) add(o hopCount) {
	c.copies += o.copies
	c.last = max(c.last, o.last)
}

func (s sentAdvert) count(n int32) {
	s.node.cadence.Store(nil)
	i, _ := slices.BinarySearch(s.node.sent, s.at)
	if n > 0 {
		s.node.sent = slices.Insert(s.node.sent, i, s.at)
	} else {
		s.node.sent = slices.Delete(s.node.sent, i, i+1)
	}
	if s.flood {
		s.node.flood += n
	} else {
		s.node.zeroHop += n
	}
}

// put has an hour in use in place of what it was.
func (x *Nodes) put(hour uint32, p *nodePart) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.takeOut(hour)
	h := p.hour
	for _, a := range p.sent {
		s := sentAdvert{a.tx, x.node(a.key), a.advertSent}
		h.sent = append(h.sent, s)
		s.count(1)
	}
	for i, c := range h.codes {
		x.sum(c).add(h.hops[i].count(hour))
	}
	x.hours[hour] = h
}

// drop forgets an hour. Nodes stay known.
func (x *Nodes) drop(hour uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.takeOut(hour)
}

// takeOut takes an hour out of the sums. Call it with mu held.
func (x *Nodes) takeOut(hour uint32) {
	h := x.hours[hour]
	if h == nil {
		return
	}
	delete(x.hours, hour)
	for _, s := range h.sent {
		s.count(-1)
	}
	for i, c := range h.codes {
		sum := x.relayed[c]
		if sum.copies -= int64(h.hops[i].copies); sum.copies == 0 {
			delete(x.relayed, c)
			x.stale = x.stale || c.width() == certainWidth
		}
	}
	x.moved = true
}

// findLast finds when each hop was last heard. Call it with mu held.
func (x *Nodes) findLast() {
	for _, sum := range x.relayed {
		sum.last = 0
	}
	for hour, h := range x.hours {
		for i, c := range h.codes {
			x.relayed[c].add(hopCount{0, h.hops[i].count(hour).last})
		}
	}
	x.moved = false
}

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
		FloodAdverts: int64(n.flood), ZeroHopAdverts: int64(n.zeroHop)}
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

// nodePart is an hour that is being made.
type nodePart struct {
	start   int64
	hour    *nodeHour
	sent    []keyAdvert
	numbers hopNumbers
	counts  []hopCount // by number of the hop
	below   []hopCount // by node of the tree: the observations at it and below
}

// keyAdvert is an advert whose node is not looked up yet.
type keyAdvert struct {
	tx  uint64
	key meshcore.PublicKey
	advertSent
}

func newNodePart(hour uint32) *nodePart { return &nodePart{start: hourStart(hour), hour: &nodeHour{}} }

// add counts a transmission: an observation counts once for each hop on its
// path.
func (p *nodePart) add(t *mesh.Scanned) {
	if key, ok := originOf(t.Type, t.Payload); ok && t.Verified && len(t.Obs) > 0 {
		sent := howSent(t.Obs[0].At, t.Obs[0].Header, t.Obs[0].PathLen)
		if a, err := meshcore.ParseAdvert(t.Payload); err == nil {
			sent.stamp = a.Timestamp
		}
		for i := range t.Obs {
			sent.heard = earlier(sent.heard, t.Obs[i].At, t.Obs[i].Flags)
		}
		p.sent = append(p.sent, keyAdvert{t.ID, key, sent})
	}
	n := t.Tree.Len()
	p.below = append(p.below[:0], make([]hopCount, n+1)...)
	for i := range t.Obs {
		o := &t.Obs[i]
		if o.Leaf >= 0 {
			p.below[o.Leaf].add(hopCount{1, o.At})
			continue
		}
		path, ok := heardOwn(t, o)
		if !ok {
			continue
		}
		var seen [meshcore.MaxHops]hopCode
		for i, hop := range path.All() {
			if seen[i] = codeOf(hop); !slices.Contains(seen[:i], seen[i]) {
				p.count(seen[i], hopCount{1, o.At})
			}
		}
	}
	for i := n; i > 0; i-- {
		p.below[t.Tree.Parents[i-1]].add(p.below[i])
		if c := treeCode(&t.Tree, i); !above(&t.Tree, i, c) {
			p.count(c, p.below[i])
		}
	}
}

// above tells whether a hop is on the path to a node: what is below the node is
// counted there.
func above(t *mesh.Tree, n int, c hopCode) bool {
	for n = t.Parent(n); n > 0; n = t.Parent(n) {
		if treeCode(t, n) == c {
			return true
		}
	}
	return false
}

func (p *nodePart) count(c hopCode, n hopCount) {
	i := p.numbers.of(c)
	if int(i) == len(p.counts) {
		p.counts = append(p.counts, hopCount{})
	}
	p.counts[i].add(n)
}

func (p *nodePart) finish() {
	slices.SortFunc(p.sent, func(a, b keyAdvert) int { return cmp.Compare(a.tx, b.tx) })
	p.hour.sent = make([]sentAdvert, 0, len(p.sent))
	order := make([]int, len(p.counts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p.numbers.codes[a], p.numbers.codes[b]) })
	p.hour.codes, p.hour.hops = make([]hopCode, 0, len(order)), make([]hopSeen, 0, len(order))
	for _, i := range order {
		n := p.counts[i]
		p.hour.codes = append(p.hour.codes, p.numbers.codes[i])
		p.hour.hops = append(p.hour.hops, hopSeen{uint32(n.copies), int32(n.last - p.start)})
	}
	p.counts, p.below, p.numbers = nil, nil, hopNumbers{}
}
