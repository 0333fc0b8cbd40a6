package web

import (
	"fmt"
	"net/http"
	"strings"

	"hilltop/ui"
	"hilltop/ui/sample"
)

func (s *Server) styleRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /style", s.page(s.style))
	mux.HandleFunc("GET /style/{name}", s.page(s.styleSample))
}

// style is the page of the design system, drawn from made-up data.
func (s *Server) style(*http.Request) (view, error) {
	p := sample.Style()
	for _, x := range sample.Pages() {
		if !wholeDocument(x.Name) && x.Name != "style" {
			p.Pages = append(p.Pages, ui.StateLink{Name: x.Name, Href: "/style/" + x.Name})
		}
	}
	p.PageCount = fmt.Sprintf("%d states of them", len(p.Pages))
	return view{Title: "Style", Section: "/style", Body: ui.Style(p)}, nil
}

// wholeDocument tells whether a sample is a document already, shell and all.
func wholeDocument(name string) bool { return strings.HasPrefix(name, "shell") }

// styleSample is one page in one of its states.
func (s *Server) styleSample(r *http.Request) (view, error) {
	name := r.PathValue("name")
	for _, x := range sample.Pages() {
		if x.Name == name && !wholeDocument(name) {
			return view{Title: name, Section: "/style", Body: x.Body}, nil
		}
	}
	return view{}, missing("sample", "The samples of pages are listed on the page of the design system.", name)
}
