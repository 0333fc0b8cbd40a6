package simmesh

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// judge compares what the decoder says about frames with the truth about them.
type judge struct {
	t     *testing.T
	truth Truth
	keys  []meshcore.PublicKey
	byKey map[meshcore.PublicKey]Node
	ring  *meshcore.KeyRing

	hops, adverts, texts, secrets, scoped, traces, directs, faults int // looked at
	types                                                          [16]int
}

func newJudge(t *testing.T, truth Truth) *judge {
	j := &judge{t: t, truth: truth, byKey: make(map[meshcore.PublicKey]Node)}
	for _, n := range truth.Nodes {
		key, err := meshcore.ParsePublicKey(n.PubKey)
		if err != nil {
			t.Fatal(err)
		}
		j.keys = append(j.keys, key)
		j.byKey[key] = n
	}
	var channels []meshcore.Channel
	for _, c := range truth.Channels {
		key, err := meshcore.ParseChannelKey(c.Key)
		if err != nil {
			t.Fatal(err)
		}
		channels = append(channels, meshcore.Channel{Name: c.Name, Key: key})
	}
	j.ring = meshcore.NewKeyRing(channels)
	return j
}

// TestDecoderAgreesWithTruth takes every frame of a plain and of a harder mesh
// apart with package meshcore.
func TestDecoderAgreesWithTruth(t *testing.T) {
	hard := small()
	hard.Real = harder().Real
	for name, cfg := range map[string]Config{"plain": small(), "harder": hard} {
		t.Run(name, func(t *testing.T) {
			j := newJudge(t, truthOf(t, cfg))
			for _, m := range generate(t, cfg) {
				if m.heard != nil {
					j.message(m)
				}
			}
			if j.hops < 10_000 || j.adverts < 1000 || j.texts < 1000 || j.secrets < 100 || j.scoped < 300 || j.traces < 20 ||
				j.directs < 100 || j.faults < 15 {
				t.Errorf("looked at too little: %d hops, %d adverts, %d texts, %d of them secret, %d scoped, %d traces, %d directs, %d faults",
					j.hops, j.adverts, j.texts, j.secrets, j.scoped, j.traces, j.directs, j.faults)
			}
		})
	}
}

func (j *judge) message(m heardMessage) {
	j.t.Helper()
	var body packetMessage
	if json.Unmarshal(m.Payload, &body) != nil || body.Raw == nil {
		return
	}
	frame, err := hex.DecodeString(*body.Raw)
	if err != nil {
		return
	}
	p, err := meshcore.Parse(frame)
	switch m.heard.Fault {
	case RawPathLength:
		if err == nil {
			j.t.Fatalf("reserved width of hops accepted: %x", frame)
		}
		j.faults++
		return
	case RawBitFlipped:
		if err != nil || strings.EqualFold(p.Hash().String(), m.heard.Hash) {
			j.t.Fatalf("a flipped bit: %v, hash %s", err, p.Hash())
		}
		j.faults++
		return
	}
	if err != nil || !bytes.Equal(p.AppendTo(nil), frame) || !strings.EqualFold(p.Hash().String(), m.heard.Hash) {
		j.t.Fatalf("%x: %v, hash %s, want %s", frame, err, p.Hash(), m.heard.Hash)
	}
	j.secondOpinion(p, frame)
	j.path(p, m.heard)
	j.region(p, m.heard)
	j.payload(p, m)
}

// secondOpinion compares two decoders.
func (j *judge) secondOpinion(p meshcore.Packet, frame []byte) {
	q, err := wire.Parse(frame)
	if err != nil || byte(q.Route) != byte(p.Route) || byte(q.Type) != byte(p.Type) || q.Transport != p.Transport ||
		q.PathLen() != p.PathLen || !bytes.Equal(q.Path, p.PathBytes) || !bytes.Equal(q.Payload, p.Payload) || q.Hash() != p.Hash() {
		j.t.Fatalf("%x: %+v, the other decoder says %+v %v", frame, p, q, err)
	}
}

// path compares the hops with the relays, and these with the radio graph.
func (j *judge) path(p meshcore.Packet, h *Heard) {
	heard, isFlood := p.Heard()
	ahead, isDirect := p.Ahead()
	snrs, isTrace := p.TraceSNR()
	switch {
	case isFlood:
		if heard.Len() != len(h.Relays) || h.Kind != Flood && h.Kind != Sent {
			j.t.Fatalf("%d hops of %+v", heard.Len(), h)
		}
		for i, hop := range heard.All() {
			if !hop.Matches(j.keys[h.Relays[i]]) {
				j.t.Fatalf("hop %s is not that of relay %d", hop, h.Relays[i])
			}
			j.hops++
		}
		j.linked(append(append([]int32{h.Source}, h.Relays...), h.Observer))
	case isDirect:
		if ahead.Len() != len(h.Relays) || h.Kind != Direct {
			j.t.Fatalf("%d hops ahead of %+v", ahead.Len(), h)
		}
		for i, hop := range ahead.All() {
			if !hop.Matches(j.keys[h.Relays[i]]) {
				j.t.Fatalf("hop %s ahead is not that of relay %d", hop, h.Relays[i])
			}
		}
		j.linked([]int32{h.From, h.Observer})
		j.directs++
	case isTrace:
		if snrs.Len() != len(h.Relays) || h.Kind != Trace {
			j.t.Fatalf("%d SNRs of %+v", snrs.Len(), h)
		}
		j.linked([]int32{h.From, h.Observer})
		j.traces++
	}
}

// linked checks that each node of a way can hear the one before it. The truth
// tells the links of the start: relays that move have others later.
func (j *judge) linked(way []int32) {
	for i := 1; i < len(way); i++ {
		a, b := way[i-1], way[i]
		if !j.truth.Hears(b, a) && !j.truth.Nodes[a].Moves && !j.truth.Nodes[b].Moves {
			j.t.Fatalf("no link from node %d to node %d", a, b)
		}
	}
}

func (j *judge) region(p meshcore.Packet, h *Heard) {
	if !p.Route.IsFlood() {
		return
	}
	name, _ := p.MatchRegion(j.truth.Regions)
	if want := j.truth.Nodes[h.Source].Region; name != want {
		j.t.Fatalf("region %q, want %q", name, want)
	}
	if name != "" {
		j.scoped++
	}
}
