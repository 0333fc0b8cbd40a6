package web

import (
	"fmt"
	"net/http"
	"strings"

	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// apiNodeDetail is the answer to GET /api/nodes/{key}.
type apiNodeDetail struct {
	Node          apiNode           `json:"node"`
	RecentAdverts []apiTransmission `json:"recentAdverts,omitzero"`
}

// ambiguous says that a beginning of a key fits several nodes.
type ambiguous struct {
	prefix string
	n      int
}

func (a ambiguous) Error() string {
	return fmt.Sprintf("%d nodes have a key that begins with %s; give more digits", a.n, a.prefix)
}

// nodeByKey finds the node of a whole key, or of the beginning of one.
func (s *Server) nodeByKey(h held, text string) (report.NodeRow, error) {
	now := s.Now().UnixMilli()
	low := strings.ToLower(text)
	if len(text) < keyLeast || len(text) > 2*len(meshcore.PublicKey{}) || strings.Trim(low, "0123456789abcdef") != "" {
		return report.NodeRow{}, wrong("key", "%q is no public key: %d to 64 hex digits", text, keyLeast)
	}
	if key, err := meshcore.ParsePublicKey(low); err == nil {
		row, ok := nodesOf(h).Row(report.NodeQuery{Now: now}, key)
		if !ok {
			return row, notFound("no such node")
		}
		return row, nil
	}
	switch found := nodesOf(h).WithPrefix(low, now); len(found) {
	case 0:
		return report.NodeRow{}, notFound("no such node")
	case 1:
		return found[0], nil
	default:
		return report.NodeRow{}, ambiguous{low, len(found)}
	}
}

// apiNode is GET /api/nodes/{key}.
func (s *Server) apiNode(h held, r *http.Request) (any, error) {
	row, err := s.nodeByKey(h, r.PathValue("key"))
	if err != nil {
		return nil, err
	}
	now := s.Now()
	w := oneWidth(h, row.Node.Key, now)
	out := apiNodeDetail{Node: apiNodeOf(h, row, w, now)}
	out.Node.relayed(row, relayCountOf(h, row, now))
	if h.Index == nil {
		return out, nil
	}
	out.Node.FloodAdvertCount7d = &w.Floods
	if row.Node.CanRelay() {
		out.Node.RelayWindowHours = new(int(relayWindow.Hours()))
	}
	out.RecentAdverts = []apiTransmission{}
	for _, p := range s.packetsOf(h).Episodes(h.Index.Nodes.Adverts(row.Node.Key, apiAdvertsShown), true) {
		t := s.apiSent(p, true)
		t.Observations = apiObservedAll(p, true)
		out.RecentAdverts = append(out.RecentAdverts, t)
	}
	return out, nil
}
