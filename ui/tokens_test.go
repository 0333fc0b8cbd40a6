package ui

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// palettes are the colours of every look that the tokens can take.
func palettes(t *testing.T) map[string]map[string]string {
	t.Helper()
	css, err := os.ReadFile("static/css/10-tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	rules := tokenRules(string(css))
	base, more := rules[":root"], rules[`:root[data-contrast="more"]`]
	if len(base) < 60 || len(more) < 10 {
		t.Fatalf("the style sheet has %d tokens and %d of high contrast", len(base), len(more))
	}
	out := map[string]map[string]string{}
	for i, theme := range []string{"light", "dark"} {
		usual, high := map[string]string{}, map[string]string{}
		for name, value := range base {
			usual[name], high[name] = side(value, i), side(value, i)
		}
		for name, value := range more {
			high[name] = side(value, i)
		}
		out[theme], out[theme+", high contrast"] = usual, high
	}
	return out
}

// Text must differ from what it stands on by 4.5:1, marks, edges and the focus
// ring by 3:1, in every theme and contrast; with high contrast, text by 7:1.
func TestTokensContrast(t *testing.T) {
	for name, tokens := range palettes(t) {
		text := 4.5
		if strings.Contains(name, "high") {
			text = 7
		}
		pair := func(least float64, front string, grounds ...string) {
			for _, ground := range grounds {
				if have := contrast(t, tokens[front], tokens[ground]); have < least {
					t.Errorf("%s: %s on %s: want %.1f:1, have %.2f:1", name, front, ground, least, have)
				}
			}
		}
		grounds := []string{"ground", "surface", "raised", "sunken"}
		for _, front := range []string{"text", "text-soft", "text-faint", "accent"} {
			pair(text, front, grounds...)
		}
		pair(4.5, "bad", grounds...)
		for _, family := range families {
			pair(4.5, family, "surface", "raised", family+"-ground")
		}
		pair(4.5, "text", "accent-ground", "warn-ground")
		pair(4.5, "accent", "accent-ground")
		pair(4.5, "accent-strong", "accent-ground", "surface")
		pair(4.5, "text-soft", "accent-ground", "warn-ground")
		pair(4.5, "on-accent", "accent")
		pair(4.5, "on-bad", "bad-ground")
		for _, role := range []string{"repeater", "companion", "room", "sensor", "other"} {
			pair(4.5, "role-ink", "role-"+role)
		}
		for n := range 8 {
			pair(4.5, "text", fmt.Sprintf("who-%d", n+1))
		}
		for _, mark := range []string{"good", "warn", "off", "bad", "focus", "chart", "edge"} {
			pair(3, mark, "ground", "surface", "raised")
		}
		for _, hue := range []string{"red", "orange", "yellow", "green", "teal", "blue", "purple", "grey"} {
			pair(3, "byte-"+hue, "surface", "raised")
		}
	}
}

var families = []string{"identity", "message", "exchange", "control", "trace"}

// Codes that share a view must stay apart for people who see fewer colours,
// by a distance in CIE Lab; shape and word tell them apart besides.
func TestTokensDistance(t *testing.T) {
	for name, tokens := range palettes(t) {
		for sight, matrix := range sights {
			apart := func(least float64, names ...string) {
				for i, a := range names {
					for _, b := range names[:i] {
						if have := distance(t, tokens[a], tokens[b], matrix); have < least {
							t.Errorf("%s, %s: %s and %s: want a distance of %.0f, have %.1f", name, sight, a, b, least, have)
						}
					}
				}
			}
			apart(25, families...)
			apart(12, "role-repeater", "role-companion", "role-room", "role-sensor", "role-other")
			apart(9, "heat-0", "heat-1")
			apart(9, "heat-1", "heat-2")
			apart(9, "heat-2", "heat-3")
			apart(9, "heat-3", "heat-4")
			apart(15, "chart", "chart-soft", "surface")
		}
	}
}

// What the system asks for and what the viewer chose look the same.
func TestContrastsAgree(t *testing.T) {
	css, err := os.ReadFile("static/css/10-tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	rules := tokenRules(string(css))
	system, chosen := rules[`:root:not([data-contrast="usual"])`], rules[`:root[data-contrast="more"]`]
	if len(system) < 10 {
		t.Fatalf("the system's high contrast has %d tokens", len(system))
	}
	if fmt.Sprint(system) != fmt.Sprint(chosen) {
		t.Errorf("want %v\nhave %v", system, chosen)
	}
}

var (
	rule  = regexp.MustCompile(`(?s)(:root[^{,]*?)\s*\{([^{}]*)\}`)
	token = regexp.MustCompile(`--([a-z0-9-]+):\s*([^;]+);`)
	twin  = regexp.MustCompile(`light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`)
)

// tokenRules gives the tokens by selector, of the first rule with that selector.
func tokenRules(css string) map[string]map[string]string {
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

// side is a token's value in the light (0) or dark (1) theme.
func side(value string, i int) string {
	if m := twin.FindStringSubmatch(value); m != nil {
		return m[1+i]
	}
	return value
}

// contrast is the ratio of two colours by WCAG 2.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(linear(t, a)), luminance(linear(t, b))
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

type rgb [3]float64 // linear, 0 to 1

func linear(t *testing.T, colour string) (out rgb) {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil || len(colour) != 7 {
		t.Fatalf("colour %q: want six hex digits", colour)
	}
	for i := range out {
		v := float64(n>>(16-8*i)&255) / 255
		if v <= 0.04045 {
			out[i] = v / 12.92
		} else {
			out[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return out
}

func luminance(c rgb) float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }

// sights are matrices on linear RGB that show what people with a colour vision
// deficiency see: Machado, Oliveira and Fernandes 2009, severity 1.
var sights = map[string][3]rgb{
	"usual sight":  {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

// distance is how far apart two colours are seen, in CIE Lab (1976).
func distance(t *testing.T, a, b string, sight [3]rgb) float64 {
	t.Helper()
	x, y := lab(seen(linear(t, a), sight)), lab(seen(linear(t, b), sight))
	return math.Sqrt((x[0]-y[0])*(x[0]-y[0]) + (x[1]-y[1])*(x[1]-y[1]) + (x[2]-y[2])*(x[2]-y[2]))
}

func seen(c rgb, sight [3]rgb) (out rgb) {
	for i, row := range sight {
		out[i] = min(1, max(0, row[0]*c[0]+row[1]*c[1]+row[2]*c[2]))
	}
	return out
}

// lab converts linear sRGB to CIE Lab under D65.
func lab(c rgb) [3]float64 {
	f := func(v float64) float64 {
		if v > 216.0/24389 {
			return math.Cbrt(v)
		}
		return (24389.0/27*v + 16) / 116
	}
	x := f((0.4124564*c[0] + 0.3575761*c[1] + 0.1804375*c[2]) / 0.95047)
	y := f(0.2126729*c[0] + 0.7151522*c[1] + 0.0721750*c[2])
	z := f((0.0193339*c[0] + 0.1191920*c[1] + 0.9503041*c[2]) / 1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// Every colour is shown on the page of the design system, and nothing else.
func TestPalettesAreWhole(t *testing.T) {
	css, err := os.ReadFile("static/css/10-tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, p := range Palettes() {
		for _, name := range p.Tokens {
			shown[name] = true
		}
	}
	for name, value := range tokenRules(string(css))[":root"] {
		colour := strings.HasPrefix(value, "light-dark(#") || strings.HasPrefix(value, "#")
		if colour != shown[name] {
			t.Errorf("%s: a colour: %v, shown: %v", name, colour, shown[name])
		}
		delete(shown, name)
	}
	for name := range shown {
		t.Errorf("%s is shown and is no token", name)
	}
}

// A name that no sheet defines would leave a part without colour or size.
func TestSheetsUseDefinedNames(t *testing.T) {
	sheets, err := filepath.Glob("static/css/*.css")
	if err != nil || len(sheets) == 0 {
		t.Fatal(sheets, err)
	}
	var all string
	for _, name := range sheets {
		css, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all += string(css)
	}
	defined := map[string]bool{}
	for _, m := range regexp.MustCompile(`(--[\w-]+)\s*:`).FindAllStringSubmatch(all, -1) {
		defined[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`var\((--[\w-]+)`).FindAllStringSubmatch(all, -1) {
		if !defined[m[1]] {
			t.Errorf("%s is used and nowhere defined", m[1])
		}
	}
}
