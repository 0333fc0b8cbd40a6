package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// channelRoutes are the list of channels and the messages of one.
func (s *Server) channelRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /channels", s.withIndex("Channels", "/channels", s.channelsView))
	mux.HandleFunc("GET /channels/{ref}", s.withIndex("Channel", "/channels", s.channelView))
}

func channelsOf(h held) report.Channels {
	return report.Channels{Store: h.Store, Index: h.Index.Channels}
}

func (s *Server) channelsView(h held, r *http.Request) (view, error) {
	page := channelsPage(channelsOf(h).List(), s.now(r))
	return view{Title: "Channels", Section: "/channels", Body: ui.Channels(page)}, nil
}

func (s *Server) channelView(h held, r *http.Request) (view, error) {
	q, err := parseChannelQuery(r.PathValue("ref"), r.URL.Query())
	if err != nil {
		return view{}, err
	}
	d, ok := channelsOf(h).Channel(report.ChannelQuery{Ref: q.Ref, Before: q.Before, Limit: q.Rows})
	if !ok {
		return view{}, missing("channel", "No key of this name is known here, and no packet of such a hash byte is held. Names of channels count in upper and lower case.",
			q.Ref, channelWays(channelsOf(h).Near(q.Ref, 5))...)
	}
	page := channelPage(d, q, s.now(r))
	v := view{Title: page.Name, Section: "/channels", Body: ui.Channel(page)}
	if page.Live {
		v.Live = "for=messages&" + url.Values{"channel": {d.Name}}.Encode()
	}
	return v, nil
}

func channelWays(near []string) []part.Way {
	ways := []part.Way{{Text: "All channels", Href: "/channels"}}
	for _, name := range near {
		ways = append(ways, part.Way{Text: clean(name, nameLimit), Href: channelHref(name)})
	}
	return ways
}

// messagesStream brings the messages of a channel, and what changes in one by
// another copy.
func (s *Server) messagesStream(v url.Values, at *time.Location) (stream, error) {
	channel := v.Get("channel")
	return func(h held, e live.Event) (fragment, bool) {
		if h.Index == nil || e.Kind != live.Message && (e.Kind != live.Copy || e.Type != meshcore.TypeGrpTxt) {
			return fragment{}, false
		}
		m, ok := h.Index.Channels.Message(e.Tx)
		now := s.Now().In(at)
		if !ok || m.Channel != channel || m.First < now.Add(-liveAge).UnixMilli() {
			return fragment{}, false
		}
		line := messageLine(m, now)
		return fragment{Into: "messages-rows", ID: line.ID, Body: ui.Message(line)}, true
	}, nil
}

// cursorOf reads a place in a list, as links to older entries carry it.
func cursorOf(v url.Values, name string) (c mesh.Cursor, err error) {
	s, err := single(v, name)
	if s == "" || err != nil {
		return c, err
	}
	first, id, ok := strings.Cut(s, "-")
	if c.First, err = strconv.ParseInt(first, 10, 64); ok && err == nil {
		c.ID, err = strconv.ParseUint(id, 10, 64)
	}
	if !ok || err != nil || c == (mesh.Cursor{}) {
		return mesh.Cursor{}, wrong(name, "%q is no place in the list; take the link to older entries", s)
	}
	return c, nil
}
