package web

import (
	"fmt"
	"net/http"
	"net/url"

	"hilltop/ui"
)

const themeCookie = "theme"

// shell is what stands around a page.
func (s *Server) shell(r *http.Request, v view) ui.Shell {
	out := ui.Shell{
		Title: v.Title, Site: s.SiteName, Section: v.Section,
		Assets:  ui.Assets{Style: s.assets.url("app.css"), Script: s.assets.url("app.js"), Sprite: s.assets.url("icons.svg")},
		Theme:   theme(r),
		Here:    r.URL.RequestURI(),
		Banners: s.banners(),
		Live:    "/events",
		Refresh: v.Refresh,
		Version: "Hilltop " + s.Version,
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

// theme is what was chosen: in the address, else by the switch.
func theme(r *http.Request) string {
	if t := r.URL.Query().Get("theme"); knownTheme(t) {
		return t
	}
	if c, err := r.Cookie(themeCookie); err == nil && knownTheme(c.Value) {
		return c.Value
	}
	return ""
}

func knownTheme(t string) bool { return t == "light" || t == "dark" }

// chooseTheme keeps a choice and leads back to the page where it was made.
func (s *Server) chooseTheme(w http.ResponseWriter, r *http.Request) {
	if t := r.PostFormValue("theme"); knownTheme(t) {
		http.SetCookie(w, &http.Cookie{Name: themeCookie, Value: t, Path: "/", MaxAge: 400 * 24 * 3600, SameSite: http.SameSiteLaxMode, HttpOnly: false})
	}
	http.Redirect(w, r, backTo(r.PostFormValue("back")), http.StatusSeeOther)
}

// backTo takes only an address on this machine.
func backTo(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host != "" || u.Scheme != "" || len(u.Path) == 0 || u.Path[0] != '/' || len(u.Path) > 1 && (u.Path[1] == '/' || u.Path[1] == '\\') {
		return "/"
	}
	q := u.Query()
	q.Del("theme") // it would hide the choice
	u.RawQuery = q.Encode()
	return u.String()
}
