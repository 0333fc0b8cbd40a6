package report

import (
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// episodeMs is how long after the first copy of a transmission, and how long before the
// first that came in, another may stand.
const episodeMs = 600_000

// LastOver gives for each edge a packet of which a copy went over it last, as one shows
// that stands when the edge says; the zero hash if that is no longer held.
func (n Nodes) LastOver(edges []Edge) []meshcore.Hash {
	out := make([]meshcore.Hash, len(edges))
	wanted := map[uint32][]int{} // places in edges, by the hours that may hold the packet
	for i := range edges {
		last := edges[i].last()
		for hour := (last - episodeMs) / hourMs; hour <= (last+episodeMs)/hourMs; hour++ {
			wanted[uint32(hour)] = append(wanted[uint32(hour)], i)
		}
	}
	observers := n.observerKeys()
	held := n.Store.Views(func(hour uint32) bool { return wanted[hour] != nil })
	for i := range held.Hours {
		v := &held.Hours[i]
		for _, at := range wanted[v.Hour] {
			e := &edges[at]
			if out[at] != (meshcore.Hash{}) {
				continue
			}
			n.copiesAt(v, e.last(), func(tx *mesh.Transmission, o *mesh.Observation) bool {
				if n.wentOver(tx, o, e, observers) {
					out[at] = tx.Hash
				}
				return out[at] == meshcore.Hash{}
			})
		}
	}
	return out
}

// last is when a packet went over it last, Unix ms.
func (e *Edge) last() int64 { return max(e.There.Last, e.Back.Last) }

// copiesAt calls f for the copies of an hour that stand at a time, Unix ms, until it is
// false.
func (n Nodes) copiesAt(v *store.View, at int64, f func(*mesh.Transmission, *mesh.Observation) bool) {
	of := func(tx *mesh.Transmission) bool {
		for i := range tx.Observations {
			if o := &tx.Observations[i]; o.At == at && !f(tx, o) {
				return false
			}
		}
		return true
	}
	if b := v.Block; b != nil {
		starts := b.Starts()
		for row := b.Search(at - episodeMs); row < b.Len() && b.First(row) <= at; row++ {
			stands := func() bool {
				for o := starts[row]; o < starts[row+1]; o++ {
					if b.At(int(o)) == at {
						return true
					}
				}
				return false
			}
			if v.Over(row) || !stands() {
				continue
			}
			if tx := b.Transmission(row); !of(&tx) {
				return
			}
		}
	}
	for i := range v.Heads.Len() {
		if h := v.Heads.At(i); h.First <= at && at <= h.Last {
			if tx, ok := n.Store.PacketByID(h.ID); ok && !of(&tx) {
				return
			}
		}
	}
}

// wentOver tells whether a copy certainly went over an edge, in the direction that was
// used last.
func (n Nodes) wentOver(tx *mesh.Transmission, o *mesh.Observation, e *Edge, observers map[uint32]meshcore.PublicKey) bool {
	from, to := e.A.Key, e.B.Key
	if e.Back.Last > e.There.Last {
		from, to = to, from
	}
	var before meshcore.PublicKey // who sent what comes next; zero: not known
	if tx.Type == meshcore.TypeAdvert && tx.Verified {
		copy(before[:], tx.Payload)
	}
	names := n.Index.Naming()
	p := o.Packet(tx.Payload)
	path, heard := p.Heard()
	if ahead, direct := p.Ahead(); !heard && (!direct || ahead.Len() > 0) {
		return false
	}
	for _, hop := range path.All() {
		this, _ := names.One(hop)
		if before == from && this == to {
			return true
		}
		before = this
	}
	return before == from && observers[o.Observer] == to
}
