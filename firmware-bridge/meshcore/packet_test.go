package meshcore

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

func TestEncodeOfDecodeIsTheFrame(t *testing.T) {
	g := newGenerator(1)
	for range 20_000 {
		frame := g.frame()
		p, err := Parse(frame)
		if err != nil {
			t.Fatalf("%X: %v", frame, err)
		}
		if got := p.AppendTo(nil); !bytes.Equal(got, frame) || p.Len() != len(frame) || p.Validate() != nil {
			t.Fatalf("got %X, want %X (%v)", got, frame, p.Validate())
		}
	}
	for _, v := range vectors(t) {
		if p, err := Parse(v.frame); err == nil && !bytes.Equal(p.AppendTo(nil), v.frame) {
			t.Errorf("%s: got %X, want %X", v.Name, p.AppendTo(nil), v.frame)
		}
	}
}

func TestParseSaysWhereItRefuses(t *testing.T) {
	long := make([]byte, 256)
	payload := make([]byte, 2+185)
	payload[0] = 0x15
	for _, c := range []struct {
		frame  []byte
		reason string
		offset int
	}{
		{nil, ReasonEmpty, 0},
		{long, ReasonFrameTooLong, 255},
		{unhex(t, "5500"), ReasonUnsupportedVersion, 0},
		{unhex(t, "FFFFFFFF"), ReasonUnsupportedVersion, 0},
		{unhex(t, "15"), ReasonTooShort, 1},
		{unhex(t, "1490950000"), ReasonTooShort, 5},
		{unhex(t, "15C0"), ReasonReservedHashSize, 1},
		{unhex(t, "149095 0000 C1"), ReasonReservedHashSize, 5},
		{unhex(t, "1561"), ReasonPathTooLong, 1},
		{unhex(t, "1596"), ReasonPathTooLong, 1},
		{unhex(t, "1542AABBCC"), ReasonTruncatedPath, 5},
		{payload, ReasonPayloadTooLong, 186},
	} {
		_, err := Parse(c.frame)
		var e *FrameError
		if !errors.As(err, &e) || e.Reason != c.reason || e.Offset != c.offset {
			t.Errorf("%X: got %v, want %s at %d", c.frame[:min(8, len(c.frame))], err, c.reason, c.offset)
		}
	}
}

func TestThePathIsOneOfThreeThings(t *testing.T) {
	key := mustPublic(t, "AABB75B2"+"00112233445566778899AABBCCDDEEFF00112233445566778899AABB")
	flood, _ := Parse(unhex(t, "1542 1122 AABB 01020304"))
	heard, ok := flood.Heard()
	last, _ := heard.Last()
	if !ok || heard.Len() != 2 || last.String() != "AABB" || !last.Matches(key) || heard.At(0).Matches(key) {
		t.Errorf("got %v %v, want the relays 1122 and AABB", ok, heard)
	}
	if _, ok := flood.Ahead(); ok {
		t.Error("a flood has no route ahead")
	}
	direct, _ := Parse(unhex(t, "1642 1122 AABB 01020304"))
	if _, ok := direct.Heard(); ok {
		t.Error("no hop of a direct packet was heard")
	}
	if ahead, ok := direct.Ahead(); !ok || ahead.At(0).String() != "1122" {
		t.Errorf("got %v %v, want 1122 to come first", ok, ahead)
	}
	trace, _ := Parse(unhex(t, "2602 30F8 04030201 00000000 00 AABBCC"))
	snr, ok := trace.TraceSNR()
	if !ok || snr.Len() != 2 || snr.At(1) != -8 || snr.DB(0) != 12 {
		t.Errorf("got %v %v, want 12 dB and -2 dB", ok, snr)
	}
	if _, ok := trace.Ahead(); ok {
		t.Error("the bytes of a trace are no hops")
	}
	empty, _ := Parse(unhex(t, "1500 01"))
	heard, _ = empty.Heard()
	if _, ok := heard.Last(); ok {
		t.Error("without relays the originator was heard, who is not in the path")
	}
}

func TestHopsRoundTrip(t *testing.T) {
	for _, s := range []string{"0A", "ABCD", "012345"} {
		h, err := ParseHop(s)
		if err != nil || h.String() != s || h != NewHop(h.Bytes()) || h.Width() != len(s)/2 {
			t.Errorf("got %v (%v), want %s", h, err, s)
		}
	}
	for _, s := range []string{"", "1", "XX", "01020304"} {
		if h, err := ParseHop(s); err == nil {
			t.Errorf("%q: got %v, want an error", s, h)
		}
	}
	if NewHop(nil).Matches(PublicKey{}) {
		t.Error("no hop matches no key")
	}
}

func TestHashesOfTheProtocolDocument(t *testing.T) {
	for frame, want := range map[string]string{
		"150011C3C1354D619BAE9590E4D177DB7EEAF982F5BDCF78005D75157D9535FA90178F785D": "b35e8ec0e974a30b",
		"2502AABBDEADBEEF": "b1baaf3bf0d0726c",
	} {
		p, err := Parse(unhex(t, frame))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Hash().String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if h, err := ParseHash(want); err != nil || h != p.Hash() {
			t.Errorf("got %v (%v), want %s", h, err, want)
		}
	}
}

func TestRelaysExtendAndConsumePaths(t *testing.T) {
	relay := mustPublic(t, "EF75B20E"+"00112233445566778899AABBCCDDEEFF00112233445566778899AABB")
	const p = "11C3C1354D"
	for received, want := range map[string]string{
		"1500" + p:                     "1501EF" + p,
		"154570650AC9D760D31445F7" + p: "154670650AC9D760D31445F7EF75" + p,
		"14 04000000 02 EA62" + p:      "14040000 00 03 EA62EF" + p,
		"16 42 EF75 AABB" + p:          "16 41 AABB" + p,
		"16 81 EF75B2" + p:             "16 80" + p,
	} {
		in, err := Parse(unhex(t, received))
		if err != nil {
			t.Fatal(err)
		}
		out, ok := in.Relayed(relay)
		if got := out.AppendTo(nil); !ok || !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("%s: got %X, want %s", received, got, want)
		}
	}
	for _, stays := range []string{"16 41 AABB" + p, "1600" + p, "1560" + string(bytes.Repeat([]byte("AA"), 64)) + p} {
		in, err := Parse(unhex(t, stays))
		if err != nil {
			t.Fatal(err)
		}
		if out, ok := in.Relayed(relay); ok {
			t.Errorf("%s: got %X, want it not to be relayed", stays, out.AppendTo(nil))
		}
	}
}

func TestTraceGoesItsRoute(t *testing.T) {
	a, b := FromSeed([32]byte{1}).Public(), FromSeed([32]byte{2}).Public()
	for flags := range byte(4) {
		n := 1 << flags
		route := append(append(append([]byte(nil), a[:n]...), b[:n]...), a[:n]...)
		p, err := NewDirect(TypeTrace, nil, Trace{Tag: 7, Flags: flags, Route: route}.AppendTo(nil))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[Hash]bool{}
		for i, k := range []PublicKey{a, b, a} {
			seen[p.Hash()] = true
			next, ok := p.Traced(k, int8(i-1))
			if _, again := next.Traced(PublicKey{}, 0); !ok || again {
				t.Fatalf("width %d, node %d: got %v and %v, want true and false", n, i, ok, again)
			}
			p = next
		}
		tr, _ := ParseTrace(p.Payload)
		if !tr.AtEnd(p.PathLen) || !bytes.Equal(p.PathBytes, []byte{0xFF, 0, 1}) || len(seen) != 3 {
			t.Errorf("width %d: got end %v, SNRs %X, %d hashes", n, tr.AtEnd(p.PathLen), p.PathBytes, len(seen))
		}
	}
}

func TestBuildersMakeWhatTheParserReads(t *testing.T) {
	route := []Hop{NewHop([]byte{1, 2}), NewHop([]byte{3, 4})}
	p, err := NewDirect(TypeTxtMsg, route, []byte{1, 2, 3, 4, 5})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []Packet{p, p.Scoped(RegionKey("nl")), NewFlood(TypeAck, 3, []byte{1, 2, 3, 4}), NewFlood(TypeAck, 1, []byte{1, 2, 3, 4}).Scoped(RegionKey("#nl"))} {
		got, err := Parse(p.AppendTo(nil))
		if len(got.PathBytes) == 0 {
			got.PathBytes = nil
		}
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("got %+v (%v), want %+v", got, err, p)
		}
		if name, ok := got.MatchRegion([]string{"be", "nl"}); ok != p.Route.HasTransport() || ok && name != "#nl" {
			t.Errorf("got region %q %v", name, ok)
		}
	}
	if _, err := NewDirect(TypeAck, []Hop{NewHop([]byte{1}), NewHop([]byte{1, 2})}, nil); !errors.Is(err, ErrPath) {
		t.Errorf("mixed widths: got %v, want %v", err, ErrPath)
	}
}
