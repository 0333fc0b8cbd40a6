package web

import (
	"net/http"

	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

// observerRoutes are the list of observers and the page of one.
func (s *Server) observerRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /observers", s.withIndex("Observers", "/observers", s.observersView))
	mux.HandleFunc("GET /observers/{id}", s.withIndex("Observer", "/observers", s.observerView))
}

func (s *Server) observersOf(h held) report.Observers {
	return report.Observers{Store: h.Store, Index: h.Index, Memory: s.memory, Tallies: &s.tallies}
}

func (s *Server) observersView(h held, r *http.Request) (view, error) {
	q, err := parseObserversQuery(r.URL.Query())
	if err != nil {
		return view{}, err
	}
	now := s.now(r)
	list := s.observersOf(h).List(q.query(h, now.UnixMilli()))
	page := observersPage(list, q, h.Areas, prefsOf(r), now)
	page.Feeds, _ = s.feeds(now)
	if list.Known == 0 {
		guide := s.guide(r, now)
		page.SetUp = &guide
	}
	return view{Title: "Observers", Section: "/observers", Body: ui.Observers(page)}, nil
}

const (
	receptionsShown = 20 // on an observer's page
	nearObservers   = 12 // offered when an id is not known
)

func (s *Server) observerView(h held, r *http.Request) (view, error) {
	asked, now := r.PathValue("id"), s.now(r)
	window, err := parseObserverWindow(r.URL.Query())
	if err != nil {
		return view{}, err
	}
	d, ok, err := s.observersOf(h).Observer(r.Context(), observerID(asked), receptionsShown, window.span(), now.UnixMilli())
	if err != nil {
		return view{}, err
	}
	if !ok {
		page := observerMissing(s.observersOf(h).Near(asked, nearObservers, now.UnixMilli()), asked)
		return view{Title: page.Title, Section: "/observers", Body: ui.ObserverOffer(page), Status: http.StatusNotFound}, nil
	}
	page := observerPage(d, window, now)
	if r.Header.Get("X-Part") == "" { // a page that brings itself up to date shows it as it was
		if page.Received, err = s.received(r.Context(), h, d, window, now); err != nil {
			return view{}, err
		}
	}
	page.Star = observerStar(d.Observer.ID, prefsOf(r), r)
	page.Panels = observerPanels(d, s.observersOf(h).Health(d, h.Board), window, now)
	if err := orderObserver(&page, r); err != nil {
		return view{}, err
	}
	return view{Title: page.Name, Section: "/observers", Body: ui.Observer(page)}, nil
}

func observerMissing(near []report.ObserverRow, asked string) ui.ObserverChoice {
	p := ui.ObserverChoice{
		Title: "No such observer", Asked: clean(asked, 128),
		Text: "Nothing has arrived from an observer with this id. Its address ends in its whole id: mostly its public key, 64 hex digits.",
		Ways: []part.Way{{Text: "All observers", Href: "/observers"}},
	}
	for _, r := range near {
		name := observerNamed(r.Observer)
		if !name.Code {
			name.Text += " · " + shortID(r.ID)
		}
		p.Rows = append(p.Rows, name)
	}
	return p
}
