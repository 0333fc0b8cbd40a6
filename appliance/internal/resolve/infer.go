package resolve

import (
	"cmp"
	"math"
	"slices"
)

// split gives states of two relays to the nodes whose copies disagree: two
// relays with the same prefix repeated what the same relay sent.
func (w *Work) split() {
	const disagree = 8
	any := false
	for t := len(w.nodes) - 1; t > 0; t-- {
		n := &w.nodes[t]
		if n.heard+n.kids < 2 || len(n.cand) < 3 {
			continue
		}
		k := len(n.cand) - 1 // without nobody
		better := w.floats.get(k * k)
		vote := func(v []float64) {
			for i := range k {
				for j := range k {
					if v[i] > v[j]*disagree {
						better[i*k+j] = 1
					}
				}
			}
		}
		for r := n.reports; r >= 0; r = w.next[r] {
			if f := w.hears[r].factor; f != nil {
				vote(f)
			}
		}
		for c := n.first; c > 0; c = w.nodes[c].next {
			vote(w.nodes[c].message)
		}
		for i := range k {
			for j := range i {
				if better[i*k+j] > 0 && better[j*k+i] > 0 {
					n.pairs = append(n.pairs, [2]int16{int16(i), int16(j)})
				}
			}
		}
		if len(n.pairs) > 0 {
			any = true
			n.likeliestPairs()
			w.double(n)
		}
	}
	if !any {
		return
	}
	for t := 1; t < len(w.nodes); t++ {
		w.widen(t)
	}
	w.propagate()
}

// maxPairs is how many pairs of one node are considered. More than a few occur
// only where a byte is extremely crowded.
const maxPairs = 16

// likeliestPairs keeps the pairs whose members are the likeliest.
func (n *node) likeliestPairs() {
	if len(n.pairs) <= maxPairs {
		return
	}
	weight := func(p [2]int16) float64 { return n.belief[p[0]] + n.belief[p[1]] }
	slices.SortStableFunc(n.pairs, func(p, q [2]int16) int { return cmp.Compare(weight(q), weight(p)) })
	n.pairs = n.pairs[:maxPairs]
}

// double gives a node's pairs their weights.
func (w *Work) double(n *node) {
	k := len(n.cand)
	s := k + len(n.pairs)
	n.local, n.excl = w.floats.get(s), w.floats.get(s)
	n.up, n.down, n.belief = w.floats.get(s), w.floats.get(s), w.floats.get(s)
	for j := range s {
		n.local[j], n.excl[j] = 1, 1
	}
	for j, c := range n.cand[:k-1] {
		n.local[j] = w.alive(c)
	}
	for q, p := range n.pairs {
		n.local[k+q] = n.local[p[0]] * n.local[p[1]]
	}
	for r := n.reports; r >= 0; r = w.next[r] {
		f := w.hears[r].factor
		if f == nil {
			continue
		}
		for j := range k {
			n.local[j] *= f[j]
		}
		for q, p := range n.pairs {
			n.local[k+q] *= f[p[0]] + f[p[1]]
		}
		normalise(n.local)
	}
}

// widen extends the steps of a node to the pairs of its parent and its own.
func (w *Work) widen(t int) {
	n := &w.nodes[t]
	p := &w.nodes[n.parent]
	if len(n.pairs) == 0 && len(p.pairs) == 0 {
		return
	}
	k, s := len(n.cand), len(n.local)
	pk, ps := len(p.cand), len(p.local)
	n.steps = w.floats.get(ps * s)
	n.message = w.floats.get(ps)
	for i := range ps {
		row := n.steps[i*s : i*s+s]
		if i < pk {
			copy(row, n.rates[i*k:i*k+k])
		} else {
			q := p.pairs[i-pk]
			for j := range k {
				row[j] = n.rates[int(q[0])*k+j] + n.rates[int(q[1])*k+j]
			}
		}
		for z, q := range n.pairs {
			row[k+z] = row[q[0]] * row[q[1]]
		}
	}
}

func normalise(v []float64) {
	top := 0.0
	for _, x := range v {
		top = max(top, x)
	}
	if top > 0 {
		f := 1 / top
		for i := range v {
			v[i] *= f
		}
	}
}

// occupancy is the belief that candidate j is among a node's relays.
func (n *node) occupancy(j int) float64 {
	s := n.belief[j]
	for q, p := range n.pairs {
		if int(p[0]) == j || int(p[1]) == j {
			s += n.belief[len(n.cand)+q]
		}
	}
	return s
}

// exclude lowers the chance of a candidate that is likely elsewhere in the
// tree: a relay repeats a packet once.
func (w *Work) exclude() {
	const rounds = 3
	for len(w.excluded) < len(w.m.ents) {
		w.excluded = append(w.excluded, make([]float64, len(w.m.ents)+256-len(w.excluded))...)
	}
	for range rounds {
		if !w.excludeOnce() {
			return
		}
		w.propagate()
	}
}

// sureElsewhere bounds how much one other place in the tree counts.
const sureElsewhere = 0.995

func (w *Work) excludeOnce() (changed bool) {
	for t := range w.nodes {
		n := &w.nodes[t]
		for j, c := range n.cand {
			if c >= firstReal {
				n.gone[j] = 0
				if occ := n.occupancy(j); occ > 1e-4 {
					n.gone[j] = math.Log(1 - min(occ, sureElsewhere))
					w.excluded[c] += n.gone[j]
				}
			}
		}
	}
	for t := range w.nodes {
		n := &w.nodes[t]
		for j, c := range n.cand {
			v := 1.0
			if c >= firstReal && w.excluded[c] != n.gone[j] { // else it is nowhere else
				v = math.Exp(min(0, max(-30, w.excluded[c]-n.gone[j])))
			}
			changed = changed || math.Abs(v-n.excl[j]) > 1e-3
			n.excl[j] = v
		}
		for q, p := range n.pairs {
			n.excl[len(n.cand)+q] = n.excl[p[0]] * n.excl[p[1]]
		}
	}
	for t := range w.nodes {
		for _, c := range w.nodes[t].cand {
			if c >= firstReal {
				w.excluded[c] = 0
			}
		}
	}
	return changed
}

// propagate computes the beliefs: messages up the tree, then down. On a tree
// this is exact.
func (w *Work) propagate() {
	for t := range w.nodes {
		n := &w.nodes[t]
		for j, v := range n.local {
			n.up[j] = v * n.excl[j]
		}
	}
	for t := len(w.nodes) - 1; t > 0; t-- {
		n := &w.nodes[t]
		p := &w.nodes[n.parent]
		normalise(n.up)
		k := len(n.up)
		for i := range n.message {
			s := 0.0
			for j, step := range n.steps[i*k : i*k+k] {
				s += step * n.up[j]
			}
			n.message[i] = s
		}
		normalise(n.message)
		for i, v := range n.message {
			v = max(v, tiny)
			n.message[i] = v
			p.up[i] *= v
		}
		if p.kids > 8 {
			normalise(p.up)
		}
	}
	normalise(w.nodes[0].up)
	for t := range w.nodes {
		w.descend(t)
	}
}

// descend computes what lies above a node says, and the belief.
func (w *Work) descend(t int) {
	n := &w.nodes[t]
	if t == 0 {
		for j := range n.down {
			n.down[j] = 1
		}
	} else {
		p := &w.nodes[n.parent]
		k := len(n.up)
		clear(n.down)
		for i, v := range n.message {
			above := p.down[i] * p.up[i] / v
			for j, step := range n.steps[i*k : i*k+k] {
				n.down[j] += above * step
			}
		}
		normalise(n.down)
	}
	s := 0.0
	for j, v := range n.up {
		n.belief[j] = v * n.down[j]
		s += n.belief[j]
	}
	if s <= 0 { // everything contradicts everything
		for j := range n.belief {
			n.belief[j] = 1 / float64(len(n.belief))
		}
		return
	}
	f := 1 / s
	for j := range n.belief {
		n.belief[j] *= f
	}
}

// viaReport is the belief about whom a report heard, by candidate of its node.
func (w *Work) viaReport(r int32, out []float64) {
	n := &w.nodes[w.f.Reports[r].Node]
	if q := w.hears[r].twin; q >= 0 {
		r = q
	}
	f := w.hears[r].factor
	copy(out, n.belief[:len(n.cand)])
	for q, p := range n.pairs {
		a, b := 1.0, 1.0
		if f != nil {
			a, b = f[p[0]], f[p[1]]
		}
		v := n.belief[len(n.cand)+q]
		out[p[0]] += v * a / (a + b)
		out[p[1]] += v * b / (a + b)
	}
}

// viaChild is the belief about whom of its parent's candidates a tree node
// repeated.
func (w *Work) viaChild(t int32, out []float64) {
	n := &w.nodes[t]
	p := &w.nodes[n.parent]
	copy(out, p.belief[:len(p.cand)])
	k := len(n.up)
	for q, pr := range p.pairs {
		v := p.belief[len(p.cand)+q]
		if v < 1e-6 {
			continue
		}
		a, b := 0.0, 0.0
		for j, u := range n.up {
			a += n.steps[int(pr[0])*k+j] * u
			b += n.steps[int(pr[1])*k+j] * u
		}
		if a+b <= 0 {
			a, b = 1, 1
		}
		out[pr[0]] += v * a / (a + b)
		out[pr[1]] += v * b / (a + b)
	}
}
