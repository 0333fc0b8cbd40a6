package web

import (
	"cmp"
	"net/http"
	"slices"

	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

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
// seven days, and up to the latest survey the likely ones.
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
		edge.Score = report.LinkScore(edge.Weight, max(e.There.Last, e.Back.Last), now.UnixMilli())
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
