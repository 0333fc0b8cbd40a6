package meshcore

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

// roundTrip checks that reading gives what was written, and that writing it
// again gives the same bytes.
func roundTrip[T interface{ AppendTo([]byte) []byte }](t *testing.T, x T, parse func([]byte) (T, error)) {
	t.Helper()
	b := x.AppendTo(nil)
	got, err := parse(b)
	if err != nil || !reflect.DeepEqual(got, x) {
		t.Fatalf("got %+v (%v), want %+v", got, err, x)
	}
	if again := got.AppendTo(nil); !bytes.Equal(again, b) {
		t.Fatalf("got %X, want %X", again, b)
	}
}

func TestDecodeOfEncodeIsThePayload(t *testing.T) {
	g := newGenerator(2)
	for range 2_000 {
		mac := [2]byte(g.bytes(2))
		roundTrip(t, Envelope{byte(g.Uint32()), byte(g.Uint32()), mac, g.bytes(1 + g.IntN(180))}, ParseEnvelope)
		roundTrip(t, AnonEnvelope{byte(g.Uint32()), PublicKey(g.bytes(32)), mac, g.bytes(1 + g.IntN(149))}, ParseAnonEnvelope)
		roundTrip(t, Group{byte(g.Uint32()), mac, g.bytes(1 + g.IntN(181))}, ParseGroup)
		roundTrip(t, Ack{[4]byte(g.bytes(4)), g.bytes(1 + g.IntN(4))}, ParseAck)
		roundTrip(t, Multipart{byte(g.IntN(16)), TypeAck, g.bytes(4 + g.IntN(10))}, ParseMultipart)
		roundTrip(t, Multipart{byte(g.IntN(16)), TypeReq, g.bytes(2 + g.IntN(10))}, ParseMultipart)
		roundTrip(t, Trace{g.Uint32(), g.Uint32(), byte(g.Uint32()), g.bytes(g.IntN(170))}, ParseTrace)
		roundTrip(t, Control{byte(g.Uint32()), g.bytes(g.IntN(180))}, ParseControl)
	}
}

func TestDiscoveryRoundTrips(t *testing.T) {
	g := newGenerator(3)
	for range 500 {
		q := DiscoverRequest{PrefixOnly: g.IntN(2) == 0, TypeFilter: byte(g.Uint32()), Tag: g.Uint32(), HasSince: g.IntN(2) == 0}
		if q.HasSince {
			q.Since = g.Uint32()
		}
		if got, ok, err := q.Control().DiscoverRequest(); !ok || err != nil || got != q {
			t.Fatalf("got %+v %v %v, want %+v", got, ok, err, q)
		}
		a := DiscoverResponse{Role: Role(g.IntN(16)), SNR: int8(g.Uint32()), Tag: g.Uint32(), Key: g.bytes(8)}
		if got, ok, err := a.Control().DiscoverResponse(); !ok || err != nil || !reflect.DeepEqual(got, a) {
			t.Fatalf("got %+v %v %v, want %+v", got, ok, err, a)
		}
	}
	if _, ok, _ := (Control{Flags: 0x80}).DiscoverResponse(); ok {
		t.Error("a request is no answer")
	}
	if _, ok, err := (Control{Flags: 0x80, Data: []byte{1}}).DiscoverRequest(); !ok || err == nil {
		t.Error("a request of 2 bytes is too short")
	}
}

func TestPlaintextsRoundTrip(t *testing.T) {
	g := newGenerator(4)
	k := Secret(g.bytes(32))
	for range 500 {
		text := DirectText{Timestamp: g.Uint32(), TxtType: byte(g.IntN(3)), Attempt: byte(g.IntN(4)), Text: g.text(120)}
		if text.TxtType == TextSigned {
			text.Author = [4]byte(g.bytes(4))
		}
		if text.TxtType == TextPlain && g.IntN(2) == 0 {
			text.ExtAttempt = byte(4 + g.IntN(250))
		}
		mac, ciphertext := k.Seal(text.Plain())
		plain, err := k.Open(mac, ciphertext)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseDirectText(plain); err != nil || got != text {
			t.Fatalf("got %+v (%v), want %+v", got, err, text)
		}
		path := ReturnedPath{PathLen: 0x42, PathBytes: g.bytes(4), ExtraType: TypeAck, Extra: g.bytes(4)}
		if got, err := ParseReturnedPath(path.Plain()); err != nil || !reflect.DeepEqual(got, path) {
			t.Fatalf("got %+v (%v), want %+v", got, err, path)
		}
		q := Request{Timestamp: g.Uint32(), Kind: byte(g.Uint32()), Data: g.bytes(g.IntN(20))}
		if got, err := ParseRequest(q.Plain()); err != nil || !reflect.DeepEqual(got, q) {
			t.Fatalf("got %+v (%v), want %+v", got, err, q)
		}
		tag := Tagged{Tag: g.Uint32(), Body: g.bytes(g.IntN(20))}
		if got, err := ParseTagged(tag.Plain()); err != nil || !reflect.DeepEqual(got, tag) {
			t.Fatalf("got %+v (%v), want %+v", got, err, tag)
		}
	}
	for _, bad := range []string{"C1AABBCC03", "7F00", "42AABB", ""} {
		if _, err := ParseReturnedPath(unhex(t, bad)); !errors.Is(err, ErrBadPath) && bad != "" {
			t.Errorf("%s: got %v, want %v", bad, err, ErrBadPath)
		}
	}
}

func TestTooShortPayloads(t *testing.T) {
	for name, c := range map[string]struct {
		least int
		parse func([]byte) error
	}{
		"envelope":  {5, func(b []byte) error { _, err := ParseEnvelope(b); return err }},
		"anon":      {36, func(b []byte) error { _, err := ParseAnonEnvelope(b); return err }},
		"group":     {4, func(b []byte) error { _, err := ParseGroup(b); return err }},
		"ack":       {4, func(b []byte) error { _, err := ParseAck(b); return err }},
		"advert":    {100, func(b []byte) error { _, err := ParseAdvert(b); return err }},
		"trace":     {9, func(b []byte) error { _, err := ParseTrace(b); return err }},
		"multipart": {3, func(b []byte) error { _, err := ParseMultipart(b); return err }},
		"control":   {1, func(b []byte) error { _, err := ParseControl(b); return err }},
	} {
		var e *PayloadError
		if err := c.parse(make([]byte, c.least-1)); !errors.As(err, &e) || e.Reason != ReasonPayloadTooShort || e.Offset != c.least-1 {
			t.Errorf("%s of %d bytes: got %v", name, c.least-1, err)
		}
		if err := c.parse(make([]byte, c.least)); err != nil {
			t.Errorf("%s of %d bytes: got %v", name, c.least, err)
		}
	}
	var e *PayloadError
	if _, err := ParseMultipart(unhex(t, "13010203")); !errors.As(err, &e) || e.Reason != ReasonInnerTooShort {
		t.Errorf("multipart with an ACK of 3 bytes: got %v", err)
	}
}

func TestAckCodeOfAMessage(t *testing.T) {
	// The ACK of the vectors' matrix is that of its TXT_MSG, "hello bob" of alice.
	alice := mustPublic(t, "E6B92410B9D1A58AF4E69C26E79F7DE4694F7F2169F76F7B877C31066952D79D")
	m := DirectText{Timestamp: 1767225600, Text: "hello bob"}
	if got := AckCode(m.AckInput(), alice); upperHex(got[:]) != "2D13EC58" {
		t.Errorf("got %X, want 2D13EC58", got)
	}
}
