package meshcore

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestDocumentedDecodesHold runs the examples of the command's page.
func TestDocumentedDecodesHold(t *testing.T) {
	page, err := os.ReadFile("../../docs/decode.md")
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]bool{}
	lines := strings.Split(string(page), "\n")
	for i, line := range lines {
		args, ok := strings.CutPrefix(line, "    $ hilltop decode ")
		if !ok {
			continue
		}
		word := strings.Fields(args)
		frame := word[len(word)-1]
		var regions []string
		if word[0] == "--region" {
			regions = word[1:2]
		}
		opts, err := NewOptions(nil, nil, regions, "")
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if _, err := DecodeLine(&got, frame, opts); err != nil {
			t.Fatal(err)
		}
		if want := strings.TrimSpace(lines[i+1]); strings.TrimSpace(got.String()) != want {
			t.Errorf("%s: got\n%swant\n%s", frame, got.String(), want)
		}
		types[Describe(unhex(t, frame), opts).Packet.Type.String()] = true
	}
	for i := range Type(16) {
		if !types[i.String()] && i != 13 && i != 14 {
			t.Errorf("no frame of type %s", i)
		}
	}
}
