package meshcore

import (
	"bytes"
	"testing"
)

// rewrite reads a payload of this type and writes it again; nil when it does
// not read.
func rewrite(t Type, b []byte) []byte {
	appended := func(x interface{ AppendTo([]byte) []byte }, err error) []byte {
		if err != nil {
			return nil
		}
		return x.AppendTo(nil)
	}
	switch t {
	case TypeReq, TypeResponse, TypeTxtMsg, TypePath:
		x, err := ParseEnvelope(b)
		return appended(x, err)
	case TypeAck:
		x, err := ParseAck(b)
		return appended(x, err)
	case TypeAdvert:
		x, err := ParseAdvert(b)
		return appended(x, err)
	case TypeGrpTxt, TypeGrpData:
		x, err := ParseGroup(b)
		return appended(x, err)
	case TypeAnonReq:
		x, err := ParseAnonEnvelope(b)
		return appended(x, err)
	case TypeTrace:
		x, err := ParseTrace(b)
		return appended(x, err)
	case TypeMultipart:
		x, err := ParseMultipart(b)
		return appended(x, err)
	case TypeControl:
		x, err := ParseControl(b)
		return appended(x, err)
	}
	return bytes.Clone(b)
}

// rewritePlain reads a plaintext of this type and writes it again, without
// padding; nil when it does not read.
func rewritePlain(t Type, b []byte) []byte {
	written := func(x interface{ Plain() []byte }, err error) []byte {
		if err != nil {
			return nil
		}
		return x.Plain()
	}
	switch t {
	case TypeReq:
		x, err := ParseRequest(b)
		return written(x, err)
	case TypeResponse, TypeAnonReq:
		x, err := ParseTagged(b)
		return written(x, err)
	case TypeTxtMsg:
		x, err := ParseDirectText(b)
		return written(x, err)
	case TypePath:
		x, err := ParseReturnedPath(b)
		return written(x, err)
	case TypeGrpTxt:
		x, err := ParseGroupText(b)
		return written(x, err)
	case TypeGrpData:
		x, err := ParseGroupData(b)
		return written(x, err)
	}
	return nil
}

// TestEncodeOfDecodeIsThePayload: what was read writes the same bytes, for
// every vector and for random bytes of every type and length.
func TestEncodeOfDecodeIsThePayload(t *testing.T) {
	read, plains := [16]int{}, [16]int{}
	check := func(typ Type, b []byte) {
		t.Helper()
		if got := rewrite(typ, b); got != nil {
			read[typ]++
			if !bytes.Equal(got, b) {
				t.Fatalf("%s: got %X, want %X", typ, got, b)
			}
		}
	}
	checkPlain := func(typ Type, b []byte) {
		t.Helper()
		got := rewritePlain(typ, b)
		if got == nil {
			return
		}
		plains[typ]++
		if typ == TypePath { // the high nibble of the extra type means nothing
			b = bytes.Clone(b)
			if at := 1 + (int(b[0]>>6)+1)*int(b[0]&63); at < len(b) {
				b[at] &= 15
			}
		}
		if !bytes.HasPrefix(b, got) {
			t.Fatalf("%s: got %X, want the beginning of %X", typ, got, b)
		}
	}
	opts := vectorOptions(t)
	for _, v := range vectors(t) {
		d := Describe(v.frame, opts)
		if d.Stage() == "frame" {
			continue
		}
		check(d.Packet.Type, d.Packet.Payload)
		if d.Plaintext != nil {
			checkPlain(d.Packet.Type, d.Plaintext)
			written := rewritePlain(d.Packet.Type, d.Plaintext)
			if written == nil { // what the firmware drops
				continue
			}
			if rest := d.Plaintext[len(written):]; len(rest) >= 16 && len(bytes.Trim(rest, "\x00")) > 0 {
				t.Errorf("%s: %X is not read", v.Name, rest)
			}
		}
	}
	g := newGenerator(21)
	for range 20_000 {
		typ := Type(g.IntN(16))
		check(typ, g.bytes(g.IntN(MaxPayload+1)))
		checkPlain(typ, g.bytes(16*(1+g.IntN(10))))
	}
	for typ := range Type(16) {
		if read[typ] < 500 {
			t.Errorf("%s: %d payloads read", typ, read[typ])
		}
		if encrypted := typ <= TypeTxtMsg || typ >= TypeGrpTxt && typ <= TypePath; encrypted && plains[typ] < 100 {
			t.Errorf("%s: %d plaintexts read", typ, plains[typ])
		}
	}
}
