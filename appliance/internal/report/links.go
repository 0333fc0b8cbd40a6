package report

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
)

// LinkQuery says which links of a node are wanted.
type LinkQuery struct {
	From, To int64  // Unix ms, From included; by whole UTC days
	Way      string // "in": the node heard the other; "out": the other heard it; "two": both; "" any
	Width    int    // bytes a hop by which they were seen; 0 any
	Least    int64  // packets that went over it either way at least
	Certain  bool   // nothing that is only believed
}

// Heard is one direction of a link.
type Heard struct {
	Count       int64    // transmissions; receptions where an observer received
	Widths      [4]int64 // the same by bytes a hop; 0 where no hop was needed
	First, Last int64    // Unix ms
	SNR         index.SNR
	RSSI        index.RSSI
}

// Neighbour is a radio that a node heard, or that heard it.
type Neighbour struct {
	Key      meshcore.PublicKey // zero for an observer without one
	Node     *mesh.Node         // nil if no advert of it is known
	Observer *mesh.Observer     // nil if it is none
	In       Heard              // what the node heard of it
	Out      Heard              // what it heard of the node
	KM       float64            // -1 if a place is not known
	Doubt    health.Doubt       // of a place of either
	Other    bool               // the doubt is of the neighbour's place
	Believed bool               // an end of it is only named by belief
}

// TwoWay tells whether both heard one another.
func (n Neighbour) TwoWay() bool { return n.In.Count > 0 && n.Out.Count > 0 }

// Weaker is how much went over the weaker direction.
func (n Neighbour) Weaker() int64 { return min(n.In.Count, n.Out.Count) }

// TooFar tells whether the neighbour is farther than a link is believed to be.
func (n Neighbour) TooFar() bool { return n.KM > survey.Reach }

// NodeLinks are the links of a node.
type NodeLinks struct {
	Certain    []Neighbour // those in both directions first, then by the weaker one
	Believed   []Neighbour // up to the latest survey, with an end that is only believed
	Impossible []Neighbour // of both, too long by the places that the ends sent
	Hidden     int         // certain ones that the filters removed
	OneWay     int         // of these in one direction only
	Rank       int         // 1: no relay has more certain neighbours; 0 not known, or none
	Relays     int         // of so many
}

// LinksOf lists a node's links; board may be nil.
func (n Nodes) LinksOf(node mesh.Node, q LinkQuery, board *survey.Board) NodeLinks {
	end := index.LinkEnd{Key: node.Key}
	if o, ok := n.Store.Observer(strings.ToUpper(node.Key.String())); ok {
		end.Observer = o.Num
	}
	var out NodeLinks
	put := func(x Neighbour, list *[]Neighbour) {
		if x.TooFar() {
			list = &out.Impossible
		}
		*list = append(*list, x)
	}
	if n.Links != nil {
		for _, x := range n.neighbours(node, end, n.Links.List(n.Index.Naming(), &end, q.From, q.To), board) {
			if x.narrow(q.Width); q.wants(x) {
				put(x, &out.Certain)
				continue
			}
			out.Hidden++
			if !x.TwoWay() {
				out.OneWay++
			}
		}
	}
	if board != nil && !q.Certain {
		for _, x := range n.neighbours(node, end, board.Believed(node.Key, end.Observer, q.From, q.To), board) {
			x.Believed = true
			if x.narrow(q.Width); q.wants(x) {
				put(x, &out.Believed)
			}
		}
	}
	if board != nil {
		out.Rank, out.Relays = degreeRank(node.Key, board)
	}
	for _, list := range [][]Neighbour{out.Certain, out.Believed, out.Impossible} {
		slices.SortFunc(list, strongestFirst)
	}
	return out
}

// strongestFirst puts links in both directions first, then orders by the weaker
// direction, then by both.
func strongestFirst(a, b Neighbour) int {
	return cmp.Or(cmp.Compare(b.Weaker(), a.Weaker()), cmp.Compare(b.In.Count+b.Out.Count, a.In.Count+a.Out.Count),
		bytes.Compare(a.Key[:], b.Key[:]), cmp.Compare(a.observerID(), b.observerID()))
}

func (n Neighbour) observerID() string {
	if n.Observer == nil {
		return ""
	}
	return n.Observer.ID
}

// narrow leaves only what was seen by hops of a width; 0 leaves all.
func (n *Neighbour) narrow(width int) {
	if width > 0 {
		n.In.Count, n.Out.Count = n.In.Widths[width], n.Out.Widths[width]
	}
}

// wants tells whether a link is among those asked for.
func (q LinkQuery) wants(n Neighbour) bool {
	switch {
	case n.In.Count+n.Out.Count == 0, max(n.In.Count, n.Out.Count) < q.Least:
		return false
	case q.Way == "in":
		return n.In.Count > 0
	case q.Way == "out":
		return n.Out.Count > 0
	case q.Way == "two":
		return n.TwoWay()
	}
	return true
}

// degreeRank is where a relay stands by how many certain neighbours it has.
func degreeRank(key meshcore.PublicKey, board *survey.Board) (rank, relays int) {
	w, ok := board.Worth(key)
	if !ok || w.Neighbours == 0 {
		return 0, len(board.Worths)
	}
	rank = 1
	for _, other := range board.Worths {
		if other.Neighbours > w.Neighbours {
			rank++
		}
	}
	return rank, len(board.Worths)
}

// radio is the other end of a link: a node, or an observer without a key.
type radio struct {
	key      meshcore.PublicKey
	observer uint32
}

// neighbours joins the links with each radio.
func (n Nodes) neighbours(node mesh.Node, end index.LinkEnd, links []index.Link, board *survey.Board) []Neighbour {
	at := map[radio]int{}
	var list []Neighbour
	for _, l := range links {
		other, observer := l.From, (*mesh.Observer)(nil)
		in := l.From != node.Key
		if !in {
			other = l.To
		}
		if l.To == (meshcore.PublicKey{}) && l.Observer != end.Observer {
			o, ok := n.Store.ObserverByNum(l.Observer)
			if !ok {
				continue
			}
			other, observer = observerKey(o), &o
		}
		r := radio{key: other}
		if observer != nil && other == (meshcore.PublicKey{}) {
			r.observer = observer.Num
		}
		if other == node.Key || r == (radio{}) {
			continue // it heard itself
		}
		i, ok := at[r]
		if !ok {
			i = len(list)
			at[r] = i
			list = append(list, n.neighbour(node, other, board))
		}
		if x := &list[i]; in {
			x.In.join(l)
		} else {
			x.Out.join(l)
		}
		if observer != nil {
			list[i].Observer = observer
		}
	}
	return list
}

// observerKey is the key of an observer that has one.
func observerKey(o mesh.Observer) meshcore.PublicKey {
	key, err := meshcore.ParsePublicKey(strings.ToLower(o.ID))
	if err != nil {
		return meshcore.PublicKey{}
	}
	return key
}

// neighbour is one that nothing was counted of.
func (n Nodes) neighbour(node mesh.Node, key meshcore.PublicKey, board *survey.Board) Neighbour {
	x := Neighbour{Key: key, KM: -1}
	other, ok := n.Store.Node(key)
	if !ok || key == (meshcore.PublicKey{}) || other.FirstAdvert == 0 {
		return x
	}
	x.Node = &other
	if o, ok := n.Store.Observer(strings.ToUpper(key.String())); ok {
		x.Observer = &o
	}
	if node.HasPosition && other.HasPosition {
		x.KM = health.DistanceKM(mesh.Place{LatE6: node.LatE6, LonE6: node.LonE6}, mesh.Place{LatE6: other.LatE6, LonE6: other.LonE6})
	}
	if x.Doubt = doubtOf(node, board); x.Doubt == health.Believed {
		x.Doubt, x.Other = doubtOf(other, board), true
	}
	if x.Doubt == health.Believed {
		x.Other = false
	}
	return x
}

// doubtOf is what is doubted of a node's position: by the latest survey, else
// by what the node itself sent.
func doubtOf(n mesh.Node, board *survey.Board) health.Doubt {
	if board != nil {
		if doubt, judged := board.Places[n.Key]; judged {
			return doubt
		}
	}
	return health.JudgePlace(survey.PlacesOf(n), health.Around{})
}

// join adds a link. What a relay that is an observer too received and what it
// sent on are the same packets: the greater count is the one of the direction.
func (h *Heard) join(l index.Link) {
	if h.First == 0 {
		h.First, h.Last = l.First, l.Last
	}
	h.First, h.Last = min(h.First, l.First), max(h.Last, l.Last)
	if l.Count > h.Count {
		h.Count, h.Widths = l.Count, l.Widths
	}
	if l.SNR.Count > 0 || l.RSSI.Count > 0 {
		h.SNR, h.RSSI = l.SNR, l.RSSI
	}
}

// Sharing lists the other relays that have a node's hop of a width, by key.
func (n Nodes) Sharing(key meshcore.PublicKey, width int) []mesh.Node {
	return slices.DeleteFunc(n.Fitting(key.Hop(width)), func(other mesh.Node) bool { return other.Key == key })
}

// Others lists the nodes that are behind no hop and whose keys begin with these
// hex digits, two at least, by key.
func (n Nodes) Others(digits string) (list []mesh.Node) {
	digits = strings.ToLower(digits)
	relays := map[meshcore.PublicKey]bool{}
	if hop, err := meshcore.ParseHop(digits[:2]); err == nil {
		for _, x := range n.Index.Fitting(hop) {
			relays[x.Key] = true
		}
	}
	for _, x := range n.Store.Nodes() {
		if x.FirstAdvert != 0 && !relays[x.Key] && KeyBegins(x.Key, digits) {
			list = append(list, x)
		}
	}
	slices.SortFunc(list, func(a, b mesh.Node) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	return list
}

// Fitting lists the relays that may be behind a hop, by key.
func (n Nodes) Fitting(hop meshcore.Hop) (list []mesh.Node) {
	list = n.Index.Fitting(hop)
	slices.SortFunc(list, func(a, b mesh.Node) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	return list
}
