package ui

import (
	"encoding/json"
	"strings"
	"testing"
)

// join writes lines as they came.
func join(lines []jsonLine) (s string) {
	for _, l := range lines {
		s += l.text + join(l.in) + l.close
	}
	return s
}

// Nothing of a JSON text is lost, and each of its branches holds what is in it.
func TestJSONLines(t *testing.T) {
	for _, text := range []string{`{"a":1}`, `{}`, `[]`, `{"a":{},"b":[{"c":["{","}"],"d":null},[]],"e":"x: {"}`, `[1,[2,[3]]]`} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		indented, _ := json.MarshalIndent(v, "", "  ")
		lines := jsonLines(string(indented))
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if squeeze(join(lines)) != squeeze(string(indented)) {
			t.Errorf("%s became %s", indented, join(lines))
		}
	}
	lines := jsonLines("{\n  \"a\": {\n    \"b\": 1\n  },\n  \"c\": 2\n}")
	if len(lines) != 1 || lines[0].close != "}" || len(lines[0].in) != 2 || lines[0].in[0].text != `"a": {` || lines[0].in[0].close != "}," || lines[0].in[0].in[0].text != `"b": 1` {
		t.Errorf("have %+v", lines)
	}
	if lines := jsonLines("no JSON {"); len(lines) != 1 || lines[0].text != "no JSON {" {
		t.Errorf("have %+v", lines)
	}
}
