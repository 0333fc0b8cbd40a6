package web

import (
	"cmp"
	"fmt"
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
	Ambiguous  bool             `json:"ambiguous"`  // an end is only named by belief: of the latest survey's day
	Impossible bool             `json:"impossible"` // farther than a link is believed to be
}

// apiNeighbors is the answer to GET /api/nodes/{key}/neighbors.
type apiNeighbors struct {
	Node      string        `json:"node"`
	Neighbors []apiNeighbor `json:"neighbors"`
	Total     int64         `json:"total_observations"`
}

// linkScore rises with use up to a hundred packets, and halves in a week after
// the last.
func linkScore(count, last, now int64) float64 {
	const week = 7 * 24 * 3_600_000
	return min(1, float64(count)/100) * math.Exp2(-float64(max(0, now-last))/week)
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
	a.Score = linkScore(a.Count, max(n.In.Last, n.Out.Last), now)
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
		Degree        int   `json:"neighbor_degree"`
		Rank          int   `json:"degree_rank"` // 1: most; 0: none
		Nodes         int   `json:"nodes_with_edges"`
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
	links := nodesOf(h).LinksOf(row.Node, report.LinkQuery{From: from, To: now.UnixMilli() + 1}, h.Board)
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
	out.Importance.Direct, out.Importance.Rank = len(out.Direct), links.Rank
	out.Importance.Relayed = h.Relays.Count(row.Node.Key, hops, from, now.UnixMilli()+1).Certain
	if h.Board != nil {
		for _, w := range h.Board.Worths {
			if w.Neighbours > 0 {
				out.Importance.Nodes++
			}
			if w.Key == row.Node.Key {
				out.Importance.Degree = w.Neighbours
			}
		}
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

// apiGraph is the answer to GET /api/analytics/neighbor-graph.
type apiGraph struct {
	Nodes []apiGraphNode `json:"nodes"`
	Edges []apiGraphEdge `json:"edges"`
	Stats struct {
		Nodes     int     `json:"total_nodes"`
		Edges     int     `json:"total_edges"`
		Ambiguous int     `json:"ambiguous_edges"`
		Cluster   float64 `json:"avg_cluster_size"` // neighbours of a node
		Rejected  int     `json:"rejected_edges_geo_far"`
	} `json:"stats"`
	From string `json:"from"`
	To   string `json:"to"`
}

type apiGraphNode struct {
	PublicKey string `json:"pubkey"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	Neighbors int    `json:"neighbor_count"`
}

type apiGraphEdge struct {
	Source        string   `json:"source"`
	Target        string   `json:"target"`
	Weight        int64    `json:"weight"` // both directions
	Score         float64  `json:"score"`
	Bidirectional bool     `json:"bidirectional"` // each was heard by the other
	AvgSNR        *float64 `json:"avg_snr"`
	Ambiguous     bool     `json:"ambiguous"` // an end is only named by belief
}

// apiNeighborGraph is GET /api/analytics/neighbor-graph: the certain links of
// seven days, and the likely ones of the latest survey.
func (s *Server) apiNeighborGraph(h held, r *http.Request) (any, error) {
	v := r.URL.Query()
	least, err := apiAmount(v, "min_count", 5, 0, 1e9)
	if err != nil {
		return nil, err
	}
	score, err := apiAmount(v, "min_score", 0.1, 0, 1)
	if err != nil {
		return nil, err
	}
	var roles []string
	for _, role := range nodeRoles() {
		roles = append(roles, role.String())
	}
	role, err := apiChoice(v, "role", roles...)
	if err != nil {
		return nil, err
	}
	regions, err := apiRegions(v)
	if err != nil {
		return nil, err
	}
	if h.Links == nil || h.Index == nil {
		return nil, errIndexLoading
	}
	nodes := nodesOf(h)
	var there map[meshcore.PublicKey]bool
	if regions != nil {
		there = nodes.HeardIn(regions)
	}
	now := s.Now()
	from := daysBefore(now, 7)
	out := apiGraph{Nodes: []apiGraphNode{}, Edges: []apiGraphEdge{}, From: apiTime(from), To: apiTime(now.UnixMilli())}
	degree := map[meshcore.PublicKey]int{}
	for _, e := range nodes.Edges(from, now.UnixMilli()+1, h.Board) {
		edge := apiGraphEdge{Source: e.A.Key.String(), Target: e.B.Key.String(), Weight: e.There.Count + e.Back.Count, Bidirectional: e.There.Count > 0 && e.Back.Count > 0,
			AvgSNR: snrOfBoth(e.There.SNR, e.Back.SNR), Ambiguous: e.Believed}
		edge.Score = linkScore(edge.Weight, max(e.There.Last, e.Back.Last), now.UnixMilli())
		switch {
		case float64(edge.Weight) < least, edge.Score < score,
			role != "" && e.A.Role.String() != role && e.B.Role.String() != role,
			there != nil && !there[e.A.Key] && !there[e.B.Key]:
			continue
		case e.TooFar():
			out.Stats.Rejected++
			continue
		case e.Believed:
			out.Stats.Ambiguous++
		}
		out.Edges = append(out.Edges, edge)
		degree[e.A.Key]++
		degree[e.B.Key]++
	}
	for key, n := range degree {
		if node, ok := h.Store.Node(key); ok {
			out.Nodes = append(out.Nodes, apiGraphNode{key.String(), node.Name, node.Role.String(), n})
		}
	}
	slices.SortFunc(out.Nodes, func(a, b apiGraphNode) int {
		return cmp.Or(cmp.Compare(b.Neighbors, a.Neighbors), cmp.Compare(a.PublicKey, b.PublicKey))
	})
	out.Stats.Nodes, out.Stats.Edges = len(out.Nodes), len(out.Edges)
	if len(out.Nodes) > 0 {
		out.Stats.Cluster = 2 * float64(len(out.Edges)) / float64(len(out.Nodes))
	}
	return out, nil
}

// apiResolved says which node the beginning of a key is.
type apiResolved struct {
	Prefix    string  `json:"prefix"`
	PublicKey *string `json:"pubkey,omitempty"`
	Name      *string `json:"name,omitempty"`
	Ambiguous bool    `json:"ambiguous,omitempty"`
}

// apiNodeResolve is GET /api/nodes/resolve.
func (s *Server) apiNodeResolve(h held, r *http.Request) (any, error) {
	prefix, err := single(r.URL.Query(), "prefix")
	if err != nil {
		return nil, err
	}
	if len(prefix) < 4 || len(prefix) > 64 || !isHex(prefix) {
		return nil, wrong("prefix", "%q is no beginning of a key: 4 to 64 hex digits", prefix)
	}
	out := apiResolved{Prefix: prefix}
	switch found := nodesOf(h).WithPrefix(prefix, s.Now().UnixMilli()); len(found) {
	case 0:
	case 1:
		out.PublicKey, out.Name = new(found[0].Node.Key.String()), new(found[0].Node.Name)
	default:
		out.Ambiguous = true
	}
	return out, nil
}

// apiHopNames is the answer to GET /api/resolve-hops.
type apiHopNames struct {
	Resolved map[string]apiHopName `json:"resolved"`
}

// apiHopName is who may be behind a hop. A name is given only where one known
// relay alone fits it.
type apiHopName struct {
	Name       *string        `json:"name"`
	PublicKey  *string        `json:"pubkey"`
	Ambiguous  bool           `json:"ambiguous,omitempty"`
	Candidates []apiCandidate `json:"candidates"`
	Conflicts  []string       `json:"conflicts"`
	Confidence string         `json:"confidence"` // no_match, unique_prefix, ambiguous
}

type apiCandidate struct {
	Name      string   `json:"name"`
	PublicKey string   `json:"pubkey"`
	Lat       *float64 `json:"lat"`
	Lon       *float64 `json:"lon"`
	Affinity  float64  `json:"affinityScore"` // of its certain link with from_node
}

// hopsAsked is how many hops may be asked for at once.
const hopsAsked = 64

// apiResolveHops is GET /api/resolve-hops.
func (s *Server) apiResolveHops(h held, r *http.Request) (any, error) {
	v := r.URL.Query()
	hops, err := listed(v, "hops")
	if err != nil {
		return nil, err
	}
	if len(hops) > hopsAsked {
		return nil, wrong("hops", "%d hops, at most %d may be asked for at once", len(hops), hopsAsked)
	}
	if h.Index == nil {
		return nil, errIndexLoading
	}
	affinity := map[string]float64{}
	if from, err := single(v, "from_node"); err != nil {
		return nil, err
	} else if from != "" && h.Links != nil {
		row, err := s.nodeByKey(h, from)
		if err != nil {
			return nil, wrong("from_node", "%s", err)
		}
		for _, n := range nodesOf(h).LinksOf(row.Node, report.LinkQuery{From: math.MinInt64, To: math.MaxInt64}, nil).Certain {
			a := apiNeighborOf(n, s.Now().UnixMilli())
			affinity[n.Key.String()] = a.Score
		}
	}
	out := apiHopNames{Resolved: map[string]apiHopName{}}
	for _, text := range hops {
		hop, err := hopOf(text)
		if err != nil {
			return nil, wrong("hops", "%s", err)
		}
		out.Resolved[text] = apiHopNameOf(nodesOf(h).Fitting(hop), affinity)
	}
	return out, nil
}

// hopOf reads a hop: one to three bytes in hex.
func hopOf(text string) (meshcore.Hop, error) {
	if len(text)%2 != 0 || len(text) < 2 || len(text) > 6 || !isHex(text) {
		return meshcore.Hop{}, fmt.Errorf("%q is no hop: 2, 4 or 6 hex digits", text)
	}
	var b []byte
	for i := 0; i < len(text); i += 2 {
		n, err := strconv.ParseUint(text[i:i+2], 16, 8)
		if err != nil {
			return meshcore.Hop{}, err
		}
		b = append(b, byte(n))
	}
	return meshcore.NewHop(b), nil
}

func apiHopNameOf(relays []mesh.Node, affinity map[string]float64) apiHopName {
	out := apiHopName{Candidates: []apiCandidate{}, Conflicts: []string{}, Confidence: "no_match"}
	for _, n := range relays {
		end := apiEndOf(n)
		out.Candidates = append(out.Candidates, apiCandidate{end.Name, end.PublicKey, end.Lat, end.Lon, affinity[end.PublicKey]})
	}
	switch len(relays) {
	case 0:
	case 1:
		out.Name, out.PublicKey, out.Confidence = new(relays[0].Name), new(relays[0].Key.String()), "unique_prefix"
	default:
		out.Ambiguous, out.Confidence = true, "ambiguous"
		for _, n := range relays {
			out.Conflicts = append(out.Conflicts, n.Key.String())
		}
	}
	slices.SortStableFunc(out.Candidates, func(a, b apiCandidate) int { return cmp.Compare(b.Affinity, a.Affinity) })
	return out
}
