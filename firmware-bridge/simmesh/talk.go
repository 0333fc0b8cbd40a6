package simmesh

import (
	"encoding/binary"
	"strings"

	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// groupText sends a text to a channel; some are answered, by a bot or a person.
func (t *traffic) groupText(at int64) {
	src := t.person()
	ch := t.w.channels[t.w.talk.pick(t.r)]
	text := messageText(t.r)
	bot := ch.Name == "#bot" || ch.Name == "#ping" || ch.Name == "#test"
	if bot && t.r.chance(0.6) {
		text = pick(t.r, []string{"ping", "test", "path", "!wx", "Ping from " + pick(t.r, places)})
	}
	end := t.sendText(ch, src, text, at)
	switch {
	case bot && t.r.chance(0.5):
		to := t.w.nodes[src].name
		t.later(end+t.r.msBetween(1500, 6000), func(at int64) {
			t.sendText(ch, int32(t.turn%len(t.w.nodes)), "@["+to+"] heard you, "+pick(t.r, places)+" bot 🤖", at)
		})
	case t.r.chance(0.35):
		t.later(end+t.r.msBetween(8000, 120000), func(at int64) { t.sendText(ch, t.partner(src), messageText(t.r), at) })
	}
}

func (t *traffic) sendText(ch channel, src int32, text string, at int64) int64 {
	n := t.w.nodes[src]
	sender := strings.ReplaceAll(n.name, ": ", " ")
	text = clip(text, wire.MaxGroupText-len(sender)-2)
	_, _, end := t.flood(wire.Packet{Type: wire.GrpTxt, Payload: ch.SealText(n.clock(at), sender, text)}, src, -1, at)
	return end
}

func (t *traffic) groupData(at int64) {
	src, ch := t.person(), pick(t.r, t.w.channels)
	plain := binary.LittleEndian.AppendUint16(nil, pick(t.r, []uint16{0x0100, 0x0110, 0x0120, 0xFF01}))
	blob := t.r.bytes(4 + t.r.IntN(60))
	plain = append(append(plain, byte(len(blob))), blob...)
	t.flood(wire.Packet{Type: wire.GrpData, Payload: ch.Seal(plain)}, src, -1, at)
}
