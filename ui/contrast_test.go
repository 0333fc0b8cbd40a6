package ui

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Text must differ from what it stands on by 4.5:1, marks and the focus ring by
// 3:1, in both themes.
func TestTokensContrast(t *testing.T) {
	css, err := os.ReadFile("static/css/10-tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark := themes(t, string(css))
	for name, tokens := range map[string]map[string]string{"light": light, "dark": dark} {
		pair := func(least float64, front string, grounds ...string) {
			for _, ground := range grounds {
				if have := contrast(t, tokens[front], tokens[ground]); have < least {
					t.Errorf("%s: %s on %s: want %.1f:1, have %.2f:1", name, front, ground, least, have)
				}
			}
		}
		grounds := []string{"ground", "surface", "raised", "sunken"}
		for _, text := range []string{"text", "text-soft", "text-faint", "accent", "bad-text"} {
			pair(4.5, text, grounds...)
		}
		for _, family := range []string{"identity", "message", "exchange", "control", "trace"} {
			pair(4.5, family, "surface", "raised")
		}
		pair(4.5, "text", "accent-soft", "warn-ground")
		pair(4.5, "accent", "accent-soft")
		pair(4.5, "text-soft", "accent-soft")
		pair(4.5, "on-accent", "accent")
		pair(4.5, "on-bad", "bad-ground")
		for _, mark := range []string{"good", "warn", "off", "focus", "chart"} {
			pair(3, mark, grounds...)
		}
	}
}

// The system's dark theme and the chosen one are the same.
func TestDarkThemesAgree(t *testing.T) {
	css, err := os.ReadFile("static/css/10-tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := rules(string(css))
	system, chosen := blocks[`:root:not([data-theme="light"])`], blocks[`:root[data-theme="dark"]`]
	if len(system) < 20 {
		t.Fatalf("the system's dark theme has %d tokens", len(system))
	}
	if fmt.Sprint(system) != fmt.Sprint(chosen) {
		t.Errorf("want %v\nhave %v", system, chosen)
	}
}

// themes gives the tokens of each theme; dark falls back on light.
func themes(t *testing.T, css string) (light, dark map[string]string) {
	t.Helper()
	blocks := rules(css)
	light, dark = blocks[":root"], map[string]string{}
	if len(light) < 30 {
		t.Fatalf("the style sheet has %d tokens", len(light))
	}
	for k, v := range light {
		dark[k] = v
	}
	for k, v := range blocks[`:root[data-theme="dark"]`] {
		dark[k] = v
	}
	return light, dark
}

var (
	rule  = regexp.MustCompile(`(?s)(:root[^{]*?)\s*\{([^{}]*)\}`)
	token = regexp.MustCompile(`--([a-z0-9-]+):\s*([^;]+);`)
)

// rules gives the tokens by selector, of the first rule with that selector.
func rules(css string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, m := range rule.FindAllStringSubmatch(css, -1) {
		if _, have := out[m[1]]; have {
			continue
		}
		out[m[1]] = map[string]string{}
		for _, x := range token.FindAllStringSubmatch(m[2], -1) {
			out[m[1]][x[1]] = x[2]
		}
	}
	return out
}

// contrast is the ratio of two colours by WCAG 2.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil || len(colour) != 7 {
		t.Fatalf("colour %q: want six hex digits", colour)
	}
	part := func(shift int) float64 {
		v := float64(n>>shift&255) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}
