package web

import (
	"net/url"
	"strings"
	"time"
)

// filterWindows are the spans back from now that w takes. Those offered stand in
// forms.
var filterWindows = []struct {
	word    string
	span    time.Duration
	offered bool
}{
	{"15m", 15 * time.Minute, true}, {"30m", 30 * time.Minute, false}, {"1h", time.Hour, true}, {"2h", 2 * time.Hour, false}, {"3h", 3 * time.Hour, false}, {"6h", 6 * time.Hour, true},
	{"12h", 12 * time.Hour, false}, {"24h", 24 * time.Hour, true}, {"48h", 48 * time.Hour, false}, {"3d", 3 * 24 * time.Hour, false},
	{"7d", 7 * 24 * time.Hour, true}, {"14d", 14 * 24 * time.Hour, false}, {"30d", 30 * 24 * time.Hour, true}, {"1y", 365 * 24 * time.Hour, false},
}

// windowSpan is how long a word of filterWindows goes back; 0 if it is none.
func windowSpan(word string) time.Duration {
	for _, w := range filterWindows {
		if w.word == word {
			return w.span
		}
	}
	return 0
}

// windowSay is how pages write a word of filterWindows: "15 min", "24 h".
func windowSay(word string) string {
	n, unit := word[:len(word)-1], word[len(word)-1:]
	if unit == "m" {
		unit = "min"
	}
	return n + " " + unit
}

// readTimes reads w, from and to: what is wanted lies within all that are given.
func readTimes(f *filter, v url.Values, zone *time.Location) (err error) {
	if f.Window, err = single(v, "w"); err != nil {
		return err
	}
	if f.Window != "" && windowSpan(f.Window) == 0 {
		var words []string
		for _, w := range filterWindows {
			words = append(words, w.word)
		}
		return wrong("w", "%q is no window; take %s", f.Window, strings.Join(words, ", "))
	}
	if f.From, err = instantIn(v, "from", zone); err != nil {
		return err
	}
	if f.To, err = instantIn(v, "to", zone); err != nil {
		return err
	}
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		return wrong("to", "it is not after from")
	}
	return nil
}

// instant reads a time of RFC 3339.
func instant(v url.Values, name string) (time.Time, error) { return instantIn(v, name, nil) }

// fieldTimes are the times that fields of forms send: they have no zone.
var fieldTimes = []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02"}

// instantIn reads a time of RFC 3339, or one without a zone in this one, if it
// is not nil. A '+' of a time's zone may have come as a blank.
func instantIn(v url.Values, name string, zone *time.Location) (time.Time, error) {
	s := strings.TrimSpace(v.Get(name))
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, strings.Replace(s, " ", "+", 1))
	for i := 0; err != nil && zone != nil && i < len(fieldTimes); i++ {
		t, err = time.ParseInLocation(fieldTimes[i], s, zone)
	}
	if err != nil || t.Year() < 1 || t.Year() > 9998 {
		return time.Time{}, wrong(name, "%q is no time like 2026-05-01T14:30:00Z", s)
	}
	if len(v[name]) > 1 {
		return time.Time{}, wrong(name, "one value, not %d", len(v[name]))
	}
	return t, nil
}

func writeTimes(f filter, v url.Values) {
	setOne(v, "w", f.Window)
	setOne(v, "from", rfc(f.From))
	setOne(v, "to", rfc(f.To))
}

func rfc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// timed tells whether it matters when something was.
func (f filter) timed() bool { return f.Window != "" || !f.From.IsZero() || !f.To.IsZero() }

// bounds are the times between which something must lie, Unix ms; 0 is open.
func (f filter) bounds(now time.Time) (from, to int64) {
	if f.Window != "" {
		from = now.Add(-windowSpan(f.Window)).UnixMilli()
	}
	if !f.From.IsZero() {
		from = max(from, f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		to = f.To.UnixMilli()
	}
	return from, to
}

// timeWords say when; none if it does not matter.
func (f filter) timeWords(now time.Time) (words []string) {
	short := func(t time.Time) string { return minuteText(t, now) }
	if f.Window != "" {
		words = append(words, "last "+windowSay(f.Window))
	}
	switch {
	case !f.From.IsZero() && !f.To.IsZero():
		words = append(words, short(f.From)+" to "+short(f.To))
	case !f.From.IsZero():
		words = append(words, "since "+short(f.From))
	case !f.To.IsZero():
		words = append(words, "before "+short(f.To))
	}
	return words
}
