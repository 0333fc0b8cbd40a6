package web

import (
	"net/http"
	"net/url"

	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
)

// nodeRoutes are the list of nodes and the page of one.
func (s *Server) nodeRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /nodes", s.withIndex("Nodes", "/nodes", s.nodesView))
	mux.HandleFunc("GET /nodes/{key}", s.withIndex("Node", "/nodes", s.nodeView))
	mux.HandleFunc("GET /nodes/{key}/contact.svg", s.contactCode)
	mux.HandleFunc("GET /nodes/{key}/links", s.withIndex("Links", "/nodes", s.linksView))
}

// nodesOf is what answers about nodes from what is held; without the index
// only their facts are known.
func nodesOf(h held) report.Nodes {
	n := report.Nodes{Store: h.Store, Relays: h.Relays, Links: h.Links, Board: h.Board, Memory: h.Memory}
	if h.Index != nil {
		n.Index = h.Index.Nodes
	}
	return n
}

func (s *Server) nodesView(h held, r *http.Request) (view, error) {
	q, err := parseNodesQuery(r.URL.Query())
	if err != nil {
		return view{}, err
	}
	now := s.now(r)
	list := nodesOf(h).List(q.query(h, heardIn(h, q), now.UnixMilli()))
	page := nodesPage(list, q, h.Areas, prefsOf(r), now)
	if regions := regionPick(report.RegionsOf(h.Store.Observers()), q.Regions, nil, func(codes []string) string {
		q := q.without("region")
		q.Regions = codes
		return q.at()
	}); regions != nil && list.Known > 0 {
		page.Picks = append(page.Picks, *regions)
	}
	v := view{Title: "Nodes", Section: "/nodes", Body: ui.Nodes(page)}
	if list.Matching > 0 && q.live() {
		v.Live = "for=nodes&" + q.values().Encode()
	}
	return v, nil
}

// heardIn are the nodes that the regions of a list let through; nil: any.
func heardIn(h held, q nodesQuery) map[meshcore.PublicKey]bool {
	if len(q.Regions) == 0 {
		return nil
	}
	return nodesOf(h).HeardIn(q.Regions)
}

// nodesStream renews the row of a node whose facts have changed, by the filters
// of the list.
func (s *Server) nodesStream(v url.Values, p prefs) (stream, error) {
	q, err := parseNodesQuery(v)
	if err != nil {
		return nil, err
	}
	return func(h held, e live.Event) (fragment, bool) {
		if e.Kind != live.Node || h.Index == nil {
			return fragment{}, false
		}
		now := s.Now().In(p.location)
		found, ok := nodesOf(h).Row(q.query(h, nil, now.UnixMilli()), e.Key)
		if !ok {
			return fragment{}, false
		}
		row := nodeLine(found, now)
		return fragment{Into: "nodes-rows", ID: row.ID, Body: ui.NodeLine(row)}, true
	}, nil
}
