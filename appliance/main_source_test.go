package main

import "testing"

// Only an address that a browser takes becomes a link.
func TestSourceOf(t *testing.T) {
	for _, c := range [][3]string{
		{"https://git.example.org/mesh/hilltop", "abc123", "https://git.example.org/mesh/hilltop/commit/abc123"}, {"https://git.example.org/mesh/hilltop/", "unknown", "https://git.example.org/mesh/hilltop/"},
		{"", "abc", ""}, {"git@git.example.org:mesh/hilltop", "abc", ""}, {"ssh://git.example.org/x", "abc", ""}, {"javascript:alert(1)", "abc", ""}, {"/srv/git/hilltop", "abc", ""},
	} {
		if have := sourceOf(c[0], c[1]); have != c[2] {
			t.Errorf("%s at %s: have %q, want %q", c[0], c[1], have, c[2])
		}
	}
}
