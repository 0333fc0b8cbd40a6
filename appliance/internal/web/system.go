package web

import (
	"net/http"
	"runtime"

	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

func (s *Server) systemRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /system", s.page(func(r *http.Request) (view, error) {
		return view{Section: "/system", Title: "System", Body: ui.Title("System", "")}, nil
	}))
	mux.HandleFunc("POST /system/signin", s.signIn)
	mux.HandleFunc("POST /system/signout", s.signOut)
	mux.HandleFunc("POST /system/clock", s.confirmClock)
}

func waysSystem() []part.Way { return []part.Way{{Text: "System", Href: "/system"}} }

// process is what the process takes of the machine.
func (s *Server) process() report.ProcessState {
	if s.Process != nil {
		return s.Process()
	}
	return report.ProcessState{Goroutines: runtime.NumGoroutine()}
}
