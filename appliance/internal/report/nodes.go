package report

import (
	"bytes"
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

	Memory *Memory // of what was counted; nil: nothing is remembered
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
	NodesByFirst    NodeSort = "first" // first advert
	NodesByScope    NodeSort = "scope"
)

// NodeQuery says which nodes are wanted, and in which order.
type NodeQuery struct {
	Roles     []meshcore.Role             // one of them; none: any
	States    []mesh.NodeState            // one of them; none: any
	Text      string                      // part of a name, or beginning of a key in hex; "" any
	Name      string                      // the whole name; "" any
	From, To  int64                       // last heard within [From, To), Unix ms; 0 is open
	Heard     map[meshcore.PublicKey]bool // one of them, as of HeardIn; nil: any
	In        *Areas                      // stands in one of them; nil: anywhere
	Known     *Areas                      // for which List counts who stands there; nil: none
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
	State mesh.NodeState
	Doubt health.Doubt // of its position, by the latest survey; of all nodes' rows it is not known
	Scope string       // of its latest scoped advert, by the latest survey; "" none is known
}

// NodeList is a page of the list of nodes.
type NodeList struct {
	Rows     []NodeRow
	Matching int
	Known    int
	Roles    map[meshcore.Role]int  // of those that the other filters let through
	States   map[mesh.NodeState]int // likewise
	Within   []int                  // likewise, for each of the query's Spans
	Standing Standing               // likewise, of the query's Known areas
	Beside   int                    // how many the filters other than that for areas let through
	Rejected int64                  // adverts that made no node, ever
	Without  []Dropped              // when nothing matches: as nodeFilters
}

// List is a page of the nodes that have sent a valid advert.
func (n Nodes) List(q NodeQuery) (out NodeList) {
	n.Among(q.Now, func(all []NodeRow) { out = n.list(q, all) })
	return out
}

func (n Nodes) list(q NodeQuery, all []NodeRow) NodeList {
	out := NodeList{Known: len(all), Roles: map[meshcore.Role]int{}, States: map[mesh.NodeState]int{}, Within: make([]int, len(q.Spans))}
	for _, count := range n.Store.Rejected().Counts {
		out.Rejected += count
	}
	lets := q.filter()
	rows := slices.Grow(sparePlaces.take(), len(all))
	defer func() { sparePlaces.giveBack(rows) }()
	for i := range all {
		r := &all[i]
		lets := lets(r)
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
		if q.Known != nil && lets.but(ofArea) {
			out.Beside++
			out.Standing.add(q.Known, &r.Node)
		}
		if lets.all() {
			if q.Sort == NodesByScope {
				r.Scope = n.scope(r.Node.Key)
			}
			rows = append(rows, q.place(r))
		}
	}
	if out.Matching = len(rows); out.Matching == 0 {
		out.Without = q.without(all)
	}
	slices.SortFunc(rows, q.compare())
	for _, at := range pageOf(rows, q.Offset, q.Limit) {
		row := *at.row
		row.Doubt, row.Scope = n.doubted(row.Node), n.scope(row.Node.Key)
		out.Rows = append(out.Rows, row)
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

// scope is that of a node's latest scoped advert, by the latest survey.
func (n Nodes) scope(key meshcore.PublicKey) string {
	if n.Board == nil {
		return ""
	}
	return n.Board.Day.Default[key].Name
}

// pageOf gives limit rows from an offset on.
func pageOf[T any](rows []T, offset, limit int) []T {
	offset = min(max(offset, 0), len(rows))
	return rows[offset:min(offset+limit, len(rows))]
}

// All lists every node that has sent a valid advert, in no order. Without the
// index their facts alone are known.
func (n Nodes) All(now int64) []NodeRow { return n.rows(nil, now) }

// Among calls fn with what All lists. The rows are fn's only until it returns: to
// make room for all of them anew at each question costs as much as to fill it.
func (n Nodes) Among(now int64, fn func([]NodeRow)) {
	rows := n.rows(spareRows.take(), now)
	defer spareRows.giveBack(rows)
	fn(rows)
}

func (n Nodes) rows(rows []NodeRow, now int64) []NodeRow {
	at := listening(n.Store, now)
	n.each(func(most int, s *index.NodeStats) {
		rows = slices.Grow(rows, most-len(rows))
		rows = append(rows, NodeRow{NodeStats: *s, State: s.StateAt(at)})
	})
	return rows
}

// each calls fn with what is known of every node that has sent a valid advert, in
// no order, and how many there are at most. What is given is fn's only until it
// returns.
func (n Nodes) each(fn func(most int, s *index.NodeStats)) {
	if n.Index != nil {
		n.Index.Each(fn)
		return
	}
	all := n.Store.Nodes()
	called := make(map[string]int, len(all))
	for _, facts := range all {
		if facts.FirstAdvert != 0 {
			called[facts.Name]++
		}
	}
	for _, facts := range all {
		if facts.FirstAdvert == 0 {
			continue
		}
		s := factsAlone(facts)
		if facts.Name != "" {
			s.Namesakes = called[facts.Name] - 1
		}
		fn(len(all), &s)
	}
}

// factsAlone is what is known of a node without the index.
func factsAlone(facts mesh.Node) index.NodeStats {
	return index.NodeStats{Node: facts, Lower: strings.ToLower(facts.Name), LastHeard: facts.LastAdvert}
}

// Filters of a NodeQuery, in this order, and their names.
const (
	ofRole = iota
	ofState
	ofText
	ofName
	ofTime
	ofRegion
	ofArea
	nodeFilterCount
)

var nodeFilters = [nodeFilterCount]string{"role", "state", "q", "name", "time", "region", "area"}

// verdicts tells which filters let a row pass.
type verdicts [nodeFilterCount]bool

func (v verdicts) all() bool { return v == verdicts{true, true, true, true, true, true, true} }

// but tells whether all others than one let it pass.
func (v verdicts) but(filter int) bool {
	v[filter] = true
	return v.all()
}

// filter tells of a row which filters let it pass.
func (q NodeQuery) filter() func(*NodeRow) verdicts {
	text := strings.ToLower(q.Text)
	return func(r *NodeRow) verdicts {
		return verdicts{
			ofRole:   len(q.Roles) == 0 || slices.Contains(q.Roles, r.Node.Role),
			ofState:  len(q.States) == 0 || slices.Contains(q.States, r.State),
			ofText:   text == "" || KeyBegins(r.Node.Key, text) || strings.Contains(r.Lower, text),
			ofName:   q.Name == "" || r.Node.Name == q.Name,
			ofTime:   between(r.LastHeard, q.From, q.To),
			ofRegion: q.Heard == nil || q.Heard[r.Node.Key],
			ofArea:   q.In.Has(&r.Node),
		}
	}
}

// between tells whether a time lies within [from, to); 0 is open.
func between(at, from, to int64) bool { return (from == 0 || at >= from) && (to == 0 || at < to) }

// KeyBegins tells whether a key begins with these hex digits, in lower case.
func KeyBegins(key meshcore.PublicKey, digits string) bool {
	if len(digits) > 2*len(key) {
		return false
	}
	for i := range len(digits) {
		if digits[i] != digitOf(&key, i) {
			return false
		}
	}
	return true
}

// digitOf is the hex digit at a place of a key.
func digitOf(key *meshcore.PublicKey, i int) byte {
	half := key[i/2] >> 4
	if i%2 == 1 {
		half = key[i/2] & 15
	}
	return "0123456789abcdef"[half]
}

// without counts what would match if filters in force were lifted.
func (q NodeQuery) without(all []NodeRow) []Dropped {
	on := [nodeFilterCount]bool{len(q.Roles) > 0, len(q.States) > 0, q.Text != "", q.Name != "", q.From != 0 || q.To != 0, q.Heard != nil, q.In != nil}
	filter := q.filter()
	return droppedOf(nodeFilters[:], on[:], len(all), func(row int) []bool {
		lets := filter(&all[row])
		return lets[:]
	})
}

// WithPrefix lists the known nodes whose key begins with these hex digits, by
// key.
func (n Nodes) WithPrefix(digits string, now int64) (out []NodeRow) {
	digits = strings.ToLower(digits)
	at := listening(n.Store, now)
	n.each(func(_ int, s *index.NodeStats) {
		if KeyBegins(s.Node.Key, digits) {
			out = append(out, NodeRow{NodeStats: *s, State: s.StateAt(at)})
		}
	})
	slices.SortFunc(out, func(a, b NodeRow) int { return bytes.Compare(a.Node.Key[:], b.Node.Key[:]) })
	return out
}

// Shortest is the beginning of a key, in hex and of at least so many digits, that
// no other known node's key has.
func (n Nodes) Shortest(key meshcore.PublicKey, least int) string {
	digits := key.String()
	longer := func(other *meshcore.PublicKey) {
		for *other != key && least < len(digits) && KeyBegins(*other, digits[:least]) {
			least++
		}
	}
	if n.Index != nil {
		n.Index.EachKey(longer)
	} else {
		n.each(func(_ int, s *index.NodeStats) { longer(&s.Node.Key) })
	}
	return digits[:least]
}

// Near lists at most limit nodes that may have been meant: those whose key
// shares the longest beginning of two digits or more, else those whose name
// has the text in it.
func (n Nodes) Near(asked string, limit int, now int64) []NodeRow {
	asked = strings.ToLower(strings.TrimSpace(asked))
	all := n.All(now)
	slices.SortFunc(all, func(a, b NodeRow) int { return bytes.Compare(a.Node.Key[:], b.Node.Key[:]) })
	matching := func(match func(*NodeRow) bool) (out []NodeRow) {
		for i := range all {
			if r := &all[i]; len(out) < limit && match(r) {
				out = append(out, *r)
			}
		}
		return out
	}
	for digits := min(len(asked), 2*len(meshcore.PublicKey{})); digits >= 2; digits-- {
		if out := matching(func(r *NodeRow) bool { return KeyBegins(r.Node.Key, asked[:digits]) }); len(out) > 0 {
			return out
		}
	}
	return matching(func(r *NodeRow) bool { return len(asked) > 1 && strings.Contains(r.Lower, asked) })
}

// Row is the row of one node as List would give it; false if q does not want
// it or it is not known.
func (n Nodes) Row(q NodeQuery, key meshcore.PublicKey) (NodeRow, bool) {
	at := listening(n.Store, q.Now)
	if n.Index == nil {
		facts, ok := n.Store.Node(key)
		s := factsAlone(facts)
		r := NodeRow{NodeStats: s, State: s.StateAt(at)}
		return r, ok && facts.FirstAdvert != 0 && q.filter()(&r).all()
	}
	s, ok := n.Index.Get(key)
	if !ok {
		return NodeRow{}, false
	}
	r := NodeRow{NodeStats: s, State: s.StateAt(at), Doubt: n.doubted(s.Node), Scope: n.scope(key)}
	return r, q.filter()(&r).all()
}
