package web

import (
	"cmp"
	"math"
	"net/http"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

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
		hop, err := meshcore.ParseHop(text)
		if err != nil {
			return nil, wrong("hops", "%s", err)
		}
		out.Resolved[text] = apiHopNameOf(nodesOf(h).Fitting(hop), affinity)
	}
	return out, nil
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
