package part

import (
	"strings"
	"testing"
)

// Figures stay with their units, and words of a sentence part where they did.
func TestFiguresStayWithTheirUnits(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		" ":                             " ",
		"12":                            "12",
		"−0.2 dB":                       "−0.2~dB",
		"2 m 34 s":                      "2~m~34~s",
		"< 0.1 %":                       "<~0.1~%",
		"spread ± 0.3 s":                "spread ±~0.3~s",
		"12 h 5 m, then":                "12~h~5~m, then",
		"−3.0 to +3.0 dB":               "−3.0 to +3.0~dB",
		"3 min ago":                     "3~min~ago",
		"24 h · 2 of 3 nodes":           "24~h · 2 of 3 nodes",
		"1,897 packets in 7 days":       "1,897 packets in 7~days",
		"within 62.1 mi.":               "within 62.1~mi.",
		"since 2026-11-19 00:00 UTC":    "since 2026-11-19 00:00~UTC",
		"in 24 h 3 packets":             "in 24~h 3 packets",
		"a m 34 s":                      "a m 34~s",
		"Heltec V3 B":                   "Heltec V3~B",
		"9 of ten days":                 "9 of ten days",
		"double  space 1  dB trailing ": "double  space 1  dB trailing ",
	} {
		if got := strings.ReplaceAll(Whole(text), "\u00a0", "~"); got != want {
			t.Errorf("%q became %q, not %q", text, got, want)
		}
	}
}
