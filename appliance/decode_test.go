package main

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestDecodePrintsALineForEveryFrame(t *testing.T) {
	const good, bad = `{"hash":"`, `{"error":{"stage":"`
	for _, c := range []struct {
		name, in string
		frames   []string
		want     []string
		refused  bool
	}{
		{"arguments", "", []string{"3E0042", "3e 00 43"}, []string{good, good}, false},
		{"an argument of two lines", "", []string{"3E0042\n3E0043"}, []string{good, good}, false},
		{"an empty argument", "", []string{"3E0042", ""}, []string{good, bad + `frame","reason":"empty"`}, true},
		{"a frame that is refused", "", []string{"7E0042"}, []string{bad + `frame","reason":"unsupported_version"`}, true},
		{"standard input", "3E0042\r\n\n3E0043", nil, []string{good, good}, false},
		{"standard input with no frame in a line", "3E0042\nhello\n", nil, []string{good, bad + `input","reason":"not_hex"`}, true},
		{"nothing", "", nil, nil, false},
	} {
		var out strings.Builder
		err := (&decodeCommand{Frames: c.frames}).Run(streams{in: strings.NewReader(c.in), out: &out, err: io.Discard})
		if errors.Is(err, errRefused) != c.refused || err != nil && !c.refused {
			t.Errorf("%s: got %v, want refused: %v", c.name, err, c.refused)
		}
		lines := strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\n' })
		if len(lines) != len(c.want) {
			t.Errorf("%s: got %d lines, want %d:\n%s", c.name, len(lines), len(c.want), out.String())
			continue
		}
		for i, want := range c.want {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s: got %s, want %s…", c.name, lines[i], want)
			}
		}
	}
}
