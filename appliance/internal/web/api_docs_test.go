package web

import (
	"os"
	"strings"
	"testing"
)

// TestAPIPageDescribesEveryRoute holds docs/api.md to the table of routes: a
// heading for each, with all its parameters below it, and no other.
func TestAPIPageDescribesEveryRoute(t *testing.T) {
	page, err := os.ReadFile("../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, part := range strings.Split(string(page), "\n### ")[1:] {
		heading, text, _ := strings.Cut(part, "\n")
		text, _, _ = strings.Cut(text, "\n## ")
		sections[heading] = text
	}
	for _, route := range newBench(t, nil).s.apiTable() {
		name := route.Method + " " + route.Path
		text, ok := sections[name]
		if !ok {
			t.Errorf("docs/api.md has no heading %q", name)
		}
		for _, p := range strings.Fields(route.Params) {
			if !strings.Contains(text, "`"+p+"`") && !strings.Contains(text, "`"+p+"=") {
				t.Errorf("docs/api.md does not tell of %s of %s", p, name)
			}
		}
		delete(sections, name)
	}
	for name := range sections {
		t.Errorf("docs/api.md tells of %s, which there is not", name)
	}
}
