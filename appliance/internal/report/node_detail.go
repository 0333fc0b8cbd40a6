package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// NodeDetail is everything about one node.
type NodeDetail struct {
	NodeRow
	Observer *mesh.Observer // if it is an observer too
	Adverts  []NodePacket   // newest first
	Relayed  []NodePacket   // newest first; none without the index of relays
	Direct   []DirectRow    // most often first; none without the index of links

	DirectKnown bool           // the index of links is there
	Activity    *RelayActivity // nil without the index of relays
}

// NodePacket is a packet on the page of a node.
type NodePacket struct {
	Hash      meshcore.Hash
	Type      meshcore.Type
	Route     meshcore.Route
	First     int64 // Unix ms
	Payload   []byte
	Verified  bool // an advert's signature is good
	Copies    int
	Observers int

	Earliest mesh.Observation // of its copies
	By       mesh.Observer    // who received that
	Width    int              // bytes of a hop in it; 0 where that means nothing
	Hops     int              // in it
}

// Content is what it says.
func (p NodePacket) Content(ring *meshcore.KeyRing) Content {
	return contentOf(p.Type, p.Payload, ring, p.Verified)
}

// DirectRow is an observer that heard the node's adverts with no relay between.
type DirectRow struct {
	Observer mesh.Observer
	Copies   int64
	SNR      index.SNR
	RSSI     index.RSSI
	Last     int64 // where the latest of them stands, Unix ms
}

// Node describes the node of this key with at most n packets of each kind,
// false if no valid advert of it is known.
func (n Nodes) Node(key meshcore.PublicKey, packets int, now int64) (NodeDetail, bool) {
	row, ok := n.Row(NodeQuery{Now: now}, key)
	if !ok {
		return NodeDetail{}, false
	}
	d := NodeDetail{NodeRow: row}
	if o, ok := n.Store.Observer(strings.ToUpper(key.String())); ok {
		d.Observer = &o
	}
	d.Adverts, d.Relayed = n.packets(n.Index.Adverts(key, packets)), n.packets(n.relayed(key, packets))
	d.Direct, d.DirectKnown = n.direct(key), n.Links != nil
	d.Activity = n.activity(key, now)
	return d, true
}

// relayed lists the newest transmissions that a node certainly relayed.
func (n Nodes) relayed(key meshcore.PublicKey, most int) (ids []uint64) {
	if n.Relays == nil {
		return nil
	}
	n.Relays.Each(n.Index.Hops(key), math.MinInt64, math.MaxInt64, func(r index.Relayed) bool {
		ids = append(ids, r.Tx)
		return len(ids) < most
	})
	return ids
}

// direct lists who heard a node's adverts itself.
func (n Nodes) direct(key meshcore.PublicKey) (list []DirectRow) {
	if n.Links == nil {
		return nil
	}
	for _, l := range n.Links.Direct(key) {
		o, _ := n.Store.ObserverByNum(l.Observer)
		list = append(list, DirectRow{o, l.Count, l.SNR, l.RSSI, l.Last})
	}
	slices.SortStableFunc(list, func(a, b DirectRow) int {
		return cmp.Or(cmp.Compare(b.Copies, a.Copies), cmp.Compare(b.Last, a.Last))
	})
	return list
}

func (n Nodes) packets(ids []uint64) (out []NodePacket) {
	for _, id := range ids {
		tx, ok := n.Store.PacketByID(id)
		if !ok {
			continue // removed by age since
		}
		p := NodePacket{Hash: tx.Hash, Type: tx.Type, First: tx.First(), Payload: tx.Payload, Verified: tx.Verified, Copies: len(tx.Observations), Earliest: tx.Earliest()}
		p.Route = p.Earliest.Packet(tx.Payload).Route
		p.By, _ = n.Store.ObserverByNum(p.Earliest.Observer)
		p.Width, p.Hops = mesh.HopWidth(p.Earliest.Header, p.Earliest.PathLen), int(p.Earliest.PathLen&63)
		seen := map[uint32]bool{}
		for _, o := range tx.Observations {
			seen[o.Observer] = true
		}
		p.Observers = len(seen)
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b NodePacket) int { return cmp.Compare(b.First, a.First) })
	return out
}
