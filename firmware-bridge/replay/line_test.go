package replay

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
)

func TestLineForms(t *testing.T) {
	const tst = `"tst":"2026-11-24T15:27:12.679057Z+0000","topic":"a/b","qos":0,`
	for _, c := range []struct{ name, line, topic, payload string }{
		{"recorded", `{"t": 1767245318331, "topic": "a/b", "payload": {"x": [1, "}"], "y": {}}}`, "a/b", `{"x": [1, "}"], "y": {}}`},
		{"text", `{"t": 1767245318331, "topic": "a/b", "payload_text": "{\"x\": 1, \u00e9\ud83c\udf32\n"}`, "a/b", "{\"x\": 1, é🌲\n"},
		{"other order", `{"payload":{"a":1},"topic":"a\/b\"","t":1767245318331,"more":[{"t":5}]}`, `a/b"`, `{"a":1}`},
		{"%J", `{` + tst + `"retain":0,"payloadlen":25,"payload":{"x":1,"y":"zé"}}`, "a/b", `{"x":1,"y":"zé"}`},
		{"%J of a string", `{` + tst + `"retain":0,"payloadlen":5,"payload":"str"}`, "a/b", `"str"`},
		{"%J of a number", `{` + tst + `"retain":0,"payloadlen":2,"payload":12}`, "a/b", `12`},
		{"%j", `{` + tst + `"retain":0,"payloadlen":17,"payload":"not \"json\" \\ é /"}`, "a/b", `not "json" \ é /`},
		{"%j, no UTF-8", `{` + tst + `"retain":0,"payloadlen":4,"payload":"` + "\\u0001\xff" + `"}`, "a/b", "\x01\xff"},
		{"%j, empty", `{` + tst + `"retain":0,"payloadlen":0,"payload":null}`, "a/b", ""},
		{"%J of null", `{` + tst + `"retain":0,"payloadlen":4,"payload":null}`, "a/b", "null"},
	} {
		l, err := parseLine([]byte(c.line))
		if err != nil || string(l.topic) != c.topic || string(l.payload) != c.payload || l.retained {
			t.Errorf("%s: topic %q payload %q retained %v error %v", c.name, l.topic, l.payload, l.retained, err)
		}
	}
}

func TestRetained(t *testing.T) {
	l, err := parseLine([]byte(`{"tst":"2026-11-24T15:27:13.244201Z+0000","topic":"a/c","qos":0,"retain":1,"payloadlen":2,"payload":"12"}`))
	if err != nil || !l.retained || string(l.payload) != "12" {
		t.Errorf("%+v %v", l, err)
	}
}

func TestTimes(t *testing.T) {
	want := time.Date(2026, 11, 24, 15, 27, 12, 679_000_000, time.UTC)
	for _, s := range []string{
		`"t": 1795534032679`, `"t": 1795534032679.2`, `"t": 1.795534032679e12`,
		`"tst": "2026-11-24T15:27:12.679000Z+0000"`, `"tst": "2026-11-24T16:27:12.679000Z+0100"`, `"tst": "2026-11-24T10:57:12.679Z-0430"`,
		`"tst": "2026-11-24T16:27:12.679000+0100"`, `"tst": "2026-11-24T15:27:12.679Z"`, `"tst": "2026-11-24T16:27:12.679+01:00"`,
	} {
		l, err := parseLine([]byte(`{` + s + `, "topic": "x", "payload": {}}`))
		if err != nil || !l.at.Equal(want) {
			t.Errorf("%s: %v %v, want %v", s, l.at, err, want)
		}
	}
	l, err := parseLine([]byte(`{"tst": 1554139867, "topic": "x", "payload": {}}`))
	if err != nil || l.at.Unix() != 1554139867 {
		t.Errorf("seconds of mosquitto_sub 1.5: %v %v", l.at, err)
	}
}

func TestBadLines(t *testing.T) {
	for s, want := range map[string]error{
		`oops`:                                 errSyntax,
		`[]`:                                   errSyntax,
		`{"t": 1, "topic": "x"`:                errSyntax,
		`{"t": 1, "topic": "x", "payload": {}`: errSyntax,
		`{"t": 1, "topic": "x", "payload": {}} x`:           errSyntax,
		`{"t": 1 "topic": "x", "payload": {}}`:              errSyntax,
		`{"t": 1, "topic": "x", "payload": }`:               errSyntax,
		`{"t": 1, "topic": "x", "payload": "\"}`:            errSyntax,
		`{}`:                                                errTime,
		`{"topic": "x", "payload": {}}`:                     errTime,
		`{"t": "1", "topic": "x", "payload": {}}`:           errTime,
		`{"t": -1, "topic": "x", "payload": {}}`:            errTime,
		`{"t": 1e300, "topic": "x", "payload": {}}`:         errTime,
		`{"tst": "yesterday", "topic": "x", "payload": {}}`: errTime,
		`{"t": 1, "payload": {}}`:                           errTopic,
		`{"t": 1, "topic": 5, "payload": {}}`:               errTopic,
		`{"t": 1, "topic": "", "payload": {}}`:              errTopic,
		`{"t": 1, "topic": "x"}`:                            errPayload,
		`{"t": 1, "topic": "x", "payload_text": 5}`:         errPayload,
		`{"t": 1, "topic": "x", "payload": "\x"}`:           errPayload,
		`{"t": 1, "topic": "x", "payload_text": "\u12"}`:    errPayload,
	} {
		if l, err := parseLine([]byte(s)); !errors.Is(err, want) {
			t.Errorf("%s: %+v %v, want %v", s, l, err, want)
		}
	}
}

// FuzzLine compares the scanner with encoding/json: where that reads a line,
// ours finds the same members.
func FuzzLine(f *testing.F) {
	for _, s := range []string{
		`{"t": 1767245318331, "topic": "a/b", "payload": {"x": [1, "}"], "y": {}}}`,
		`{"t": 1, "topic": "a\u00e9\ud83c\udf32", "payload_text": "\\\"\b\n"}`,
		`{"tst":"2026-11-24T15:27:12.679057Z+0000","topic":"a/b","qos":0,"retain":1,"payloadlen":5,"payload":"str"}`,
		`{"t":1,"topic":"x","payload":[[{}],null,-1.5e3]}`, `{"t": 1, "topic": "\\`, "{", `{"a`, `{"t":1,"topic":"\ud800","payload":{}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := parseLine(b)
		var m map[string]json.RawMessage
		if json.Unmarshal(b, &m) != nil {
			return
		}
		if errors.Is(err, errSyntax) {
			t.Fatalf("sound JSON refused: %s", b)
		}
		if err != nil || m["payload_text"] != nil || m["payload"] == nil || m["payload"][0] == '"' || string(m["payload"]) == "null" {
			return
		}
		if string(m["payload"]) != string(l.payload) && !repeats(b) {
			t.Fatalf("payload %s, want %s", l.payload, m["payload"])
		}
	})
}

// repeats tells whether a key occurs twice, or escaped: then ours may differ.
func repeats(b []byte) bool {
	s := scanner{b: b}
	s.take('{')
	seen := make(map[string]bool)
	for !s.take('}') {
		s.take(',')
		key, _ := unquote(s.value())
		if seen[string(key)] {
			return true
		}
		seen[string(key)] = true
		s.take(':')
		s.value()
	}
	return false
}
