package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"hilltop/ui"
	"hilltop/ui/part"
)

// prefs is how a viewer wants pages to be. A browser keeps them in cookies;
// whatever a cookie says that makes no sense counts as unset.
type prefs struct {
	Theme    string   // "light", "dark"; "" as the system says
	Contrast string   // "more", "usual"; "" as the system says
	Density  string   // "compact"; "" comfortable
	Times    string   // "clock": times of day; "" ages
	Zone     string   // "UTC", or a name of the zone database; "" the browser's own
	Units    string   // "km", "mi"; "" by language
	Stars    []string // nodes, by the first digits of their keys

	Channels  []string // starred, by name
	Observers []string // starred, by id

	location *time.Location // of Zone, or of what the browser told of itself
	found    bool           // location is not just the fallback
}

// Cookies. The first is what was chosen, as a query string; the other is the
// zone that the page's script has found the browser to be in.
const (
	prefsCookie = "settings"
	zoneCookie  = "zone"
	cookieAge   = 400 * 24 * 3600 // seconds: the longest that browsers grant
)

// prefValues are the values that a setting takes; the first is the one unset.
var prefValues = map[string][]string{
	"theme":    {"", "light", "dark"},
	"contrast": {"", "usual", "more"},
	"density":  {"", "compact"},
	"times":    {"", "clock"},
	"units":    {"", "km", "mi"},
}

// prefsOf reads a request's cookies. ?theme= in the address goes before them.
func prefsOf(r *http.Request) prefs {
	var p prefs
	if c, err := r.Cookie(prefsCookie); err == nil {
		if q, err := url.ParseQuery(c.Value); err == nil {
			p = chosen(q)
		}
	}
	if t := r.URL.Query().Get("theme"); t != "" && slices.Contains(prefValues["theme"], t) {
		p.Theme = t
	}
	p.starsOf(r)
	name := p.Zone
	if c, err := r.Cookie(zoneCookie); name == "" && err == nil {
		name, _ = url.QueryUnescape(c.Value)
	}
	p.location, p.found = zone(name)
	return p
}

// chosen takes from a form or a cookie what makes sense.
func chosen(q url.Values) prefs {
	of := func(name string) string {
		if v := q.Get(name); slices.Contains(prefValues[name], v) {
			return v
		}
		return ""
	}
	p := prefs{Theme: of("theme"), Contrast: of("contrast"), Density: of("density"), Times: of("times"), Units: of("units")}
	if _, ok := zone(q.Get("zone")); ok {
		p.Zone = q.Get("zone")
	}
	return p
}

// zone finds a time zone by its name in the zone database; UTC if there is none
// of that name.
func zone(name string) (*time.Location, bool) {
	if name == "" || name == "Local" || len(name) > 64 {
		return time.UTC, false
	}
	at, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC, false
	}
	return at, true
}

// keep writes the settings into the answer's cookies.
func (p prefs) keep(w http.ResponseWriter) {
	q := url.Values{}
	for name, v := range map[string]string{"theme": p.Theme, "contrast": p.Contrast, "density": p.Density, "times": p.Times, "units": p.Units, "zone": p.Zone} {
		if v != "" {
			q.Set(name, v)
		}
	}
	setCookie(w, prefsCookie, q.Encode())
}

func setCookie(w http.ResponseWriter, name, value string) {
	age := cookieAge
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, SameSite: http.SameSiteLaxMode})
}

// look is what of the settings the style sheet needs.
func (p prefs) look() ui.Look {
	l := ui.Look{Theme: p.Theme, Contrast: p.Contrast, Density: p.Density, Times: p.Times}
	if p.found {
		l.Zone = p.location.String()
	}
	return l
}

// context tells the parts of a page how times are to be written.
func (p prefs) context(ctx context.Context) context.Context {
	if p.Times == "clock" {
		return part.ByClock(ctx)
	}
	return ctx
}

// now is the time at which a page is made, in the viewer's zone: every time on
// the page is written in it.
func (s *Server) now(r *http.Request) time.Time { return s.Now().In(prefsOf(r).location) }
