package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/live"
	"hilltop/ui"

	"github.com/a-h/templ"
)

// fragment is a piece of a page sent to browsers that have the page open.
type fragment struct {
	Into string // id of the element whose child it becomes, such as "packets-rows"
	ID   string // its own id: when the page has it, it takes its place
	Body templ.Component
}

// stream turns events into fragments for one open page; false: nothing to show.
type stream func(held, live.Event) (fragment, bool)

// Paces of an event stream.
const (
	keepAlive    = 20 * time.Second // silence after which a comment is sent
	bannerPace   = time.Second      // while a gate is closed
	reconnect    = 3 * time.Second  // after which a browser comes back
	sendTimeout  = 15 * time.Second
	refreshPace  = time.Second // least time between two "change" events
	maxEventSize = 64 << 10
)

// unsent is no banner's HTML.
const unsent = "\x00"

// events is the stream of what happens, for one open page.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	f, err := s.stream(r.URL.Query(), prefsOf(r))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if r.Method == http.MethodHead { // whether there is room
		if n, _ := s.Live.Stats(); n >= live.MaxFollowers {
			tooMany(w)
		}
		return
	}
	after, last := lastEvent(r), s.Live.Last()
	events, cancel, missed, err := s.Live.Subscribe(after)
	if err != nil {
		tooMany(w)
		return
	}
	defer cancel()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	l := &listener{ctx: prefsOf(r).context(context.Background()), s: s, w: w, c: http.NewResponseController(w), stream: f, last: last}
	if after != 0 && !missed {
		l.last = after // what follows it is still to be sent
	}
	l.c.SetReadDeadline(time.Time{}) // absence is noticed by writing
	if l.greet(missed) == nil {
		l.follow(r.Context(), events)
	}
}

func tooMany(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "30")
	http.Error(w, fmt.Sprintf("%d pages follow live, as many as can; this one looks again by itself.", live.MaxFollowers), http.StatusServiceUnavailable)
}

// stream finds the maker of fragments that the page asks for.
func (s *Server) stream(q url.Values, p prefs) (stream, error) {
	name := q.Get("for")
	if name == "" {
		return nil, nil
	}
	parse, ok := s.streams()[name]
	if !ok {
		return nil, wrong("for", "no page has live rows of that name")
	}
	return parse(q, p)
}

// lastEvent is the number of the last event that the browser has seen.
func lastEvent(r *http.Request) uint64 {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("since")
	}
	n, _ := strconv.ParseUint(text, 10, 64) // nonsense: from now on
	return n
}

// listener is one browser that follows.
type listener struct {
	ctx     context.Context // how fragments are to be written
	s       *Server
	w       http.ResponseWriter
	c       *http.ResponseController
	stream  stream
	last    uint64 // number of the newest event sent
	banner  string // as sent last
	ready   bool   // as told last
	changed bool   // something happened since the last "change"
}

// greet tells how things stand now: the page may be older than that.
func (l *listener) greet(missed bool) error {
	fmt.Fprintf(l.w, "retry: %d\n\n", reconnect.Milliseconds())
	kind := "hello"
	if missed {
		kind = "missed"
	}
	if err := l.send(kind, ""); err != nil {
		return err
	}
	l.banner = unsent
	return l.banners()
}

// follow sends what happens until the browser or the hub ends it.
func (l *listener) follow(ctx context.Context, events <-chan live.Event) {
	tick := time.NewTicker(bannerPace)
	defer tick.Stop()
	pace := time.NewTicker(refreshPace)
	defer pace.Stop()
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case e, ok := <-events:
			if !ok {
				return // too slow: the browser comes back with its last number
			}
			err = l.event(e)
		case <-tick.C:
			err = l.banners()
		case <-pace.C:
			if l.changed {
				l.changed = false
				err = l.send("change", "")
			}
		case <-alive.C:
			err = l.comment()
		}
		if err != nil {
			return
		}
	}
}

func (l *listener) event(e live.Event) error {
	l.last, l.changed = e.ID, true
	if e.Kind == live.Gate || e.Kind == live.System {
		return l.banners()
	}
	if l.stream == nil {
		return nil
	}
	h, ok := l.s.held()
	if !ok {
		return nil
	}
	f, ok := l.stream(h, e)
	if !ok {
		return nil
	}
	html, err := htmlOf(l.ctx, f.Body)
	if err != nil || len(html) > maxEventSize {
		return nil // the row is there when the page is loaded again
	}
	return l.send("row", f.Into+" "+f.ID+"\n"+html)
}

// banners sends what stands on top of pages when it has changed, and says once
// when everything is ready.
func (l *listener) banners() error {
	html, err := htmlOf(l.ctx, ui.Banners(l.s.banners()))
	if err != nil {
		return nil
	}
	if html != l.banner {
		l.banner = html
		if err := l.send("banner", html); err != nil {
			return err
		}
	}
	if now := l.s.ready(); now != l.ready {
		l.ready = now
		return l.send("ready", "")
	}
	return nil
}

// send writes one event. Lines of data stay lines.
func (l *listener) send(kind, data string) error {
	l.c.SetWriteDeadline(time.Now().Add(sendTimeout))
	var b strings.Builder
	fmt.Fprintf(&b, "id: %d\nevent: %s\n", l.last, kind)
	for line := range strings.Lines(data + "\n") {
		b.WriteString("data: " + strings.Trim(line, "\r\n") + "\n")
	}
	b.WriteString("\n")
	if _, err := l.w.Write([]byte(b.String())); err != nil {
		return err
	}
	return l.c.Flush()
}

func (l *listener) comment() error {
	l.c.SetWriteDeadline(time.Now().Add(sendTimeout))
	if _, err := l.w.Write([]byte(":\n\n")); err != nil {
		return err
	}
	return l.c.Flush()
}

func htmlOf(ctx context.Context, c templ.Component) (string, error) {
	var b bytes.Buffer
	err := c.Render(ctx, &b)
	return b.String(), err
}
