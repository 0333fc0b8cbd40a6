package naming

import (
	"math/rand/v2"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/resolve"
	"hilltop/firmware-bridge/meshcore"
)

const (
	// waitMS is how long a transmission waits for its copies, from the arrival of
	// the first, and a late copy for others like it.
	waitMS = 15_000
	// overMS is when an episode is over, from the arrival of the first copy.
	overMS = 600_000
)

// arrivals are when a transmission's observations arrived, Unix ms, in their
// order; at least one.
type arrivals []int64

func arrivalsOf(tx *mesh.Transmission) arrivals {
	a := make(arrivals, len(tx.Observations))
	for i := range a {
		a[i] = tx.Observations[i].Arrived
	}
	return a
}

// firstDue is when the transmission is taken, Unix ms.
func (a arrivals) firstDue() int64 { return a[0] + waitMS }

// moreDue is when the copies that no entry covers are taken, of which the first
// is at a place: when the episode is over, or when a late one joined it.
func (a arrivals) moreDue(in int) int64 { return max(a[0]+overMS, a[in]+waitMS) }

// by is how many were in at a time, Unix ms.
func (a arrivals) by(at int64) int {
	for i := range a {
		if a[i] > at {
			return i
		}
	}
	return len(a)
}

// covered is how many of the observations an entry covers when everything has
// been done that is due by a time, Unix ms.
func (a arrivals) covered(at int64) int {
	in := a.by(a.firstDue())
	for in < len(a) {
		due := a.moreDue(in)
		if due > at {
			break
		}
		in = a.by(due)
	}
	return in
}

// tree is a transmission as the resolver reads it.
type tree struct {
	flood  resolve.Flood
	report []int32 // by observation: its place in the flood's reports, -1 none
	kids   children
}

// build makes the tree of the first n observations. It is the same whatever
// comes after: nodes are numbered as they come. false if no copy is a flood.
func (t *tree) build(tx *mesh.Transmission, n int, keys *meshcore.KeyRing) bool {
	if !t.grow(tx, n) {
		return false
	}
	t.origin(tx.Type, tx.Payload, keys)
	return true
}

// grow makes the tree as build does, but does not read who sent it.
func (t *tree) grow(tx *mesh.Transmission, n int) bool {
	f := t.begin()
	t.kids.reset()
	for i := range n {
		o := &tx.Observations[i]
		t.report = append(t.report, -1)
		if i == 0 || o.At < f.At {
			f.At = o.At
		}
		p := o.Packet(nil)
		path, ok := p.Heard()
		if !ok || len(p.PathBytes) != path.Len()*p.HopWidth() {
			continue
		}
		if f.Width == 0 {
			f.Width = p.HopWidth()
		}
		if p.HopWidth() != f.Width {
			continue
		}
		node := t.insert(p.PathBytes)
		if o.Observer < resolve.MaxObservers {
			t.report[i] = int32(len(f.Reports))
			f.Reports = append(f.Reports, resolve.Report{Node: node, Observer: o.Observer, SNR4: o.SNR4})
		}
	}
	return f.Width != 0
}

func (t *tree) begin() *resolve.Flood {
	t.flood = resolve.Flood{Nodes: t.flood.Nodes[:0], Reports: t.flood.Reports[:0]}
	t.report = t.report[:0]
	return &t.flood
}

// origin reads who sent the flood.
func (t *tree) origin(kind meshcore.Type, payload []byte, keys *meshcore.KeyRing) {
	sender := ""
	if kind == meshcore.TypeGrpTxt && keys != nil {
		if text := index.ReadText(keys, payload); text != nil {
			sender = text.Sender
		}
	}
	t.flood.Origin = resolve.OriginOf(kind, payload, sender)
}

// scan makes the same tree from the one that the store keeps. can is false where
// that one does not have all of it: a flooded copy has a head of its own.
func (t *tree) scan(tx *mesh.Scanned, n int, keys *meshcore.KeyRing) (isFlood, can bool) {
	f := t.begin()
	nodes := 0
	for i := range n {
		o := &tx.Obs[i]
		t.report = append(t.report, -1)
		if i == 0 || o.At < f.At {
			f.At = o.At
		}
		if !o.HasTree() {
			if meshcore.Route(o.Header & 3).IsFlood() {
				return false, false
			}
			continue
		}
		f.Width = tx.Tree.Width
		if int(o.Leaf) > nodes {
			// A copy's new nodes are those after all that came before it.
			for nodes++; nodes < int(o.Leaf); nodes++ {
				if tx.Tree.Parent(nodes+1) != nodes {
					return false, false
				}
			}
		}
		if o.Observer < resolve.MaxObservers {
			t.report[i] = int32(len(f.Reports))
			f.Reports = append(f.Reports, resolve.Report{Node: o.Leaf, Observer: o.Observer, SNR4: o.SNR4})
		}
	}
	if f.Width == 0 {
		return false, true
	}
	for node := range nodes {
		x := resolve.TreeNode{Parent: int32(tx.Tree.Parents[node])}
		copy(x.Hop[:], tx.Tree.HopBytes[node*f.Width:(node+1)*f.Width])
		f.Nodes = append(f.Nodes, x)
	}
	t.origin(tx.Type, tx.Payload, keys)
	return true, true
}

// insert gives the node of a path.
func (t *tree) insert(path []byte) int32 {
	at, width := int32(0), t.flood.Width
	for ; len(path) >= width; path = path[width:] {
		var hop [3]byte
		copy(hop[:], path[:width])
		at = t.kids.of(&t.flood, at, hop)
	}
	return at
}

// children finds the nodes of a tree by parent and hop: what a map does, for a
// third of the time. A tree is made for every row of a list.
type children struct {
	slots []int32 // numbers of nodes, 0 none; a power of two, half of them free
	by    uint64  // what is hashed with: nobody who sends packets can know it
}

const leastSlots = 64

func (c *children) reset() {
	if c.slots == nil {
		c.slots, c.by = make([]int32, leastSlots), rand.Uint64()|1
	}
	clear(c.slots)
}

// of gives the node below a parent that has a hop, and adds it if there is none.
func (c *children) of(f *resolve.Flood, parent int32, hop [3]byte) int32 {
	at := c.slot(f, parent, hop)
	if n := c.slots[at]; n != 0 {
		return n
	}
	f.Nodes = append(f.Nodes, resolve.TreeNode{Parent: parent, Hop: hop})
	n := int32(len(f.Nodes))
	c.slots[at] = n
	if 2*len(f.Nodes) >= len(c.slots) {
		c.slots = make([]int32, 2*len(c.slots))
		for i := range f.Nodes {
			c.slots[c.slot(f, f.Nodes[i].Parent, f.Nodes[i].Hop)] = int32(i + 1)
		}
	}
	return n
}

// slot is where a node is, or would be.
func (c *children) slot(f *resolve.Flood, parent int32, hop [3]byte) int {
	last := len(c.slots) - 1
	key := uint64(parent)<<24 | uint64(hop[0])<<16 | uint64(hop[1])<<8 | uint64(hop[2])
	at := int(key*c.by>>33) & last
	for ; c.slots[at] != 0; at = (at + 1) & last {
		if n := &f.Nodes[c.slots[at]-1]; n.Parent == parent && n.Hop == hop {
			break
		}
	}
	return at
}

// zeroHop gives the sender of a transmission that nobody relayed and that says
// who it is, and who heard it: a zero-hop advert that is verified, or the answer
// to a discovery.
func zeroHop(tx *mesh.Transmission, n int, verified bool) (k meshcore.PublicKey, reports []resolve.Report, ok bool) {
	switch tx.Type {
	case meshcore.TypeAdvert:
		if a, err := meshcore.ParseAdvert(tx.Payload); err == nil && verified {
			k, ok = a.Key, true
		}
	case meshcore.TypeControl:
		if c, err := meshcore.ParseControl(tx.Payload); err == nil {
			if d, is, err := c.DiscoverResponse(); is && err == nil && len(d.Key) == len(k) {
				copy(k[:], d.Key)
				ok = true
			}
		}
	}
	if !ok {
		return k, nil, false
	}
	for i := range n {
		o := &tx.Observations[i]
		if len(o.Path) > 0 || meshcore.Route(o.Header&3).IsFlood() {
			return k, nil, false
		}
		if o.Observer < resolve.MaxObservers {
			reports = append(reports, resolve.Report{Observer: o.Observer, SNR4: o.SNR4})
		}
	}
	return k, reports, true
}
