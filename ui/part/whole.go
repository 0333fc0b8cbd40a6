package part

import "strings"

// units are the words that stay on the line of the figure before them.
var units = map[string]bool{
	"%": true, "dB": true, "dBm": true, "B": true, "KiB": true, "MiB": true, "GiB": true, "TiB": true, "V": true,
	"ms": true, "s": true, "m": true, "min": true, "h": true, "d": true, "days": true,
	"km": true, "ft": true, "mi": true, "kHz": true, "MHz": true, "UTC": true, "ago": true,
}

// Whole joins figures with their units by no-break spaces, so that no line ends
// between them: "2 m 34 s" stays one, as "−0.2 dB" and "< 0.1 %" do. It changes
// nothing else of a text of this program's own.
func Whole(s string) string {
	var b strings.Builder
	from := 0
	for at := strings.IndexByte(s, ' '); at >= 0 && at < len(s)-1; {
		if joins(s[:at], s[at+1:]) {
			b.WriteString(s[from:at])
			b.WriteString("\u00a0")
			from = at + 1
		}
		next := strings.IndexByte(s[at+1:], ' ')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	if from == 0 {
		return s
	}
	return b.String() + s[from:]
}

// joins tells whether the last word of one text and the first of what follows
// are one figure.
func joins(before, after string) bool {
	last := before[strings.LastIndexByte(before, ' ')+1:]
	first, _, _ := strings.Cut(after, " ")
	if last == "" || first == "" {
		return false
	}
	word := strings.TrimRight(first, ",.;:)")
	number := digit(last[len(last)-1])
	switch {
	case number && units[word]:
		return true
	case digit(first[0]):
		// the next part of a span, or the figure that a sign belongs to
		return last == "<" || last == "±" || last == "≥" || units[last] && len(before) > len(last)+1 && digit(before[len(before)-len(last)-2]) && spanGoesOn(last, after)
	}
	return units[last] && word == "ago"
}

// spanGoesOn tells whether a figure with the next smaller unit of time follows:
// "34 s" after "2 m".
func spanGoesOn(unit, after string) bool {
	_, rest, _ := strings.Cut(after, " ")
	next, _, _ := strings.Cut(rest, " ")
	next = strings.TrimRight(next, ",.;:)")
	return unit == "d" && next == "h" || unit == "h" && next == "m" || unit == "m" && next == "s"
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
