package node

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"

	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// said frames payloads as a companion does.
func said(payloads ...[]byte) []byte {
	var b []byte
	for _, p := range payloads {
		b = append(binary.LittleEndian.AppendUint16(append(b, '>'), uint16(len(p))), p...)
	}
	return b
}

const (
	selfInfo    = "05 01 16 16 " + nodeKey + " C8F01103 C80CFEFF 00 01 15 01 F2440D00 24F40000 08 08 6F627331"
	channelText = "11 2F 00 00 00 42 00 01B95569 616C6963653A206869"
	heardFrame  = "0A00D0E683B8EA82D4F326668AE92793BB39923BAA3B"
)

func TestCompanionYieldsTheMessagesOfAFeed(t *testing.T) {
	direct := "10 D8 00 00 E6B92410B9D1 FF 02 01B95569 D0C7A329 706F7374"
	w := &wire{Reader: bytes.NewReader(said(
		unhex(t, "88 2F C0"+heardFrame), // it has not said who it is
		unhex(t, "0C AC0F 64000000 E8030000"), unhex(t, "18 00 AC0F 100E0000 0000 00"), unhex(t, "18 01 90FF A9 2F 78000000 84030000"),
		unhex(t, "18 02 01000000 02000000 03000000 04000000 05000000 06000000 07000000"), unhex(t, selfInfo),
		unhex(t, "88 2F C0"+heardFrame), unhex(t, "01 01"), unhex(t, "FE"), unhex(t, "83"), unhex(t, channelText), unhex(t, direct), unhex(t, "0A"),
		unhex(t, "88 2F C0 1542AABB"),
	))}
	c := NewCompanion(w, Options{Region: "SEA", Now: atArrival})
	if err := c.Ask(); err != nil {
		t.Fatal(err)
	}
	if want := "3C02001603" + "3C010014" + "3C02003800" + "3C02003801" + "3C02003802" + "3C0F000100000000000000" + hex.EncodeToString([]byte("hilltop")); !strings.EqualFold(hex.EncodeToString(w.written.Bytes()), want) {
		t.Errorf("asked %X", w.written.Bytes())
	}
	w.written.Reset()
	all := messages(t, c.Next)
	var kinds []string
	for _, m := range all {
		kinds = append(kinds, string(m.Kind)+string(m.Reason))
	}
	if got, want := strings.Join(kinds, " "), "ignoredno_observer_identity status packet message message malformedundecodable_frame"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	want := observer.Status{
		Online: observer.Yes, Radio: observer.Radio{FreqMHz: 869.618, BWkHz: 62.5, SF: 8, CR: 8}, Location: &observer.Position{Lat: 51.5074, Lon: -0.1278},
		Metrics: observer.Metrics{
			observer.BatteryMV: 4012, observer.UptimeS: 3600, observer.ErrorFlags: 0, observer.QueueLen: 0, observer.NoiseDBm: -112, observer.TxAirS: 120,
			observer.RxAirS: 900, observer.PacketsRecv: 1, observer.PacketsSent: 2, observer.RecvErrors: 7,
		},
	}
	if got := *all[1].Status; !reflect.DeepEqual(got, want) || all[1].Name != "obs1" {
		t.Errorf("got %+v, want %+v", got, want)
	}
	sameAsFeed(t, all[2], `{"origin":"obs1","origin_id":"`+nodeKey+`","timestamp":"2026-11-23T16:05:42.500+00:00","direction":"rx","SNR":"11.75","RSSI":"-64","raw":"`+heardFrame+`"}`)
	if got, want := *all[3].Text, (observer.BridgeMessage{Sender: "alice", Text: "alice: hi", Sent: 1767225601, HasSNR: true, SNR: 11.75}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := *all[4].Text, (observer.BridgeMessage{Private: true, Channel: -1, From: "e6b92410b9d1", Text: "post", Sent: 1767225601, HasSNR: true, SNR: -10}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// The push, and each text: the queue is emptied until nothing waits.
	if got := hex.EncodeToString(w.written.Bytes()); got != strings.Repeat("3c01000a", 3) {
		t.Errorf("fetched %s", got)
	}
	if c := NewCompanion(brokenWire{}, Options{}); c.Ask() == nil {
		t.Error("a wire that is cut: want an error")
	}
}

func TestCompanionMessagesOfEveryCode(t *testing.T) {
	key, err := meshcore.ParsePublicKey(nodeKey)
	if err != nil {
		t.Fatal(err)
	}
	prefix, six := nodeKey[:12], [6]byte(key[:6])
	path := Path{Len: 0x42, Bytes: unhex(t, "AABBCCDD")}
	channel, _ := meshcore.NewChannelKey(unhex(t, "00112233445566778899AABBCCDDEEFF"))
	contact := nodeKey + "02 01 42 AABBCCDD" + strings.Repeat("00", 60) + "48696C6C" + strings.Repeat("00", 28) + "01B95569 C8F01103 C80CFEFF 02B95569"
	for in, want := range map[string]any{
		"00": Plain(CodeOK), "0A": Plain(CodeNoMoreMessages), "0F": Plain(CodeDisabled), "83": Plain(CodeMessageWaiting), "90": Plain(CodeContactsFull),
		"01 06":       FaultIllegalArgument,
		"02 05000000": ContactsStart(5), "04 01B95569": ContactsEnd(1767225601), "09 01B95569": Time(1767225601),
		"03" + contact: Contact{key, meshcore.RoleRepeater, true, path, "Hill", 1767225601, 51507400, -127800, 1767225602},
		"8A" + contact: Contact{key, meshcore.RoleRepeater, true, path, "Hill", 1767225601, 51507400, -127800, 1767225602},
		selfInfo: SelfInfo{Role: 1, TxPower: 22, MaxTxPower: 22, Key: key, LatE6: 51507400, LonE6: -127800, AdvertPosition: 1, TelemetryModes: 0x15, ManualAdd: true,
			FreqKHz: 869618, BWHz: 62500, SF: 8, CR: 8, Name: "obs1"},
		"06 01 D4C3B2A1 10270000":                 Sent{true, 0xA1B2C3D4, 10000},
		"0B 1100AA":                               Export(unhex(t, "1100AA")),
		"0C AC0F":                                 Battery{MilliVolt: 4012},
		"0C AC0F 64000000 E8030000":               Battery{4012, 100, 1000},
		"0E" + strings.Repeat("A5", 64):           meshcore.PrivateKey(bytes.Repeat([]byte{0xA5}, 64)),
		channelText:                               Text{Channel: 0, HasSNR: true, SNR: 47, PathLen: 0x42, Timestamp: 1767225601, Text: "alice: hi"},
		"08 03 FF 00 01B95569 6869":               Text{Channel: 3, PathLen: 0xFF, Timestamp: 1767225601, Text: "hi"},
		"07" + prefix + "02 02 01B95569 AABBCCDD": Text{Direct: true, From: six, PathLen: 2, TxtType: 2, Timestamp: 1767225601, Author: [4]byte{0xAA, 0xBB, 0xCC, 0xDD}},
		"12 02 2374657374" + strings.Repeat("00", 27) + "00112233445566778899AABBCCDDEEFF": Channel{2, "#test", channel},
		"13 00 00200000":                SignStart(8192),
		"14" + strings.Repeat("5A", 64): Signature(bytes.Repeat([]byte{0x5A}, 64)),
		"16 01B95569 42 AABBCCDD":       AdvertPath{1767225601, path},
		"18 02 01000000 02000000 03000000 04000000 05000000 06000000": PacketStats{Received: 1, Sent: 2, SentFlood: 3, SentDirect: 4, RecvFlood: 5, RecvDirect: 6},
		"1B 2F 0000 01 FF 0101 02 AABB 00":                            ChannelData{47, 1, 0xFF, 0x0101, unhex(t, "AABB")},
		"80" + nodeKey:                                                Heard(key),
		"81" + nodeKey:                                                PathUpdated(key),
		"8F" + nodeKey:                                                ContactDeleted(key),
		"82 D4C3B2A1 E8030000":                                        Confirmed{0xA1B2C3D4, 1000},
		"84 D8 C0 FF AABB":                                            Raw{-40, -64, 0xFF, unhex(t, "AABB")},
		"8E D8 C0 00 92AABB":                                          Raw{-40, -64, 0, unhex(t, "92AABB")},
		"85 01" + prefix:                                              Login{OK: true, Admin: true, Server: six},
		"85 01" + prefix + "01B95569 03 02":                           Login{true, six, true, 1767225601, 3, 2},
		"86 00" + prefix:                                              Login{Server: six},
		"87 00" + prefix + "0102":                                     ServerStatus{six, []byte{1, 2}},
		"8B 00" + prefix + "01740191":                                 Telemetry{six, unhex(t, "01740191")},
		"8C 00 D4C3B2A1 0102":                                         Tagged{0xA1B2C3D4, []byte{1, 2}},
		"8D 00" + prefix + "42 AABBCCDD FF":                           Discovery{six, path, Path{Len: 0xFF}},
		"89 00 03 00 D4C3B2A1 00000000 AABBAA 30F814 28":              TraceData{meshcore.Trace{Tag: 0xA1B2C3D4, Route: unhex(t, "AABBAA")}, unhex(t, "30F814"), 40},
		"88 2F C0" + heardFrame:                                       LogRX{47, -64, unhex(t, heardFrame)},
		"18 00 AC0F 100E0000 0000 00":                                 CoreStats{4012, 3600, 0, 0},
		"18 01 90FF A9 2F 78000000 84030000":                          RadioStats{-112, -87, 47, 120, 900},
		"0D 0D 32 28 40E20100" + strings.Repeat("41", 12+40+20) + "01 01": DeviceInfo{13, 100, 40, 123456, strings.Repeat("A", 12), strings.Repeat("A", 40), strings.Repeat("A", 20), true, 2},
	} {
		b := unhex(t, in)
		got, err := ParseCompanion(b)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%X:\ngot  %+v (%v)\nwant %+v", b, got, err, want)
		}
		if _, plain := want.(Plain); plain {
			continue
		}
		if v, err := ParseCompanion(b[:1]); !errors.Is(err, ErrCompanion) && !open1(b[0]) {
			t.Errorf("%02X alone: got %+v (%v)", b[0], v, err)
		}
	}
	for _, bad := range []string{"FE", "11 ", "18", "16 01B95569 C0", "16 01B95569 43 AABB", "8D 00" + prefix + "61"} {
		if v, err := ParseCompanion(unhex(t, bad)); err == nil {
			t.Errorf("%s: got %+v", bad, v)
		}
	}
	if _, err := ParseCompanion(nil); !errors.Is(err, ErrCompanion) {
		t.Errorf("nothing: got %v", err)
	}
	if _, err := ParseCompanion([]byte{0x18, 9}); !errors.Is(err, ErrCompanionCode) {
		t.Errorf("unknown statistics: got %v", err)
	}
	if got := path.Hops(); len(got) != 2 || got[1].String() != "CCDD" || (Path{Len: 0xFF}).Hops() != nil {
		t.Errorf("got %v", got)
	}
	if FaultNotFound.Error() != "companion: not found" || Fault(77).Error() != "companion: unknown fault" {
		t.Error("faults have words")
	}
}

// open1 tells that a code may stand alone: what follows is of any length.
func open1(code byte) bool { return code == CodeExport }

func TestCommands(t *testing.T) {
	key, _ := meshcore.ParsePublicKey(nodeKey)
	ck, _ := meshcore.NewChannelKey(unhex(t, "00112233445566778899AABBCCDDEEFF"))
	long, _ := meshcore.NewChannelKey(make([]byte, 32))
	for want, got := range map[string][]byte{
		"05": GetTime(), "06 01B95569": SetTime(1767225601), "07": SendSelfAdvert(false), "07 01": SendSelfAdvert(true),
		"04": GetContacts(0), "04 01B95569": GetContacts(1767225601), "0A": NextMessage(), "14": GetBattery(), "1F 02": GetChannel(2),
		"20 02 2374657374" + strings.Repeat("00", 27) + "00112233445566778899AABBCCDDEEFF": SetChannel(Channel{2, "#test", ck}),
		"17": ExportPrivateKey(), "27 000000": GetSelfTelemetry(), "2A 00" + nodeKey: GetAdvertPath(key),
		"24 D4C3B2A1 04030201 00 AABB":  SendTrace(meshcore.Trace{Tag: 0xA1B2C3D4, AuthCode: 0x01020304, Route: unhex(t, "AABB")}),
		"37 80 04 D4C3B2A1 00000000":    SendControl(meshcore.DiscoverRequest{TypeFilter: 4, Tag: 0xA1B2C3D4, HasSince: true}.Control()),
		"38 02":                         GetStats(StatsPackets),
		"39" + nodeKey + "01B955697061": SendAnonRequest(key, meshcore.Login{Timestamp: 1767225601, Password: "pa"}.Plain(false)),
		"41 05 1100AA":                  SendFrame(5, unhex(t, "1100AA")),
	} {
		if !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("got %X, want %s", got, want)
		}
	}
	if SetChannel(Channel{0, "x", long}) != nil {
		t.Error("a key of 32 bytes: want no command")
	}
}

// A host gets a token of a companion's key, which it never sees.
func TestCompanionSignsAToken(t *testing.T) {
	private := meshcore.FromSeed([32]byte{1})
	claims := meshcore.Claims{IssuedAt: 1767225600, Audience: "mqtt.example.org", Subject: strings.Repeat("x", 300)}
	unsigned, err := meshcore.UnsignedToken(private.Public(), claims)
	if err != nil {
		t.Fatal(err)
	}
	var signed []byte
	commands := SignCommands([]byte(unsigned))
	for _, c := range commands {
		if len(c) > MaxCompanionPayload {
			t.Errorf("a command of %d bytes", len(c))
		}
		if c[0] == 34 {
			signed = append(signed, c[1:]...)
		}
	}
	sig := private.Sign(signed)
	v, err := ParseCompanion(append([]byte{CodeSignature}, sig[:]...))
	if err != nil || commands[0][0] != 33 || commands[len(commands)-1][0] != 35 {
		t.Fatal(v, err)
	}
	token := meshcore.SignedToken(unsigned, v.(Signature))
	if _, err := meshcore.VerifyToken(token, meshcore.TokenCheck{Username: meshcore.TokenUsername(private.Public())}); err != nil {
		t.Error(err)
	}
	if made, _ := meshcore.MakeToken(private, claims); made != token {
		t.Errorf("got %s, want %s", token, made)
	}
}
