package simmesh

import (
	"slices"

	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// flooding is one packet on its way through the mesh.
type flooding struct {
	p       wire.Packet
	hash    string
	base    int // bytes of the frame without a path
	size    int // bytes of a hop
	src     int32
	dst     int32   // -1 for none
	repeats float64 // how many relays have air time to spare now
	arrival int32   // event in which dst heard it, -1 if it did not
	end     int64
}

// flood sends p from src at start. Relays that hear it first append their hash
// and repeat it after a random delay. It returns when it ended, and the relays
// on the way to dst (nil, false if dst did not hear it; dst may be -1).
func (d *radio) flood(p wire.Packet, src, dst int32, start int64) (route []int32, ok bool, end int64) {
	d.gen++
	d.events = d.events[:0]
	d.queue = d.queue[:0]
	fl := &flooding{p: p, hash: hashHex(&p), base: p.Len(), size: max(1, p.HashSize), src: src, dst: dst, arrival: -1, end: start}
	d.seen[src] = d.gen
	d.push(txEvent{node: src, parent: -1, start: start})
	fl.repeats = d.r.between(0.3, 1)
	for len(d.queue) > 0 {
		if ei := d.queue.pop().event; !d.wait(ei) {
			d.transmit(fl, ei)
		}
	}
	if dst >= 0 && fl.arrival < 0 {
		fl.arrival = d.lateArrival(dst)
	}
	if fl.arrival < 0 {
		return nil, false, fl.end
	}
	return d.routeOf(fl.arrival), true, fl.end
}

// wait puts a transmission off while its node hears another one.
func (d *radio) wait(ei int32) bool {
	e := &d.events[ei]
	until := d.busyUntil(e.node)
	if until <= e.start || e.defers >= 8 {
		return false
	}
	e.start, e.defers = until+d.r.msBetween(20, 360), e.defers+1
	d.queue.push(turn{e.start, ei})
	return true
}

// transmit puts a copy on the air; whoever can receive it does.
func (d *radio) transmit(fl *flooding, ei int32) {
	e := d.events[ei]
	u, at := d.w.nodes[e.node], e.start
	if !u.up(at) {
		return
	}
	done := at + airtime[min(fl.base+e.hops*fl.size, wire.MaxFrame)]
	fl.end = max(fl.end, done)
	d.occupy(u.idx, done, 99)
	if u.obs != nil && u.obs.sendsTX && e.parent >= 0 {
		d.hear(u.obs, d.floodFrame(fl, e.parent), at, 0, true)
	}
	for _, l := range d.w.links[u.idx] {
		snr := float64(l.snr) + d.w.slow(u.idx, l.to, at) + d.w.fade()*d.r.NormFloat64()
		if snr < snrFloor || !d.receive(l.to, at, done, float32(snr)) || d.r.chance(loss) {
			continue
		}
		if v := d.w.nodes[l.to]; v.up(at) {
			d.received(fl, ei, v, done, snr)
		}
	}
}

// received is what a node does with a copy: report it, keep it, or repeat it.
func (d *radio) received(fl *flooding, ei int32, v *node, done int64, snr float64) {
	if v.obs != nil {
		d.hear(v.obs, d.floodFrame(fl, ei), done, snr, false)
	}
	if v.idx == fl.dst {
		if fl.arrival < 0 {
			fl.arrival = ei
		}
		return // it is for v: not repeated
	}
	if v.relay && d.seen[v.idx] == d.gen && d.w.real.Again > 0 && v.idx != fl.src && d.w.again.chance(d.w.real.Again) {
		d.seen[v.idx] = d.gen - 1
	}
	hops := d.events[ei].hops
	length := (hops + 1) * fl.size
	if !v.relay || d.seen[v.idx] == d.gen || hops >= v.floodMax || length > wire.MaxPath || hops == 63 ||
		fl.base+length > wire.MaxFrame {
		return
	}
	d.seen[v.idx] = d.gen
	if !d.r.chance(fl.repeats) {
		d.evOf[v.idx] = -1
		return
	}
	delay := d.r.Int64N(airtime[fl.base+length]*5/2 + 1)
	d.push(txEvent{node: v.idx, parent: ei, hops: hops + 1, start: done + 8 + delay})
}

// routeOf is the relays from the origin to an event's node, in order.
func (d *radio) routeOf(ei int32) []int32 {
	var route []int32
	for ; d.events[ei].parent >= 0; ei = d.events[ei].parent {
		route = append(route, d.events[ei].node)
	}
	slices.Reverse(route)
	return route
}

// lateArrival finds how a node that neither relays nor observes got a flood:
// links are kept from it, not to it, and are nearly symmetric.
func (d *radio) lateArrival(dst int32) int32 {
	best := int32(-1)
	for _, l := range d.w.links[dst] {
		if d.seen[l.to] != d.gen || float64(l.snr)+fadeSigma*d.r.NormFloat64() < snrFloor || d.r.chance(loss) {
			continue
		}
		ei := d.evOf[l.to]
		if ei < 0 {
			continue
		}
		if best < 0 || d.events[ei].start < d.events[best].start {
			best = ei
		}
	}
	return best
}

// floodFrame builds, once, the frame of an event: the path is the relays from
// the origin to the event's node.
func (d *radio) floodFrame(fl *flooding, ei int32) *frame {
	if f := d.events[ei].frame; f != nil {
		return f
	}
	relays := d.routeOf(ei)
	d.path = d.path[:0]
	for _, n := range relays {
		d.path = append(d.path, d.w.nodes[n].pub[:fl.size]...)
	}
	p := fl.p
	p.Path = d.path
	f := newFrame(&p, fl.hash)
	f.src, f.from, f.relays = fl.src, d.events[ei].node, relays
	d.events[ei].frame = f
	return f
}
