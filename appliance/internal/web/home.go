package web

import (
	"net/http"

	"hilltop/ui"
)

func (s *Server) homeRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.page(func(r *http.Request) (view, error) {
		return view{Section: "/", Title: s.SiteName, Body: ui.Title(s.SiteName, "")}, nil
	}))
}
