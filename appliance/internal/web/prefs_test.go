package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
)

func withCookies(cookies ...string) *http.Request {
	r := httptest.NewRequest("GET", "/packets", nil)
	for i := 0; i+1 < len(cookies); i += 2 {
		r.AddCookie(&http.Cookie{Name: cookies[i], Value: cookies[i+1]})
	}
	return r
}

// Whatever a cookie holds, what makes no sense counts as unset.
func TestPrefs(t *testing.T) {
	for _, c := range []struct {
		name    string
		cookies []string
		want    string
	}{
		{"nothing", nil, "{Theme: Contrast: Density: Times: Zone:}"},
		{"all", []string{"settings", "theme=dark&contrast=more&density=compact&times=clock&zone=Europe%2FBerlin"}, "{Theme:dark Contrast:more Density:compact Times:clock Zone:Europe/Berlin}"},
		{"nonsense", []string{"settings", "theme=pink&contrast=1&density=%00&times=sun&zone=../../etc/passwd"}, "{Theme: Contrast: Density: Times: Zone:}"},
		{"broken", []string{"settings", "%zz", "zone", "%zz", "stars", "..."}, "{Theme: Contrast: Density: Times: Zone:}"},
		{"the browser's zone", []string{"zone", "Asia%2FKolkata"}, "{Theme: Contrast: Density: Times: Zone:Asia/Kolkata}"},
		{"a chosen zone goes before it", []string{"zone", "Asia%2FKolkata", "settings", "zone=UTC"}, "{Theme: Contrast: Density: Times: Zone:UTC}"},
		{"no local zone of this machine", []string{"zone", "Local"}, "{Theme: Contrast: Density: Times: Zone:}"},
	} {
		if have := fmt.Sprintf("%+v", prefsOf(withCookies(c.cookies...)).look()); have != c.want {
			t.Errorf("%s: want %s, have %s", c.name, c.want, have)
		}
	}
}

func FuzzPrefs(f *testing.F) {
	f.Add("theme=dark&zone=Europe%2FBerlin", "0123456789abcdef.0123456789abcdef", "UTC")
	f.Fuzz(func(t *testing.T, settings, stars, at string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", "settings="+settings+"; stars="+stars+"; zone="+at)
		p := prefsOf(r)
		if p.location == nil || len(p.Stars) > starsMost {
			t.Fatalf("location %v, %d stars", p.location, len(p.Stars))
		}
		w := httptest.NewRecorder()
		p.keep(w)
		again := httptest.NewRequest("GET", "/", nil)
		for _, c := range w.Result().Cookies() {
			if c.Value != "" {
				again.AddCookie(c)
			}
		}
		kept := prefsOf(again)
		kept.Stars, p.Stars = nil, nil
		kept.location, p.location, kept.found, p.found = nil, nil, false, false
		if fmt.Sprint(kept) != fmt.Sprint(p) {
			t.Fatalf("kept %v, read %v", p, kept)
		}
	})
}

// Stars come in by a form, each once, the newest first, and go again.
func TestStars(t *testing.T) {
	var p prefs
	a, b := strings.Repeat("a", starDigits), strings.Repeat("b", starDigits)
	for _, key := range []string{a, b, a} {
		p.Stars = p.withStar(key, true)
	}
	if fmt.Sprint(p.Stars) != fmt.Sprint([]string{a, b}) {
		t.Errorf("want a, b; have %q", p.Stars)
	}
	if !p.starred(a+strings.Repeat("0", 48)) || p.starred(strings.Repeat("c", 64)) || p.starred("aa") {
		t.Error("the wrong nodes are starred")
	}
	if p.Stars = p.withStar(a, false); fmt.Sprint(p.Stars) != fmt.Sprint([]string{b}) {
		t.Errorf("want b, have %q", p.Stars)
	}
	for i := range starsMost + 5 {
		p.Stars = p.withStar(fmt.Sprintf("%016x", i), true)
	}
	if cookie := strings.Join(p.Stars, "."); len(p.Stars) != starsMost || len(cookie) > 4000 {
		t.Errorf("want %d stars in 4000 bytes, have %d in %d", starsMost, len(p.Stars), len(cookie))
	}
}

// A moment is written in the viewer's zone, and its age as the script would.
func TestMoment(t *testing.T) {
	berlin, _ := zone("Europe/Berlin")
	now := time.Date(2026, 7, 1, 0, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		ms        int64
		at        *time.Location
		text, ago string
	}{
		{now.Add(-time.Hour).UnixMilli(), time.UTC, "2026-06-30 23:30:00", "1 h ago"},
		{now.Add(-time.Hour).UnixMilli(), berlin, "01:30:00", "1 h ago"},
		{now.Add(-4 * time.Second).UnixMilli(), berlin, "02:29:56", "now"},
		{now.Add(-59 * time.Second).UnixMilli(), berlin, "02:29:01", "59 s ago"},
		{now.Add(-59 * time.Minute).UnixMilli(), berlin, "01:31:00", "59 min ago"},
		{now.Add(-49 * time.Hour).UnixMilli(), berlin, "2026-06-29 01:30:00", "2 d ago"},
		{now.Add(3 * time.Second).UnixMilli(), berlin, "02:30:03", "now"},
		{now.Add(time.Hour).UnixMilli(), berlin, "03:30:00", ""},
	} {
		m := moment(c.ms, now.In(c.at))
		if m.Text != c.text || m.Ago != c.ago || !strings.HasSuffix(m.ISO, "Z") {
			t.Errorf("%d: want %s, %s; have %s, %s, %s", c.ms, c.text, c.ago, m.Text, m.Ago, m.ISO)
		}
	}
}

// Distances are as people who live with the unit write them.
func TestDistance(t *testing.T) {
	for _, c := range []struct {
		metres float64
		miles  bool
		want   string
	}{
		{850, false, "850 m"}, {12_400, false, "12.4 km"}, {99_940, false, "99.9 km"}, {99_960, false, "100 km"}, {1_234_567, false, "1,235 km"},
		{100, true, "328 ft"}, {850, true, "0.5 mi"}, {12_400, true, "7.7 mi"}, {999_999, true, "621 mi"}, {0, false, "0 m"},
	} {
		if have := distanceText(c.metres, c.miles); have != c.want {
			t.Errorf("%g m: want %s, have %s", c.metres, c.want, have)
		}
	}
	if !(prefs{}).miles("en-GB,en;q=0.9") || (prefs{}).miles("de-DE,en-US;q=0.5") || (prefs{Units: "km"}).miles("en-US") {
		t.Error("miles for the wrong people")
	}
}

// A span in which nothing could be heard lies where it was, and says why.
func TestDeafSpans(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	at := func(hour int) int64 { return now.Add(time.Duration(hour-12) * time.Hour).UnixMilli() }
	gaps := []mesh.Gap{
		{From: at(0), To: at(2), Kind: "stopped"},                     // before the chart
		{From: at(3), To: at(4), Kind: "stopped"},                     // within the next
		{From: at(3), To: at(5), Kind: "stopped"},                     // into it
		{From: at(6), To: at(7), Kind: "source", Subject: "<b>hub"},   //
		{From: at(8), To: at(9), Kind: "disk"},                        // heard all the same
		{From: at(11), Kind: "queue"},                                 // lasts
		{From: at(11), To: at(11), Kind: "stopped"},                   // no time at all
		{From: at(13), To: at(14), Kind: "stopped", Subject: "later"}, // after it
	}
	have := deafSpans(gaps, at(4), at(12), now)
	want := `[{0 0.125 03:00 to 05:00: this machine was off} {0.25 0.375 06:00 to 07:00: <b>hub was not connected} {0.875 1 11:00 to now: messages came too fast}]`
	if fmt.Sprint(have) != want {
		t.Errorf("want %s\nhave %v", want, have)
	}
	if deafSpans(gaps, at(4), at(4), now) != nil {
		t.Error("a chart of no length has gaps")
	}
}

// Gaps of a kind and subject that overlap are shown as one, and no others.
func TestGapsThatOverlapAreOne(t *testing.T) {
	gaps := []mesh.Gap{
		{From: 10, To: 20, Kind: "stopped"}, {From: 10, To: 30, Kind: "stopped"}, // starts that took no account of each other
		{From: 25, To: 40, Kind: "stopped", Lost: 2},
		{From: 40, To: 50, Kind: "silent"},
		{From: 40, To: 50, Kind: "stopped"}, // after it
		{From: 45, To: 60, Kind: "source", Subject: "one"},
		{From: 50, Kind: "source", Subject: "one", Lost: 1}, // lasts
		{From: 55, To: 56, Kind: "source", Subject: "one"},
		{From: 55, To: 70, Kind: "source", Subject: "two"},
		{From: 60, To: 80, Kind: "clock-step", Note: "by 1 h"}, {From: 70, To: 90, Kind: "clock-step", Note: "by 2 h"},
	}
	want := []mesh.Gap{
		{From: 10, To: 40, Kind: "stopped", Lost: 2},
		{From: 40, To: 50, Kind: "silent"}, {From: 40, To: 50, Kind: "stopped"},
		{From: 45, Kind: "source", Subject: "one", Lost: 1},
		{From: 55, To: 70, Kind: "source", Subject: "two"},
		gaps[9], gaps[10],
	}
	if have := joined(gaps); !slices.Equal(have, want) {
		t.Errorf("have %+v\nwant %+v", have, want)
	}
}

// A form leads back to a page of this machine alone.
func TestStarFormLeadsBack(t *testing.T) {
	s := &Server{}
	for back, want := range map[string]string{"/nodes/ab?n=1": "/nodes/ab?n=1", "//evil.example/": "/", "https://evil.example/": "/", "": "/"} {
		r := httptest.NewRequest("POST", "/settings/star", strings.NewReader(url.Values{"key": {strings.Repeat("AB", 32)}, "star": {"on"}, "back": {back}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.keepStar(w, r)
		if have := w.Header().Get("Location"); have != want {
			t.Errorf("%q: want %s, have %s", back, want, have)
		}
		if c := w.Result().Cookies(); len(c) != 1 || c[0].Value != strings.Repeat("ab", 8) {
			t.Errorf("want the beginning of the key kept, have %v", c)
		}
	}
}
