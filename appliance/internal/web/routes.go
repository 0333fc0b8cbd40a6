package web

import (
	"net/http"
	"strings"

	"hilltop/ui/part"
)

// routes is the map of the site. Each page registers itself in its own file.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, register := range []func(*http.ServeMux){
		s.homeRoutes,
		s.packetRoutes,
		s.traceRoutes,
		s.channelRoutes,
		s.nodeRoutes,
		s.observerRoutes,
		s.systemRoutes,
		s.reportRoutes,
		s.toolRoutes,
		s.settingsRoutes,
		s.helpRoutes,
		s.searchRoutes,
		s.styleRoutes,
		s.exportRoutes,
		s.healthRoutes,
		s.apiRoutes,
	} {
		register(mux)
	}
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /static/{name...}", s.assets.serve)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.assets.url("favicon.svg"), http.StatusFound)
	})
	mux.HandleFunc("GET /robots.txt", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("User-agent: *\nDisallow: /\n"))
	})
	mux.HandleFunc("/", s.unknown(mux))
	return mux
}

// unknown answers for paths and methods that no route takes: 405 where another
// method is taken. A slash too many leads to the page.
func (s *Server) unknown(mux *http.ServeMux) http.HandlerFunc {
	missed := s.page(func(r *http.Request) (view, error) {
		return view{}, missing("page", "Nothing is at this address. Pages of packets, nodes and observers can be opened from their lists.", r.URL.Path, waysHome()...)
	})
	refused := s.page(func(r *http.Request) (view, error) {
		return view{}, wrongRequest{http.StatusMethodNotAllowed, "That cannot be done here", "This address does not take " + clean(r.Method, 10) + " requests.", r.URL.Path, waysHome()}
	})
	return func(w http.ResponseWriter, r *http.Request) {
		if allowed := methodsTaken(mux, r); len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			refused(w, r)
			return
		}
		if to, ok := withoutSlash(mux, r); ok {
			http.Redirect(w, r, to, http.StatusMovedPermanently)
			return
		}
		missed(w, r)
	}
}

// methodsTaken are those that a route takes at the address of a request.
func methodsTaken(mux *http.ServeMux, r *http.Request) (all []string) {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		if _, pattern := mux.Handler(&http.Request{Method: method, Host: r.Host, URL: r.URL}); pattern != "/" && pattern != "" {
			all = append(all, method)
		}
	}
	return all
}

func waysHome() []part.Way {
	return []part.Way{{Text: "Home", Href: "/"}, {Text: "Packets", Href: "/packets"}, {Text: "Nodes", Href: "/nodes"}, {Text: "Observers", Href: "/observers"}}
}

// withoutSlash is the address without a slash at its end, if a page is there.
func withoutSlash(mux *http.ServeMux, r *http.Request) (string, bool) {
	u := *r.URL
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	if u.Path == "" || u.Path == r.URL.Path {
		return "", false
	}
	if _, pattern := mux.Handler(&http.Request{Method: r.Method, Host: r.Host, URL: &u}); pattern == "/" || pattern == "" {
		return "", false
	}
	return u.RequestURI(), true
}
