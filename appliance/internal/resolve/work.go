package resolve

import (
	"hilltop/appliance/internal/mesh"
)

// Work is the scratch memory of one resolver: it holds the beliefs about one
// flood, until the next. It is not safe for concurrent use.
type Work struct {
	m     *Model
	f     *Flood
	nodes []node
	hears []hearing // by report
	next  []int32   // next report at the same node, -1
	marks []uint32  // by observer: when it was last met at a node
	mark  uint32

	floats   arena[float64]
	ints     arena[int32]
	excluded []float64 // by entity
	silences []silence // by entity; stands iff what it was computed from does
	held     rows
	below    []int32 // by tree node: copies through it
	short    shortened
}

// node is a tree node under inference. A state is a candidate, or a pair of
// candidates that both repeated the same transmission.
type node struct {
	parent      int32
	first, next int32 // first child; next child of the same parent; 0 none
	reports     int32 // first report, -1
	kids, heard int   // children, reports
	cand        []int32
	pairs       [][2]int16
	local       []float64 // by state: what its reports say
	excl        []float64 // by state: its relays are not elsewhere in the tree
	up, down    []float64 // by state: what lies below says; what lies above says
	belief      []float64 // by state
	message     []float64 // by the parent's state: what this branch says
	gone        []float64 // by candidate: log of the chance that it is not here; 0 next to certainly
	rates       []float64 // by the parent's candidate and the candidate
	steps       []float64 // by the parent's state and the state
}

// hearing is a report under inference.
type hearing struct {
	o      int32     // place in Model.listeners
	twin   int32     // the earlier report of the same observer at the same node, or -1
	factor []float64 // by candidate: how well it explains the report
}

// tiny keeps products of likelihoods away from zero.
const tiny = 1e-12

// maxCells bounds the work on one flood: the pairs of candidates along all
// edges of its tree. The largest floods of dense meshes have some 20,000.
const maxCells = 1 << 20

// resolve computes the beliefs about all nodes of a flood's tree. It is false
// for a flood that is no tree, or more work than any mesh makes.
func (w *Work) resolve(m *Model, f *Flood) bool {
	if !f.usable() {
		return false
	}
	w.m, w.f = m, f
	w.floats.reset()
	w.ints.reset()
	w.plant()
	cells := 0
	for t := range w.nodes {
		w.candidates(t)
		if t > 0 {
			cells += len(w.nodes[t].cand) * len(w.nodes[w.nodes[t].parent].cand)
		}
		if cells > maxCells {
			return false
		}
	}
	for t := range w.nodes {
		w.listen(t)
		if t > 0 {
			w.connect(t)
		}
	}
	w.propagate()
	w.split()
	w.exclude()
	return true
}

// plant links the tree's nodes and reports.
func (w *Work) plant() {
	n := len(w.f.Nodes) + 1
	if cap(w.nodes) < n {
		w.nodes = make([]node, n+n/2)
	}
	w.nodes = w.nodes[:n]
	for t := range w.nodes {
		nd := &w.nodes[t]
		nd.parent, nd.first, nd.next, nd.reports, nd.kids, nd.heard = 0, 0, 0, -1, 0, 0
		nd.pairs = nd.pairs[:0]
	}
	for t := n - 1; t > 0; t-- { // children in order of their numbers
		nd := &w.nodes[t]
		nd.parent = w.f.Nodes[t-1].Parent
		p := &w.nodes[nd.parent]
		nd.next, p.first = p.first, int32(t)
		p.kids++
	}
	w.hears, w.next = grow(w.hears, len(w.f.Reports)), grow(w.next, len(w.f.Reports))
	for i := len(w.f.Reports) - 1; i >= 0; i-- {
		r := &w.f.Reports[i]
		nd := &w.nodes[r.Node]
		w.next[i], nd.reports = nd.reports, int32(i)
		nd.heard++
		w.hears[i] = hearing{o: w.m.place(r.Observer), twin: -1}
	}
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}

// place is the observer's place among the listeners, -1 if nobody told of it.
func (m *Model) place(num uint32) int32 {
	if int(num) >= len(m.observers) {
		return -1
	}
	return m.observers[num]
}

// candidates fills in who may have sent what a tree node stands for.
func (w *Work) candidates(t int) {
	n, m := &w.nodes[t], w.m
	if t == 0 {
		n.cand = w.originators()
		return
	}
	h := w.f.Nodes[t-1].Hop[:w.f.Width]
	n.cand = m.appendCandidates(w.ints.get(len(m.relays[h[0]]) + 1)[:0], h)
	if w.f.Origin.HasKey { // nobody repeats his own packet
		if id, ok := m.byKey[w.f.Origin.Key]; ok {
			for i, c := range n.cand {
				if c == id {
					n.cand = append(n.cand[:i], n.cand[i+1:]...)
					break
				}
			}
		}
	}
	n.cand = append(n.cand, nobody)
}

func (w *Work) originators() []int32 {
	m, o := w.m, &w.f.Origin
	switch {
	case o.HasKey:
		if id, ok := m.byKey[o.Key]; ok {
			return append(w.ints.get(1)[:0], id)
		}
	case o.Sender != "":
		if l := m.byName[o.Sender]; len(l) > 0 {
			return append(append(w.ints.get(len(l) + 1)[:0], l...), anyOrigin)
		}
	case o.HasByte:
		l := m.nodes[o.Byte]
		return append(append(w.ints.get(len(l) + 1)[:0], l...), anyOrigin)
	}
	return append(w.ints.get(1)[:0], anyOrigin)
}

// listen weighs a node's candidates by the reports of its transmission.
func (w *Work) listen(t int) {
	n, m := &w.nodes[t], w.m
	k := len(n.cand)
	n.local, n.excl = w.floats.get(k), w.floats.get(k)
	n.up, n.down, n.belief, n.gone = w.floats.get(k), w.floats.get(k), w.floats.get(k), w.floats.get(k)
	for j, c := range n.cand {
		n.excl[j], n.local[j] = 1, 1
		switch {
		case t == 0 && k > 1:
			n.local[j] = w.prior(c)
		case t > 0 && k > 2 && c >= firstReal:
			n.local[j] = w.alive(c)
		}
	}
	w.mark++
	for r := n.reports; r >= 0; r = w.next[r] {
		h := &w.hears[r]
		if h.o < 0 {
			continue
		}
		if w.twin(r) {
			continue
		}
		h.factor = w.floats.get(k)
		snr4 := w.f.Reports[r].SNR4
		snr, has := float64(snr4)/4, snr4 != mesh.NoSNR
		surprise := 1.0
		if has {
			surprise = m.surprise(snr)
		}
		self := m.listeners[h.o].entity
		for j, c := range n.cand {
			v := 1e-9 // nobody hears himself
			switch {
			case c == nobody:
				v = m.reportRate(anyRelay, h.o, nil) * surprise
			case c < firstReal:
				v = m.reportRate(c, h.o, nil) * surprise
			case c != self:
				e := m.ears.get(c, h.o)
				v = m.reportRate(c, h.o, e)
				if has {
					v *= m.likeness(e, snr, surprise)
				}
			}
			v = max(v, tiny)
			h.factor[j] = v
			n.local[j] *= v
		}
		normalise(n.local)
	}
}

// twin tells whether the same observer reported the same node before, and
// notes which report that was.
func (w *Work) twin(r int32) bool {
	o := w.hears[r].o
	if int(o) >= len(w.marks) {
		w.marks = append(w.marks, make([]uint32, int(o)+1-len(w.marks))...)
	}
	if w.marks[o] != w.mark {
		w.marks[o] = w.mark
		return false
	}
	for q := w.nodes[w.f.Reports[r].Node].reports; q != r; q = w.next[q] {
		if w.hears[q].o == o {
			w.hears[r].twin = q
			break
		}
	}
	return true
}

// prior is the weight of an originator before anything was heard.
func (w *Work) prior(c int32) float64 {
	switch {
	case c != anyOrigin:
		return 0.3 + w.m.tally[c].started
	case w.f.Origin.Sender != "":
		return 0.1
	}
	return 1
}

// connect fills in the rates between a node's candidates and its parent's.
func (w *Work) connect(t int) {
	n, m := &w.nodes[t], w.m
	p := &w.nodes[n.parent]
	k := len(n.cand)
	n.rates = w.floats.get(len(p.cand) * k)
	n.steps = n.rates
	n.message = w.floats.get(len(p.cand))
	unknown := m.unknownRate(w.f.Width)
	first := w.f.Nodes[t-1].Hop[0]
	for i, a := range p.cand {
		if a == nobody {
			a = anyRelay
		}
		row := n.rates[i*k : i*k+k]
		if w.held.m == m && w.f.Width == 1 && w.fromHeld(a, first, n.cand[:k-1], row) {
			row[k-1] = min(unknown, row[k-1])
			continue
		}
		limit := m.ownLimit(a, first)
		for j, b := range n.cand[:k-1] {
			row[j] = m.rate(a, b, limit)
		}
		row[k-1] = min(unknown, limit) // of nobody
	}
}
