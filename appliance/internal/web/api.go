package web

import (
	"net/http"
	"slices"
	"strings"

	"hilltop/appliance/internal/report"
)

// apiFunc answers a call of the JSON API.
type apiFunc func(held, *http.Request) (status int, body any)

func (s *Server) apiRoutes(mux *http.ServeMux) {
	mux.HandleFunc("/api/", s.api(nil))
	mux.HandleFunc("/api/stats", s.api(s.apiStats))
	mux.HandleFunc("/api/packets/{hash}", s.api(s.apiPacket))
	mux.HandleFunc("/api/admin/snapshot", s.api(s.operatorOnly(s.apiSnapshot), http.MethodPost))
}

// api answers in JSON whatever happens: 503 until the store is loaded, 405 for
// other methods than those given (none: GET and HEAD), 404 for a path that
// nobody answers (a nil f).
func (s *Server) api(f apiFunc, methods ...string) http.HandlerFunc {
	if len(methods) == 0 {
		methods = []string{http.MethodGet, http.MethodHead}
	}
	return func(w http.ResponseWriter, r *http.Request) {
		h, ok := s.held()
		switch {
		case !ok:
			w.Header().Set("Retry-After", "1")
			writeJSON(w, http.StatusServiceUnavailable, map[string]any{"error": "loading", "retryAfter": 1})
		case f == nil:
			writeJSON(w, http.StatusNotFound, map[string]any{"error": "no such path"})
		case !slices.Contains(methods, r.Method):
			w.Header().Set("Allow", strings.Join(methods, ", "))
			writeJSON(w, http.StatusMethodNotAllowed, map[string]any{"error": "method not allowed"})
		default:
			status, body := f(h, r)
			if status == http.StatusServiceUnavailable {
				w.Header().Set("Retry-After", "5")
			}
			writeJSON(w, status, body)
		}
	}
}

// apiStats is GET /api/stats.
func (s *Server) apiStats(h held, r *http.Request) (int, any) {
	if h.Index == nil {
		return http.StatusServiceUnavailable, map[string]any{"error": "index loading", "retryAfter": 5}
	}
	// What the disk has is read first: it is never ahead of what is counted.
	saved := h.Store.Health().Saved
	c := h.Store.Counts()
	now := s.Now() // after everything that is counted
	malformed := map[string]int64{}
	for reason, bySource := range h.Store.Malformed().Counts {
		for _, n := range bySource {
			malformed[reason] += n
		}
	}
	out := map[string]any{
		"totalTransmissions": c.Transmissions,
		"totalObservations":  c.Observations,
		"totalNodes":         c.Nodes,
		"totalObservers":     c.Observers,
		"malformed":          malformed,
		"processRSSMB":       float64(s.process().RSS) / (1 << 20),
		"uptimeSeconds":      now.Sub(s.Started).Seconds(),
		"version":            s.Version,
		"snapshot":           savedState(saved, now),
	}
	out["packetsLastHour"] = report.ReceptionsLastHour(h.Index.Traffic, now)
	out["packetsLast24h"] = report.LastDay(h.Store, h.Index.Traffic, now).Receptions
	return http.StatusOK, out
}
