package index

import (
	"cmp"
	"slices"
	"strings"
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
	// unsure are hops whose last in relayed was of an hour that went: it has to be
	// found anew. Guarded by mu.
	unsure map[hopCode]struct{}
}

type node struct {
	mesh.Node
	num   int    // from 0, in the order in which nodes became known
	lower string // its name in lower case

	// Kept by rename.
	seenRelaying bool                   // a hop of three bytes fits it alone
	relays       bool                   // as canRelay tells
	alone        [certainWidth + 1]bool // by width: it alone fits its hop
	namesakes    int                    // other nodes with its name

	flood, zeroHop int32     // transmissions of its adverts
	copies, passed int64     // observations of these, and the relays that they passed
	sent           []ownSent // these, by where their first copies to arrive stand

	cadence atomic.Pointer[health.Cadence] // of sent; nil: to be learned
	clock   atomic.Pointer[judged]         // by its adverts; nil: to be judged
	where   atomic.Pointer[regionSet]      // of its adverts, all together; nil: to be gathered
}

// ownSent leads to a transmission of a node's advert.
type ownSent struct {
	at   int64  // where its first copy to arrive stands, Unix ms
	hour uint32 // in which it is stored
	// spot is its place among the adverts of that hour, from the fourth bit on; below
	// it how it was sent, as of advertSent: the width, then whether it was flooded.
	spot uint32
}

func (s *sentAdvert) own(hour uint32, place int) ownSent {
	spot := uint32(place)<<3 | uint32(s.width&3)<<1
	if s.flood {
		spot |= 1
	}
	return ownSent{s.at, hour, spot}
}

func (o ownSent) place() int   { return int(o.spot >> 3) }
func (o ownSent) width() uint8 { return uint8(o.spot >> 1 & 3) }
func (o ownSent) flood() bool  { return o.spot&1 != 0 }

// learn gives the cadence of a node's adverts. Call it with mu held.
func (n *node) learn() health.Cadence {
	c := n.cadence.Load()
	if c == nil {
		var times []int64
		for _, own := range n.sent[max(0, len(n.sent)-2*health.CadenceGaps):] {
			times = append(times, own.at)
		}
		c = new(health.Learn(times))
		n.cadence.Store(c)
	}
	return *c
}

// hopCount is how often and when last a hop was on a heard path.
type hopCount struct {
	copies int64
	passed int64 // relays that these copies passed, all of their paths
	last   int64 // Unix ms
}

// nodeHour is what the transmissions that are stored in an hour say of nodes.
type nodeHour struct {
	codes []hopCode // ascending
	hops  []hopSeen
	sent  []sentAdvert // by transmission
	far   farRegions   // of these
}

// hopSeen is hopCount within an hour.
type hopSeen struct {
	copies, passed uint32
	last           int32 // ms after the hour's start
}

func (s hopSeen) count(hour uint32) hopCount {
	return hopCount{int64(s.copies), int64(s.passed), mesh.HourStart(hour) + int64(s.last)}
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
	// copies are its observations, passed the relays that these passed.
	copies, passed uint32
	// heard is when an observer whose clock had proven itself first heard it,
	// Unix ms; 0: none did.
	heard int64
	where regionSet // of all copies
}

// NodeStats is what observations say of a node, over all that is held.
type NodeStats struct {
	Node           mesh.Node
	Lower          string // its name in lower case
	Namesakes      int    // other nodes with the same name
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
	// AdvertCopies counts the observations of its adverts, Passed the relays on
	// the paths of these and of RelayedCopies.
	AdvertCopies, Passed int64
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
		unsure:  make(map[hopCode]struct{}),
		stale:   true,
	}
}

// Put takes over a node's facts.
func (x *Nodes) Put(n mesh.Node) {
	x.mu.Lock()
	defer x.mu.Unlock()
	have := x.node(n.Key)
	x.stale = x.stale || have.FirstAdvert == 0 || have.CanRelay() != n.CanRelay() || have.Name != n.Name
	if have.Name != n.Name {
		have.lower = strings.ToLower(n.Name)
	}
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
		n = &node{Node: mesh.Node{Key: key}, num: len(x.nodes)}
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
	passed := e.passed()
	switch {
	case e.New && e.Advert != nil:
		s := sentAdvert{e.Tx, x.node(e.Advert.Key), howSent(e.Obs.At, e.Obs.Header, e.Obs.PathLen)}
		s.stamp, s.heard = e.Advert.Timestamp, earlier(0, e.Obs.At, e.Obs.Flags)
		s.copies, s.passed = 1, passed
		s.where.add(&h.far, e.Tx, e.Obs.Region)
		s.count(1, e.Hour, len(h.sent))
		h.sent = append(h.sent, s)
	case e.Type == meshcore.TypeAdvert:
		if s := h.advert(e.Tx); s != nil {
			if heard := earlier(s.heard, e.Obs.At, e.Obs.Flags); heard != s.heard {
				s.heard = heard
				s.node.clock.Store(nil)
			}
			s.copies, s.passed = s.copies+1, s.passed+passed
			s.node.copies, s.node.passed = s.node.copies+1, s.node.passed+int64(passed)
			s.where.add(&h.far, e.Tx, e.Obs.Region)
			s.node.receivedIn(s.where)
		}
	}
	// Only a flood's path was heard: a direct packet's is still to be gone,
	// and a trace's bytes are SNRs.
	if path, ok := e.heardOwn(); ok {
		var seen [meshcore.MaxHops]hopCode
		for i, hop := range path.All() {
			if seen[i] = codeOf(hop); !slices.Contains(seen[:i], seen[i]) {
				x.countHop(e.Hour, h, seen[i], passed, e.Obs.At)
			}
		}
		return
	}
	var seen [meshcore.MaxHops]hopCode
	i := 0
	for n := int(e.Leaf); n > 0; n = e.Tree.Parent(n) {
		if seen[i] = treeCode(&e.Tree, n); !slices.Contains(seen[:i], seen[i]) {
			x.countHop(e.Hour, h, seen[i], passed, e.Obs.At)
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

// countHop counts an observation over a hop, that passed so many relays. Call it
// with mu held.
func (x *Nodes) countHop(hour uint32, h *nodeHour, c hopCode, passed uint32, at int64) {
	i, found := slices.BinarySearch(h.codes, c)
	ms := int32(at - mesh.HourStart(hour))
	if !found {
		h.codes = slices.Insert(h.codes, i, c)
		h.hops = slices.Insert(h.hops, i, hopSeen{0, 0, ms})
	}
	h.hops[i].copies++
	h.hops[i].passed += passed
	h.hops[i].last = max(h.hops[i].last, ms)
	x.addHop(c, hopCount{1, int64(passed), at})
}

// addHop adds to the sum of a hop. Call it with mu held.
func (x *Nodes) addHop(c hopCode, n hopCount) {
	sum := x.relayed[c]
	if sum == nil {
		sum = &hopCount{}
		x.relayed[c] = sum
		x.stale = x.stale || c.width() == certainWidth
	}
	if n.last >= sum.last {
		delete(x.unsure, c)
	}
	sum.add(n)
}

func (c *hopCount) add(o hopCount) {
	c.copies += o.copies
	c.passed += o.passed
	c.last = max(c.last, o.last)
}

// count counts an advert n times, once or less once, that has a place among those
// of its hour. Call it with mu held.
func (s sentAdvert) count(n int32, hour uint32, place int) {
	s.node.cadence.Store(nil)
	s.node.clock.Store(nil)
	own := s.own(hour, place)
	i := s.node.since(s.at)
	if n > 0 {
		s.node.sent = slices.Insert(s.node.sent, i, own)
		s.node.receivedIn(s.where)
	} else {
		s.node.where.Store(nil)
		for s.node.sent[i] != own {
			i++
		}
		s.node.sent = slices.Delete(s.node.sent, i, i+1)
	}
	s.node.copies += int64(n) * int64(s.copies)
	s.node.passed += int64(n) * int64(s.passed)
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
	for i, a := range p.sent {
		s := sentAdvert{a.tx, x.node(a.key), a.advertSent}
		h.sent = append(h.sent, s)
		s.count(1, hour, i)
	}
	for i, c := range h.codes {
		x.addHop(c, h.hops[i].count(hour))
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
	for i, s := range h.sent {
		s.count(-1, hour, i)
	}
	for i, c := range h.codes {
		sum, gone := x.relayed[c], h.hops[i].count(hour)
		sum.passed -= gone.passed
		switch sum.copies -= gone.copies; {
		case sum.copies == 0:
			delete(x.relayed, c)
			delete(x.unsure, c)
			x.stale = x.stale || c.width() == certainWidth
		case sum.last <= gone.last:
			x.unsure[c] = struct{}{}
		}
	}
}

// hopsAtOnce is of how many hops it is found at once when they were last heard.
const hopsAtOnce = 32

// findSome finds when hops were last heard of which that is not sure, some of
// them; false: of all. Call it with mu held.
func (x *Nodes) findSome() (more bool) {
	n := 0
	for c := range x.unsure {
		if n++; n > hopsAtOnce {
			return true
		}
		last := int64(0)
		for hour, h := range x.hours {
			if i, found := slices.BinarySearch(h.codes, c); found {
				last = max(last, h.hops[i].count(hour).last)
			}
		}
		x.relayed[c].last = last
		delete(x.unsure, c)
	}
	return false
}
