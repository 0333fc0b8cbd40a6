package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/naming"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/store"
	"hilltop/appliance/internal/survey"
	"hilltop/ui"
	"hilltop/ui/part"

	"github.com/a-h/templ"
)

// view is a page that is ready to be rendered.
type view struct {
	Title   string
	Section string // Href of the entry of the navigation that it belongs to
	Body    templ.Component
	Status  int               // 0: 200
	Live    string            // query of its event stream, such as "for=packets&type=advert"; "" only what all pages get
	Refresh string            // seconds until it loads again where no script runs; "" never, unless a gate is closed
	Still   bool              // it waits for no gate, and would lose what was entered
	after   uint64            // number of the last event before the page was made
	Scripts []string          // files below static/js that only this page needs
	Sought  string            // hostile: what was searched for
	Cookies map[string]string // that the browser shall keep
}

// pageFunc answers a request for a page, or returns an error that says why not.
type pageFunc func(*http.Request) (view, error)

// page serves what f returns within the shell: never half a page, and errors as
// pages too.
func (s *Server) page(f pageFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		after := s.Live.Last() // before anything is read: what comes later is sent to the open page
		v, err := f(r)
		if err != nil {
			v = s.problemView(r, err)
		}
		v.after = after
		s.render(w, r, v)
	}
}

// held is what a page about stored things is made from: the store, and the
// indexes, each of which is nil until it is built.
type held struct {
	Store  *store.Store
	Index  *index.Set
	Routes *index.Routes
	Relays *index.Relays
	Links  *index.Links
	Names  *naming.Names
	Board  *survey.Board // nil until the first hour has closed
	Memory *report.Memory
	Areas  []health.Area // that the operator has named
}

// withStore is a page that needs the store: until it is loaded, the page says
// how far that has come.
func (s *Server) withStore(title, section string, f func(held, *http.Request) (view, error)) http.HandlerFunc {
	return s.page(func(r *http.Request) (view, error) {
		h, ok := s.held()
		if !ok {
			return s.waiting(title, section, "What this page shows", s.Store), nil
		}
		return f(h, r)
	})
}

// withIndex is a page whose whole content is an index.
func (s *Server) withIndex(title, section string, f func(held, *http.Request) (view, error)) http.HandlerFunc {
	return s.page(func(r *http.Request) (view, error) {
		h, ok := s.held()
		if !ok || h.Index == nil {
			return s.waiting(title, section, "What this page shows", s.closedOf()), nil
		}
		return f(h, r)
	})
}

// scopes are the names of scopes that are known.
func (s *Server) scopes() []string {
	if s.Scopes == nil {
		return nil
	}
	return s.Scopes()
}

// held returns what is ready; false while the store is not.
func (s *Server) held() (held, bool) {
	st, ok := s.Store.Get()
	if !ok {
		return held{}, false
	}
	h := held{Store: st, Board: s.board(), Memory: s.memory, Areas: s.Areas}
	h.Index, _ = s.Indexes.Lists.Get()
	h.Routes, _ = s.Indexes.Routes.Get()
	h.Relays, _ = s.Indexes.Relays.Get()
	h.Links, _ = s.Indexes.Links.Get()
	if s.Names != nil {
		h.Names, _ = s.Names.Get()
	}
	return h, true
}

// closedOf is the gate that a page with an index waits for.
func (s *Server) closedOf() gate.Stater {
	if _, ok := s.Store.Get(); !ok {
		return s.Store
	}
	return s.Indexes.Lists
}

// firstClosed is the first of these gates that is not open; the last if all are.
func (s *Server) firstClosed(gates ...gate.Stater) gate.Stater {
	for _, g := range gates[:len(gates)-1] {
		if !g.State().Ready {
			return g
		}
	}
	return gates[len(gates)-1]
}

// awaited is what a part of a page says while its gate is closed; nil when it
// is open.
func awaited(what string, g gate.Stater) *part.Progress {
	st := g.State()
	if st.Ready {
		return nil
	}
	p := progress(what, st)
	return &p
}

func (s *Server) waiting(title, section, what string, g gate.Stater) view {
	return view{Title: title, Section: section, Body: ui.Waiting(title, progress(what, g.State()))}
}

// progress words how far a gate has come, for the block that waits for it.
func progress(what string, st gate.State) part.Progress {
	p := part.Progress{What: what, Text: gateText(st)}
	if st.Err != "" {
		p.Text = "It did not work: " + clean(st.Err, 300) + ". The rest of this machine goes on."
	}
	if st.Total > 0 {
		p.Value, p.Max = fmt.Sprint(st.Done), fmt.Sprint(st.Total)
	}
	return p
}

// spareBuffer has what pages were rendered into: to make a new one of the size of
// a long list, growing it meanwhile, takes as long as to fill it.
var spareBuffer = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// spareMost is the largest buffer that is kept, in bytes: several times a long page.
const spareMost = 4 << 20

func giveBack(b *bytes.Buffer) {
	if b.Cap() <= spareMost {
		spareBuffer.Put(b)
	}
}

// render writes a view within the shell.
func (s *Server) render(w http.ResponseWriter, r *http.Request, v view) {
	b := spareBuffer.Get().(*bytes.Buffer)
	defer giveBack(b)
	b.Reset()
	ctx := templ.WithChildren(prefsOf(r).context(r.Context()), v.Body)
	if err := ui.Page(s.shell(r, v)).Render(ctx, b); err != nil {
		if r.Context().Err() != nil {
			return // the client has gone
		}
		panic(fmt.Errorf("page %s: %w", r.URL.Path, err)) // the guard reports it
	}
	for name, value := range v.Cookies {
		setCookie(w, name, value)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Encoding, Cookie")
	s.write(w, r, max(v.Status, http.StatusOK), b.Bytes())
}

// wrongRequest is an error that says to people what is wrong with a request.
type wrongRequest struct {
	status int
	title  string
	text   string
	asked  string // hostile
	help   []part.Way
}

// Error gives the title and text.
func (e wrongRequest) Error() string { return e.title + ": " + e.text }

// missing is a thing that is not there: 404, with ways on.
func missing(what, text, asked string, help ...part.Way) error {
	return wrongRequest{http.StatusNotFound, "No such " + what, text, asked, help}
}

// problemView words an error.
func (s *Server) problemView(r *http.Request, err error) view {
	var parameter wrongParameter
	var request wrongRequest
	p := ui.ProblemPage{}
	status := http.StatusInternalServerError
	switch {
	case errors.As(err, &parameter):
		status = http.StatusBadRequest
		p.Title = "The address says something that makes no sense"
		p.Text = fmt.Sprintf("The parameter %q: %s.", clean(parameter.name, nameLimit), clean(parameter.why, 400))
		p.Asked = clean(r.URL.RequestURI(), 300)
		p.Help = []part.Way{{Text: "The same page without parameters", Href: r.URL.EscapedPath()}}
	case errors.As(err, &request):
		status = request.status
		p.Title, p.Text, p.Asked, p.Help = request.title, request.text, clean(request.asked, 200), request.help
	case r.Context().Err() != nil: // the client has gone: nobody reads this
		status, p.Title = http.StatusServiceUnavailable, "The request was given up"
	default:
		p.Title, p.Text = "This page could not be made", "The fault is this machine's, not yours."
		p.Ref = s.report(r, err)
		p.Help = []part.Way{{Text: "Try again", Href: r.URL.RequestURI()}, {Text: "How this machine is doing", Href: "/system"}}
	}
	p.Status = fmt.Sprint(status)
	return view{Title: p.Title, Body: ui.Problem(p), Status: status}
}
