package report

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// InspectQuery asks which relays a path of hops may have led over.
type InspectQuery struct {
	Hops     []meshcore.Hop // all of one width, in the direction of travel
	Observer *mesh.Observer // who received the packet; nil: not known
	From, To int64          // Unix ms, From included; links are seen in the UTC days that overlap it
	Now      int64          // Unix ms
	Limit    int
}

// Inspected is what may have been the path.
type Inspected struct {
	Paths    []InspectedPath // the likeliest first
	Fitting  []int           // of each hop, how many relays it may be
	Expanded int             // steps that were looked at
}

// InspectedPath is one way that a packet may have gone.
type InspectedPath struct {
	Steps []InspectedStep // by hop
	Score float64         // 0..1, the geometric mean of the steps
}

// InspectedStep is one relay of such a way.
type InspectedStep struct {
	Node   mesh.Node
	Edge   float64 // of the link from the relay before, 0..1; 1 of the first
	Score  float64 // 0..1
	Others []InspectedOther
}

// InspectedOther is another relay that the hop may be, after the same one.
type InspectedOther struct {
	Node  mesh.Node
	Score float64
}

// BeamWidth is how many beginnings of paths are followed.
const BeamWidth = 20

// The parts of a step's score, as the field's path inspector has them.
const (
	edgePart    = 0.35 // how much and how lately the link was used
	placePart   = 0.20
	recencyPart = 0.15
	alonePart   = 0.30 // how few relays the hop may be
	leastScore  = 0.05
	nearKM      = 50 // beyond it a step is the less likely the longer it is
	freshHours  = 24
	othersShown = 5
)

// LinkScore rises with use up to a hundred packets, and halves in a week after
// the last, as the field counts it.
func LinkScore(count, last, now int64) float64 {
	const week = 7 * dayMs
	return min(1, float64(count)/100) * math.Exp2(-float64(max(0, now-last))/week)
}

// Inspect finds the likeliest ways over relays that the hops fit, by the links of the
// span that are certain, and by those that are likely up to the latest survey. No way
// leads over a relay twice.
func (n Nodes) Inspect(q InspectQuery) Inspected {
	out := Inspected{}
	fitting := make([][]mesh.Node, len(q.Hops))
	for i, hop := range q.Hops {
		fitting[i] = n.Fitting(hop)
		out.Fitting = append(out.Fitting, len(fitting[i]))
	}
	if slices.ContainsFunc(fitting, func(list []mesh.Node) bool { return len(list) == 0 }) {
		return out
	}
	w := newWays(n, q, fitting)
	beams := []*way{nil}
	for i := range fitting {
		var next []*way
		for _, before := range beams {
			for _, node := range fitting[i] {
				if before.leadsOver(node.Key) {
					continue
				}
				out.Expanded++
				next = append(next, w.step(before, node, len(fitting[i]), i == len(fitting)-1))
			}
		}
		slices.SortFunc(next, compareWays)
		beams = next[:min(BeamWidth, len(next))]
	}
	for _, end := range beams[:min(q.Limit, len(beams))] {
		out.Paths = append(out.Paths, w.path(end, fitting))
	}
	return out
}

// way is the beginning of a path, from its last step back; nil is none.
type way struct {
	before      *way
	node        mesh.Node
	edge, score float64 // of this step
	sum         float64 // of the logarithms of all steps
	factors     int
}

func (w *way) leadsOver(key meshcore.PublicKey) bool {
	for ; w != nil; w = w.before {
		if w.node.Key == key {
			return true
		}
	}
	return false
}

// compareWays puts the likeliest first, of as likely ones by their relays.
func compareWays(a, b *way) int {
	if c := cmp.Compare(b.sum, a.sum); c != 0 {
		return c
	}
	for ; a != nil && b != nil; a, b = a.before, b.before {
		if c := bytes.Compare(a.node.Key[:], b.node.Key[:]); c != 0 {
			return c
		}
	}
	return 0
}

// ways knows the links between the relays that hops may be.
type ways struct {
	n    Nodes
	q    InspectQuery
	used map[[2]meshcore.PublicKey]use // by ends in order
	last map[meshcore.PublicKey]use    // what the observer received of a relay
	to   mesh.Node                     // the observer's node, if it is one
}

// use is how much went over a link, either way, and when last, Unix ms.
type use struct{ count, last int64 }

func (u use) join(o use) use { return use{u.count + o.count, max(u.last, o.last)} }

func ends(a, b meshcore.PublicKey) [2]meshcore.PublicKey {
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	return [2]meshcore.PublicKey{a, b}
}

func newWays(n Nodes, q InspectQuery, fitting [][]mesh.Node) *ways {
	w := &ways{n: n, q: q, used: map[[2]meshcore.PublicKey]use{}, last: map[meshcore.PublicKey]use{}}
	observers := map[meshcore.PublicKey]uint32{}
	for _, o := range n.Store.Observers() {
		if key := observerKey(o); key != (meshcore.PublicKey{}) {
			observers[key] = o.Num
		}
	}
	var pairs []index.LinkPair
	known, likely := map[[2]meshcore.PublicKey]bool{}, map[meshcore.PublicKey]bool{}
	for i, list := range fitting {
		for _, a := range list {
			likely[a.Key] = true
			if i == 0 {
				continue
			}
			for _, b := range fitting[i-1] {
				if pair := ends(a.Key, b.Key); a.Key != b.Key && !known[pair] {
					known[pair] = true
					pairs = append(pairs, index.LinkPair{From: a.Key, To: index.LinkEnd{Key: b.Key, Observer: observers[b.Key]}},
						index.LinkPair{From: b.Key, To: index.LinkEnd{Key: a.Key, Observer: observers[a.Key]}})
				}
			}
		}
	}
	between := len(pairs)
	if q.Observer != nil {
		to := index.LinkEnd{Key: observerKey(*q.Observer), Observer: q.Observer.Num}
		w.to, _ = n.Store.Node(to.Key)
		for _, a := range fitting[len(fitting)-1] {
			pairs = append(pairs, index.LinkPair{From: a.Key, To: to})
		}
	}
	sentOn, received := n.Links.Between(n.Index.Naming(), pairs, q.From, q.To)
	for i, p := range pairs {
		var h Heard
		h.join(sentOn[i])
		h.join(received[i])
		if i < between {
			w.used[ends(p.From, p.To.Key)] = w.used[ends(p.From, p.To.Key)].join(use{h.Count, h.Last})
		} else {
			w.last[p.From] = use{h.Count, h.Last}
		}
	}
	if n.Board != nil {
		for _, l := range n.Board.BelievedAmong(likely, q.From, q.To) {
			if pair := ends(l.From, l.To); known[pair] {
				w.used[pair] = w.used[pair].join(use{l.Count, l.Last})
			}
		}
	}
	return w
}

// step goes on over a node, which is one of so many that the hop may be.
func (w *ways) step(before *way, node mesh.Node, fitting int, last bool) *way {
	x := &way{before: before, node: node, edge: 1, factors: 1}
	if before == nil {
		x.score = stepScore(1, 1, 1, fitting)
	} else {
		x.edge, x.score = w.score(before, node, fitting)
		x.sum, x.factors = before.sum, before.factors+1
	}
	x.sum += math.Log(x.score)
	if last && w.q.Observer != nil {
		u := w.last[node.Key]
		x.sum += math.Log(stepScore(LinkScore(u.count, u.last, w.q.Now), nearness(node, w.to), w.recency(u), 1))
		x.factors++
	}
	return x
}

// score is the score of the link to a node, and of the step over it.
func (w *ways) score(before *way, node mesh.Node, fitting int) (edge, score float64) {
	u := w.used[ends(before.node.Key, node.Key)]
	edge = LinkScore(u.count, u.last, w.q.Now)
	return edge, stepScore(edge, nearness(before.node, node), w.recency(u), fitting)
}

func stepScore(edge, near, recency float64, fitting int) float64 {
	return max(leastScore, edgePart*edge+placePart*near+recencyPart*recency+alonePart/float64(fitting))
}

// nearness is 1 up to 50 km and where a place is not known.
func nearness(a, b mesh.Node) float64 {
	if !a.HasPosition || !b.HasPosition {
		return 1
	}
	km := health.DistanceKM(mesh.Place{LatE6: a.LatE6, LonE6: a.LonE6}, mesh.Place{LatE6: b.LatE6, LonE6: b.LonE6})
	if km <= nearKM {
		return 1
	}
	return max(0.1, nearKM/km)
}

// recency is 1 for a link that was used within a day, 0 for none.
func (w *ways) recency(u use) float64 {
	hours := float64(w.q.Now-u.last) / hourMs
	switch {
	case u.count == 0:
		return 0
	case hours <= freshHours:
		return 1
	}
	return max(0.1, freshHours/hours)
}

// path lists the steps of a way, with who else each hop may be after the same
// relay.
func (w *ways) path(end *way, fitting [][]mesh.Node) InspectedPath {
	out := InspectedPath{Steps: make([]InspectedStep, len(fitting)), Score: math.Exp(end.sum / float64(end.factors))}
	for i, x := len(fitting)-1, end; i >= 0; i, x = i-1, x.before {
		s := InspectedStep{Node: x.node, Edge: x.edge, Score: x.score}
		for _, other := range fitting[i] {
			if other.Key != x.node.Key && !x.before.leadsOver(other.Key) {
				s.Others = append(s.Others, InspectedOther{other, w.step(x.before, other, len(fitting[i]), false).score})
			}
		}
		slices.SortStableFunc(s.Others, func(a, b InspectedOther) int { return cmp.Compare(b.Score, a.Score) })
		s.Others = s.Others[:min(othersShown, len(s.Others))]
		out.Steps[i] = s
	}
	return out
}
