package index

import (
	"cmp"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// NodeTraffic is what was heard of a node itself, without guessing.
type NodeTraffic struct {
	Adverts []uint64 // transmissions of its adverts, newest first
	// Relayed are the newest transmissions with a heard path that has a hop
	// which only this node fits.
	Relayed []uint64
	Direct  []DirectHearing // of its adverts, most often first
}

// DirectHearing is how an observer heard a node's adverts without a relay
// between them, over all that is held.
type DirectHearing struct {
	Observer uint32
	Copies   int64
	SNR      SNR
	Last     int64 // where the latest of them stands, Unix ms
}

// sentAdvert is a transmission of a node's valid advert.
type sentAdvert struct {
	tx    uint64
	at    int64 // where its first copy to arrive stands, Unix ms
	width uint8 // bytes per hop of that copy; 0: it says nothing of it
	flood bool
}

// direct is what an observer heard of a node within an hour.
type direct struct {
	copies int64
	snrs   int64
	sum    int64 // quarter dB
	lo, hi int8  // quarter dB
	last   int64 // Unix ms
}

// advertHeard counts a copy of an advert. Copies of what was no valid advert
// are not in sent. Call it with mu held.
func (x *Nodes) advertHeard(e Event, p meshcore.Packet) {
	var key meshcore.PublicKey
	if copy(key[:], e.Payload) < len(key) {
		return
	}
	n := x.nodes[key]
	if n == nil || !heardItself(p) {
		return
	}
	if _, valid := slices.BinarySearchFunc(n.sent, e.Tx, func(s sentAdvert, tx uint64) int { return cmp.Compare(s.tx, tx) }); !valid {
		return
	}
	if n.direct == nil {
		n.direct = make(map[uint32]*buckets[direct])
	}
	b := n.direct[e.Obs.Observer]
	if b == nil {
		b = &buckets[direct]{}
		n.direct[e.Obs.Observer] = b
	}
	b.at(hourOf(e.Obs.At)).add(e.Obs)
}

// heardItself tells whether the originator was heard, not a relay.
func heardItself(p meshcore.Packet) bool {
	if heard, ok := p.Heard(); ok {
		return heard.Len() == 0
	}
	ahead, ok := p.Ahead()
	return ok && ahead.Len() == 0 // an advert that is not flooded goes no hop
}

func (d *direct) add(o mesh.Observation) {
	d.copies++
	d.last = max(d.last, o.At)
	if o.SNR4 == mesh.NoSNR {
		return
	}
	if d.snrs == 0 {
		d.lo, d.hi = o.SNR4, o.SNR4
	}
	d.lo, d.hi = min(d.lo, o.SNR4), max(d.hi, o.SNR4)
	d.snrs++
	d.sum += int64(o.SNR4)
}

func (n *node) advertSent(tx uint64, at int64, p meshcore.Packet) {
	i, found := slices.BinarySearchFunc(n.sent, tx, func(s sentAdvert, tx uint64) int { return cmp.Compare(s.tx, tx) })
	if !found {
		s := sentAdvert{tx: tx, at: at, width: uint8(p.HopWidth()), flood: p.Route.IsFlood()}
		if !s.flood && p.PathLen&63 == 0 {
			s.width = 0 // the firmware does not set the bits
		}
		n.sent = slices.Insert(n.sent, i, s)
	}
}

// dropTraffic forgets what stands before an hour.
func (n *node) dropTraffic(hour int32) {
	n.sent = slices.DeleteFunc(n.sent, func(s sentAdvert) bool { return hourOf(s.at) < hour })
	for o, b := range n.direct {
		if b.dropBefore(hour); len(*b) == 0 {
			delete(n.direct, o)
		}
	}
}

// latest holds the newest of a hop's transmissions, oldest first: their
// numbers rise.
type latest struct{ tx []uint64 }

const latestKept = 32

func (l *latest) add(tx uint64) {
	n := len(l.tx)
	if n > 0 && l.tx[n-1] == tx {
		return
	}
	i, found := slices.BinarySearch(l.tx, tx)
	switch {
	case found || i == 0 && n == latestKept:
	case n == latestKept:
		copy(l.tx, l.tx[1:i])
		l.tx[i-1] = tx
	default:
		l.tx = slices.Insert(l.tx, i, tx)
	}
}

// Traffic tells what was heard of a node itself: at most n adverts and n
// relayed transmissions, and every observer that heard it directly.
func (x *Nodes) Traffic(key meshcore.PublicKey, n int) (t NodeTraffic) {
	x.read(func() {
		have := x.nodes[key]
		if have == nil {
			return
		}
		for _, s := range have.sent[max(0, len(have.sent)-n):] {
			t.Adverts = append(t.Adverts, s.tx)
		}
		slices.Reverse(t.Adverts)
		for width := 1; width <= certainWidth; width++ {
			hop := key.Hop(width)
			if only, ok := x.names.one(hop); ok && only == key && x.relayed[hop] != nil {
				t.Relayed = append(t.Relayed, x.relayed[hop].latest.tx...)
			}
		}
		t.Direct = have.heardBy()
	})
	slices.Sort(t.Relayed)
	t.Relayed = slices.Compact(t.Relayed)
	slices.Reverse(t.Relayed)
	t.Relayed = t.Relayed[:min(n, len(t.Relayed))]
	return t
}

func (n *node) heardBy() (list []DirectHearing) {
	for observer, hours := range n.direct {
		d := DirectHearing{Observer: observer}
		var sum int64
		for _, b := range *hours {
			d.Copies += b.v.copies
			d.Last = max(d.Last, b.v.last)
			if b.v.snrs == 0 {
				continue
			}
			if d.SNR.Count == 0 {
				d.SNR.Min, d.SNR.Max = b.v.lo, b.v.hi
			}
			d.SNR.Min, d.SNR.Max = min(d.SNR.Min, b.v.lo), max(d.SNR.Max, b.v.hi)
			d.SNR.Count += b.v.snrs
			sum += b.v.sum
		}
		if d.SNR.Count > 0 {
			d.SNR.Mean4 = float64(sum) / float64(d.SNR.Count)
		}
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b DirectHearing) int {
		return cmp.Or(cmp.Compare(b.Copies, a.Copies), cmp.Compare(b.Last, a.Last), cmp.Compare(a.Observer, b.Observer))
	})
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
