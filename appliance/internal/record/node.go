package record

import (
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// clockBackKept bounds the nodes whose clock may have been set back.
const clockBackKept = 10_000

const maxHopWidth = 3 // bytes; four are reserved

// learnNode takes the facts of a valid advert that starts a transmission.
//
// Anyone can send an old advert once more, and its signature still holds. So
// an advert that the node's clock dates before its latest one changes nothing
// if it was seen before, or stands before it. But a node's clock may have been
// set back: then the second of two such adverts, later than the first by that
// clock, is believed.
func (w *writer) learnNode(e index.Event) {
	a := e.Advert
	n, known := w.store.Node(a.Key)
	switch {
	case !known:
		n = mesh.Node{Key: a.Key, FirstAdvert: e.First}
	case a.Timestamp < n.Timestamp && e.First < n.LastAdvert:
		w.learnLate(n, e)
		return
	case a.Timestamp <= n.Timestamp && w.replayed(e, n):
		return
	case a.Timestamp < n.Timestamp && !w.believeClock(a):
		n.LastAdvert = max(n.LastAdvert, e.First)
		w.putNode(n, e)
		return
	}
	delete(w.clockBack, a.Key)
	takeAdvert(&n, e)
	w.putNode(n, e)
}

// learnLate takes an advert that comes in late: it tells of the past alone.
func (w *writer) learnLate(n mesh.Node, e index.Event) {
	if w.replayed(e, n) {
		return
	}
	n.FirstAdvert = min(n.FirstAdvert, e.First)
	remember(&n, e)
	w.putNode(n, e)
}

// replayed tells whether an advert was already heard in another episode.
func (w *writer) replayed(e index.Event, n mesh.Node) bool {
	if e.Hash == n.AdvertHash {
		return true
	}
	return len(w.store.Packets(e.Hash)) > 1
}

// believeClock tells whether two adverts in a row say that a node's clock was
// set back.
func (w *writer) believeClock(a *meshcore.Advert) bool {
	last, ok := w.clockBack[a.Key]
	if ok && a.Timestamp > last {
		return true
	}
	if len(w.clockBack) >= clockBackKept {
		clear(w.clockBack)
	}
	w.clockBack[a.Key] = a.Timestamp
	return false
}

// takeAdvert overwrites a node's facts. What an advert leaves out stays: the
// name and the position may be left out of a short one.
func takeAdvert(n *mesh.Node, e index.Event) {
	a := e.Advert
	n.Role, n.Timestamp, n.AdvertHash = a.Role, a.Timestamp, e.Hash
	n.FirstAdvert, n.LastAdvert = min(n.FirstAdvert, e.First), max(n.LastAdvert, e.First)
	if name := meshcore.ValidText(a.Name); name != "" {
		n.Name = name
	}
	if a.HasPosition && (a.LatE6 != 0 || a.LonE6 != 0) {
		n.HasPosition, n.LatE6, n.LonE6 = true, a.LatE6, a.LonE6
	}
	if width, ok := widthOf(e); ok {
		n.HopWidth = width
	}
	remember(n, e)
}

// widthOf is how many bytes a hop has by the node's own setting: a zero-hop
// advert's is not chosen by it.
func widthOf(e index.Event) (width uint8, ok bool) {
	p := e.Obs.Packet(e.Payload)
	if width := p.HopWidth(); p.Route.IsFlood() && width <= maxHopWidth {
		return uint8(width), true
	}
	return 0, false
}

// remember adds what an advert says to the node's past.
func remember(n *mesh.Node, e index.Event) {
	var past mesh.NodePast
	if n.Past != nil {
		past = *n.Past
	}
	if name := meshcore.ValidText(e.Advert.Name); name != "" {
		past.Names = mesh.Tell(past.Names, e.First, name, e.Hash)
	}
	if a := e.Advert; a.HasPosition && (a.LatE6 != 0 || a.LonE6 != 0) {
		past.Places = mesh.Tell(past.Places, e.First, mesh.Place{LatE6: a.LatE6, LonE6: a.LonE6}, e.Hash)
	}
	if width, ok := widthOf(e); ok {
		past.Widths = mesh.Tell(past.Widths, e.First, width, e.Hash)
	}
	n.Past = &past
}

func (w *writer) putNode(n mesh.Node, e index.Event) {
	w.store.PutNode(n)
	w.r.o.Index.PutNode(n)
	w.publish(live.Event{Kind: live.Node, At: e.First, Key: n.Key, Tx: e.Tx, Hash: e.Hash})
}
