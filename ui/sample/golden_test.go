package sample

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is rendered to the golden files")

// Every page in every state renders as its golden file says, one tag a line.
// go test ./ui/sample -update accepts a change; the diff is for people's eyes.
func TestGolden(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Pages() {
		t.Run(p.Name, func(t *testing.T) {
			if seen[p.Name] {
				t.Fatal("two samples of one name")
			}
			seen[p.Name] = true
			var b bytes.Buffer
			if err := p.Body.Render(context.Background(), &b); err != nil {
				t.Fatal(err)
			}
			have := strings.ReplaceAll(b.String(), "><", ">\n<") + "\n"
			checkHostile(t, have)
			golden(t, filepath.Join("testdata", p.Name+".html"), have)
		})
	}
}

func golden(t *testing.T, file, have string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(have), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if have == string(want) {
		return
	}
	h, w := strings.Split(have, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(h), len(w)) {
		if h[i] != w[i] {
			t.Fatalf("%s:%d: want %q, have %q", file, i+1, w[i], h[i])
		}
	}
	t.Fatalf("%s: want %d lines, have %d", file, len(w), len(h))
}

// checkHostile tells of what must never reach a page, whatever strangers sent.
func checkHostile(t *testing.T, html string) {
	t.Helper()
	for _, bad := range []string{"<script>", "javascript:", "\" onload=", "style=\"", "onclick="} {
		if strings.Contains(html, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
}
