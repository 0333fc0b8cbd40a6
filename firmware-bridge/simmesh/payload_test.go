package simmesh

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// payload compares what the decoder says of a payload with what the generator
// knows of it. Every type that the mesh sends has its case.
func (j *judge) payload(p meshcore.Packet, m heardMessage) {
	source := j.truth.Nodes[m.heard.Source]
	j.types[p.Type]++
	switch p.Type {
	case meshcore.TypeAdvert:
		j.advert(p, m, source)
	case meshcore.TypeGrpTxt:
		j.groupText(p, source)
	case meshcore.TypeGrpData:
		d, err := j.ring.OpenData(p.Payload)
		if err != nil || len(d.Data) < 4 || len(d.Data) != int(d.DataLen) || meshcore.DataTypeName(d.DataType) == "unassigned" {
			j.t.Fatalf("group data %+v: %v", d, err)
		}
	case meshcore.TypeReq, meshcore.TypeResponse, meshcore.TypeTxtMsg, meshcore.TypePath:
		e, err := meshcore.ParseEnvelope(p.Payload)
		if err != nil || e.Src != j.keys[m.heard.Source][0] || len(e.Ciphertext)%16 != 0 || !bytes.Equal(e.AppendTo(nil), p.Payload) {
			j.t.Fatalf("envelope %+v: %v, from %s", e, err, source.PubKey)
		}
	case meshcore.TypeAnonReq:
		e, err := meshcore.ParseAnonEnvelope(p.Payload)
		if err != nil || e.Sender != j.keys[m.heard.Source] || !bytes.Equal(e.AppendTo(nil), p.Payload) {
			j.t.Fatalf("anonymous request %+v: %v, from %s", e, err, source.PubKey)
		}
	case meshcore.TypeAck:
		a, err := meshcore.ParseAck(p.Payload)
		if attempt, _, six := a.Attempt(); err != nil || six != (len(p.Payload) == 6) || attempt > 2 || !bytes.Equal(a.AppendTo(nil), p.Payload) {
			j.t.Fatalf("ack %+v: %v", a, err)
		}
	case meshcore.TypeMultipart:
		v, err := meshcore.ParseMultipart(p.Payload)
		if a, ok := v.Ack(); err != nil || !ok || v.Remaining != 1 || !bytes.Equal(a.AppendTo(nil), p.Payload[1:]) {
			j.t.Fatalf("multipart %+v: %v", v, err)
		}
	case meshcore.TypeTrace:
		j.route(p, m.heard)
	case meshcore.TypeControl:
		j.control(p, m.heard)
	case meshcore.TypeRawCustom:
		if len(p.Payload) < 8 {
			j.t.Fatalf("raw custom of %d bytes", len(p.Payload))
		}
	default:
		j.t.Fatalf("type %s", p.Type)
	}
}

func (j *judge) advert(p meshcore.Packet, m heardMessage, source Node) {
	a, err := meshcore.ParseAdvert(p.Payload)
	n := j.byKey[a.Key]
	if err != nil || !a.Verify() || n.PubKey != source.PubKey || n.Silent || a.Name != n.Name || a.HasPosition != n.Located ||
		byte(a.Role) != roleByte[n.Role] {
		j.t.Fatalf("advert %+v: %v, of %+v", a, err, n)
	}
	late := float64(m.At.Unix() + n.SkewSec - int64(a.Timestamp))
	if n.Clock != "never set" && math.Abs(late) > 1200 {
		j.t.Fatalf("an advert %v s late by its sender's clock", late)
	}
	other, valid, err := wire.ParseAdvert(p.Payload)
	if err != nil || !valid || other.Time != a.Timestamp || other.Lat != a.Lat() || other.Lon != a.Lon() || other.Name != a.Name {
		j.t.Fatalf("advert %+v, the other decoder says %+v %v", a, other, err)
	}
	j.adverts++
}

func (j *judge) groupText(p meshcore.Packet, source Node) {
	text, err := j.ring.OpenText(p.Payload)
	if err != nil || text.Sender != strings.ReplaceAll(source.Name, ": ", " ") || text.Message == "" {
		j.t.Fatalf("group text %+v: %v", text, err)
	}
	j.texts++
	if strings.HasPrefix(text.Channel, "private-") {
		j.secrets++
	}
	for _, c := range j.truth.Channels {
		if c.Name != text.Channel {
			continue
		}
		key, err := hex.DecodeString(c.Key)
		if err != nil || len(key) != 16 {
			j.t.Fatal(c, err)
		}
		at, sender, message, ok := wire.NewChannel(c.Name, [16]byte(key)).OpenText(p.Payload)
		if !ok || at != text.Timestamp || sender != text.Sender || message != text.Message {
			j.t.Fatalf("group text %+v, the other decoder says %q %q", text, sender, message)
		}
	}
}

// route compares the planned route of a trace with the relays that have done
// their part of it.
func (j *judge) route(p meshcore.Packet, h *Heard) {
	t, err := meshcore.ParseTrace(p.Payload)
	if err != nil || t.Len() < len(h.Relays) || !bytes.Equal(t.AppendTo(nil), p.Payload) {
		j.t.Fatalf("trace %+v: %v, relays %v", t, err, h.Relays)
	}
	for i, n := range h.Relays {
		if !bytes.HasPrefix(j.keys[n][:], t.At(i)) {
			j.t.Fatalf("node %X of the route is not relay %d", t.At(i), n)
		}
	}
}

func (j *judge) control(p meshcore.Packet, h *Heard) {
	c, err := meshcore.ParseControl(p.Payload)
	if err != nil || !c.ZeroHopOnly() {
		j.t.Fatalf("control %+v: %v", c, err)
	}
	q, isQuestion, err := c.DiscoverRequest()
	if isQuestion && (err != nil || len(q.Roles()) != 1 || q.Roles()[0] != meshcore.RoleRepeater || !bytes.Equal(q.Control().AppendTo(nil), p.Payload)) {
		j.t.Fatalf("question %+v: %v", q, err)
	}
	a, isAnswer, err := c.DiscoverResponse()
	if isAnswer && (err != nil || !bytes.HasPrefix(j.keys[h.Source][:], a.Key) || byte(a.Role) != roleByte[j.truth.Nodes[h.Source].Role] || !bytes.Equal(a.Control().AppendTo(nil), p.Payload)) {
		j.t.Fatalf("answer %+v: %v", a, err)
	}
	if isQuestion == isAnswer {
		j.t.Fatalf("control %+v is neither question nor answer", c)
	}
}

// TestTwoEncodersAgree makes frames of every route, type, width and length with
// both encoders, and reads each with both decoders.
func TestTwoEncodersAgree(t *testing.T) {
	g := rand.New(rand.NewPCG(8, 8))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(g.Uint32())
		}
		return b
	}
	for typ := range byte(16) {
		for route := range byte(4) {
			for width := 1; width <= 3; width++ {
				q := wire.Packet{Route: wire.Route(route), Type: wire.Type(typ), HashSize: width, Payload: random(1 + g.IntN(184))}
				if typ == byte(wire.Trace) {
					q.HashSize = 1
				}
				q.Path = random(q.HashSize * g.IntN(min(63, 64/q.HashSize)+1))
				if q.Route.HasTransport() {
					q.Transport = [2]uint16{uint16(g.Uint32()), uint16(g.Uint32())}
				}
				frame := q.AppendTo(nil)
				p, err := meshcore.Parse(frame)
				if err != nil || byte(p.Route) != route || byte(p.Type) != typ || !bytes.Equal(p.AppendTo(nil), frame) || p.Hash() != q.Hash() || p.Len() != q.Len() {
					t.Fatalf("%X: got %+v %v", frame, p, err)
				}
				back, err := wire.Parse(p.AppendTo(nil))
				if err != nil || !bytes.Equal(back.Path, q.Path) || !bytes.Equal(back.Payload, q.Payload) {
					t.Fatalf("%X: the other decoder says %+v %v", frame, back, err)
				}
			}
		}
	}
	for range 200 {
		seed, name, at := [32]byte(random(32)), "Node é", g.Uint32()
		private := ed25519.NewKeyFromSeed(seed[:])
		ours, err := meshcore.SignAdvert(meshcore.FromSeed(seed), meshcore.Advert{Timestamp: at, Role: meshcore.RoleRoom, HasPosition: true, LatE6: 51_507_400, LonE6: -127_800, HasName: true, Name: name})
		theirs := wire.SignAdvert(private, wire.AdvertData{Time: at, Role: wire.RoleRoom, HasLocation: true, Lat: 51.5074, Lon: -0.1278, Name: name})
		if err != nil || !bytes.Equal(ours.AppendTo(nil), theirs) {
			t.Fatalf("advert: got %X (%v), want %X", ours.AppendTo(nil), err, theirs)
		}
		key := wire.HashtagKey("#test")
		if got, want := must(meshcore.NewGroupText(at, "Ann", "hi").Seal(meshcore.HashtagKey("test"))), wire.NewChannel("#test", key).SealText(at, "Ann", "hi"); !bytes.Equal(got, want) {
			t.Fatalf("text: got %X, want %X", got, want)
		}
		payload := random(1 + g.IntN(184))
		if got, want := meshcore.RegionCode(key, meshcore.TypeGrpTxt, payload), wire.TransportCode(key, wire.GrpTxt, payload); got != want {
			t.Fatalf("scope: got %04X, want %04X", got, want)
		}
	}
}

// must is a value that cannot fail to be made.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
