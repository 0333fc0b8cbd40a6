package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"hilltop/ui"
)

// shell is what stands around a page.
func (s *Server) shell(r *http.Request, v view) ui.Shell {
	out := ui.Shell{
		Title: v.Title, Site: s.SiteName, Section: v.Section,
		Assets:  ui.Assets{Style: s.assets.url("app.css"), Script: s.assets.url("js/app.js"), Font: s.assets.url("fonts/inter.woff2")},
		Look:    prefsOf(r).look(),
		Sought:  v.Sought,
		Here:    r.URL.RequestURI(),
		Carry:   carriedBy(r, s.now(r).Location()),
		Banners: s.banners(),
		Live:    "/events",
		Refresh: v.Refresh,
		Version: "Hilltop " + s.Version,
		Source:  s.Source,
	}
	out.Live += fmt.Sprintf("?since=%d", v.after)
	if v.Live != "" {
		out.Live += "&" + v.Live
	}
	if !s.ready() && !v.Still {
		out.Refresh = "2"
	}
	for _, name := range v.Scripts {
		out.Scripts = append(out.Scripts, s.assets.url("js/"+name))
	}
	return out
}

// carriedBy are the parameters of a page that links to other lists take along:
// where and when.
func carriedBy(r *http.Request, zone *time.Location) string {
	f, err := readFilter(r.URL.Query(), zone, "region", "area", "time")
	if err != nil {
		return ""
	}
	v := url.Values{}
	f.write(v)
	return strings.TrimPrefix(address("", v), "?")
}

// chooseTheme keeps a choice and leads back to the page where it was made.
func (s *Server) chooseTheme(w http.ResponseWriter, r *http.Request) {
	if t := r.PostFormValue("theme"); slices.Contains(prefValues["theme"], t) {
		p := prefsOf(r)
		p.Theme = t
		p.keep(w)
	}
	http.Redirect(w, r, backTo(r.PostFormValue("back")), http.StatusSeeOther)
}

// backTo takes only an address on this machine.
func backTo(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host != "" || u.Scheme != "" || len(u.Path) == 0 || u.Path[0] != '/' || len(u.Path) > 1 && (u.Path[1] == '/' || u.Path[1] == '\\') {
		return "/"
	}
	if q := u.Query(); q.Has("theme") { // it would hide the choice
		q.Del("theme")
		u.RawQuery = q.Encode()
	}
	return u.String()
}
