package report

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
)

// Nodes answers what is asked about nodes. The index may be nil for All and Row.
type Nodes struct {
	Store  *store.Store
	Index  *index.Nodes
	Relays *index.Relays // nil until it is built
	Links  *index.Links  // likewise
	Board  *survey.Board // nil until the first survey
}

// NodeSort is what a list of nodes is ordered by.
type NodeSort string

// The orders of a list of nodes.
const (
	NodesByName     NodeSort = "name"
	NodesByRole     NodeSort = "role"
	NodesByKey      NodeSort = "key"
	NodesByAdvert   NodeSort = "advert" // last advert
	NodesByRelayed  NodeSort = "relayed"
	NodesByHeard    NodeSort = "heard"
	NodesByAdverts  NodeSort = "adverts" // how many
	NodesByPosition NodeSort = "position"
	NodesByState    NodeSort = "state"
)

// NodeQuery says which nodes are wanted, and in which order.
type NodeQuery struct {
	Roles     []meshcore.Role             // one of them; none: any
	States    []mesh.NodeState            // one of them; none: any
	Text      string                      // part of a name, or beginning of a key in hex; "" any
	Name      string                      // the whole name; "" any
	From, To  int64                       // last heard within [From, To), Unix ms; 0 is open
	Heard     map[meshcore.PublicKey]bool // one of them, as of HeardIn; nil: any
	Spans     []time.Duration             // for which List counts what was last heard so long ago or less
	Sort      NodeSort
	Ascending bool
	Offset    int
	Limit     int
	Now       int64 // Unix ms
}

// NodeRow is one node of the list.
type NodeRow struct {
	index.NodeStats
	State     mesh.NodeState
	Namesakes int          // other nodes with the same name
	Doubt     health.Doubt // of its position, by the latest survey
}

// NodeList is a page of the list of nodes.
type NodeList struct {
	Rows     []NodeRow
	Matching int
	Known    int
	Roles    map[meshcore.Role]int  // of those that the other filters let through
	States   map[mesh.NodeState]int // likewise
	Within   []int                  // likewise, for each of the query's Spans
	Rejected int64                  // adverts that made no node, ever
	Without  []Dropped              // when nothing matches: as nodeFilters
}

// List is a page of the nodes that have sent a valid advert.
func (n Nodes) List(q NodeQuery) NodeList {
	all := n.rows(q.Now)
	out := NodeList{Known: len(all), Roles: map[meshcore.Role]int{}, States: map[mesh.NodeState]int{}, Within: make([]int, len(q.Spans))}
	for _, count := range n.Store.Rejected().Counts {
		out.Rejected += count
	}
	var rows []NodeRow
	for _, r := range all {
		lets := q.lets(r)
		if lets.but(ofRole) {
			out.Roles[r.Node.Role]++
		}
		if lets.but(ofState) {
			out.States[r.State]++
		}
		if lets.but(ofTime) {
			for i, span := range q.Spans {
				if r.LastHeard >= q.Now-span.Milliseconds() {
					out.Within[i]++
				}
			}
		}
		if lets.all() {
			rows = append(rows, r)
		}
	}
	if out.Matching = len(rows); out.Matching == 0 {
		out.Without = q.without(all)
	}
	SortNodes(rows, q.compare)
	out.Rows = pageOf(rows, q.Offset, q.Limit)
	for i := range out.Rows {
		out.Rows[i].Doubt = n.doubted(out.Rows[i].Node)
	}
	return out
}

// doubted is what the latest survey doubts of a node's position.
func (n Nodes) doubted(node mesh.Node) health.Doubt {
	if n.Board == nil || !node.HasPosition {
		return health.Believed
	}
	return n.Board.Places[node.Key]
}

// NamedRow is a row that is put in order, and its name in lower case.
type NamedRow struct {
	*NodeRow
	Lower string
}

// SortNodes puts rows in order. They are large: they are moved once.
func SortNodes(rows []NodeRow, compare func(a, b NamedRow) int) {
	order := make([]NamedRow, len(rows))
	for i := range rows {
		order[i] = NamedRow{&rows[i], strings.ToLower(rows[i].Node.Name)}
	}
	slices.SortFunc(order, compare)
	sorted := make([]NodeRow, len(rows))
	for i, r := range order {
		sorted[i] = *r.NodeRow
	}
	copy(rows, sorted)
}

// pageOf gives limit rows from an offset on.
func pageOf[T any](rows []T, offset, limit int) []T {
	offset = min(max(offset, 0), len(rows))
	return rows[offset:min(offset+limit, len(rows))]
}

// All lists every node that has sent a valid advert, in no order. Without the
// index their facts alone are known.
func (n Nodes) All(now int64) []NodeRow { return n.rows(now) }

func (n Nodes) rows(now int64) []NodeRow {
	var list []index.NodeStats
	if n.Index != nil {
		list = n.Index.List()
	} else {
		for _, facts := range n.Store.Nodes() {
			if facts.FirstAdvert != 0 {
				list = append(list, index.NodeStats{Node: facts, LastHeard: facts.LastAdvert})
			}
		}
	}
	names := make(map[string]int, len(list))
	for _, s := range list {
		names[s.Node.Name]++
	}
	rows := make([]NodeRow, len(list))
	for i, s := range list {
		rows[i] = NodeRow{NodeStats: s, State: s.StateAt(now)}
		if s.Node.Name != "" {
			rows[i].Namesakes = names[s.Node.Name] - 1
		}
	}
	return rows
}

// Filters of a NodeQuery, in this order, and their names.
const (
	ofRole = iota
	ofState
	ofText
	ofName
	ofTime
	ofRegion
	nodeFilterCount
)

var nodeFilters = [nodeFilterCount]string{"role", "state", "q", "name", "time", "region"}

// verdicts tells which filters let a row pass.
type verdicts [nodeFilterCount]bool

func (v verdicts) all() bool { return v == verdicts{true, true, true, true, true, true} }

// but tells whether all others than one let it pass.
func (v verdicts) but(filter int) bool {
	v[filter] = true
	return v.all()
}

func (q NodeQuery) lets(r NodeRow) verdicts {
	return verdicts{
		ofRole:   len(q.Roles) == 0 || slices.Contains(q.Roles, r.Node.Role),
		ofState:  len(q.States) == 0 || slices.Contains(q.States, r.State),
		ofText:   q.Text == "" || keyBegins(r.Node.Key, q.Text) || strings.Contains(strings.ToLower(r.Node.Name), strings.ToLower(q.Text)),
		ofName:   q.Name == "" || r.Node.Name == q.Name,
		ofTime:   between(r.LastHeard, q.From, q.To),
		ofRegion: q.Heard == nil || q.Heard[r.Node.Key],
	}
}

// between tells whether a time lies within [from, to); 0 is open.
func between(at, from, to int64) bool { return (from == 0 || at >= from) && (to == 0 || at < to) }

func keyBegins(key meshcore.PublicKey, digits string) bool {
	return len(digits) <= 2*len(key) && strings.HasPrefix(hex.EncodeToString(key[:]), strings.ToLower(digits))
}

// without counts, for each filter in force, what would match if it were lifted.
func (q NodeQuery) without(all []NodeRow) (out []Dropped) {
	var counts [nodeFilterCount]int
	for _, r := range all {
		lets := q.lets(r)
		for i := range counts {
			if lets.but(i) {
				counts[i]++
			}
		}
	}
	for i, on := range [nodeFilterCount]bool{len(q.Roles) > 0, len(q.States) > 0, q.Text != "", q.Name != "", q.From != 0 || q.To != 0, q.Heard != nil} {
		if on {
			out = append(out, Dropped{Filter: nodeFilters[i], Count: counts[i]})
		}
	}
	return out
}

// compare orders rows. What has no value stands last whatever the direction;
// equal ones are ordered by key.
func (q NodeQuery) compare(a, b NamedRow) int {
	if c := boolCompare(q.lacks(a), q.lacks(b)); c != 0 {
		return c
	}
	c := q.value(a, b)
	if !q.Ascending {
		c = -c
	}
	return cmp.Or(c, bytes.Compare(a.Node.Key[:], b.Node.Key[:]))
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (q NodeQuery) lacks(r NamedRow) bool {
	switch q.Sort {
	case NodesByName:
		return r.Node.Name == ""
	case NodesByRelayed:
		return r.LastRelayed == 0
	}
	return false
}

func (q NodeQuery) value(a, b NamedRow) int {
	switch q.Sort {
	case NodesByName:
		return cmp.Or(cmp.Compare(a.Lower, b.Lower), cmp.Compare(a.Node.Name, b.Node.Name))
	case NodesByRole:
		return cmp.Compare(a.Node.Role, b.Node.Role)
	case NodesByKey:
		return bytes.Compare(a.Node.Key[:], b.Node.Key[:])
	case NodesByAdvert:
		return cmp.Compare(a.Node.LastAdvert, b.Node.LastAdvert)
	case NodesByRelayed:
		return cmp.Compare(a.LastRelayed, b.LastRelayed)
	case NodesByAdverts:
		return cmp.Compare(a.FloodAdverts+a.ZeroHopAdverts, b.FloodAdverts+b.ZeroHopAdverts)
	case NodesByPosition:
		return boolCompare(a.Node.HasPosition, b.Node.HasPosition)
	case NodesByState:
		return cmp.Compare(stateRank(a.State), stateRank(b.State))
	}
	return cmp.Compare(a.LastHeard, b.LastHeard)
}

// stateRank rises with liveliness.
func stateRank(s mesh.NodeState) int {
	return slices.Index([]mesh.NodeState{mesh.NodeSilent, mesh.NodeQuiet, mesh.NodeActive}, s)
}

// WithPrefix lists the known nodes whose key begins with these hex digits, by
// key.
func (n Nodes) WithPrefix(digits string, now int64) (out []NodeRow) {
	for _, r := range n.rows(now) {
		if keyBegins(r.Node.Key, digits) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b NodeRow) int { return bytes.Compare(a.Node.Key[:], b.Node.Key[:]) })
	return out
}

// Shortest is the beginning of a key, in hex and of at least so many digits, that
// no other known node's key has.
func (n Nodes) Shortest(key meshcore.PublicKey, least int, now int64) string {
	digits := key.String()
	for _, r := range n.rows(now) {
		other := r.Node.Key.String()
		for r.Node.Key != key && least < len(digits) && strings.HasPrefix(other, digits[:least]) {
			least++
		}
	}
	return digits[:least]
}

// Near lists at most limit nodes that may have been meant: those whose key
// shares the longest beginning of two digits or more, else those whose name
// has the text in it.
func (n Nodes) Near(asked string, limit int, now int64) []NodeRow {
	asked = strings.TrimSpace(asked)
	all := n.rows(now)
	slices.SortFunc(all, func(a, b NodeRow) int { return bytes.Compare(a.Node.Key[:], b.Node.Key[:]) })
	matching := func(match func(NodeRow) bool) (out []NodeRow) {
		for _, r := range all {
			if len(out) < limit && match(r) {
				out = append(out, r)
			}
		}
		return out
	}
	for digits := min(len(asked), 2*len(meshcore.PublicKey{})); digits >= 2; digits-- {
		if out := matching(func(r NodeRow) bool { return keyBegins(r.Node.Key, asked[:digits]) }); len(out) > 0 {
			return out
		}
	}
	return matching(func(r NodeRow) bool {
		return len(asked) > 1 && strings.Contains(strings.ToLower(r.Node.Name), strings.ToLower(asked))
	})
}

// Row is the row of one node as List would give it; false if q does not want
// it or it is not known.
func (n Nodes) Row(q NodeQuery, key meshcore.PublicKey) (NodeRow, bool) {
	if n.Index == nil {
		facts, ok := n.Store.Node(key)
		s := index.NodeStats{Node: facts, LastHeard: facts.LastAdvert}
		r := NodeRow{NodeStats: s, State: s.StateAt(q.Now)}
		return r, ok && facts.FirstAdvert != 0 && q.lets(r).all()
	}
	s, ok := n.Index.Get(key)
	if !ok {
		return NodeRow{}, false
	}
	r := NodeRow{NodeStats: s, State: s.StateAt(q.Now), Namesakes: n.Index.Namesakes(key), Doubt: n.doubted(s.Node)}
	return r, q.lets(r).all()
}
