package meshcore

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzParse holds that parsing is total and lossless.
func FuzzParse(f *testing.F) {
	for i, v := range vectors(f) {
		if i%7 == 0 {
			f.Add(v.frame)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err != nil {
			return
		}
		if got := p.AppendTo(nil); !bytes.Equal(got, b) {
			t.Fatalf("got %X, want %X", got, b)
		}
		p.Hash()
		heard, _ := p.Heard()
		ahead, _ := p.Ahead()
		if n := len(ahead.AppendHops(heard.AppendHops(nil))); p.Type != TypeTrace && n != int(p.PathLen&63) {
			t.Fatalf("%X: got %d hops, want %d", b, n, p.PathLen&63)
		}
	})
}

// FuzzDescribe holds that every frame has a description: valid JSON, and
// fields that cover it.
func FuzzDescribe(f *testing.F) {
	for i, v := range vectors(f) {
		if i%5 == 0 {
			f.Add(v.frame)
		}
	}
	opts := vectorOptions(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		d := Describe(b, opts)
		checkCover(t, b, d.Fields)
		checkCover(t, d.Plaintext, d.Plain)
		out, err := json.Marshal(d)
		if err != nil || !json.Valid(out) {
			t.Fatalf("%X: got %s (%v)", b, out, err)
		}
	})
}

// FuzzPlaintexts holds that what keys decrypt to may be anything.
func FuzzPlaintexts(f *testing.F) {
	for _, s := range []string{"", "3757D06800F09F8CB22054", "01FF0501020304050000", "02AABB0301020304", "00B955690868656C6C6F0004"} {
		f.Add(unhex(f, s), byte(2))
	}
	f.Fuzz(func(t *testing.T, plain []byte, kind byte) {
		k := PublicChannelKey()
		opts := Options{Ring: NewKeyRing([]Channel{{"c", k}}), Secrets: []Secret{{1}}}
		p := Packet{Route: Flood, Type: Type(kind & 15)}
		mac, ciphertext := Secret{1}.Seal(plain)
		switch p.Type {
		case TypeGrpTxt, TypeGrpData:
			mac, ciphertext = k.Secret().Seal(plain)
			p.Payload = Group{Channel: k.HashByte(), MAC: mac, Ciphertext: ciphertext}.AppendTo(nil)
		case TypeAnonReq:
			p.Payload = AnonEnvelope{MAC: mac, Ciphertext: ciphertext}.AppendTo(nil)
		default:
			p.Payload = Envelope{MAC: mac, Ciphertext: ciphertext}.AppendTo(nil)
		}
		d := Describe(p.AppendTo(nil), opts)
		checkCover(t, d.Plaintext, d.Plain)
		if _, err := json.Marshal(d); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzVerifyToken holds that no token but the one that was made is good.
func FuzzVerifyToken(f *testing.F) {
	token, err := MakeToken(mustPrivate(f, tokenPrivate), Claims{IssuedAt: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add("a.b.c")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := VerifyToken(s, TokenCheck{Username: "v1_" + tokenPublic})
		if err == nil && (c.PublicKey != tokenPublic || c.IssuedAt != 1) {
			t.Fatalf("%s: got %+v", s, c)
		}
	})
}

// FuzzParseText holds that what people type never panics, and reads back.
func FuzzParseText(f *testing.F) {
	for _, s := range []string{"eu narrow", "8/62.5/8", "izOH6cXN6mrJ5e26oRXNcg==", "v1_00", "AABB"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := ParsePreset(s); err == nil && p.Airtime(255) <= 0 {
			t.Fatalf("%q: no airtime", s)
		}
		if k, err := ParseChannelKey(s); err == nil {
			if again, err := ParseChannelKey(k.String()); err != nil || again != k {
				t.Fatalf("%q: got %v (%v), want %v", s, again, err, k)
			}
		}
		if h, err := ParseHop(s); err == nil {
			if again, err := ParseHop(h.String()); err != nil || again != h {
				t.Fatalf("%q: got %v (%v), want %v", s, again, err, h)
			}
		}
		var out bytes.Buffer
		if _, err := DecodeLine(&out, s, Options{}); err != nil || !json.Valid(out.Bytes()) {
			t.Fatalf("%q: got %s (%v)", s, out.Bytes(), err)
		}
	})
}

// FuzzReplies holds that what servers answer, and what is asked of them, may be
// anything, and that what is read can be written again.
func FuzzReplies(f *testing.F) {
	for _, s := range []string{"01740191016700EB00000000", "01000100D0C7A3299D312A000000EC00", "00B95569026701020304050600", "0102AABB00000000", "76310A6E616D650A696E666F0A"} {
		f.Add(unhex(f, s), byte(6))
	}
	f.Fuzz(func(t *testing.T, b []byte, n byte) {
		list, _ := ParseReadings(b)
		var again []byte
		for _, r := range list {
			again = r.AppendTo(again)
			_ = r.String()
		}
		if !bytes.HasPrefix(b, again) {
			t.Fatalf("got %X, want %X", again, b)
		}
		prefix := func(what string, got []byte, err error) {
			if err == nil && !bytes.HasPrefix(b, got) {
				t.Fatalf("%s: got %X, want %X", what, got, b)
			}
		}
		repeater, err := ParseRepeaterStats(b)
		prefix("repeater", repeater.AppendTo(nil), err)
		room, err := ParseRoomStats(b)
		prefix("room", room.AppendTo(nil), err)
		neighbours, err := ParseNeighbours(b, int(n))
		prefix("neighbours", neighbours.AppendTo(nil), err)
		query, err := ParseAnonQuery(b)
		prefix("query", query.Plain(), err)
		login, err := ParseLogin(b, n&1 == 0)
		prefix("login", login.Plain(n&1 == 0), err)
		ParseSpan(b)
		ParseOwner(b)
		ParseLoginReply(b)
		ParseAnonReply(b, AnonKind(n))
		for _, a := range ParseAccessList(b) {
			_ = a.Permission().String()
		}
		if p, err := ParseKept(b); err == nil && !bytes.Equal(p.AppendTo(nil), b) {
			t.Fatalf("got %X, want %X", p.AppendTo(nil), b)
		}
		ParseRequest(b)
		q := Request{Kind: n, Data: b}
		q.KeepAlive()
		q.Telemetry()
		q.Span()
		q.Neighbours()
	})
}

// FuzzLinks holds that links may be anything, and read back.
func FuzzLinks(f *testing.F) {
	f.Add("meshcore://channel/add?name=x&secret=00112233445566778899AABBCCDDEEFF&region_scope=nl")
	f.Add("meshcore://contact/add?name=x&type=2&public_key=" + tokenPublic)
	f.Add("meshcore://1100AA")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ParseChannelURI(s); err == nil {
			if again, err := ParseChannelURI(ChannelURI(c)); err != nil || again != c {
				t.Fatalf("%q: got %v (%v), want %v", s, again, err, c)
			}
		}
		if c, err := ParseContactURI(s); err == nil {
			if again, err := ParseContactURI(ContactURI(c)); err != nil || again != c {
				t.Fatalf("%q: got %v (%v), want %v", s, again, err, c)
			}
		}
		if p, _, err := ParseCardURI(s); err == nil {
			if again, _, err := ParseCardURI(CardURI(p)); err != nil || again.Hash() != p.Hash() {
				t.Fatalf("%q: got %v (%v)", s, again, err)
			}
		}
		ChannelURIScope(s)
		if frame, err := FrameFromText(s); err == nil {
			if again, err := FrameFromText(upperHex(frame)); err != nil || !bytes.Equal(again, frame) {
				t.Fatalf("%q: got %X (%v), want %X", s, again, err, frame)
			}
		}
		ParseType(s)
		ValidRegionName(s)
	})
}
