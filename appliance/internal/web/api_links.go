package web

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// apiNeighbor is a node that another hears, or that hears it.
type apiNeighbor struct {
	PublicKey  *string          `json:"pubkey"` // null: an observer that has no key
	Prefix     string           `json:"prefix"` // its hop, as its own packets have it
	Name       string           `json:"name"`
	Role       string           `json:"role"`
	Count      int64            `json:"count"`     // both directions
	CountIn    int64            `json:"count_in"`  // the node heard it
	CountOut   int64            `json:"count_out"` // it heard the node
	ByMode     map[string]int64 `json:"counts_by_mode"`
	Score      float64          `json:"score"`
	FirstSeen  string           `json:"first_seen"`
	LastSeen   string           `json:"last_seen"`
	AvgSNR     *float64         `json:"avg_snr"` // dB; null where neither end is an observer
	DistanceKM *float64         `json:"distance_km,omitempty"`
	Observers  []string         `json:"observers"`  // the neighbour, if it is one
	Ambiguous  bool             `json:"ambiguous"`  // an end is only named by belief: up to the latest survey
	Impossible bool             `json:"impossible"` // farther than a link is believed to be
}

// apiNeighbors is the answer to GET /api/nodes/{key}/neighbors.
type apiNeighbors struct {
	Node      string        `json:"node"`
	Neighbors []apiNeighbor `json:"neighbors"`
	Total     int64         `json:"total_observations"`
}

// apiAmount reads a number from least on, and at most most; usual if it is not
// given.
func apiAmount(v url.Values, name string, usual, least, most float64) (float64, error) {
	s, err := single(v, name)
	if s == "" || err != nil {
		return usual, err
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= least && n <= most) {
		return 0, wrong(name, "%q is no number from %g to %g", s, least, most)
	}
	return n, nil
}

// apiNeighborsOf is GET /api/nodes/{key}/neighbors, over all that is held.
func (s *Server) apiNeighborsOf(h held, r *http.Request) (any, error) {
	row, err := s.nodeByKey(h, r.PathValue("key"))
	if err != nil {
		return nil, err
	}
	v := r.URL.Query()
	least, err := apiAmount(v, "min_count", 1, 0, 1e9)
	if err != nil {
		return nil, err
	}
	score, err := apiAmount(v, "min_score", 0, 0, 1)
	if err != nil {
		return nil, err
	}
	ambiguous := true
	if v.Has("include_ambiguous") {
		if ambiguous, err = apiFlag(v, "include_ambiguous"); err != nil {
			return nil, err
		}
	}
	if h.Links == nil || h.Index == nil {
		return nil, errIndexLoading
	}
	links := nodesOf(h).LinksOf(row.Node, report.LinkQuery{From: math.MinInt64, To: math.MaxInt64}, h.Board)
	out := apiNeighbors{Node: row.Node.Key.String(), Neighbors: []apiNeighbor{}}
	now := s.Now().UnixMilli()
	for _, n := range slices.Concat(links.Certain, links.Believed, links.Impossible) {
		a := apiNeighborOf(n, now)
		if a.Ambiguous && !ambiguous || float64(a.Count) < least || a.Score < score {
			continue
		}
		out.Neighbors = append(out.Neighbors, a)
		out.Total += a.Count
	}
	slices.SortStableFunc(out.Neighbors, func(a, b apiNeighbor) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Count, a.Count))
	})
	return out, nil
}

func apiNeighborOf(n report.Neighbour, now int64) apiNeighbor {
	a := apiNeighbor{
		Count: n.In.Count + n.Out.Count, CountIn: n.In.Count, CountOut: n.Out.Count, ByMode: map[string]int64{}, Observers: []string{},
		FirstSeen: apiTime(firstOf(n.In.First, n.Out.First)), LastSeen: apiTime(max(n.In.Last, n.Out.Last)),
		AvgSNR: snrOfBoth(n.In.SNR, n.Out.SNR), DistanceKM: kmOr(n.KM), Ambiguous: n.Believed, Impossible: n.TooFar(),
	}
	for width := range n.In.Widths {
		if c := n.In.Widths[width] + n.Out.Widths[width]; c > 0 {
			a.ByMode[strconv.Itoa(width)] = c
		}
	}
	a.Score = report.LinkScore(a.Count, max(n.In.Last, n.Out.Last), now)
	if n.Key != (meshcore.PublicKey{}) {
		a.PublicKey, a.Prefix = new(n.Key.String()), n.Key.Hop(1).String()
	}
	if n.Observer != nil {
		a.Name, a.Observers = n.Observer.Name, []string{n.Observer.Name}
	}
	if n.Node != nil {
		a.Name, a.Role, a.Prefix = n.Node.Name, n.Node.Role.String(), n.Key.Hop(max(1, int(n.Node.HopWidth))).String()
	}
	return a
}

// snrOfBoth is the mean in dB of what observers measured at either end.
func snrOfBoth(a, b index.SNR) *float64 {
	n := a.Count + b.Count
	if n == 0 {
		return nil
	}
	return new(math.Round(25*(a.Mean4*float64(a.Count)+b.Mean4*float64(b.Count))/float64(n)) / 100)
}

// kmOr is a distance to a metre; nil if it is not known.
func kmOr(km float64) *float64 {
	if km < 0 {
		return nil
	}
	return new(math.Round(1000*km) / 1000)
}

// apiEnd is a node as others show it.
type apiEnd struct {
	PublicKey string   `json:"pubkey"`
	Name      string   `json:"name"`
	Role      string   `json:"role"`
	Lat       *float64 `json:"lat"`
	Lon       *float64 `json:"lon"`
}

func apiEndOf(n mesh.Node) apiEnd {
	e := apiEnd{PublicKey: n.Key.String(), Name: n.Name, Role: n.Role.String()}
	if n.HasPosition {
		e.Lat, e.Lon = new(float64(n.LatE6)/1e6), new(float64(n.LonE6)/1e6)
	}
	return e
}

// apiReachLink is a neighbour in both directions.
type apiReachLink struct {
	apiEnd
	WeHear     int64    `json:"we_hear"`
	TheyHear   int64    `json:"they_hear"`
	Bottleneck int64    `json:"bottleneck"`
	Bidir      bool     `json:"bidir"`
	DistanceKM *float64 `json:"distance_km"`
}

// apiReachObserver is an observer that heard the node itself.
type apiReachObserver struct {
	PublicKey  string   `json:"pubkey"` // its ID if it has no key
	Name       string   `json:"name"`
	Count      int64    `json:"count"`
	AvgSNR     *float64 `json:"avg_snr"`
	Lat        *float64 `json:"lat"`
	Lon        *float64 `json:"lon"`
	DistanceKM *float64 `json:"distance_km"`
}

// apiReach is the answer to GET /api/nodes/{key}/reach.
type apiReach struct {
	Node struct {
		PublicKey string   `json:"public_key"`
		Name      string   `json:"name"`
		Role      string   `json:"role"`
		Lat       *float64 `json:"lat"`
		Lon       *float64 `json:"lon"`
		FirstSeen *string  `json:"first_seen"`
	} `json:"node"`
	Window struct {
		Days  int    `json:"days"`
		Since string `json:"since"` // the begin of a UTC day
	} `json:"window"`
	Tokens     []string           `json:"reliable_tokens"` // hops that are this node's alone
	Links      []apiReachLink     `json:"links"`
	Direct     []apiReachObserver `json:"direct_observers"`
	Importance struct {
		// Of the latest survey; not there until the first.
		Degree *int `json:"neighbor_degree,omitempty"`
		Rank   *int `json:"degree_rank,omitempty"` // 1: most; 0: none
		Nodes  *int `json:"nodes_with_edges,omitempty"`

		Relayed       int64 `json:"relay_observations"` // packets that it certainly relayed
		Bidirectional int   `json:"bidirectional_links"`
		Direct        int   `json:"direct_observers"`
	} `json:"importance"`
}

// apiReachOf is GET /api/nodes/{key}/reach: certain links alone.
func (s *Server) apiReachOf(h held, r *http.Request) (any, error) {
	row, err := s.nodeByKey(h, r.PathValue("key"))
	if err != nil {
		return nil, err
	}
	days, err := apiDays(r.URL.Query(), 7, 30)
	if err != nil {
		return nil, err
	}
	if h.Links == nil || h.Index == nil || h.Relays == nil {
		return nil, errIndexLoading
	}
	now := s.Now()
	from := daysBefore(now, int64(days))
	out := apiReach{Tokens: []string{}, Links: []apiReachLink{}, Direct: []apiReachObserver{}}
	end := apiEndOf(row.Node)
	out.Node.PublicKey, out.Node.Name, out.Node.Role, out.Node.Lat, out.Node.Lon = end.PublicKey, end.Name, end.Role, end.Lat, end.Lon
	out.Node.FirstSeen = apiTimeOr(row.Node.FirstAdvert)
	out.Window.Days, out.Window.Since = days, apiTime(from)
	hops := h.Index.Nodes.Hops(row.Node.Key)
	for _, hop := range hops {
		out.Tokens = append(out.Tokens, hop.String())
	}
	links := nodesOf(h).LinksOf(row.Node, report.LinkQuery{From: from, To: now.UnixMilli() + 1, Certain: true}, h.Board)
	for _, n := range links.Certain {
		if n.Node != nil {
			out.Links = append(out.Links, apiReachLink{apiEndOf(*n.Node), n.In.Count, n.Out.Count, n.Weaker(), n.TwoWay(), kmOr(n.KM)})
			if n.TwoWay() {
				out.Importance.Bidirectional++
			}
		}
		if n.Observer != nil && n.Out.Count > 0 {
			out.Direct = append(out.Direct, apiReachObserverOf(n))
		}
	}
	out.Importance.Direct = len(out.Direct)
	out.Importance.Relayed = h.Relays.Counts(h.Memory, row.Node.Key, hops, now.UnixMilli()+1, from)[0].Certain
	if h.Board != nil {
		worth, _ := h.Board.Worth(row.Node.Key)
		nodes := 0
		for _, w := range h.Board.Worths {
			if w.Neighbours > 0 {
				nodes++
			}
		}
		out.Importance.Degree, out.Importance.Rank, out.Importance.Nodes = &worth.Neighbours, &links.Rank, &nodes
	}
	return out, nil
}

func apiReachObserverOf(n report.Neighbour) apiReachObserver {
	o := apiReachObserver{PublicKey: n.Observer.ID, Name: n.Observer.Name, Count: n.Out.Count, AvgSNR: snrOfBoth(n.Out.SNR, index.SNR{}), DistanceKM: kmOr(n.KM)}
	if n.Key != (meshcore.PublicKey{}) {
		o.PublicKey = n.Key.String()
	}
	if n.Node != nil {
		end := apiEndOf(*n.Node)
		o.Lat, o.Lon = end.Lat, end.Lon
	}
	return o
}
