package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/ui"
)

// packetRoutes are the list of packets and the page of one.
func (s *Server) packetRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /packets", s.withStore("Packets", "/packets", s.packetsView))
	mux.HandleFunc("GET /packets/{hash}", s.withStore("Packet", "/packets", s.packetView))
}

// packetsOf is what answers about packets from what is held. Names of hops
// are missing until the indexes are built.
func (s *Server) packetsOf(h held) report.Packets {
	p := report.Packets{Store: h.Store, Names: h.Names, Relays: h.Relays, Ring: s.Ring, Scopes: s.scopes(), Tallies: &s.tallies, Memory: s.memory, Orders: s.orders, Reach: s.reach}
	if h.Index != nil {
		p.Nodes, p.Channels = h.Index.Nodes, h.Index.Channels
	}
	return p
}

func (s *Server) packetsView(h held, r *http.Request) (view, error) {
	now := s.now(r)
	q, err := packetsAsked(r.URL.Query(), prefsOf(r), now.Location())
	if err != nil {
		return view{}, err
	}
	if q.unready(h) {
		what := "The list of packets of this node"
		if q.Node == "" {
			what = "The list of packets of this channel"
		}
		return s.waiting("Packets", "/packets", what, s.firstClosed(s.Indexes.Lists, s.Indexes.Relays)), nil
	}
	rows, counts := onlyCount(r)
	if counts {
		q.Rows = 1
	}
	query := q.query(h, now)
	list, err := s.packetsOf(h).List(r.Context(), query)
	if err != nil {
		return view{}, err
	}
	page := packetsPage(list, q, choicesOf(h, q), now)
	if len(q.Areas) > 0 && len(h.Areas) > 0 && q.Hash == "" {
		page.Filter.Means = packetAreaNote(h.Areas, q.filter, query.In.Standing(h.Store))
	}
	if counts {
		page.Count = packetsCount(list, q, rows)
	}
	if stars := prefsOf(r).Stars; len(stars) > 0 {
		page.Views = append([]ui.Pick{starredNodes(q, stars)}, page.Views...)
	}
	if h.Index == nil {
		page.Loading = "All packets held are listed; the names of their relays are still being prepared."
	}
	v := view{Title: "Packets", Section: "/packets", Body: ui.Packets(page)}
	if page.Live {
		v.Live = "for=packets&" + q.values().Encode()
	}
	return v, nil
}

// onlyCount tells whether a page that follows a list asks only for how many there
// are, and how many rows of it are on the screen.
func onlyCount(r *http.Request) (rows int, ok bool) {
	n, ok := strings.CutPrefix(r.Header.Get("X-Part"), "count=")
	if !ok {
		return 0, false
	}
	rows, err := strconv.Atoi(n)
	return rows, err == nil && rows >= 0 && rows <= packetsLive
}

// unready tells whether an index that the query needs is still being made.
func (q packetsQuery) unready(h held) bool {
	return q.Hash == "" && (h.Index == nil && (q.Node != "" || q.Channel != "") || h.Relays == nil && q.Node != "")
}

// placesOf are the regions and observers that there are.
func placesOf(h held) (c choices) {
	c.Observers = h.Store.Observers()
	c.Regions = report.RegionsOf(c.Observers)
	c.Observers = byName(c.Observers)
	c.Areas = h.Areas
	return c
}

// byName sorts observers by their names in lower case, each of which is made once.
func byName(list []mesh.Observer) []mesh.Observer {
	type place struct {
		name string
		at   int
	}
	order := make([]place, len(list))
	for i, o := range list {
		order[i] = place{strings.ToLower(o.Name), i}
	}
	slices.SortFunc(order, func(a, b place) int { return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.at, b.at)) })
	out := make([]mesh.Observer, len(list))
	for i, p := range order {
		out[i] = list[p.at]
	}
	return out
}

// choicesOf are the values that there are.
func choicesOf(h held, q packetsQuery) choices {
	c := placesOf(h)
	if q.Node != "" {
		for _, key := range nodesNamed(h.Store, q.Node) {
			if n, ok := h.Store.Node(key); ok {
				c.Nodes = append(c.Nodes, n)
			}
		}
	}
	if h.Index == nil {
		return c
	}
	c.Channels = append([]string{}, h.Index.Channels.Readable()...)
	slices.SortStableFunc(c.Channels, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	c.Locked = h.Index.Channels.Locked()
	return c
}

// liveAge is how long ago a packet may stand to come in as a new row: one that
// is older belongs further down, where a list that is open has its place.
const liveAge = 2 * time.Minute

// packetsStream makes rows of what happens, by the filters of the list. A copy
// of a packet renews its row.
func (s *Server) packetsStream(v url.Values, p prefs) (stream, error) {
	at := p.location
	q, err := packetsAsked(v, p, at)
	if err != nil {
		return nil, err
	}
	return func(h held, e live.Event) (fragment, bool) {
		if e.Kind != live.Packet && e.Kind != live.Copy {
			return fragment{}, false
		}
		tx, ok := h.Store.PacketByID(e.Tx)
		now := s.Now().In(at)
		if !ok || tx.First() < now.Add(-liveAge).UnixMilli() {
			return fragment{}, false
		}
		found, ok := s.packetsOf(h).Row(q.query(h, now), tx)
		if !ok {
			return fragment{}, false
		}
		row := q.rows(now)(found)
		return fragment{Into: "packets-rows", ID: row.ID, Body: ui.Packet(row)}, true
	}, nil
}
