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
			p.Payload = k.Seal(plain)
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
