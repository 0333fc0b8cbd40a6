package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"hilltop/ui"
	"hilltop/ui/part"
)

// values are the settings and stars as parameters: what export writes, and what
// an address offers.
func (p prefs) values() url.Values {
	q := url.Values{}
	for name, v := range map[string]string{"theme": p.Theme, "contrast": p.Contrast, "density": p.Density, "times": p.Times, "units": p.Units, "zone": p.Zone} {
		if v != "" {
			q.Set(name, v)
		}
	}
	for name, list := range map[string][]string{"star": p.Stars, "channel": p.Channels, "observer": p.Observers} {
		if len(list) > 0 {
			q[name] = list
		}
	}
	return q
}

// prefsIn reads them again; what makes no sense is left out.
func prefsIn(q url.Values) prefs {
	p := chosen(q)
	p.Stars = starList(strings.Join(q["star"], "."))
	for _, name := range q["channel"] {
		p.Channels = addName(p.Channels, name)
	}
	for _, id := range q["observer"] {
		p.Observers = addName(p.Observers, id)
	}
	return p
}

// keepAll writes settings and stars into the answer's cookies.
func (p prefs) keepAll(w http.ResponseWriter) {
	p.keep(w)
	setCookie(w, starsCookie, strings.Join(p.Stars, "."))
	setCookie(w, channelStarsCookie, namesText(p.Channels))
	setCookie(w, observerStarsCookie, namesText(p.Observers))
}

// exportSettings gives them as a file.
func (s *Server) exportSettings(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Disposition", `attachment; filename="hilltop-settings.json"`)
	writeJSON(w, http.StatusOK, prefsOf(r).values())
}

// importSettings takes over what a file holds or an address has offered.
func (s *Server) importSettings(w http.ResponseWriter, r *http.Request) {
	q := url.Values{}
	var err error
	if set := r.PostFormValue("set"); set != "" {
		q, err = url.ParseQuery(set)
	} else {
		err = json.Unmarshal([]byte(r.PostFormValue("text")), &q)
	}
	if err != nil {
		s.render(w, r, s.problemView(r, wrongRequest{http.StatusBadRequest, "These are no settings", "Take the text of a file that the page Settings has written, whole.", "", []part.Way{{Text: "Back to the settings", Href: "/settings#moved"}}}))
		return
	}
	prefsIn(q).keepAll(w)
	http.Redirect(w, r, "/settings?kept=1", http.StatusSeeOther)
}

// moved offers the settings to other browsers, and shows what an address offers
// to this one.
func (s *Server) moved(p prefs, r *http.Request) ui.Moved {
	var m ui.Moved
	if mine := p.values().Encode(); mine != "" {
		scheme := "http://"
		if r.TLS != nil {
			scheme = "https://"
		}
		m.Link = scheme + r.Host + "/settings?" + url.Values{"set": {mine}}.Encode()
	}
	set := r.URL.Query().Get("set")
	q, err := url.ParseQuery(set)
	if set == "" || err != nil || len(set) > bodyLimit/4 {
		return m
	}
	offer := prefsIn(q)
	m.Set = offer.values().Encode()
	for _, f := range []struct{ name, value string }{
		{"Theme", offer.Theme}, {"Contrast", offer.Contrast}, {"Density", offer.Density}, {"Times", offer.Times}, {"Time zone", offer.Zone}, {"Distances", offer.Units},
	} {
		if f.value != "" {
			m.Offer = append(m.Offer, part.Fact{Name: f.name, Value: f.value})
		}
	}
	for _, f := range []struct {
		name string
		n    int
	}{{"Starred nodes", len(offer.Stars)}, {"Starred channels", len(offer.Channels)}, {"Starred observers", len(offer.Observers)}} {
		if f.n > 0 {
			m.Offer = append(m.Offer, part.Fact{Name: f.name, Value: countText(int64(f.n))})
		}
	}
	if len(m.Offer) == 0 {
		m.Offer = []part.Fact{{Name: "All of them", Value: "as they are at first"}}
		m.Set = "theme="
	}
	return m
}
