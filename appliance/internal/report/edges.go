package report

import (
	"bytes"
	"slices"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
)

// Edge is a link between two known nodes, A with the smaller key.
type Edge struct {
	Leg
	There    Heard // B heard A
	Back     Heard // A heard B
	Believed bool  // an end is only named by belief
}

// Leg is how far apart two nodes are of which one heard the other.
type Leg struct {
	A, B    *mesh.Node // not to be changed
	KM      float64    // -1 if a place is not known
	Doubted bool       // a place is
}

// TooFar tells whether the ends are farther apart than a link is believed to be.
func (l Leg) TooFar() bool { return l.KM > survey.Reach }

// Edges lists the links between known nodes in the UTC days that overlap a span: the
// certain ones, then those with an end that is only believed, up to the latest survey;
// both in the order of their ends. board may be nil.
func (n Nodes) Edges(from, to int64, board *survey.Board) []Edge {
	list := n.edges(n.Links.List(n.Index.Naming(), nil, from, to), board)
	if board == nil {
		return list
	}
	believed := n.edges(board.AllBelieved(from, to), board)
	for i := range believed {
		believed[i].Believed = true
	}
	return append(list, believed...)
}

func (n Nodes) edges(links []index.Link, board *survey.Board) []Edge {
	at := map[[2]meshcore.PublicKey]int{}
	observers := n.observerKeys()
	ends := edgeEnds{store: n.Store, board: board, known: map[meshcore.PublicKey]*edgeEnd{}}
	var list []Edge
	for i := range links {
		l := &links[i]
		to := l.To
		if to == (meshcore.PublicKey{}) {
			to = observers[l.Observer]
		}
		pair := [2]meshcore.PublicKey{l.From, to}
		back := bytes.Compare(to[:], l.From[:]) < 0
		if back {
			pair = [2]meshcore.PublicKey{to, l.From}
		}
		i, known := at[pair]
		if !known {
			a, b := ends.of(pair[0]), ends.of(pair[1])
			if a == nil || b == nil || a == b {
				continue
			}
			i = len(list)
			at[pair] = i
			list = append(list, Edge{Leg: legOf(a, b)})
		}
		if back {
			list[i].Back.join(*l)
		} else {
			list[i].There.join(*l)
		}
	}
	order := make([]*Edge, len(list))
	for i := range list {
		order[i] = &list[i]
	}
	slices.SortFunc(order, func(a, b *Edge) int {
		if c := bytes.Compare(a.A.Key[:], b.A.Key[:]); c != 0 {
			return c
		}
		return bytes.Compare(a.B.Key[:], b.B.Key[:])
	})
	sorted := make([]Edge, len(order))
	for i, e := range order {
		sorted[i] = *e
	}
	return sorted
}

// observerKeys are the keys of observers, by number.
func (n Nodes) observerKeys() map[uint32]meshcore.PublicKey {
	keys := map[uint32]meshcore.PublicKey{}
	for _, o := range n.Store.Observers() {
		keys[o.Num] = observerKey(o)
	}
	return keys
}

// edgeEnd is a node that has sent a valid advert.
type edgeEnd struct {
	mesh.Node
	doubted bool   // its place is
	listed  bool   // it is an end of a leg
	rank    uint64 // among the keys of these
}

// edgeEnds looks each node up once.
type edgeEnds struct {
	store *store.Store
	board *survey.Board
	known map[meshcore.PublicKey]*edgeEnd // nil of those that have not
}

func (e *edgeEnds) of(key meshcore.PublicKey) *edgeEnd {
	end, looked := e.known[key]
	if !looked {
		if n, ok := e.store.Node(key); ok && n.FirstAdvert != 0 {
			end = &edgeEnd{Node: n, doubted: n.HasPosition && doubtOf(n, e.board) != health.Believed}
		}
		e.known[key] = end
	}
	return end
}

func legOf(a, b *edgeEnd) Leg {
	e := Leg{A: &a.Node, B: &b.Node, KM: -1}
	if a.HasPosition && b.HasPosition {
		e.KM = health.DistanceKM(mesh.Place{LatE6: a.LatE6, LonE6: a.LonE6}, mesh.Place{LatE6: b.LatE6, LonE6: b.LonE6})
		e.Doubted = a.doubted || b.doubted
	}
	return e
}
