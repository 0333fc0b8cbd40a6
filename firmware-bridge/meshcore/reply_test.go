package meshcore

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"reflect"
	"testing"
)

// vectorPlain is the plaintext of a vector whose direct message the firmware's
// code has decrypted.
func vectorPlain(t *testing.T, name string) []byte {
	t.Helper()
	for _, v := range vectors(t) {
		if v.Name == name {
			d := Describe(v.frame, vectorOptions(t))
			if d.Plaintext == nil {
				t.Fatalf("%s is not decrypted", name)
			}
			return d.Plaintext
		}
	}
	t.Fatalf("no vector %s", name)
	return nil
}

func vectorRequest(t *testing.T, name string) Request {
	t.Helper()
	q, err := ParseRequest(vectorPlain(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func vectorBody(t *testing.T, name string) []byte {
	t.Helper()
	r, err := ParseTagged(vectorPlain(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return r.Body
}

// Each request is read from a frame that the firmware made, and made again.
func TestRequestsOfTheVectors(t *testing.T) {
	const at = 1767225620
	abcd := [4]byte([]byte("abcd"))
	for name, q := range map[string]Request{
		"dm-req-status":      NewStatusRequest(at, abcd),
		"dm-req-keepalive":   NewKeepAlive(at, 1767225600),
		"dm-req-telemetry":   NewTelemetryRequest(at, TelemetryBase, abcd),
		"dm-req-avg-min-max": NewSpanRequest(at, 1767222000, 1767225600),
		"dm-req-acl":         NewAccessListRequest(at),
		"dm-req-neighbours":  NewNeighboursRequest(at, NeighboursQuery{Count: 10, PrefixLen: 6}, [4]byte([]byte("rand"))),
		"dm-req-owner":       NewOwnerRequest(at),
	} {
		plain := vectorPlain(t, name)
		if got := q.Plain(); !bytes.HasPrefix(plain, got) || len(bytes.Trim(plain[len(got):], "\x00")) > 0 {
			t.Errorf("%s: got %X, want %X", name, got, plain)
		}
	}
	if since, ok := vectorRequest(t, "dm-req-keepalive").KeepAlive(); !ok || since != 1767225600 {
		t.Errorf("keep-alive: got %d %v", since, ok)
	}
	if want, ok := vectorRequest(t, "dm-req-telemetry").Telemetry(); !ok || want != TelemetryBase {
		t.Errorf("telemetry: got %d %v", want, ok)
	}
	if from, to, ok := vectorRequest(t, "dm-req-avg-min-max").Span(); !ok || from != 1767222000 || to != 1767225600 {
		t.Errorf("span: got %d %d %v", from, to, ok)
	}
	if n, ok := vectorRequest(t, "dm-req-neighbours").Neighbours(); !ok || n != (NeighboursQuery{Count: 10, Order: NewestFirst, PrefixLen: 6}) {
		t.Errorf("neighbours: got %+v %v", n, ok)
	}
	status := vectorRequest(t, "dm-req-status")
	_, a := status.KeepAlive()
	_, b := status.Telemetry()
	_, _, c := status.Span()
	if _, d := status.Neighbours(); a || b || c || d {
		t.Error("a status request reads as another")
	}
}

func TestRepliesOfTheVectors(t *testing.T) {
	stats, err := ParseRepeaterStats(vectorBody(t, "dm-resp-stats"))
	want := RepeaterStats{ServerStats{
		BatteryMV: 4012, NoiseDBm: -112, LastRSSI: -87, Received: 123456, Sent: 65432, AirtimeS: 3600, UptimeS: 864000,
		SentFlood: 40000, SentDirect: 25432, RecvFlood: 100000, RecvDirect: 23456, LastSNR: 27, DirectDups: 12, FloodDups: 345,
	}, 9000, true, 17}
	if err != nil || stats != want {
		t.Errorf("stats: got %+v (%v), want %+v", stats, err, want)
	}
	readings, err := ParseReadings(vectorBody(t, "dm-resp-telemetry"))
	if err != nil || len(readings) != 2 || readings[0].String() != "voltage 4.01 V" || readings[1].String() != "temperature 23.5 °C" {
		t.Errorf("telemetry: got %v (%v)", readings, err)
	}
	n, err := ParseNeighbours(vectorBody(t, "dm-resp-neighbours"), 6)
	if err != nil || n.Total != 1 || len(n.List) != 1 || hex.EncodeToString(n.List[0].Prefix) != "d0c7a3299d31" || n.List[0].AgeS != 42 || n.List[0].SNR != -20 {
		t.Errorf("neighbours: got %+v (%v)", n, err)
	}
	login, err := ParseLoginReply(vectorPlain(t, "dm-resp-login-ok"))
	if err != nil || login != (LoginReply{Clock: 1767225621, Admin: true, Permissions: 3, Random: [4]byte{0xDE, 0xAD, 0xBE, 0xEF}, Level: 2}) {
		t.Errorf("login: got %+v (%v)", login, err)
	}
}

func TestAnonymousRequestsOfTheVectors(t *testing.T) {
	for name, want := range map[string]AnonQuery{
		"anon-regions": {1767225600, AnonRegions, 0x02, []byte{0xAA, 0xBB}},
		"anon-owner":   {1767225600, AnonOwner, 0x41, []byte{0xAA, 0xBB}},
		"anon-basic":   {1767225600, AnonBasic, 0x00, []byte{}},
	} {
		plain := vectorPlain(t, name)
		got, err := ParseAnonQuery(plain)
		if err != nil || !reflect.DeepEqual(got, want) || !bytes.HasPrefix(plain, got.Plain()) {
			t.Errorf("%s: got %+v (%v), want %+v", name, got, err, want)
		}
		if _, err := ParseLogin(plain, false); !errors.Is(err, ErrPlaintext) {
			t.Errorf("%s reads as a login", name)
		}
	}
	for name, room := range map[string]bool{"anon-login-blank": false, "anon-room-login": true, "matrix-ANON_REQ-FLOOD-h1-n0": false} {
		plain := vectorPlain(t, name)
		got, err := ParseLogin(plain, room)
		if err != nil || got.Timestamp != 1767225600 || !bytes.HasPrefix(plain, got.Plain(room)) {
			t.Errorf("%s: got %+v (%v)", name, got, err)
		}
		if _, err := ParseAnonQuery(plain); !room && err == nil {
			t.Errorf("%s reads as a query", name)
		}
	}
	if l, _ := ParseLogin(vectorPlain(t, "anon-room-login"), true); l.Password != "hello" || l.Since != 0x69546780 {
		t.Errorf("got %+v", l)
	}
}

func TestRepliesRoundTrip(t *testing.T) {
	g := newGenerator(11)
	server := func() ServerStats {
		return ServerStats{
			uint16(g.Uint32()), uint16(g.Uint32()), int16(g.Uint32()), int16(g.Uint32()), g.Uint32(), g.Uint32(), g.Uint32(), g.Uint32(),
			g.Uint32(), g.Uint32(), g.Uint32(), g.Uint32(), uint16(g.Uint32()), int16(g.Uint32()), uint16(g.Uint32()), uint16(g.Uint32()),
		}
	}
	for range 300 {
		repeater := RepeaterStats{ServerStats: server(), RxAirtimeS: g.Uint32(), HasRecvErrors: g.IntN(2) == 0}
		if repeater.HasRecvErrors {
			repeater.RecvErrors = g.Uint32()
		}
		roundTrip(t, repeater, ParseRepeaterStats)
		roundTrip(t, RoomStats{server(), uint16(g.Uint32()), uint16(g.Uint32())}, ParseRoomStats)
		width := 1 + g.IntN(8)
		n := Neighbours{Total: uint16(g.Uint32())}
		for range g.IntN(10) {
			n.List = append(n.List, Neighbour{g.bytes(width), g.Uint32(), int8(g.Uint32())})
		}
		roundTrip(t, n, func(b []byte) (Neighbours, error) { return ParseNeighbours(b, width) })
		roundTrip(t, Owner{"v1", g.text(20), g.text(40) + "\n" + g.text(20)}, func(b []byte) (Owner, error) { return ParseOwner(b), nil })
		entries := []AccessEntry{{[6]byte(g.bytes(6)), 3}, {[6]byte{1}, byte(g.Uint32())}}
		if got := ParseAccessList(append(entries[1].AppendTo(entries[0].AppendTo(nil)), make([]byte, g.IntN(16))...)); !reflect.DeepEqual(got, entries) {
			t.Fatalf("got %v, want %v", got, entries)
		}
		login := LoginReply{g.Uint32(), g.IntN(2) == 0, byte(g.Uint32()), [4]byte(g.bytes(4)), byte(g.Uint32())}
		if got, err := ParseLoginReply(login.Plain()); err != nil || got != login {
			t.Fatalf("got %+v (%v), want %+v", got, err, login)
		}
		for kind, a := range map[AnonKind]AnonReply{
			AnonRegions: {Clock: g.Uint32(), Regions: []string{"*", "nl", "de-by"}}, AnonOwner: {Clock: 1, Name: g.text(9), Info: g.text(30)},
			AnonBasic: {Clock: 2, Features: FeatureNotForwarding},
		} {
			padded := append(a.Body(kind), make([]byte, g.IntN(16))...)
			if got, err := ParseAnonReply(padded, kind); err != nil || !reflect.DeepEqual(got, a) {
				t.Fatalf("got %+v (%v), want %+v", got, err, a)
			}
		}
	}
	if PermissionAdmin.String() != "admin" || (AccessEntry{Flags: 0xFE}).Permission() != PermissionReadWrite {
		t.Error("permissions are the low two bits")
	}
}

func TestReadingsRoundTrip(t *testing.T) {
	g := newGenerator(12)
	for _, k := range ReadingKinds() {
		form := lppForms[k]
		for range 50 {
			var values []float64
			for _, p := range form.parts {
				raw := int64(g.Uint64() & (1<<(8*p.bytes) - 1))
				if p.signed {
					raw = bigEndian([]byte{byte(raw >> (8 * (p.bytes - 1))), byte(raw >> 8), byte(raw)}[:min(p.bytes, 3)], true)
				}
				values = append(values, scaled(raw, p.scale))
			}
			r, err := NewReading(1+byte(g.IntN(255)), k, values...)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ParseReadings(append(r.AppendTo(nil), make([]byte, g.IntN(9))...))
			if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], r) || !reflect.DeepEqual(got[0].Values(), values) {
				t.Fatalf("got %v (%v), want %v of %v", got, err, r, values)
			}
		}
		if _, err := NewReading(1, k, math.NaN(), math.Inf(1), 1e30); err == nil {
			t.Errorf("%s: takes what is no number", k)
		}
		if _, err := NewReading(0, k, 0, 0, 0); err == nil {
			t.Errorf("%s: takes channel 0", k)
		}
	}
	for in, want := range map[string]string{
		"01 74 01 91 01 67 00 EB":             "[voltage 4.01 V temperature 23.5 °C]",
		"01 88 07DBF2 FFFB02 0003E8":          "[position 51.5058 -0.1278 10]",
		"02 68 8C 02 67 FF9C 02 73 2787 0000": "[humidity 70 % temperature -10 °C pressure 1011.9 hPa]",
	} {
		if got, err := ParseReadings(unhex(t, in)); err != nil || "["+joinReadings(got)+"]" != want {
			t.Errorf("%s: got %v (%v), want %s", in, got, err, want)
		}
	}
	for in, good := range map[string]int{"01": 0, "01 74 01": 0, "01 74 0191 02 07 00": 1, "01 F0 00": 0, "01 67 00EB 05": 1} {
		if got, err := ParseReadings(unhex(t, in)); !errors.Is(err, ErrReading) || len(got) != good {
			t.Errorf("%s: got %v (%v)", in, got, err)
		}
	}
	if got, err := ParseReadings(unhex(t, "01 F0 0102030405060708 0000")); err != nil || len(got) != 1 || got[0].Values() != nil || got[0].String() != "polyline" {
		t.Errorf("polyline: got %v (%v)", got, err)
	}
}

func joinReadings(all []Reading) (s string) {
	for i, r := range all {
		if i > 0 {
			s += " "
		}
		s += r.String()
	}
	return s
}

func TestSpansOfReadings(t *testing.T) {
	clock, list, err := ParseSpan(unhex(t, "00B95569 02 67 FF9C 00EB 0064 02 68 0190 02BC 0226 0000"))
	want := []SpanReading{{2, ReadingTemperature, -10, 23.5, 10}, {2, ReadingHumidity, 40, 70, 55}}
	if err != nil || clock != 1767225600 || !reflect.DeepEqual(list, want) {
		t.Errorf("got %d %v (%v), want %v", clock, list, err, want)
	}
	for _, bad := range []string{"00B955", "00B95569 02", "00B95569 02 67 FF9C 00EB 00", "00B95569 02 88 00"} {
		if _, _, err := ParseSpan(unhex(t, bad)); err == nil {
			t.Errorf("%s: want an error", bad)
		}
	}
}

func TestWhatTheFirmwareTakes(t *testing.T) {
	for name, want := range map[string]bool{"nl": true, "#de-by": true, "$x": true, "zürich": true, "a b": false, "": false, "a.b": false, "x*": false, "0123456789012345678901234567890": false} {
		if ValidRegionName(name) != want {
			t.Errorf("region %q: got %v", name, !want)
		}
	}
	if (RegionKey("$private") != [16]byte{}) || (RegionKey("*") != [16]byte{}) {
		t.Error("private regions and * have no key")
	}
	p := NewFlood(TypeAck, 1, []byte{1, 2, 3, 4}).Scoped(RegionKey("nl"))
	if p.Scoped([16]byte{}).Route != Flood || p.ScopedNowhere().Route != TransportFlood || p.ScopedNowhere().Transport != [2]uint16{} {
		t.Error("no key is no scope; nowhere has codes of 0")
	}
	if name, ok := p.ScopedNowhere().MatchRegion([]string{"$a", "*", "nl"}); ok {
		t.Errorf("nowhere is region %s", name)
	}
	client := mustPrivate(t, "7065E18FD9FABB70C1ED90DCA19907DE698C88B709EA146EAFD93D9B830C7B60C4681193C79BBC39945BA8064104BB618F8FD7A84A0AF6F57033D6E8DDCD6471")
	if err := client.Check(); err != nil {
		t.Errorf("the firmware's own test key: %v", err)
	}
	for i, bit := range map[int]byte{0: 1, 31: 0x80} {
		bad := client
		bad[i] ^= bit
		if !errors.Is(bad.Check(), ErrPrivateKey) {
			t.Errorf("byte %d: a key that is not clamped is taken", i)
		}
	}
	for i := range 600 {
		if k := FromSeed([32]byte{byte(i), byte(i >> 8), 1}); k.Public().Reserved() != (k.Check() != nil) {
			t.Errorf("%s: got %v", k.Public(), k.Check())
		}
	}
	for n, want := range map[uint16]string{0: "internal", 0x100: "MeshCore Open", 0x11A: "Ripple", 0x130: "StreamSensor", 0xFF01: "development", 0xFFFF: "developer namespace", 0x200: "unassigned"} {
		if got := DataTypeName(n); got != want {
			t.Errorf("%04X: got %s, want %s", n, got, want)
		}
	}
}

func TestFramesThatNodesHandOn(t *testing.T) {
	for in, want := range map[string]string{"5100AA": "", "1100": ReasonEmptyPayload, "11": ReasonTooShort, "11C0AA": ReasonReservedHashSize, "1102AA": ReasonTruncatedPath} {
		p, err := ParseKept(unhex(t, in))
		var e *FrameError
		if errors.As(err, &e); err == nil && want != "" || err != nil && e.Reason != want {
			t.Errorf("%s: got %v, want %q", in, err, want)
		}
		if err == nil && !bytes.Equal(p.AppendTo(nil), unhex(t, in)) {
			t.Errorf("%s: got %X", in, p.AppendTo(nil))
		}
	}
	seen := map[Hash]bool{}
	for remaining := range byte(3) {
		p, err := NewDirect(TypeMultipart, nil, Multipart{remaining, TypeAck, []byte{1, 2, 3, 4}}.AppendTo(nil))
		if err != nil {
			t.Fatal(err)
		}
		seen[p.SeenHash()] = true
		if p.SeenHash() == p.Hash() {
			t.Error("the byte that counts down is left out")
		}
	}
	if p := NewFlood(TypeAck, 1, []byte{1, 2, 3, 4}); len(seen) != 1 || p.SeenHash() != p.Hash() {
		t.Errorf("%d hashes of one multipart ACK", len(seen))
	}
	if got := ChannelURIScope("meshcore://channel/add?name=x&secret=00&region_scope=nl"); got != "nl" {
		t.Errorf("got scope %q", got)
	}
}
