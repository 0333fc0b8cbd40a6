package index

import (
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Set is all indexes together.
type Set struct {
	Traffic   *Traffic
	Nodes     *Nodes
	Observers *Observers
	Channels  *Channels

	ring *meshcore.KeyRing
}

// NewSet returns empty indexes. The ring's keys open channels.
func NewSet(ring *meshcore.KeyRing) *Set {
	return &Set{
		Traffic: NewTraffic(), Nodes: NewNodes(), Observers: NewObservers(), Channels: NewChannels(ring),
		ring: ring,
	}
}

// Apply tells every index of an observation.
func (x *Set) Apply(e Event) {
	x.Traffic.Apply(e)
	x.Nodes.Apply(e)
	x.Observers.Apply(e)
	x.Channels.Apply(e)
}

// PutNode tells of a node's new facts.
func (x *Set) PutNode(n mesh.Node) { x.Nodes.Put(n) }

// PutObserver tells of an observer's new facts.
func (x *Set) PutObserver(o mesh.Observer) {
	x.Observers.Put(o)
	x.Nodes.PutObserver(o)
}

// DropBefore forgets the hours before a time, Unix ms.
func (x *Set) DropBefore(at int64) {
	x.Traffic.DropBefore(at)
	x.Nodes.DropBefore(at)
	x.Observers.DropBefore(at)
	x.Channels.DropBefore(at)
}
