package web

import (
	"bytes"
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
)

const (
	apiNodesMost    = 2000
	apiSearchMost   = 10
	apiAdvertsShown = 20
	relayWindow     = 24 * time.Hour // within which a node that relayed is an active relay
	keyLeast        = 8              // hex digits of a key that may stand for it
)

// apiNode is a node. Members that the indexes give are left out while these
// are being built.
type apiNode struct {
	PublicKey            string   `json:"public_key"`
	Name                 string   `json:"name"`
	Role                 string   `json:"role"`
	Lat                  *float64 `json:"lat"`
	Lon                  *float64 `json:"lon"`
	LastSeen             *string  `json:"last_seen"`  // its last advert or certain relaying
	LastHeard            *string  `json:"last_heard"` // the same
	FirstSeen            *string  `json:"first_seen"`
	AdvertCount          *int64   `json:"advert_count,omitempty"` // transmissions
	BatteryMV            *int     `json:"battery_mv"`
	TemperatureC         *float64 `json:"temperature_c"`
	Foreign              bool     `json:"foreign"`
	HashSize             *int     `json:"hash_size"`
	HashSizeInconsistent bool     `json:"hash_size_inconsistent"`
	HashSizesSeen        []int    `json:"hash_sizes_seen,omitempty"`
	MultiByteStatus      string   `json:"multi_byte_status,omitempty"` // confirmed, suspected, unknown
	MultiByteEvidence    string   `json:"multi_byte_evidence,omitempty"`
	MultiByteMax         int      `json:"multi_byte_max_hash_size,omitempty"`

	// Of repeaters and rooms.
	LastRelayed   *string `json:"last_relayed,omitempty"`
	RelayActive   *bool   `json:"relay_active,omitempty"`
	RelayCount1h  *int64  `json:"relay_count_1h,omitempty"`  // packets that it certainly relayed
	RelayCount24h *int64  `json:"relay_count_24h,omitempty"` // the same

	// Of the latest survey: of repeaters and rooms, but for the scope.
	DefaultScope *string  `json:"default_scope,omitempty"`
	Traffic      *float64 `json:"traffic_share_score,omitempty"` // of the floods that anyone sent on
	Bridge       *float64 `json:"bridge_score,omitempty"`        // of the pairs of other relays
	Coverage     *float64 `json:"coverage_score,omitempty"`
	Redundancy   *float64 `json:"redundancy_score,omitempty"` // of the pairs of other relays that it alone joins
	Airtime      *float64 `json:"airtime_share_score,omitempty"`

	// The same with links and hops that are only likely.
	BridgeLikely     *float64 `json:"bridge_score_likely,omitempty"`
	CoverageLikely   *float64 `json:"coverage_score_likely,omitempty"`
	RedundancyLikely *float64 `json:"redundancy_score_likely,omitempty"`
	AirtimeLikely    *float64 `json:"airtime_share_score_likely,omitempty"`

	UnscopedRelays *int64   `json:"unscoped_relay_count_24h,omitempty"` // floods without scope that it certainly sent on
	Transported    []string `json:"transported_scopes,omitempty"`       // of floods that it certainly sent on
	PositionDoubt  *string  `json:"position_doubt,omitempty"`           // why its position is not believed

	// Of one node alone.
	RelayWindowHours   *int `json:"relay_window_hours,omitempty"`
	FloodAdvertCount7d *int `json:"flood_advert_count_7d,omitempty"`
}

// apiRoleCounts counts all nodes by role.
type apiRoleCounts struct {
	Repeaters  int `json:"repeaters"`
	Rooms      int `json:"rooms"`
	Companions int `json:"companions"`
	Sensors    int `json:"sensors"`
}

// apiNodeList is the answer to GET /api/nodes.
type apiNodeList struct {
	Nodes  []apiNode     `json:"nodes"`
	Total  int           `json:"total"` // that match
	Counts apiRoleCounts `json:"counts"`
	Limit  int           `json:"limit"`
	Offset int           `json:"offset"`
}

// apiNodesFound is the answer to GET /api/nodes/search.
type apiNodesFound struct {
	Nodes []apiNode `json:"nodes"`
}

// apiNodesQuery is what the address of GET /api/nodes says.
type apiNodesQuery struct {
	Limit, Offset int
	Role          string // lower case
	Search        string // part of a name
	Before        int64  // first seen then or earlier, Unix ms; 0 open
	Since         time.Duration
	Sort          string
	Regions       []string
}

func parseAPINodes(v url.Values) (q apiNodesQuery, err error) {
	if q.Limit, err = apiLimit(v, apiRowsUsual, apiNodesMost); err != nil {
		return q, err
	}
	if q.Offset, err = apiOffset(v); err != nil {
		return q, err
	}
	var roles []string
	for _, r := range nodeRoles() {
		roles = append(roles, r.String())
	}
	if q.Role, err = apiChoice(v, "role", roles...); err != nil {
		return q, err
	}
	if q.Search, err = apiText(v, "search"); err != nil {
		return q, err
	}
	if q.Before, err = apiInstant(v, "before"); err != nil {
		return q, err
	}
	word, err := apiChoice(v, "lastHeard", "1h", "6h", "24h", "7d", "30d")
	if err != nil {
		return q, err
	}
	q.Since = map[string]time.Duration{"1h": time.Hour, "6h": 6 * time.Hour, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour, "30d": 30 * 24 * time.Hour}[word]
	if q.Sort, err = apiChoice(v, "sortBy", "name", "lastSeen", "packetCount"); err != nil {
		return q, err
	}
	q.Regions, err = apiRegions(v)
	return q, err
}

// apiText reads a text to be looked for.
func apiText(v url.Values, name string) (string, error) {
	s := strings.TrimSpace(v.Get(name))
	switch {
	case len(v[name]) > 1:
		return "", wrong(name, "one value, not %d", len(v[name]))
	case len(s) > filterLength:
		return "", wrong(name, "it has %d bytes, at most %d make sense", len(s), filterLength)
	}
	return s, nil
}

// wants tells whether a node is of those asked for, regions and areas aside; search is q's
// in lower case.
func (q apiNodesQuery) wants(n *report.NodeRow, search string, now time.Time) bool {
	switch {
	case q.Role != "" && n.Node.Role.String() != q.Role:
		return false
	case q.Search != "" && !strings.Contains(n.Lower, search):
		return false
	case q.Before != 0 && n.Node.FirstAdvert > q.Before:
		return false
	}
	return q.Since == 0 || n.LastHeard >= now.Add(-q.Since).UnixMilli()
}

func (q apiNodesQuery) compare(a, b *report.NodeRow) int {
	c := 0
	switch q.Sort {
	case "name":
		c = cmp.Compare(a.Lower, b.Lower)
	case "packetCount":
		c = cmp.Compare(b.FloodAdverts+b.ZeroHopAdverts, a.FloodAdverts+a.ZeroHopAdverts)
	}
	return cmp.Or(c, cmp.Compare(b.LastHeard, a.LastHeard), bytes.Compare(a.Node.Key[:], b.Node.Key[:]))
}

// apiNodes is GET /api/nodes.
func (s *Server) apiNodes(h held, r *http.Request) (any, error) {
	q, err := parseAPINodes(r.URL.Query())
	if err != nil {
		return nil, err
	}
	now := s.Now()
	nodes := nodesOf(h)
	out := apiNodeList{Nodes: []apiNode{}, Limit: q.Limit, Offset: q.Offset}
	var heard map[meshcore.PublicKey]bool
	if q.Regions != nil {
		if h.Index == nil {
			return nil, errIndexLoading
		}
		heard = nodes.HeardIn(q.Regions)
	}
	in, err := h.apiAreas(r.URL.Query())
	if err != nil {
		return nil, err
	}
	search := strings.ToLower(q.Search)
	nodes.Among(now.UnixMilli(), func(all []report.NodeRow) {
		out.Counts = countRoles(all)
		rows := rowsWhere(all, func(n *report.NodeRow) bool {
			return q.wants(n, search, now) && (heard == nil || heard[n.Node.Key]) && in.Has(&n.Node)
		})
		out.Total = len(rows)
		slices.SortFunc(rows, q.compare)
		rows = rows[min(q.Offset, len(rows)):]
		rows = rows[:min(q.Limit, len(rows))]
		counts := relayCountsOf(h, rows, now)
		for i, row := range rows {
			n := apiNodeOf(h, *row, oneWidth(h, row.Node.Key, now), now)
			n.relayed(*row, counts[i])
			out.Nodes = append(out.Nodes, n)
		}
	})
	return out, nil
}

// rowsWhere are the rows that are wanted.
func rowsWhere(all []report.NodeRow, want func(*report.NodeRow) bool) (rows []*report.NodeRow) {
	for i := range all {
		if want(&all[i]) {
			rows = append(rows, &all[i])
		}
	}
	return rows
}

func widthsOf(h held, now time.Time) map[meshcore.PublicKey]index.HopWidths {
	if h.Index == nil {
		return nil
	}
	return h.Index.Nodes.Widths(now.UnixMilli())
}

func countRoles(all []report.NodeRow) (c apiRoleCounts) {
	for _, n := range all {
		switch n.Node.Role {
		case meshcore.RoleRepeater:
			c.Repeaters++
		case meshcore.RoleRoom:
			c.Rooms++
		case meshcore.RoleCompanion:
			c.Companions++
		case meshcore.RoleSensor:
			c.Sensors++
		}
	}
	return c
}

// apiNodeOf words one node.
func apiNodeOf(h held, n report.NodeRow, w index.HopWidths, now time.Time) apiNode {
	out := apiNode{
		PublicKey: n.Node.Key.String(), Name: n.Node.Name, Role: n.Node.Role.String(),
		LastSeen: apiTimeOr(n.LastHeard), LastHeard: apiTimeOr(n.LastHeard), FirstSeen: apiTimeOr(n.Node.FirstAdvert),
	}
	if n.Node.HasPosition {
		out.Lat, out.Lon = new(float64(n.Node.LatE6)/1e6), new(float64(n.Node.LonE6)/1e6)
	}
	if o, ok := h.Store.Observer(strings.ToUpper(n.Node.Key.String())); ok {
		out.BatteryMV = batteryOf(o)
	}
	if n.Node.HopWidth > 0 {
		out.HashSize = new(int(n.Node.HopWidth))
	}
	if h.Index == nil {
		return out
	}
	out.AdvertCount = new(n.FloodAdverts + n.ZeroHopAdverts)
	if w.Latest > 0 {
		out.HashSize = &w.Latest
	}
	out.HashSizeInconsistent = w.Flapping
	if len(w.Seen) > 1 {
		out.HashSizesSeen = w.Seen
	}
	out.multiByte(n, w)
	out.surveyed(n, h.Board)
	if n.Node.CanRelay() {
		out.LastRelayed = apiTimeOr(n.LastRelayed)
		out.RelayActive = new(n.LastRelayed > 0 && n.LastRelayed >= now.Add(-relayWindow).UnixMilli())
	}
	return out
}

// relayCount is how many packets a node certainly relayed in the last hour and in
// the last 24; nil while the index is built.
type relayCount *[len(relaySpans)]int64

var relaySpans = [2]time.Duration{time.Hour, 24 * time.Hour}

// relayCountsOf counts for each of some nodes.
func relayCountsOf(h held, rows []*report.NodeRow, now time.Time) []relayCount {
	counts := make([]relayCount, len(rows))
	if h.Relays == nil || h.Index == nil {
		return counts
	}
	hops := make([][]meshcore.Hop, len(rows))
	for i, n := range rows {
		hops[i] = h.Index.Nodes.Hops(n.Node.Key)
		counts[i] = new([len(relaySpans)]int64)
	}
	for i, span := range relaySpans {
		for j, n := range h.Relays.CertainOf(hops, now.Add(-span).UnixMilli(), now.UnixMilli()+1) {
			counts[j][i] = n
		}
	}
	return counts
}

// relayCountOf counts for one node.
func relayCountOf(h held, row report.NodeRow, now time.Time) relayCount {
	return relayCountsOf(h, []*report.NodeRow{&row}, now)[0]
}

// relayed adds how much a repeater or room relayed.
func (a *apiNode) relayed(n report.NodeRow, count relayCount) {
	if count != nil && n.Node.CanRelay() {
		a.RelayCount1h, a.RelayCount24h = &count[0], &count[1]
	}
}

// surveyed adds what the latest survey says. There is no total of the scores.
func (a *apiNode) surveyed(n report.NodeRow, b *survey.Board) {
	if b == nil {
		return
	}
	a.DefaultScope = textOr(b.Day.Default[n.Node.Key].Name)
	if n.Node.HasPosition {
		a.PositionDoubt = textOr(string(b.Places[n.Node.Key]))
	}
	if w, ok := b.Worth(n.Node.Key); ok && n.Node.CanRelay() {
		a.Traffic, a.Bridge, a.Coverage, a.Redundancy, a.Airtime = &w.CarriedShare, &w.Bridge, &w.Coverage, &w.CutShare, &w.AirShare
		a.UnscopedRelays, a.Transported = &w.Unscoped, w.Scopes
		if w.Likely != nil {
			a.BridgeLikely, a.CoverageLikely, a.RedundancyLikely = &w.Likely.Bridge, &w.Likely.Coverage, &w.Likely.CutShare
			a.AirtimeLikely = new(float64(w.Airtime+w.BelievedAirtime) / float64(b.To-b.From) / 1e6)
		}
	}
}

// multiByte tells whether the node's firmware uses hops of several bytes: its
// own adverts show it, or a long hop that it alone fits.
func (a *apiNode) multiByte(n report.NodeRow, w index.HopWidths) {
	a.MultiByteStatus, a.MultiByteMax = "unknown", max(w.Latest, 1)
	if len(w.Seen) > 0 {
		a.MultiByteMax = w.Seen[len(w.Seen)-1]
	}
	switch {
	case a.MultiByteMax >= 2:
		a.MultiByteStatus, a.MultiByteEvidence = "confirmed", "advert"
	case n.RelayedWidth >= 2:
		a.MultiByteStatus, a.MultiByteEvidence = "suspected", "path"
	}
	a.MultiByteMax = max(a.MultiByteMax, n.RelayedWidth)
}

func batteryOf(o mesh.Observer) *int {
	if o.Latest.Has&1 == 0 || o.Latest.BatteryMV == 0 {
		return nil
	}
	return new(int(o.Latest.BatteryMV))
}

// apiNodeSearch is GET /api/nodes/search: the first by name whose name has the
// text in it or whose key begins with it.
func (s *Server) apiNodeSearch(h held, r *http.Request) (any, error) {
	text, err := apiText(r.URL.Query(), "q")
	out := apiNodesFound{Nodes: []apiNode{}}
	if err != nil || text == "" {
		return out, err
	}
	now := s.Now()
	low := strings.ToLower(text)
	nodesOf(h).Among(now.UnixMilli(), func(all []report.NodeRow) {
		rows := rowsWhere(all, func(n *report.NodeRow) bool {
			return strings.Contains(n.Lower, low) || report.KeyBegins(n.Node.Key, low)
		})
		slices.SortFunc(rows, apiNodesQuery{Sort: "name"}.compare)
		for _, n := range rows[:min(len(rows), apiSearchMost)] {
			out.Nodes = append(out.Nodes, apiNodeOf(h, *n, oneWidth(h, n.Node.Key, now), now))
		}
	})
	return out, nil
}

func oneWidth(h held, key meshcore.PublicKey, now time.Time) index.HopWidths {
	if h.Index == nil {
		return index.HopWidths{}
	}
	return h.Index.Nodes.WidthsOf(key, now.UnixMilli())
}
