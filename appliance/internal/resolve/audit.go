package resolve

// shortened is the memory of an audit: a long-hash flood as if its hops had
// one byte.
type shortened struct {
	flood Flood
	at    []int32 // tree node of the original: tree node of the shortened one
}

// shorten cuts the hops of a flood to one byte and merges what then looks the
// same.
func (s *shortened) shorten(f *Flood) *Flood {
	y := &s.flood
	y.At, y.Width, y.Origin = f.At, 1, f.Origin
	y.Nodes, y.Reports = y.Nodes[:0], y.Reports[:0]
	s.at = append(s.at[:0], 0)
	for i := range f.Nodes {
		parent, first := s.at[f.Nodes[i].Parent], f.Nodes[i].Hop[0]
		found := int32(0)
		for n := int(parent); n < len(y.Nodes); n++ { // a child comes after its parent
			if y.Nodes[n].Parent == parent && y.Nodes[n].Hop[0] == first {
				found = int32(n + 1)
				break
			}
		}
		if found == 0 {
			y.Nodes = append(y.Nodes, TreeNode{Parent: parent, Hop: [3]byte{first}})
			found = int32(len(y.Nodes))
		}
		s.at = append(s.at, found)
	}
	for _, r := range f.Reports {
		y.Reports = append(y.Reports, Report{Node: s.at[r.Node], Observer: r.Observer, SNR4: r.SNR4})
	}
	return y
}

// verdict is what an audit finds of one hop of one copy.
type verdict struct {
	known bool // its relay is known by an advert
	named bool // the resolver named a node
	right bool
	p     float64 // what it believes of the name
}

// audit resolves a long-hash flood as if it had 1-byte hops, compares with
// what the long hashes say, and notes every hop of every copy.
func (m *Model) audit(w *Work, f *Flood, note func(verdict)) {
	y := w.short.shorten(f)
	at := w.short.at
	if !w.resolve(m, y) {
		return
	}
	var buf [maxCandidates]float64
	var cand [maxCandidates]int32
	for i := range f.Reports {
		child := int32(0)
		for t := f.Reports[i].Node; t > 0; t = f.Nodes[t-1].Parent {
			n := &w.nodes[at[t]]
			via := w.room(&buf, n)
			if child > 0 {
				w.viaChild(at[child], via)
			} else {
				w.viaReport(int32(i), via)
			}
			child = t
			l := m.appendCandidates(cand[:0], f.Nodes[t-1].Hop[:f.Width])
			if len(l) != 1 {
				continue // the long hash itself is ambiguous
			}
			got, p := w.best(n, via)
			note(verdict{known: m.ents[l[0]].named, named: got >= 0, right: got == l[0], p: p})
		}
	}
}

// auditInto counts what an audit finds: its beliefs go into a calibration, the
// probabilities that curve makes of them into figures.
func (m *Model) auditInto(w *Work, f *Flood, cal, curve *calibration, fig *Figures) {
	if f.Width == 1 || len(f.Nodes) == 0 {
		return
	}
	m.audit(w, f, func(v verdict) {
		if v.named {
			cal.count(v.p, v.right)
			v.p = curve.apply(v.p)
		}
		fig.count(v)
	})
}
