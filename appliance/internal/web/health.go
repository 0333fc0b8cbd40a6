package web

import "net/http"

func (s *Server) healthRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
}

// healthz says that the process lives.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"status": "ok", "version": s.Version, "uptime_s": s.Now().Sub(s.Started).Seconds(),
	})
}

// readyz lists the gates: 503 until all are open.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	type state struct {
		Ready bool   `json:"ready"`
		Done  int64  `json:"done"`
		Total int64  `json:"total"`
		Error string `json:"error,omitempty"`
	}
	type span struct {
		From          int64 `json:"from"`
		To            int64 `json:"to"`
		Transmissions int64 `json:"transmissions"`
		Observations  int64 `json:"observations"`
	}
	gates, ready := map[string]state{}, true
	for _, g := range s.Gates {
		st := g.State()
		gates[st.Name] = state{st.Ready, st.Done, st.Total, st.Err}
		ready = ready && st.Ready
	}
	var h span
	if st, ok := s.Store.Get(); ok {
		c := st.Counts()
		h = span{c.From, c.To, int64(c.Transmissions), int64(c.Observations)}
	}
	status := http.StatusOK
	if !ready {
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "1")
	}
	writeJSON(w, status, map[string]any{"ready": ready, "gates": gates, "held": h})
}
