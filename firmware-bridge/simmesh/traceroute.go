package simmesh

import (
	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// traceRoute sends a TRACE along a known route and back.
func (t *traffic) traceRoute(at int64) {
	if len(t.pathKeys) == 0 {
		return
	}
	key := t.pathKeys[t.r.IntN(len(t.pathKeys))]
	src, there := int32(key>>32), t.paths[key]
	if len(there) == 0 {
		return
	}
	there = there[:1+t.r.IntN(min(len(there), 8))]
	route := append(append([]int32(nil), there...), reversed(there[:len(there)-1])...)
	size := 0 // power of two of the hash size
	if t.r.chance(0.2) {
		size = 1
	}
	payload := t.r.bytes(9)
	payload[8] = byte(size)
	for _, n := range route {
		payload = append(payload, t.w.nodes[n].pub[:1<<size]...)
	}
	t.sent++
	t.onSend()
	t.radio.trace(wire.Packet{Route: wire.Direct, Type: wire.Trace, HashSize: 1, Payload: payload}, src, route, at)
}
