package simmesh

import (
	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// directChat is a few messages between two people. The first goes out as a
// flood unless a route is known; the answer returns the route with the ACK,
// and the rest takes it.
func (t *traffic) directChat(at int64) {
	a := t.person()
	b := t.partner(a)
	more := t.r.IntN(9)
	if route, ok := t.known(a, b); ok && t.r.chance(0.8) {
		t.chatDirect(a, b, route, more, at)
		return
	}
	t.chatFlood(a, b, more, 0, at)
}

func (t *traffic) chatFlood(a, b int32, more, attempt int, at int64) {
	route, ok, end := t.flood(t.sealed(wire.TxtMsg, a, b, 5+20+t.r.IntN(100)), a, b, at)
	if !ok {
		if attempt < 2 && t.r.chance(0.6) {
			t.later(end+t.r.msBetween(4000, 9000), func(at int64) { t.chatFlood(a, b, more, attempt+1, at) })
		}
		return
	}
	t.later(end+t.r.msBetween(200, 1200), func(at int64) {
		back, ok, end := t.flood(t.sealed(wire.Path, b, a, 2+len(route)+6), b, a, at)
		if !ok {
			return
		}
		t.learn(a, b, route)
		t.learn(b, a, back)
		t.later(end+t.r.msBetween(500, 900), func(at int64) {
			_, end := t.direct(t.sealed(wire.Path, a, b, 2+len(back)+5), a, route, at)
			if more > 0 {
				t.later(end+t.r.msBetween(6000, 90000), func(at int64) { t.chatDirect(b, a, back, more, at) })
			}
		})
	})
}

func (t *traffic) chatDirect(a, b int32, route []int32, more int, at int64) {
	ok, end := t.direct(t.sealed(wire.TxtMsg, a, b, 5+10+t.r.IntN(120)), a, route, at)
	if !ok {
		if t.r.chance(0.7) {
			t.later(end+t.r.msBetween(6000, 12000), func(at int64) { t.chatFlood(a, b, more, 1, at) })
		}
		return
	}
	back := reversed(route)
	t.later(end+200, func(at int64) {
		ack := t.ack()
		if t.r.chance(0.15) {
			multi := wire.Packet{Type: wire.Multipart, Payload: append([]byte{1<<4 | byte(wire.Ack)}, ack.Payload...)}
			_, end := t.direct(multi, b, back, at)
			at = end + 300
		}
		t.direct(ack, b, back, at)
	})
	if more > 0 {
		t.later(end+t.r.msBetween(8000, 120000), func(at int64) { t.chatDirect(b, a, back, more-1, at) })
	}
}
