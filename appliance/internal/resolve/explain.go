package resolve

import (
	"math"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Place is a hop to explain: a tree node as its own branch sees it. One of
// Report and Child says which branch; where there is neither, the tree node as
// a whole.
type Place struct {
	Node   int32 // the tree node, from 1
	Report int32 // place in Flood.Reports of the copy that was heard; -1 none
	Child  int32 // the tree node that repeated it; 0 none
}

// Candidate is one who may have sent what a hop stands for.
type Candidate struct {
	Relay   Relay              // 0: a relay that nobody knows
	Key     meshcore.PublicKey // valid iff Known
	Known   bool               // by an advert
	Phantom bool               // known by longer hops alone; Bytes of Key are what is known
	Bytes   int
	P       float64 // calibrated; those of all candidates sum to 1
	Reasons []Reason
}

// ReasonKind is a kind of evidence.
type ReasonKind uint8

// The kinds of evidence.
const (
	ReasonRepeats   ReasonKind = iota // how well it fits behind the one it repeated
	ReasonRepeated                    // how well the next relay fits behind it
	ReasonHeard                       // how often this observer hears it, and how loud
	ReasonElsewhere                   // it is likely elsewhere in the tree, and a relay repeats a packet once
	ReasonOnly                        // no other relay that is known has this prefix
	ReasonSilent                      // nothing certain was heard of it around then, for longer than is usual for it
)

// String is the kind in a word.
func (k ReasonKind) String() string {
	if names := [...]string{"repeats", "repeated", "heard", "elsewhere", "only", "silent"}; int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// Reason is one piece of evidence for or against a candidate.
type Reason struct {
	Kind ReasonKind
	// Odds is how much the evidence favours the candidate against the best of
	// the others: above 1 for it, below 1 against it. 1 where there is no other.
	Odds float64
	// Other is whom the evidence is about: the relay before or behind, as it is
	// most likely named; 0 if nobody is known. Observer is its number instead
	// for ReasonHeard, Report the place of the report.
	Other    Relay
	Node     int32 // the tree node of Other
	Observer uint32
	Report   int32
	// Seen is how often the model saw the two together, Certain how much of that
	// is beyond doubt (long hashes, zero-hop adverts), Of how many transmissions
	// of the sender it saw. They fade with a half-life of two days.
	Seen, Certain, Of float64
	Km                float64 // between the two; NaN if a position is missing
	SNR, UsualSNR     float64 // dB, of this report and of the pair's; NaN if unknown
}

// Explain tells who may have sent what a hop stands for, the best first, and
// why. It decides anew with the model as it is now: where that differs from a
// stored name, the page must say when each was decided. It is nil for a place
// that is none.
func (w *Work) Explain(m *Model, f *Flood, at Place) []Candidate {
	if !at.within(f) || !w.resolve(m, f) {
		return nil
	}
	n := &w.nodes[at.Node]
	belief := make([]float64, len(n.cand))
	switch {
	case at.Report >= 0:
		w.viaReport(at.Report, belief)
	case at.Child > 0:
		w.viaChild(at.Child, belief)
	default:
		copy(belief, n.belief)
		for q, p := range n.pairs {
			for _, j := range p {
				belief[j] += n.belief[len(n.cand)+q] / 2
			}
		}
	}
	list := w.candidatesOf(n, belief)
	for i := range list {
		list[i].Reasons = w.reasons(at, n, slices.Index(n.cand, list[i].entity))
	}
	out := make([]Candidate, len(list))
	for i := range list {
		out[i] = list[i].Candidate
	}
	return out
}

// within tells whether a flood has the place.
func (at Place) within(f *Flood) bool {
	if at.Node < 1 || int(at.Node) > len(f.Nodes) {
		return false
	}
	if at.Report >= 0 {
		return int(at.Report) < len(f.Reports) && f.Reports[at.Report].Node == at.Node
	}
	return at.Child == 0 || at.Child > 0 && int(at.Child) <= len(f.Nodes) && f.Nodes[at.Child-1].Parent == at.Node
}

type ranked struct {
	Candidate
	entity int32
}

// candidatesOf ranks a node's candidates. The best one's probability is
// calibrated; the others share the rest.
func (w *Work) candidatesOf(n *node, belief []float64) []ranked {
	var list []ranked
	for j, c := range n.cand {
		r := ranked{Candidate: Candidate{P: belief[j]}, entity: c}
		if c >= firstReal {
			e := &w.m.ents[c]
			r.Relay, r.Key, r.Bytes, r.Known, r.Phantom = Relay(c), e.key, int(e.bytes), e.named, e.phantom()
		}
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b ranked) int {
		switch {
		case a.P > b.P:
			return -1
		case a.P < b.P:
			return 1
		}
		return 0
	})
	best, rest := list[0].P, 0.0
	for _, r := range list[1:] {
		rest += r.P
	}
	if list[0].Known {
		best = w.m.cal.apply(best)
	}
	list[0].P = best
	for i := range list[1:] {
		if rest > 0 {
			list[i+1].P *= (1 - best) / rest
		}
	}
	return list
}

// odds compares one value with the best of the others.
func odds(v []float64, j int) float64 {
	other := 0.0
	for i, x := range v {
		if i != j {
			other = max(other, x)
		}
	}
	if other <= 0 {
		return 1
	}
	return v[j] / other
}

// reasons lists the evidence about candidate j of a node.
func (w *Work) reasons(at Place, n *node, j int) []Reason {
	var l []Reason
	if len(n.cand) == 2 && n.cand[j] >= firstReal {
		l = append(l, reason(ReasonOnly, odds(n.belief[:2], j)))
	}
	l = append(l, w.reasonAbove(at.Node, j))
	for c := n.first; c > 0; c = w.nodes[c].next {
		l = append(l, w.reasonBelow(c, j))
	}
	for r := n.reports; r >= 0; r = w.next[r] {
		if f := w.hears[r].factor; f != nil {
			l = append(l, w.reasonHeard(r, n, j))
		}
	}
	if e := n.excl[j]; e < 0.9 {
		l = append(l, reason(ReasonElsewhere, odds(n.excl[:len(n.cand)], j)))
	}
	if c := n.cand[j]; c >= firstReal {
		if alive := w.alive(c); alive < 0.9 {
			l = append(l, reason(ReasonSilent, alive))
		}
	}
	return l
}

// reason is evidence that is about no other.
func reason(kind ReasonKind, odds float64) Reason {
	return Reason{Kind: kind, Odds: odds, Report: -1, Km: math.NaN(), SNR: math.NaN(), UsualSNR: math.NaN()}
}

// reasonAbove is how well a candidate fits behind the one it repeated.
func (w *Work) reasonAbove(t int32, j int) Reason {
	n := &w.nodes[t]
	p := &w.nodes[n.parent]
	r := reason(ReasonRepeats, odds(n.down[:len(n.cand)], j))
	r.Node = n.parent
	i := likeliest(p)
	w.between(&r, p.cand[i], n.cand[j])
	if c := p.cand[i]; c >= firstReal {
		r.Other = Relay(c)
	}
	return r
}

// reasonBelow is how well the relay of a child fits behind a candidate.
func (w *Work) reasonBelow(child int32, j int) Reason {
	c := &w.nodes[child]
	n := &w.nodes[c.parent]
	r := reason(ReasonRepeated, odds(c.message[:len(n.cand)], j))
	r.Node = child
	i := likeliest(c)
	w.between(&r, n.cand[j], c.cand[i])
	if e := c.cand[i]; e >= firstReal {
		r.Other = Relay(e)
	}
	return r
}

func likeliest(n *node) int {
	best := 0
	for j := range n.cand {
		if n.occupancy(j) > n.occupancy(best) {
			best = j
		}
	}
	return best
}

// between fills in what the model knows of a sender and a repeater.
func (w *Work) between(r *Reason, a, b int32) {
	if a < firstReal || b < firstReal {
		return
	}
	if d2, ok := apart(&w.m.ents[a], &w.m.ents[b]); ok {
		r.Km = math.Sqrt(float64(d2))
	}
	r.Of = w.m.tally[a].n
	if p := w.m.link(a, b); p != nil {
		f := &p.ab
		if a > b {
			f = &p.ba
		}
		r.Seen, r.Certain = float64(f.n), float64(f.m)
	}
}

// reasonHeard is how often an observer hears a candidate, and how well.
func (w *Work) reasonHeard(report int32, n *node, j int) Reason {
	h, in := &w.hears[report], w.f.Reports[report]
	r := reason(ReasonHeard, odds(h.factor, j))
	r.Observer, r.Report = in.Observer, report
	if in.SNR4 != mesh.NoSNR {
		r.SNR = float64(in.SNR4) / 4
	}
	c := n.cand[j]
	if c < firstReal {
		return r
	}
	r.Of = w.m.tally[c].nO
	if o := w.m.listeners[h.o].entity; o >= 0 {
		r.Other = Relay(o)
		if d2, ok := apart(&w.m.ents[c], &w.m.ents[o]); ok {
			r.Km = math.Sqrt(float64(d2))
		}
	}
	if e := w.m.ears.get(c, h.o); e != nil {
		r.Seen, r.Certain = float64(e.n), float64(e.m)
		if e.snrN > 0 {
			r.UsualSNR = float64(e.snrS / e.snrN)
		}
	}
	return r
}
