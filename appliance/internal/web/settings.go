package web

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"hilltop/ui"
	"hilltop/ui/part"
)

func (s *Server) settingsRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /settings", s.page(s.settings))
	mux.HandleFunc("POST /settings", s.keepSettings)
	mux.HandleFunc("GET /settings/export", s.exportSettings)
	mux.HandleFunc("POST /settings/import", s.importSettings)
	mux.HandleFunc("POST /settings/star", s.keepStar)
	mux.HandleFunc("POST /theme", s.chooseTheme)
}

// settings is the page of what this browser keeps.
func (s *Server) settings(r *http.Request) (view, error) {
	p := prefsOf(r)
	now := s.now(r)
	page := ui.SettingsPage{
		Saved:    r.URL.Query().Get("kept") == "1",
		Theme:    options(p.Theme, "", "System", "light", "Light", "dark", "Dark"),
		Contrast: options(p.Contrast, "", "System", "usual", "Usual", "more", "More"),
		Density:  options(p.Density, "", "Comfortable", "compact", "Compact"),
		Times:    options(p.Times, "", "3 min ago", "clock", now.Add(-3*time.Minute).Format("15:04:05")),
		Units:    options(p.Units, "", "Auto", "km", "km", "mi", "miles"),
		Stars:    s.starRows(r, now),
	}
	page.Moved = s.moved(p, r)
	if c, err := r.Cookie(zoneCookie); err == nil {
		if name, err := url.QueryUnescape(c.Value); err == nil {
			if at, ok := zone(name); ok {
				page.Browser = at.String()
			}
		}
	}
	page.Zones = zoneOptions(p.Zone, page.Browser)
	page.Sample = sampleFacts(p, r, now)
	return view{Title: "Settings", Section: "/settings", Body: ui.Settings(page)}, nil
}

// options are pairs of value and label.
func options(now string, pairs ...string) (out []ui.Option) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, ui.Option{Value: pairs[i], Label: pairs[i+1], On: pairs[i] == now})
	}
	return out
}

// zones are offered by name: one or two for each part of the world. Any other
// comes in by the browser itself.
var zones = []string{
	"UTC", "Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Anchorage", "America/Bogota", "America/Chicago",
	"America/Denver", "America/Halifax", "America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Phoenix", "America/Sao_Paulo",
	"America/St_Johns", "America/Vancouver", "Asia/Bangkok", "Asia/Dubai", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jerusalem", "Asia/Kolkata",
	"Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Asia/Taipei", "Asia/Tokyo", "Atlantic/Reykjavik", "Australia/Adelaide", "Australia/Brisbane",
	"Australia/Perth", "Australia/Sydney", "Europe/Amsterdam", "Europe/Athens", "Europe/Berlin", "Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul",
	"Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Paris", "Europe/Prague", "Europe/Rome", "Europe/Stockholm", "Europe/Vienna", "Europe/Warsaw",
	"Europe/Zurich", "Pacific/Auckland", "Pacific/Honolulu",
}

func zoneOptions(now, browser string) []ui.Option {
	label := "As the browser"
	if browser != "" {
		label += ": " + browser
	}
	out := []ui.Option{{Label: label, On: now == ""}}
	names := zones
	for _, more := range []string{browser, now} {
		if more != "" && !slices.Contains(names, more) {
			names = slices.Insert(slices.Clone(names), 1, more)
		}
	}
	for _, name := range names {
		out = append(out, ui.Option{Value: name, Label: strings.ReplaceAll(name, "_", " "), On: name == now})
	}
	return out
}

// sampleFacts show what the settings come to.
func sampleFacts(p prefs, r *http.Request, now time.Time) []part.Fact {
	m := moment(now.Add(-3*time.Minute).UnixMilli(), now)
	mi := p.miles(r.Header.Get("Accept-Language"))
	return []part.Fact{
		{Name: "A reception", When: &m},
		{Name: "In full", Value: m.Full},
		{Name: "A link", Value: distanceText(12_400, mi), Note: "or " + distanceText(850, mi)},
	}
}

// miles tells whether distances are in miles: as chosen, else where the
// browser's first language is that of a country that uses them.
func (p prefs) miles(acceptLanguage string) bool {
	if p.Units != "" {
		return p.Units == "mi"
	}
	first, _, _ := strings.Cut(acceptLanguage, ",")
	first, _, _ = strings.Cut(strings.TrimSpace(first), ";")
	return strings.EqualFold(first, "en-US") || strings.EqualFold(first, "en-GB")
}

// distanceText is a distance of so many metres: whole metres or feet when it is
// short, one decimal below a hundred, whole beyond.
func distanceText(metres float64, miles bool) string {
	const foot, mile = 0.3048, 1609.344
	unit, of, small, least := "km", metres/1000, "m", 1.0
	short := metres
	if miles {
		unit, of, small, least, short = "mi", metres/mile, "ft", 0.1, metres/foot
	}
	switch {
	case of < least:
		return countText(int64(math.Round(short))) + " " + small
	case of < 99.95:
		return fmt.Sprintf("%.1f %s", of, unit)
	}
	return countText(int64(math.Round(of))) + " " + unit
}

// keepSettings takes the form in: what makes no sense counts as unset.
func (s *Server) keepSettings(w http.ResponseWriter, r *http.Request) {
	var p prefs
	if r.PostFormValue("reset") == "" {
		if err := r.ParseForm(); err != nil {
			http.Error(w, "The form could not be read.", http.StatusBadRequest)
			return
		}
		p = chosen(r.PostForm)
	}
	p.keep(w)
	http.Redirect(w, r, "/settings?kept=1", http.StatusSeeOther)
}
