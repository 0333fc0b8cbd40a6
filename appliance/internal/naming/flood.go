package naming

import (
	"encoding/binary"

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
	kids   map[uint64]int32
}

// build makes the tree of the first n observations. It is the same whatever
// comes after: nodes are numbered as they come. false if no copy is a flood.
func (t *tree) build(tx *mesh.Transmission, n int, keys *meshcore.KeyRing) bool {
	f := t.begin()
	if t.kids == nil {
		t.kids = map[uint64]int32{}
	}
	clear(t.kids)
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
	if f.Width == 0 {
		return false
	}
	t.origin(tx.Type, tx.Payload, keys)
	return true
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
		var hop [4]byte
		copy(hop[:3], path[:width])
		key := uint64(at)<<32 | uint64(binary.LittleEndian.Uint32(hop[:]))
		n, ok := t.kids[key]
		if !ok {
			t.flood.Nodes = append(t.flood.Nodes, resolve.TreeNode{Parent: at, Hop: [3]byte(hop[:3])})
			n = int32(len(t.flood.Nodes))
			t.kids[key] = n
		}
		at = n
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
