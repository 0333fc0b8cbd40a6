package resolve

// Name is the answer to "who sent this?".
type Name struct {
	Relay Relay   // the best node known by its advert; 0 if none, or if none is as likely as an unknown one
	P     float32 // the calibrated probability that it is right; 0 if Relay is 0
	// Certain says that it does not rest on what the model believes: the hop has
	// two or three bytes, and no other relay that is known has them.
	Certain bool
}

// Naming is the answer for a whole flood. Its slices are reused.
type Naming struct {
	// Nodes names the relay of tree node n in Nodes[n-1].
	Nodes []Name
	// Splits are the exceptions: where two relays with the same prefix repeated
	// the same transmission, they share one tree node, and whom a copy passed
	// depends on which branch it took. One hop in a hundred has one.
	Splits []Split
}

// Split names a tree node's relay as seen from one child or one report.
type Split struct {
	Node   int32 // the tree node that is named
	Child  int32 // the child that repeated it; 0 if Report counts
	Report int32 // place in Flood.Reports; -1 if Child counts
	Name   Name
}

// Heard names whom a report heard, which is the last hop of its path; it is
// zero where that is the originator.
func (n *Naming) Heard(f *Flood, report int) Name {
	node := f.Reports[report].Node
	if node == 0 {
		return Name{}
	}
	for i := range n.Splits {
		if n.Splits[i].Report == int32(report) {
			return n.Splits[i].Name
		}
	}
	return n.Nodes[node-1]
}

// Repeated names whom a tree node repeated, which is the hop before its own in
// every path through it; it is zero where that is the originator.
func (n *Naming) Repeated(f *Flood, node int32) Name {
	parent := f.Nodes[node-1].Parent
	if parent == 0 {
		return Name{}
	}
	for i := range n.Splits {
		if n.Splits[i].Child == node {
			return n.Splits[i].Name
		}
	}
	return n.Nodes[parent-1]
}

// AppendPath appends the names of a report's hops, from the one that was heard
// back to the first.
func (n *Naming) AppendPath(dst []Name, f *Flood, report int) []Name {
	node := f.Reports[report].Node
	if node == 0 {
		return dst
	}
	dst = append(dst, n.Heard(f, report))
	for f.Nodes[node-1].Parent != 0 {
		dst = append(dst, n.Repeated(f, node))
		node = f.Nodes[node-1].Parent
	}
	return dst
}

// Resolve names the relays of a flood with what the model knows, and leaves
// the model as it is. A flood that is no tree gets no names.
func (w *Work) Resolve(m *Model, f *Flood, into *Naming) {
	into.Nodes, into.Splits = into.Nodes[:0], into.Splits[:0]
	if w.resolve(m, f) {
		w.answer(into)
	} else {
		into.Nodes = append(into.Nodes, make([]Name, len(f.Nodes))...)
	}
}

func (w *Work) answer(into *Naming) {
	var buf [maxCandidates]float64
	for t := 1; t < len(w.nodes); t++ {
		n := &w.nodes[t]
		out := w.room(&buf, n)
		for j := range n.cand {
			out[j] = n.occupancy(j)
		}
		into.Nodes = append(into.Nodes, w.name(n, out))
		if len(n.pairs) == 0 {
			continue
		}
		for c := n.first; c > 0; c = w.nodes[c].next {
			w.viaChild(c, out)
			into.Splits = append(into.Splits, Split{Node: int32(t), Child: c, Report: -1, Name: w.name(n, out)})
		}
		for r := n.reports; r >= 0; r = w.next[r] {
			w.viaReport(r, out)
			into.Splits = append(into.Splits, Split{Node: int32(t), Report: r, Name: w.name(n, out)})
		}
	}
}

// maxCandidates is what fits the stack; more take from the arena.
const maxCandidates = 64

func (w *Work) room(buf *[maxCandidates]float64, n *node) []float64 {
	if len(n.cand) <= maxCandidates {
		return buf[:len(n.cand)]
	}
	return w.floats.get(len(n.cand))
}

// name is the best of a node's candidates by their beliefs.
func (w *Work) name(n *node, belief []float64) Name {
	c, p := w.best(n, belief)
	if c < 0 {
		return Name{}
	}
	certain := w.f.Width > 1 && len(n.cand) == 2
	return Name{Relay: Relay(c), P: float32(w.m.cal.apply(p)), Certain: certain}
}

// best is the most likely candidate that a page can name, and its belief; -1
// if an unknown one or a phantom is as likely.
func (w *Work) best(n *node, belief []float64) (int32, float64) {
	c, p := nobody, 0.0
	for j, v := range belief {
		if v > p {
			c, p = n.cand[j], v
		}
	}
	if c < firstReal || !w.m.ents[c].named {
		return -1, p
	}
	return c, p
}
