package meshcore

import (
	"bytes"
	"strings"
	"testing"
)

// checkCover fails unless the fields cover b in order without overlap.
func checkCover(t testing.TB, b []byte, fields []Field) {
	t.Helper()
	at := 0
	for _, f := range fields {
		if f.Offset != at || f.Len < 1 || f.Name == "" || f.Section == "" || f.Value == "" && f.Section != SectionName && f.Section != SectionText {
			t.Fatalf("at byte %d of %X: got field %+v", at, b, f)
		}
		at += f.Len
	}
	if at != len(b) {
		t.Fatalf("%X: fields cover %d of %d bytes", b, at, len(b))
	}
}

func TestFieldsCoverEveryByte(t *testing.T) {
	opts := vectorOptions(t)
	for _, v := range vectors(t) {
		d := Describe(v.frame, opts)
		checkCover(t, v.frame, d.Fields)
		checkCover(t, d.Plaintext, d.Plain)
	}
	g := newGenerator(7)
	for range 5_000 {
		b := g.frame()
		checkCover(t, b, Describe(b, opts).Fields)
		b = b[:g.IntN(len(b)+1)]
		checkCover(t, b, Describe(b, opts).Fields)
	}
}

func TestDescriptionAgreesWithParse(t *testing.T) {
	for _, v := range vectors(t) {
		p, err := Parse(v.frame)
		d := Describe(v.frame, Options{})
		if d.Packet.Hash() != p.Hash() || (err != nil) != (d.Stage() == "frame") {
			t.Errorf("%s: got %v, want %v", v.Name, d.Err, err)
		}
	}
}

func TestFieldsOfAnAdvert(t *testing.T) {
	var got []string
	frame := unhex(t, "11451000D818206D3AAC152C"+"8A91F89957E6D30CA51F36E28790228971C473B755F244F718754CF5EE4A2FD5")
	frame = append(frame, make([]byte, 68)...)
	frame = append(frame, unhex(t, "9278603902FC12BCF84B70612052")...)
	for _, f := range Describe(frame, Options{}).Fields {
		got = append(got, f.Name)
	}
	want := "header,path length,hop,hop,hop,hop,hop,public key,timestamp,signature,flags,latitude,longitude,name"
	if strings.Join(got, ",") != want {
		t.Errorf("got %s, want %s", strings.Join(got, ","), want)
	}
}

func TestHopNotesSayWhoWasHeard(t *testing.T) {
	d := Describe(unhex(t, "1502AABB11223344"), Options{})
	if note := d.Fields[3].Note; !strings.Contains(note, "heard") || strings.Contains(d.Fields[2].Note, "heard") {
		t.Errorf("of a flood: got %q and %q", d.Fields[2].Note, note)
	}
	d = Describe(unhex(t, "1602AABB11223344"), Options{})
	if note := d.Fields[2].Note; note != "relays next" {
		t.Errorf("of a direct packet: got %q", note)
	}
}

// A trace's path bytes are SNRs, the hops of its route stand in its payload.
func TestFieldsOfATrace(t *testing.T) {
	var got []string
	for _, f := range Describe(unhex(t, "260103D415FEFBAAD019C80047D147"), Options{}).Fields {
		got = append(got, string(f.Section)+" "+f.Name)
		if want, ok := map[string]string{"path length": "1 hop of 1 byte", "flags": "1 byte a node of the route"}[f.Name]; ok && f.Note != want {
			t.Errorf("%s: got %q, want %q", f.Name, f.Note, want)
		}
	}
	want := "header header,pathlen path length,snr SNR,tag tag,tag auth code,flags flags,path route,path route,path route"
	if strings.Join(got, ",") != want {
		t.Errorf("got %s, want %s", strings.Join(got, ","), want)
	}
}

func TestBrokenTextIsReplacedByMaximalSubparts(t *testing.T) {
	for in, want := range map[string]string{
		"ok": "ok", "a\xff\xfe": "a\uFFFD\uFFFD", "a\xe2\x9c": "a\uFFFD", "\xf0\x9f\x8c!": "\uFFFD!", "\xe2a": "\uFFFDa",
		"\xc0\x80": "\uFFFD\uFFFD", "\xed\xa0\x80": "\uFFFD\uFFFD\uFFFD", "\xf4\x90\x80\x80": "\uFFFD\uFFFD\uFFFD\uFFFD", "\xe2": "\uFFFD",
	} {
		if got := ValidText(in); got != want {
			t.Errorf("%x: got %q, want %q", in, got, want)
		}
	}
}

func TestDecodeLineOfRefusedFrames(t *testing.T) {
	for line, want := range map[string]string{
		"1542AABB":                      `{"error":{"stage":"frame","reason":"truncated_path","offset":4},"partial":{"route":"FLOOD","route_type":1,"type":"GRP_TXT","payload_type":5,"version":0,"path_len_byte":66,"airtime_ms":246.784}}`,
		"14":                            `{"error":{"stage":"frame","reason":"too_short","offset":1},"partial":{"route":"TRANSPORT_FLOOD","route_type":0,"type":"GRP_TXT","payload_type":5,"version":0,"airtime_ms":214.016}}`,
		"":                              `{"error":{"stage":"frame","reason":"empty","offset":0}}`,
		"15 0":                          `{"error":{"stage":"input","reason":"odd_digits","offset":1}}`,
		"15 zz":                         `{"error":{"stage":"input","reason":"not_hex","offset":1}}`,
		"meshcore://contact/add?name=x": `{"error":{"stage":"input","reason":"link","offset":0}}`,
	} {
		var b bytes.Buffer
		ok, err := DecodeLine(&b, line, Options{})
		if ok || err != nil || b.String() != want+"\n" {
			t.Errorf("%q: got %v %v\n%swant\n%s", line, ok, err, b.String(), want)
		}
	}
}

func TestDecodeLinesReadsAFrameALine(t *testing.T) {
	var b bytes.Buffer
	ok, err := DecodeLines(&b, strings.NewReader("\n0D04B891647EBB40BA70\r\n  \n0e 41 aabb 11223344"), Options{})
	if !ok || err != nil || strings.Count(b.String(), "\n") != 2 || !strings.Contains(b.String(), `"AABB"`) {
		t.Errorf("got %v %v\n%s", ok, err, b.String())
	}
	b.Reset()
	ok, err = DecodeLines(&b, strings.NewReader(strings.Repeat("00", maxLine)+"\n0D04B891647EBB40BA70\n"), Options{})
	if ok || err != nil || strings.Count(b.String(), "\n") != 2 || !strings.Contains(b.String(), ReasonFrameTooLong) {
		t.Errorf("got %v %v\n%s", ok, err, b.String())
	}
}

func TestOptionsOfACommandLine(t *testing.T) {
	o, err := NewOptions([]string{"#bot", "test", "Public"}, []string{"mine=" + HashtagKey("#x").String(), "izOH6cXN6mrJ5e26oRXNcg=="}, []string{"nl"}, "victoria")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range o.Ring.Channels() {
		names = append(names, c.Name)
	}
	if strings.Join(names, " ") != "Public #bot #test mine" || o.Preset.Name != "Victoria" {
		t.Errorf("got %v and %s", names, o.Preset.Name)
	}
	if _, err := NewOptions(nil, []string{"xyz"}, nil, ""); err == nil {
		t.Error("a key that is none: want an error")
	}
	if _, err := NewOptions(nil, nil, nil, "moon"); err == nil {
		t.Error("a preset that is none: want an error")
	}
	for _, name := range []string{"", "not a name", "*", strings.Repeat("x", 31)} {
		if _, err := NewOptions(nil, nil, []string{name}, ""); err == nil {
			t.Errorf("region %q: want an error", name)
		}
	}
}
