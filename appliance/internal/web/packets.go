package web

import (
	"net/http"
	"net/url"
	"time"

	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
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
	p := report.Packets{Store: h.Store, Names: h.Names, Relays: h.Relays, Ring: s.Ring, Scopes: s.scopes(), Tallies: &s.tallies, Memory: s.memory}
	if h.Index != nil {
		p.Nodes, p.Channels = h.Index.Nodes, h.Index.Channels
	}
	return p
}

func (s *Server) packetsView(h held, r *http.Request) (view, error) {
	q, err := parsePacketsQuery(r.URL.Query())
	if err != nil {
		return view{}, err
	}
	if q.Node != "" && q.Hash == "" && (h.Index == nil || h.Relays == nil) {
		return s.waiting("Packets", "/packets", "The list of packets that this node relayed", s.firstClosed(s.Indexes.Lists, s.Indexes.Relays)), nil
	}
	now := s.now(r)
	list, err := s.packetsOf(h).List(r.Context(), q.query(now))
	if err != nil {
		return view{}, err
	}
	page := packetsPage(list, q, choicesOf(h, q), now)
	if h.Index == nil {
		page.Loading = "All packets held are listed; the names of their relays are still being prepared."
	}
	v := view{Title: "Packets", Section: "/packets", Body: ui.Packets(page)}
	if page.Live {
		v.Live = "for=packets&" + q.values().Encode()
	}
	return v, nil
}

// choicesOf are the regions and observers that there are, and the name of the
// relay that is asked for.
func choicesOf(h held, q packetsQuery) (c choices) {
	if key, err := meshcore.ParsePublicKey(q.Node); err == nil {
		n, _ := h.Store.Node(key)
		c.Relay = n.Name
	}
	c.Observers = h.Store.Observers()
	c.Regions = report.RegionsOf(c.Observers)
	return c
}

// liveAge is how long ago a packet may stand to come in as a new row: one that
// is older belongs further down, where a list that is open has its place.
const liveAge = 2 * time.Minute

// packetsStream makes rows of what happens, by the filters of the list. A copy
// of a packet renews its row.
func (s *Server) packetsStream(v url.Values, at *time.Location) (stream, error) {
	q, err := parsePacketsQuery(v)
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
		found, ok := s.packetsOf(h).Row(q.query(now), tx)
		if !ok {
			return fragment{}, false
		}
		row := packetRow(found, now)
		return fragment{Into: "packets-rows", ID: row.ID, Body: ui.Packet(row)}, true
	}, nil
}
