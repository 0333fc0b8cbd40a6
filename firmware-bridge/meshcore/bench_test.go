package meshcore

import "testing"

// benchFrame is a flood of two 2-byte hops with a text in Public.
const benchFrame = "1542112233AA11C3C1354D619BAE9590E4D177DB7EEAF982F5BDCF78005D75157D9535FA90178F785D"

func BenchmarkParse(b *testing.B) {
	frame := unhex(b, benchFrame)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(frame); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAndHash(b *testing.B) {
	frame := unhex(b, benchFrame)
	b.ReportAllocs()
	for b.Loop() {
		p, err := Parse(frame)
		if err != nil || p.Hash() == (Hash{}) {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendTo(b *testing.B) {
	p, err := Parse(unhex(b, benchFrame))
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 0, MaxFrame)
	b.ReportAllocs()
	for b.Loop() {
		buf = p.AppendTo(buf[:0])
	}
}

func BenchmarkParseAdvert(b *testing.B) {
	a, err := SignAdvert(FromSeed([32]byte{1}), Advert{Role: RoleRepeater, HasPosition: true, HasName: true, Name: "Kpa Roof Solar"})
	if err != nil {
		b.Fatal(err)
	}
	payload := a.AppendTo(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseAdvert(payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	a, err := SignAdvert(FromSeed([32]byte{1}), Advert{Role: RoleRepeater, HasName: true, Name: "Kpa Roof Solar"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if !a.Verify() {
			b.Fatal("signature does not hold")
		}
	}
}

func BenchmarkOpenText(b *testing.B) {
	p, err := Parse(unhex(b, benchFrame))
	if err != nil {
		b.Fatal(err)
	}
	ring := NewKeyRing([]Channel{{"Public", PublicChannelKey()}})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.OpenText(p.Payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRegionCode(b *testing.B) {
	key, payload := RegionKey("#europe"), make([]byte, 60)
	b.ReportAllocs()
	for b.Loop() {
		RegionCode(key, TypeGrpTxt, payload)
	}
}

func BenchmarkDescribe(b *testing.B) {
	frame := unhex(b, benchFrame)
	b.ReportAllocs()
	for b.Loop() {
		Describe(frame, Options{})
	}
}

// TestParseDoesNotAllocate keeps what BenchmarkParse shows.
func TestParseDoesNotAllocate(t *testing.T) {
	frame := unhex(t, benchFrame)
	if n := testing.AllocsPerRun(100, func() {
		if p, err := Parse(frame); err != nil || p.Hash() == (Hash{}) {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}
