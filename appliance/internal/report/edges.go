package report

import (
	"bytes"
	"slices"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
)

// Edge is a link between two known nodes, A with the smaller key.
type Edge struct {
	A, B     mesh.Node
	There    Heard   // B heard A
	Back     Heard   // A heard B
	KM       float64 // -1 if a place is not known
	Doubted  bool    // a place is
	Believed bool    // an end is only named by belief
}

// TooFar tells whether the ends are farther apart than a link is believed to be.
func (e Edge) TooFar() bool { return e.KM > survey.Reach }

// Edges lists the links between known nodes: the certain ones in the UTC days
// that overlap a span, then those of the survey with an end that is only
// believed, both in the order of their ends. board may be nil.
func (n Nodes) Edges(from, to int64, board *survey.Board) []Edge {
	list := n.edges(n.Links.List(n.Index.Naming(), nil, from, to), board)
	if board == nil {
		return list
	}
	believed := n.edges(board.AllBelieved(), board)
	for i := range believed {
		believed[i].Believed = true
	}
	return append(list, believed...)
}

func (n Nodes) edges(links []index.Link, board *survey.Board) []Edge {
	at := map[[2]meshcore.PublicKey]int{}
	observers := map[uint32]meshcore.PublicKey{}
	for _, o := range n.Store.Observers() {
		observers[o.Num] = observerKey(o)
	}
	var list []Edge
	for _, l := range links {
		to := l.To
		if to == (meshcore.PublicKey{}) {
			to = observers[l.Observer]
		}
		ends := [2]meshcore.PublicKey{l.From, to}
		back := bytes.Compare(to[:], l.From[:]) < 0
		if back {
			ends = [2]meshcore.PublicKey{to, l.From}
		}
		i, known := at[ends]
		if !known {
			a, aOK := n.Store.Node(ends[0])
			b, bOK := n.Store.Node(ends[1])
			if !aOK || !bOK || a.FirstAdvert == 0 || b.FirstAdvert == 0 || ends[0] == ends[1] {
				continue
			}
			i = len(list)
			at[ends] = i
			list = append(list, edgeOf(a, b, board))
		}
		if back {
			list[i].Back.join(l)
		} else {
			list[i].There.join(l)
		}
	}
	slices.SortFunc(list, func(a, b Edge) int {
		if c := bytes.Compare(a.A.Key[:], b.A.Key[:]); c != 0 {
			return c
		}
		return bytes.Compare(a.B.Key[:], b.B.Key[:])
	})
	return list
}

// edgeOf is an edge over which nothing was counted.
func edgeOf(a, b mesh.Node, board *survey.Board) Edge {
	e := Edge{A: a, B: b, KM: -1}
	if a.HasPosition && b.HasPosition {
		e.KM = health.DistanceKM(mesh.Place{LatE6: a.LatE6, LonE6: a.LonE6}, mesh.Place{LatE6: b.LatE6, LonE6: b.LonE6})
		e.Doubted = doubtOf(a, board) != health.Believed || doubtOf(b, board) != health.Believed
	}
	return e
}
