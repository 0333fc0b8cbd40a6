package index

import (
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Set is what the lists on pages are made from, built in one.
type Set struct {
	Traffic   *Traffic
	Nodes     *Nodes
	Observers *Observers
	Channels  *Channels
}

// NewSet returns empty indexes. The ring's keys open channels.
func NewSet(ring *meshcore.KeyRing) *Set {
	return &Set{Traffic: NewTraffic(), Nodes: NewNodes(), Observers: NewObservers(), Channels: NewChannels(ring)}
}

// Span is an hour.
func (x *Set) Span() uint32 { return 1 }

// Improves is true: SNRs are summed up.
func (x *Set) Improves() bool { return true }

// Loose is 0: what comes in takes no more room than what was built.
func (x *Set) Loose(uint32) int { return 0 }

// Apply tells every index of an observation.
func (x *Set) Apply(e *Event) {
	x.Traffic.apply(e)
	x.Nodes.apply(e)
	x.Observers.apply(e)
	x.Channels.apply(e)
}

// Drop forgets an hour.
func (x *Set) Drop(hour uint32) {
	x.Traffic.drop(hour)
	x.Nodes.drop(hour)
	x.Observers.drop(hour)
	x.Channels.drop(hour)
}

// setPart is an hour of all of them.
type setPart struct {
	x         *Set
	hour      uint32
	traffic   *trafficHour
	nodes     *nodePart
	observers *observerHour
	channels  *channelHour
}

// Begin starts an hour.
func (x *Set) Begin(hour uint32) Part {
	return &setPart{x, hour, &trafficHour{}, newNodePart(hour), &observerHour{}, x.Channels.begin()}
}

// Add takes a transmission in.
func (p *setPart) Add(_ uint32, t *mesh.Scanned) {
	p.traffic.add(p.hour, t)
	p.nodes.add(t)
	p.observers.add(t)
	p.channels.add(p.hour, p.x.Channels.ring, t)
}

// Finish orders what was collected.
func (p *setPart) Finish() {
	p.nodes.finish()
	p.channels.finish()
}

// Put has the hour in use.
func (p *setPart) Put() {
	p.x.Traffic.put(p.hour, p.traffic)
	p.x.Nodes.put(p.hour, p.nodes)
	p.x.Observers.put(p.hour, p.observers)
	p.x.Channels.put(p.hour, p.channels)
}

// PutNode tells of a node's new facts.
func (x *Set) PutNode(n mesh.Node) { x.Nodes.Put(n) }

// PutObserver tells of an observer's new facts.
func (x *Set) PutObserver(o mesh.Observer) {
	x.Observers.Put(o)
	x.Nodes.PutObserver(o)
}

// takeOver takes the facts of all nodes and observers.
func (x *Set) takeOver(facts Facts) {
	for _, n := range facts.Nodes() {
		x.PutNode(n)
	}
	for _, o := range facts.Observers() {
		x.PutObserver(o)
		x.cadence(facts, o)
	}
}

// cadence learns from stored measurements how often an observer's statuses come.
func (x *Set) cadence(facts Facts, o mesh.Observer) {
	const dayMs = 24 * mesh.HourMS
	if o.Status == 0 {
		return
	}
	samples := facts.Metrics(o.ID, o.Status-dayMs, o.Status+1)
	samples = samples[max(0, len(samples)-statusesKept-1):]
	arrivals := make([]int64, len(samples))
	for i, s := range samples {
		arrivals[i] = s.At
	}
	x.Observers.learnCadence(o.Num, arrivals)
}
