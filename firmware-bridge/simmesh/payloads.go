package simmesh

import (
	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// sealed is a datagram between two nodes. Nobody but them can read it, so its
// MAC and ciphertext are random bytes.
func (t *traffic) sealed(typ wire.Type, src, dst int32, plainLen int) wire.Packet {
	payload := t.r.bytes(4 + (max(1, plainLen)+15)/16*16)
	payload[0], payload[1] = t.w.nodes[dst].pub[0], t.w.nodes[src].pub[0]
	return wire.Packet{Type: typ, Payload: payload}
}

func (t *traffic) ack() wire.Packet {
	b := t.r.bytes(pick(t.r, []int{4, 4, 6, 6, 6}))
	if len(b) == 6 {
		b[4] = byte(t.r.IntN(3))
	}
	return wire.Packet{Type: wire.Ack, Payload: b}
}

func (t *traffic) advert(n *node, at int64) wire.Packet {
	if n.mobile && t.r.chance(0.5) {
		n.lat += t.r.NormFloat64() * 0.004
		n.lon += t.r.NormFloat64() * 0.006
	}
	return wire.Packet{Type: wire.Advert, Payload: wire.SignAdvert(n.key, wire.AdvertData{
		Time: n.clock(at), Role: roleByte[n.role], HasLocation: n.located, Lat: n.lat + n.offLat, Lon: n.lon + n.offLon, Name: n.name,
	})}
}

func (t *traffic) rawCustom(at int64) {
	t.direct(wire.Packet{Type: wire.RawCustom, Payload: t.r.bytes(8 + t.r.IntN(100))}, t.person(), nil, at)
}
