package simmesh

import (
	"encoding/binary"
	"math"

	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// discover asks the relays in range to show themselves; each answers once.
func (t *traffic) discover(at int64) {
	src := t.person()
	prefixOnly := t.r.IntN(2)
	req := append([]byte{0x80 | byte(prefixOnly), 1 << wire.RoleRepeater}, t.r.bytes(4)...)
	req = binary.LittleEndian.AppendUint32(req, 0)
	_, end := t.direct(wire.Packet{Type: wire.Control, Payload: req}, src, nil, at)
	for _, l := range t.w.links[src] {
		n := t.w.nodes[l.to]
		if n.silent || !n.up(at) || !n.relay || l.snr < snrFloor+2 || !t.r.chance(0.7) {
			continue
		}
		resp := append([]byte{0x90 | roleByte[n.role], byte(int8(math.Min(13, float64(l.snr)) * 4))}, req[2:6]...)
		key := n.pub
		if prefixOnly == 1 {
			key = key[:8]
		}
		resp = append(resp, key...)
		t.later(end+t.r.msBetween(200, 6000), func(at int64) {
			t.direct(wire.Packet{Type: wire.Control, Payload: resp}, n.idx, nil, at)
		})
	}
}
