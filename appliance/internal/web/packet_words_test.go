package web

import (
	"slices"
	"testing"
	"time"
)

// A span never reads as nothing where something was measured.
func TestSpansUnderATenth(t *testing.T) {
	for ms, want := range map[int64][3]string{
		0:       {"0.0 s", "0.0 s", "< 0.1 s"},
		1:       {"< 0.1 s", "< 0.1 s", "< 0.1 s"},
		49:      {"< 0.1 s", "< 0.1 s", "< 0.1 s"},
		50:      {"0.1 s", "0.1 s", "+0.1 s"},
		1_250:   {"1.2 s", "1.2 s", "+1.2 s"},
		154_000: {"2 m 34 s", "2 m", "+2 m 34 s"},
	} {
		d := time.Duration(ms) * time.Millisecond
		if got := [3]string{spanText(d), shortSpan(d), laterText(ms)}; got != want {
			t.Errorf("%d ms: %q, want %q", ms, got, want)
		}
	}
	for d, want := range map[time.Duration]string{-time.Millisecond: "< 0.1 s", -3 * time.Second: "−3.0 s"} {
		if got := spanText(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

// A parameter that its page does not take is called what its chip is called
// where it is taken.
func TestParametersNotTakenHaveWords(t *testing.T) {
	f := filter{NotApplied: []string{"w", "obs", "type"}}
	var got []string
	for _, c := range f.chips(filterSay{}, func(filter) string { return "" }) {
		got = append(got, c.Name)
	}
	if want := []string{"time", "observer", "type"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
