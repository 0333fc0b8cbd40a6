package meshcore_test

import (
	"encoding/hex"
	"fmt"
	"os"

	"hilltop/firmware-bridge/meshcore"
)

// unhex is for literals.
func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func ExampleParse() {
	p, err := meshcore.Parse(unhex("154211223AA5D90102CAFE"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Type, p.Route, p.HopWidth(), "bytes a hop")
	if path, ok := p.Heard(); ok {
		for i, hop := range path.All() {
			fmt.Println("relay", i+1, hop)
		}
	}
	// Output:
	// GRP_TXT FLOOD 2 bytes a hop
	// relay 1 1122
	// relay 2 3AA5
}

func ExampleFrameError() {
	_, err := meshcore.Parse(unhex("1542AABBCC"))
	fmt.Println(err)
	// Output: frame: truncated_path at byte 5: 3 bytes of path, 4 announced
}

func ExamplePacket_Hash() {
	flood, _ := meshcore.Parse(unhex("0D02B891BB40BA70"))
	later, _ := meshcore.Parse(unhex("0D04B891647EBB40BA70"))
	fmt.Println(flood.Hash(), flood.Hash() == later.Hash())
	// Output: bbf95563c6eec9fe true
}

func ExamplePacket_TraceSNR() {
	p, _ := meshcore.Parse(unhex("260230F8040302010A0B0C0D01AABBCCDD"))
	snrs, _ := p.TraceSNR()
	trace, _ := meshcore.ParseTrace(p.Payload)
	for i, node := range trace.All() {
		fmt.Printf("%X heard it with %v dB\n", node, snrs.DB(i))
	}
	// Output:
	// AABB heard it with 12 dB
	// CCDD heard it with -2 dB
}

func ExampleSignAdvert() {
	key := meshcore.FromSeed([32]byte{1})
	a, err := meshcore.SignAdvert(key, meshcore.Advert{
		Timestamp: 1767225600, Role: meshcore.RoleRepeater,
		HasPosition: true, LatE6: 47543968, LonE6: -122108616,
		HasName: true, Name: "Hilltop",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	frame := meshcore.NewFlood(meshcore.TypeAdvert, 1, a.AppendTo(nil)).AppendTo(nil)

	p, _ := meshcore.Parse(frame)
	got, _ := meshcore.ParseAdvert(p.Payload)
	fmt.Println(got.Name, got.Role, got.Lat(), got.Lon(), got.Verify())
	// Output: Hilltop repeater 47.543968 -122.108616 true
}

func ExampleKeyRing() {
	ring := meshcore.NewKeyRing([]meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}})
	secret, err := meshcore.NewGroupText(1767225600, "alice", "hi").Seal(meshcore.HashtagKey("#club"))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = ring.OpenText(secret)
	fmt.Println(err)

	ring = ring.With(meshcore.Channel{Name: "#club", Key: meshcore.HashtagKey("#club")})
	text, err := ring.OpenText(secret)
	fmt.Println(text.Channel, text.Sender, text.Message, err)
	// Output:
	// no key for this channel hash
	// #club alice hi <nil>
}

func ExampleRegionCode() {
	p := meshcore.NewFlood(meshcore.TypeAck, 1, []byte{1, 2, 3, 4}).Scoped(meshcore.RegionKey("#europe"))
	name, ok := p.MatchRegion([]string{"#usa", "#europe"})
	fmt.Println(p.Route, name, ok)
	// Output: TRANSPORT_FLOOD #europe true
}

func ExamplePreset_Airtime() {
	p := meshcore.DefaultPreset()
	fmt.Println(p.Name, p.Airtime(64))
	// Output: EU/UK narrow 738.304ms
}

func ExampleMakeToken() {
	key := meshcore.FromSeed([32]byte{1})
	token, err := meshcore.MakeToken(key, meshcore.Claims{IssuedAt: 1767225600, Audience: "mqtt.example.org"})
	if err != nil {
		fmt.Println(err)
		return
	}
	claims, err := meshcore.VerifyToken(token, meshcore.TokenCheck{
		Username: meshcore.TokenUsername(key.Public()), Audience: "mqtt.example.org",
	})
	fmt.Println(claims.IssuedAt, err)
	// Output: 1767225600 <nil>
}

func ExamplePrivateKey_SharedSecret() {
	alice, bob := meshcore.FromSeed([32]byte{1}), meshcore.FromSeed([32]byte{2})
	secret, err := alice.SharedSecret(bob.Public())
	if err != nil {
		fmt.Println(err)
		return
	}
	text := meshcore.DirectText{Timestamp: 1767225600, Text: "hello"}
	sealed, err := meshcore.SealEnvelope(secret, bob.Public(), alice.Public(), text.Plain())
	if err != nil {
		fmt.Println(err)
		return
	}

	same, _ := bob.SharedSecret(alice.Public())
	plain, _ := sealed.Open(same)
	got, _ := meshcore.ParseDirectText(plain)
	fmt.Println(got.Text)
	// Output: hello
}

func ExampleDescribe() {
	for _, f := range meshcore.Describe(unhex("1501AABB40BA70"), meshcore.Options{}).Fields {
		fmt.Println(f.Offset, f.Len, f.Section, f.Name, f.Value)
	}
	// Output:
	// 0 1 header header 15
	// 1 1 pathlen path length 01
	// 2 1 path hop AA
	// 3 1 hash channel hash BB
	// 4 2 mac MAC 40BA
	// 6 1 ciphertext ciphertext 70
}

func ExampleDecodeLine() {
	if _, err := meshcore.DecodeLine(os.Stdout, "0D 01 B8 BB40BA70", meshcore.Options{}); err != nil {
		fmt.Println(err)
	}
	// Output: {"hash":"BBF95563C6EEC9FE","route":"FLOOD","route_type":1,"type":"ACK","payload_type":3,"version":0,"transport_codes":null,"path_len_byte":1,"hash_size":1,"hops":["B8"],"payload":{"ack_crc":"BB40BA70","ack_crc_u32":1891254459},"airtime_ms":279.552}
}

func ExampleHashtagKey() {
	k := meshcore.HashtagKey("#test")
	fmt.Printf("%s %02X\n", k, k.HashByte())
	// Output: 9cd8fcf22a47333b591d96a2b848b73f D9
}

func ExampleScore() {
	fmt.Println(meshcore.Score(2.5, 7, 22), meshcore.PrintedScore(2.5, 7, 22))
	// Output: 0.9140625 914
}

func ExampleFrameFromText() {
	frame, err := meshcore.FrameFromText("0D 01 B8 bb40ba70")
	fmt.Println(len(frame), err)
	_, err = meshcore.FrameFromText("0D01x")
	fmt.Println(err)
	// Output:
	// 7 <nil>
	// text: not_hex at character 5, after 2 bytes
}

func ExampleParseReadings() {
	list, err := meshcore.ParseReadings(unhex("01740191016700EB0000"))
	for _, r := range list {
		fmt.Println(r.Channel, r, r.Values())
	}
	fmt.Println(err)
	// Output:
	// 1 voltage 4.01 V [4.01]
	// 1 temperature 23.5 °C [23.5]
	// <nil>
}

func ExampleRequest() {
	question := meshcore.NewTelemetryRequest(1767225600, meshcore.TelemetryBase|meshcore.TelemetryEnvironment, [4]byte{1, 2, 3, 4})
	got, err := meshcore.ParseRequest(question.Plain())
	want, ok := got.Telemetry()
	fmt.Println(got.Kind == meshcore.RequestTelemetry, want, ok, err)
	// Output: true 5 true <nil>
}

func ExampleVerifyAdverts() {
	good, err := meshcore.SignAdvert(meshcore.FromSeed([32]byte{1}), meshcore.Advert{Role: meshcore.RoleRepeater, HasName: true, Name: "Hill"})
	if err != nil {
		fmt.Println(err)
		return
	}
	forged := good
	forged.Timestamp++
	fmt.Println(meshcore.VerifyAdverts([]meshcore.Advert{good, forged}))
	// Output: [true false]
}

func ExampleCardURI() {
	a, err := meshcore.SignAdvert(meshcore.FromSeed([32]byte{1}), meshcore.Advert{Role: meshcore.RoleCompanion, HasName: true, Name: "Ann"})
	if err != nil {
		fmt.Println(err)
		return
	}
	link := meshcore.CardURI(meshcore.NewFlood(meshcore.TypeAdvert, 1, a.AppendTo(nil)))
	_, got, err := meshcore.ParseCardURI(link)
	fmt.Println(link[:15], got.Name, got.Verify(), err)
	// Output: meshcore://1100 Ann true <nil>
}
