package web

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// apiWidths is the answer to GET /api/analytics/hash-sizes: of floods with a
// hop, by bytes a hop.
type apiWidths struct {
	Total        int64            `json:"total"`
	Distribution map[string]int64 `json:"distribution"`
	Hourly       []apiWidthHour   `json:"hourly"`
	TopHops      []apiTopHop      `json:"topHops"`
	MultiByte    []apiWideNode    `json:"multiByteNodes"`
	ByRepeaters  map[string]int   `json:"distributionByRepeaters"` // repeaters by the width of their latest advert; "0" unknown
	Attribution  string           `json:"attributionMethod"`       // observer: a region is where an observer was
	Capability   []apiCapability  `json:"multiByteCapability"`
}

type apiWidthHour struct {
	Hour string `json:"hour"`
	One  int64  `json:"1"`
	Two  int64  `json:"2"`
	Wide int64  `json:"3"`
}

type apiTopHop struct {
	Hex       string  `json:"hex"`
	Size      int     `json:"size"`
	Count     int64   `json:"count"` // transmissions
	Name      *string `json:"name"`  // null: not one relay alone fits it
	PublicKey *string `json:"pubkey"`
}

type apiWideNode struct {
	Name      string  `json:"name"`
	Size      int     `json:"hashSize"`
	Packets   int64   `json:"packets"` // adverts
	LastSeen  *string `json:"lastSeen"`
	PublicKey string  `json:"pubkey"`
	Role      string  `json:"role"`
}

type apiCapability struct {
	PublicKey string  `json:"pubkey"`
	Name      string  `json:"name"`
	Role      string  `json:"role"`
	Status    string  `json:"status"` // confirmed, suspected, unknown
	Evidence  string  `json:"evidence"`
	MaxSize   int     `json:"maxHashSize"`
	LastSeen  *string `json:"lastSeen"`
}

// topHopsShown is how many hops are listed.
const topHopsShown = 50

// apiHashSizes is GET /api/analytics/hash-sizes, over all that is held.
func (s *Server) apiHashSizes(h held, r *http.Request) (any, error) {
	regions, err := apiRegions(r.URL.Query())
	if err != nil {
		return nil, err
	}
	if h.Index == nil {
		return nil, errIndexLoading
	}
	widths, err := report.WidthsOf(r.Context(), h.Store, s.memory, regions, topHopsShown)
	if err != nil {
		return nil, err
	}
	rows := s.nodesThere(h, regions)
	out := apiWidths{Distribution: map[string]int64{}, Hourly: []apiWidthHour{}, TopHops: []apiTopHop{}, MultiByte: []apiWideNode{}, ByRepeaters: map[string]int{}, Attribution: "observer", Capability: []apiCapability{}}
	for width := 1; width <= 3; width++ {
		n := widths.Transmissions[width]
		out.Total += n
		out.Distribution[strconv.Itoa(width)] = n
	}
	for _, hour := range widths.Hours {
		out.Hourly = append(out.Hourly, apiWidthHour{apiTime(hour.Start), hour.Transmissions[1], hour.Transmissions[2], hour.Transmissions[3]})
	}
	names := h.Index.Nodes.Naming()
	for _, x := range widths.Hops {
		top := apiTopHop{Hex: x.Hop.String(), Size: x.Hop.Width(), Count: x.Transmissions}
		if key, ok := names.One(x.Hop); ok {
			n, _ := h.Store.Node(key)
			top.Name, top.PublicKey = &n.Name, new(key.String())
		}
		out.TopHops = append(out.TopHops, top)
	}
	now := s.Now()
	seen := widthsOf(h, now)
	for _, row := range rows {
		out.node(h, row, seen[row.Node.Key], now)
	}
	return out, nil
}

// node adds what is known of a node's widths.
func (a *apiWidths) node(h held, row report.NodeRow, w index.HopWidths, now time.Time) {
	n := apiNodeOf(h, row, w, now)
	size := 0
	if n.HashSize != nil {
		size = *n.HashSize
	}
	if row.Node.Role == meshcore.RoleRepeater {
		a.ByRepeaters[strconv.Itoa(size)]++
	}
	if size > 1 {
		a.MultiByte = append(a.MultiByte, apiWideNode{n.Name, size, row.FloodAdverts + row.ZeroHopAdverts, n.LastSeen, n.PublicKey, n.Role})
	}
	if row.Node.CanRelay() {
		a.Capability = append(a.Capability, apiCapability{n.PublicKey, n.Name, n.Role, n.MultiByteStatus, n.MultiByteEvidence, n.MultiByteMax, n.LastSeen})
	}
}

// nodesThere lists the nodes an advert of which was received in one of the
// regions, by key; nil: all.
func (s *Server) nodesThere(h held, regions []string) []report.NodeRow {
	rows := s.nodesHeard(h, regions)
	slices.SortFunc(rows, func(a, b report.NodeRow) int { return bytes.Compare(a.Node.Key[:], b.Node.Key[:]) })
	return rows
}

// nodesHeard is nodesThere in no order.
func (s *Server) nodesHeard(h held, regions []string) []report.NodeRow {
	nodes := nodesOf(h)
	rows := nodes.All(s.Now().UnixMilli())
	if regions != nil {
		there := nodes.HeardIn(regions)
		rows = slices.DeleteFunc(rows, func(n report.NodeRow) bool { return !there[n.Node.Key] })
	}
	return rows
}

// apiCollisions is the answer to GET /api/analytics/hash-collisions.
type apiCollisions struct {
	BySize       map[string]*apiWidthClashes `json:"by_size"`
	Inconsistent []apiClashing               `json:"inconsistent_nodes"`
	From         string                      `json:"from"`
	To           string                      `json:"to"`
}

type apiWidthClashes struct {
	Stats struct {
		Nodes      int     `json:"total_nodes"`       // relays
		ForByte    int     `json:"nodes_for_byte"`    // the same: a relay puts as much of its key into a path as the packet says
		Using      int     `json:"using_this_size"`   // nodes whose own packets have hops of this width
		Unique     int     `json:"unique_prefixes"`   // hops that some relay has
		Collisions int     `json:"collision_count"`   // hops that several have
		Matter     int     `json:"collisions_matter"` // of these, where paths cannot tell them apart
		Space      int     `json:"space_size"`
		Used       float64 `json:"pct_used"`
	} `json:"stats"`
	Collisions []apiCollision           `json:"collisions"`
	OneByte    map[string][]apiClashing `json:"one_byte_cells,omitempty"`
	TwoByte    map[string]apiTwoByte    `json:"two_byte_cells,omitempty"`
}

type apiTwoByte struct {
	Nodes      []apiClashing            `json:"group_nodes"`
	Map        map[string][]apiClashing `json:"two_byte_map"`
	Most       int                      `json:"max_collision"`
	Collisions int                      `json:"collision_count"`
}

type apiCollision struct {
	Prefix         string        `json:"prefix"`
	Bytes          int           `json:"byte_size"`
	Appearances    int           `json:"appearances"` // relays that have it
	Nodes          []apiClashing `json:"nodes"`
	MaxKM          *float64      `json:"max_dist_km"`
	MinKM          *float64      `json:"min_dist_km"`
	Classification string        `json:"classification"` // by the greatest distance: local, regional, distant, incomplete
	WithCoords     int           `json:"with_coords"`
	Nearness       string        `json:"nearness"` // linked, near, unknown, apart: of the worst pair
	Matters        bool          `json:"matters"`
}

type apiClashing struct {
	PublicKey    string   `json:"public_key"`
	Name         string   `json:"name"`
	Role         string   `json:"role"`
	Lat          *float64 `json:"lat"`
	Lon          *float64 `json:"lon"`
	Size         *int     `json:"hash_size"`
	Inconsistent bool     `json:"hash_size_inconsistent"`
	Seen         []int    `json:"hash_sizes_seen,omitempty"`
}

// apiHashCollisions is GET /api/analytics/hash-collisions, of the relays of the
// latest survey.
func (s *Server) apiHashCollisions(h held, r *http.Request) (any, error) {
	regions, err := apiRegions(r.URL.Query())
	if err != nil {
		return nil, err
	}
	if h.Index == nil || h.Board == nil {
		return nil, errIndexLoading
	}
	rows := s.nodesThere(h, regions)
	widths := widthsOf(h, s.Now())
	known := map[meshcore.PublicKey]apiClashing{}
	out := apiCollisions{BySize: map[string]*apiWidthClashes{}, Inconsistent: []apiClashing{}, From: apiTime(h.Board.From), To: apiTime(h.Board.To)}
	for _, row := range rows {
		c := apiClashingOf(row.Node, widths[row.Node.Key])
		known[row.Node.Key] = c
		if c.Inconsistent {
			out.Inconsistent = append(out.Inconsistent, c)
		}
	}
	relays := slices.DeleteFunc(slices.Clone(h.Board.Relays), func(r health.Relay) bool { _, ok := known[r.Key]; return !ok })
	for width := 1; width <= 3; width++ {
		collisions := h.Board.Collisions[width]
		if len(relays) < len(h.Board.Relays) {
			collisions = health.Collisions(relays, width)
		}
		c := clashesOf(relays, collisions, width, known)
		for _, n := range known {
			if n.Size != nil && *n.Size == width {
				c.Stats.Using++
			}
		}
		out.BySize[strconv.Itoa(width)] = c
	}
	return out, nil
}

func apiClashingOf(n mesh.Node, w index.HopWidths) apiClashing {
	end := apiEndOf(n)
	c := apiClashing{PublicKey: end.PublicKey, Name: end.Name, Role: end.Role, Lat: end.Lat, Lon: end.Lon, Inconsistent: w.Flapping}
	if size := cmp.Or(w.Latest, int(n.HopWidth)); size > 0 {
		c.Size = &size
	}
	if len(w.Seen) > 1 {
		c.Seen = w.Seen
	}
	return c
}

// clashesOf lists the hops of a width that relays have, and those that several
// have.
func clashesOf(relays []health.Relay, collisions []health.Collision, width int, known map[meshcore.PublicKey]apiClashing) *apiWidthClashes {
	c := &apiWidthClashes{Collisions: []apiCollision{}}
	hops := map[string][]apiClashing{}
	places := map[meshcore.PublicKey]mesh.Place{}
	for _, r := range relays {
		hop := r.Key.Hop(width).String()
		hops[hop] = append(hops[hop], known[r.Key])
		if r.HasPlace {
			places[r.Key] = r.Place
		}
	}
	for _, x := range collisions {
		c.Collisions = append(c.Collisions, apiCollisionOf(x, places, known))
		if x.Matters() {
			c.Stats.Matter++
		}
	}
	c.Stats.Nodes, c.Stats.ForByte, c.Stats.Unique, c.Stats.Collisions = len(relays), len(relays), len(hops), len(c.Collisions)
	c.Stats.Space = 1 << (8 * width)
	c.Stats.Used = 100 * float64(c.Stats.Unique) / float64(c.Stats.Space)
	switch width {
	case 1:
		c.OneByte = map[string][]apiClashing{}
		for first := range 256 {
			cell := fmt.Sprintf("%02X", first)
			c.OneByte[cell] = orNone(hops[cell])
		}
	case 2:
		c.TwoByte = map[string]apiTwoByte{}
		for first := range 256 {
			c.TwoByte[fmt.Sprintf("%02X", first)] = apiTwoByte{Nodes: []apiClashing{}, Map: map[string][]apiClashing{}}
		}
		for hop, nodes := range hops {
			cell := c.TwoByte[hop[:2]]
			cell.Nodes, cell.Map[hop] = append(cell.Nodes, nodes...), nodes
			if len(nodes) > 1 {
				cell.Most, cell.Collisions = max(cell.Most, len(nodes)), cell.Collisions+1
			}
			c.TwoByte[hop[:2]] = cell
		}
		for _, cell := range c.TwoByte {
			slices.SortFunc(cell.Nodes, func(a, b apiClashing) int { return cmp.Compare(a.PublicKey, b.PublicKey) })
		}
	}
	return c
}

// orNone is a list that is never null.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func apiCollisionOf(x health.Collision, places map[meshcore.PublicKey]mesh.Place, known map[meshcore.PublicKey]apiClashing) apiCollision {
	c := apiCollision{Prefix: x.Hop.String(), Bytes: x.Hop.Width(), Appearances: len(x.Relays), Classification: "incomplete", Nearness: string(x.Nearest), Matters: x.Matters(), MinKM: kmOr(x.KM)}
	most := -1.0
	for i, a := range x.Relays {
		c.Nodes = append(c.Nodes, known[a])
		here, ok := places[a]
		if !ok {
			continue
		}
		c.WithCoords++
		for _, b := range x.Relays[i+1:] {
			if there, ok := places[b]; ok {
				most = max(most, health.DistanceKM(here, there))
			}
		}
	}
	c.MaxKM = kmOr(most)
	switch {
	case most < 0:
	case most < 50:
		c.Classification = "local"
	case most < 200:
		c.Classification = "regional"
	default:
		c.Classification = "distant"
	}
	return c
}
