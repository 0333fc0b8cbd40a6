package survey

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"hilltop/appliance/internal/graph"
	"hilltop/appliance/internal/index"
	"hilltop/firmware-bridge/meshcore"
)

// Worth is what one relay is to the mesh, each axis on its own: there is no
// total. All of it but what is called believed or likely is certain: hops that
// only this relay fits, and links of which both ends are known.
type Worth struct {
	Key meshcore.PublicKey

	Carried      int64   // floods of the day that it sent on
	Believed     int64   // other packets of the day that it is believed to have sent on; in no share
	CarriedShare float64 // of all floods of the day that anyone sent on
	Airtime      time.Duration
	AirShare     float64 // of the time of the day's hours

	// Of the floods that it certainly sent on:
	Unscoped     int64
	UnknownScope int64    // of a scope whose name is not known
	Scopes       []string // that are known, ascending

	// BelievedAirtime is of sendings under hops that other relays fit too.
	BelievedAirtime time.Duration

	Axes
	// Likely are the same with the links that are only believed, of the same seven
	// days. It is nil if there are none.
	Likely *Axes
}

// Axes are what a relay is to the graph of the relays.
type Axes struct {
	Neighbours int     // relays that it hears or that hear it
	Bridge     float64 // graph.Bridge
	Coverage   float64 // graph.Coverage
	CutShare   float64 // graph.Cut
	CutOff     []meshcore.PublicKey
}

// leastSeen is how many packets must have gone over a link, in either
// direction, for it to be part of the graph: one may be a chance of the air.
const leastSeen = 3

// web is the graph of the relays.
type web struct {
	relays []meshcore.PublicKey
	number map[meshcore.PublicKey]int
	graph  *graph.Graph
	near   map[meshcore.PublicKey][]meshcore.PublicKey // all certain neighbours of a node, relays or not
}

// weave makes the graph from certain links between relays.
func weave(nodes []index.NodeStats, links []index.Link, nodeOf func(observer uint32) (meshcore.PublicKey, bool)) web {
	w := web{number: map[meshcore.PublicKey]int{}, near: map[meshcore.PublicKey][]meshcore.PublicKey{}}
	for _, n := range nodes {
		if n.CanRelay {
			w.relays = append(w.relays, n.Node.Key)
		}
	}
	slices.SortFunc(w.relays, func(a, b meshcore.PublicKey) int { return bytes.Compare(a[:], b[:]) })
	for i, k := range w.relays {
		w.number[k] = i
	}
	counts := map[[2]meshcore.PublicKey]int64{}
	for _, l := range links {
		to := l.To
		if to == (meshcore.PublicKey{}) {
			var ok bool
			if to, ok = nodeOf(l.Observer); !ok {
				continue
			}
		}
		if to == l.From {
			continue
		}
		pair := [2]meshcore.PublicKey{l.From, to}
		if bytes.Compare(pair[0][:], pair[1][:]) > 0 {
			pair[0], pair[1] = pair[1], pair[0]
		}
		counts[pair] += l.Count
	}
	var edges []graph.Edge
	for pair, n := range counts {
		if n < leastSeen {
			continue
		}
		w.near[pair[0]], w.near[pair[1]] = append(w.near[pair[0]], pair[1]), append(w.near[pair[1]], pair[0])
		a, isA := w.number[pair[0]]
		if b, isB := w.number[pair[1]]; isA && isB {
			edges = append(edges, graph.Edge{A: a, B: b, Weight: float64(n)})
		}
	}
	for _, list := range w.near {
		slices.SortFunc(list, func(a, b meshcore.PublicKey) int { return bytes.Compare(a[:], b[:]) })
	}
	w.graph = graph.New(len(w.relays), edges)
	return w
}

// worths measures every relay, the one that carried most first.
func worths(b *Board, w web, names index.Naming, span time.Duration) []Worth {
	d, carried := b.Day, Sum(b.Last(span)).Relayed
	axes := w.axes()
	list := make([]Worth, len(w.relays))
	for i, key := range w.relays {
		r := Worth{Key: key, Axes: axes[i]}
		for width := 1; width <= 3; width++ {
			hop := key.Hop(width)
			if only, ok := names.One(hop); ok && only == key && d.Relays[hop] != nil {
				r.Carried += d.Relays[hop].Transmissions
				r.Airtime += d.Relays[hop].Airtime
				r.carry(d.Carried[hop])
			}
		}
		if carried > 0 {
			r.CarriedShare = float64(r.Carried) / float64(carried)
		}
		if span > 0 {
			r.AirShare = float64(r.Airtime) / float64(span)
		}
		list[i] = r
	}
	slices.SortStableFunc(list, func(a, b Worth) int { return cmp.Compare(b.Carried, a.Carried) })
	return list
}

// carry adds floods by scope.
func (r *Worth) carry(c *Carried) {
	if c == nil {
		return
	}
	r.Unscoped += c.Unscoped
	r.UnknownScope += c.Unknown
	for name := range c.Named {
		if !slices.Contains(r.Scopes, name) {
			r.Scopes = append(r.Scopes, name)
		}
	}
	slices.Sort(r.Scopes)
}

// axes measures every relay of the graph.
func (w web) axes() []Axes {
	bridge, coverage, cuts := w.graph.Bridge(), w.graph.Coverage(), w.graph.Cuts()
	list := make([]Axes, len(w.relays))
	for i := range list {
		a := Axes{Neighbours: w.graph.Degree(i), Bridge: bridge[i], Coverage: coverage[i], CutShare: cuts[i].Share}
		for _, piece := range cuts[i].Off {
			for _, v := range piece {
				a.CutOff = append(a.CutOff, w.relays[v])
			}
		}
		list[i] = a
	}
	return list
}

// likely adds to every relay what it is on a graph with the links that are only
// believed, and the time of its sendings that are.
func (b *Board) likely(w web, air map[meshcore.PublicKey]time.Duration) {
	axes := w.axes()
	for i := range b.Worths {
		r := &b.Worths[i]
		r.Likely, r.BelievedAirtime = &axes[w.number[r.Key]], air[r.Key]
	}
}
