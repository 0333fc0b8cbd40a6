package simmesh

import (
	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// administer logs in to a repeater or room and asks it things.
func (t *traffic) administer(at int64) {
	a := t.person()
	s := t.station(a)
	if s == a {
		return
	}
	login := t.r.bytes(1 + 32 + 2 + 16*(1+t.r.IntN(2)))
	login[0] = t.w.nodes[s].pub[0]
	copy(login[1:], t.w.nodes[a].pub)
	route, ok, end := t.flood(wire.Packet{Type: wire.AnonReq, Payload: login}, a, s, at)
	if !ok {
		return
	}
	t.later(end+300, func(at int64) {
		_, ok, end := t.flood(t.sealed(wire.Path, s, a, 2+len(route)+14), s, a, at)
		if !ok {
			return
		}
		t.learn(a, s, route)
		for i := range 1 + t.r.IntN(4) {
			t.later(end+int64(i+1)*t.r.msBetween(3000, 15000), func(at int64) { t.request(a, s, route, at) })
		}
	})
}

func (t *traffic) request(a, s int32, route []int32, at int64) {
	ok, end := t.direct(t.sealed(wire.Req, a, s, 4+1+t.r.IntN(10)), a, route, at)
	if ok {
		t.later(end+300, func(at int64) { t.direct(t.sealed(wire.Response, s, a, 8+t.r.IntN(90)), s, reversed(route), at) })
	}
}

// floodRequest is a request without a known route, answered by flood.
func (t *traffic) floodRequest(at int64) {
	a := t.person()
	s := t.station(a)
	if s == a {
		return
	}
	_, ok, end := t.flood(t.sealed(wire.Req, a, s, 13), a, s, at)
	if !ok {
		return
	}
	t.later(end+300, func(at int64) {
		if t.r.chance(0.5) {
			t.flood(t.sealed(wire.Response, s, a, 20+t.r.IntN(60)), s, a, at)
		} else {
			t.flood(t.sealed(wire.Path, s, a, 30+t.r.IntN(60)), s, a, at)
		}
		if t.r.chance(0.3) {
			t.flood(t.ack(), a, s, at+4000)
		}
	})
}
