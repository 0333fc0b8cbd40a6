package simmesh

import (
	"math"

	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// direct sends p along route (relays between src and dst): each relay takes
// its hash off the front. It returns whether the last relay sent it.
func (d *radio) direct(p wire.Packet, src int32, route []int32, start int64) (ok bool, end int64) {
	d.gen++
	size := max(1, p.HashSize)
	if len(route)*size > wire.MaxPath {
		return false, start
	}
	path := make([]byte, 0, len(route)*size)
	for _, n := range route {
		path = append(path, d.w.nodes[n].pub[:size]...)
	}
	p.Path = path
	hash := hashHex(&p)
	from := src
	for i := 0; ; i++ {
		p.Path = path[i*size:]
		next := int32(-1)
		if i < len(route) {
			next = route[i]
		}
		got, done := d.hop(&p, hash, src, from, next, route[i:], start)
		if next < 0 {
			return true, done
		}
		if !got {
			return false, done
		}
		from, start = next, done+d.r.msBetween(5, airtime[p.Len()])
	}
}

// trace sends a TRACE: the route is in the payload, and each relay adds the
// SNR at which it heard the packet to the path.
func (d *radio) trace(p wire.Packet, src int32, route []int32, start int64) (end int64) {
	d.gen++
	from := src
	for i := 0; ; i++ {
		next := int32(-1)
		if i < len(route) {
			next = route[i]
		}
		got, done := d.hop(&p, hashHex(&p), src, from, next, route[:i], start)
		if next < 0 || !got || len(p.Path) >= 63 {
			return done
		}
		snr := d.linkSNR(from, next)
		p.Path = append(p.Path[:len(p.Path):len(p.Path)], byte(int8(math.Max(-30, math.Min(13, snr))*4)))
		from, start = next, done+d.r.msBetween(5, 200)
	}
}

// hop is one transmission that is not flooded.
func (d *radio) hop(p *wire.Packet, hash string, src, from, to int32, relays []int32, at int64) (got bool, done int64) {
	f := newFrame(p, hash)
	f.src, f.from, f.relays = src, from, relays
	done = at + f.airMs
	for _, l := range d.w.links[from] {
		snr := float64(l.snr) + d.w.slow(from, l.to, at) + d.w.fade()*d.r.NormFloat64()
		if snr < snrFloor || d.r.chance(loss) || !d.w.nodes[from].up(at) || !d.w.nodes[l.to].up(at) {
			continue
		}
		if o := d.w.nodes[l.to].obs; o != nil {
			d.hear(o, f, done, snr, false)
		}
		got = got || l.to == to
	}
	return got, done
}

func (d *radio) linkSNR(from, to int32) float64 {
	for _, l := range d.w.links[from] {
		if l.to == to {
			return float64(l.snr)
		}
	}
	return snrFloor
}
