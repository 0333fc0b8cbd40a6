package web

import (
	"net/http"
	"runtime"

	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

func (s *Server) systemRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /system", s.page(s.system))
	mux.Handle("GET /reports", http.RedirectHandler("/reports/paths", http.StatusFound))
	mux.HandleFunc("GET /reports/paths", s.page(s.pathsReport))
	mux.HandleFunc("POST /system/signin", s.signIn)
	mux.HandleFunc("POST /system/signout", s.signOut)
	mux.HandleFunc("POST /system/clock", s.confirmClock)
	mux.HandleFunc("POST /system/snapshot", s.saveNow)
}

// system is the page of the machine itself. It is there whatever is still
// being loaded.
func (s *Server) system(r *http.Request) (view, error) {
	now := s.now(r)
	record := s.record()
	p := ui.SystemPage{
		Note:    "up for " + spanText(now.Sub(s.Started)),
		Feeds:   feedRows(s.sources(), now),
		Broker:  brokerBlock(s.broker(), now),
		Intake:  intakeFacts(record),
		Ignored: reasonFacts(record.Ignored),
		Process: processFacts(s.process()),
		About:   s.about(now),
		Clock:   s.clockBlock(r),
	}
	p.Operator = ui.OperatorBlock{Closed: s.sessions.closed(), In: s.sessions.operator(r), Save: s.Snapshot != nil}
	for _, g := range s.Gates {
		p.Gates = append(p.Gates, gateLine(g.State(), now))
	}
	if s.Names != nil {
		names := s.namesBlock()
		p.Names = &names
	}
	if h, ok := s.held(); ok {
		systemStore(&p, h.Store, s.process(), now.Sub(s.Started), now)
	} else {
		wait := progress("What is stored", s.Store.State())
		p.Wait = &wait
	}
	p.Figures = s.systemFigures(now)
	if err := orderSystem(&p, r); err != nil {
		return view{}, err
	}
	return view{Title: "System", Section: "/system", Body: ui.System(p)}, nil
}

func waysSystem() []part.Way { return []part.Way{{Text: "System", Href: "/system"}} }

// record is how the recorder is doing.
func (s *Server) record() report.RecordState {
	if s.Record == nil {
		return report.RecordState{}
	}
	return s.Record()
}

// process is what the process takes of the machine.
func (s *Server) process() report.ProcessState {
	if s.Process != nil {
		return s.Process()
	}
	return report.ProcessState{Goroutines: runtime.NumGoroutine()}
}

// clockBlock says whether the time is believed, and lets the operator say so.
func (s *Server) clockBlock(r *http.Request) ui.ClockBlock {
	now := s.now(r)
	c := ui.ClockBlock{Known: true, Now: moment(now.UnixMilli(), now)}
	for _, g := range s.Gates {
		if st := g.State(); st.Name == "clock" {
			c.Known = st.Ready
		}
	}
	switch {
	case s.sessions.operator(r):
		c.Confirm = s.ConfirmClock != nil
	case s.sessions.closed():
		c.Why = "To confirm the time here, an admin token must be set in hilltop.toml. It is also believed once this machine has reached a time server."
	default:
		c.Why = "Sign in below to confirm the time. It is also believed once this machine has reached a time server."
	}
	return c
}
