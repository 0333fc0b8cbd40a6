package sample

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
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
			checkIDs(t, have)
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

var anID = regexp.MustCompile(` id="([^"]*)"`)

// checkIDs: what a link leads to and a label is of, is there once.
func checkIDs(t *testing.T, html string) {
	t.Helper()
	seen := map[string]bool{}
	for _, m := range anID.FindAllStringSubmatch(html, -1) {
		if seen[m[1]] {
			t.Errorf("the id %q is there twice", m[1])
		}
		seen[m[1]] = true
	}
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
