package resolve

import (
	"math"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// What is too unlikely to count.
const (
	leastBelief = 0.005 // of a candidate
	leastPair   = 0.02  // of a pair of candidates
)

// Take names a flood, audits itself if it has long hashes, and learns from it;
// nothing is learned before it is answered. Floods come roughly in order of
// time, each once, when its copies are in, and never from the future. What is
// due by their time (a refresh of the shared rates, a restart) is done before.
func (m *Model) Take(w *Work, f *Flood, into *Naming) {
	m.version++
	into.Nodes, into.Splits = into.Nodes[:0], into.Splits[:0]
	if f.usable() {
		m.meetAll(f)
		m.advance(f.At)
		m.auditInto(w, f, &m.cal, &m.cal, m.hours.at(m.now))
	}
	if !w.resolve(m, f) {
		into.Nodes = append(into.Nodes, make([]Name, len(f.Nodes))...)
		return
	}
	w.answer(into)
	if f.Width == 1 {
		m.hours.at(m.now).census(w, into)
	}
	m.learn(w)
}

// Due tells whether taking a flood has the model estimate anew what all pairs have
// in common, which takes as long as thousands of floods.
func (m *Model) Due(f *Flood) bool {
	return m.start != 0 && max(m.now, f.At) >= m.refreshAt && f.usable()
}

// meetAll takes in what a flood names beyond doubt: observers, the originator,
// relays known by long hashes alone.
func (m *Model) meetAll(f *Flood) {
	for i := range f.Reports {
		m.listener(f.Reports[i].Observer)
	}
	if f.Origin.HasKey {
		m.keyOnly(f.Origin.Key)
	}
	if f.Width == 1 {
		return
	}
	var buf [maxCandidates]int32
	for i := range f.Nodes {
		h := f.Nodes[i].Hop[:f.Width]
		m.seen++
		if len(m.appendCandidates(buf[:0], h)) == 0 {
			m.missed++
			m.haunt(h)
		}
	}
}

// ZeroHop tells the model of a transmission whose sender is certain because
// nobody relayed it: a zero-hop advert or an answer to a discovery, when it was
// first heard, in Unix ms, and by whom. Nodes of the reports do not count.
func (m *Model) ZeroHop(at int64, k meshcore.PublicKey, reports []Report) {
	m.version++
	id, ok := m.byKey[k]
	if !ok || len(reports) == 0 {
		return
	}
	m.ents[id].sign(at)
	m.tally[id].nO++
	m.tally[id].mO++
	for _, r := range reports {
		if r.Observer >= MaxObservers {
			continue
		}
		o := m.listener(r.Observer)
		if e := m.ears.at(id, o); e != nil && m.listeners[o].entity != id {
			e.n++
			e.m++
			e.signal(1, 1, r.SNR4)
		}
	}
}

// signal counts the SNR of a report that is likelier this pair's than not.
func (e *ear) signal(belief, weight float64, snr4 int8) {
	if snr4 != mesh.NoSNR && belief > 0.5 {
		e.snrN += float32(weight * belief)
		e.snrS += float32(weight * belief * float64(snr4) / 4)
	}
}

// believed is how much a belief counts. Where long hashes are rare nothing
// holds errors back, and only what is nearly certain counts.
func (m *Model) believed(p float64) float64 {
	if m.longShare() < fewLong {
		if p < 0.99 {
			return 0
		}
		return 1
	}
	return p
}

// learn adds what the flood under inference shows to the counts.
func (m *Model) learn(w *Work) {
	m.tally[anyOrigin].n++
	m.allN++
	if w.f.Width > 1 {
		m.longN++
	}
	m.learnTree(w, lesson{weight: 1})
	m.learnOwn(w)
}

// lesson is how a flood counts.
type lesson struct {
	weight float64
	again  bool // its certain part is counted already
}

func (m *Model) learnTree(w *Work, how lesson) {
	for t := range w.nodes {
		m.learnNode(w, int32(t), how)
		m.learnReports(w, int32(t), how)
		if t > 0 {
			m.learnStep(w, int32(t), how)
		}
	}
}

// undone is the lesson that takes another back.
func (l lesson) undone() lesson {
	l.weight = -l.weight
	return l
}

// soft is how much a belief adds to a soft count that may already hold its
// certain part.
func (l lesson) soft(v float64, sure bool) float64 {
	if l.again && sure {
		v--
	}
	return l.weight * v
}

// certain tells whether a node's first candidate is its relay beyond doubt:
// the only one that is known, and likelier than an unknown one.
func (w *Work) certain(n *node, root bool) bool {
	if root {
		return len(n.cand) == 1 && n.cand[0] >= firstReal
	}
	return len(n.cand) == 2 && n.belief[0] > 0.9
}

func (m *Model) learnNode(w *Work, t int32, how lesson) {
	n := &w.nodes[t]
	certain := w.certain(n, t == 0)
	if !how.again {
		m.tally[anyRelay].nO += how.weight
		if t > 0 {
			m.tally[anyRelay].n += how.weight
		}
	}
	for j, c := range n.cand {
		if c < firstReal {
			continue
		}
		v := m.believed(n.occupancy(j))
		tc := &m.tally[c]
		if t == 0 && !how.again {
			tc.started += how.weight * v
		}
		if v < leastBelief {
			continue
		}
		sure := certain && n.belief[j] > 0.9
		counted := how.soft(v, sure && w.f.Width > 1)
		tc.n += counted
		tc.nO += counted
		if how.again {
			continue
		}
		if sure && (w.f.Width > 1 || t == 0) {
			m.ents[c].sign(w.f.At)
		}
		if sure {
			if w.f.Width > 1 {
				tc.m += how.weight
				tc.mO += how.weight
			} else {
				tc.n1 += how.weight
			}
		}
		if t > 0 {
			tc.after += how.weight * v
			if n.parent == 0 {
				tc.afterO += how.weight * v
			}
		}
	}
}

// learnReports counts who was heard by whom, and how well.
func (m *Model) learnReports(w *Work, t int32, how lesson) {
	n := &w.nodes[t]
	certain := w.certain(n, t == 0)
	var buf [maxCandidates]float64
	for r := n.reports; r >= 0; r = w.next[r] {
		h := &w.hears[r]
		if h.factor == nil {
			continue
		}
		snr4 := w.f.Reports[r].SNR4
		if !how.again {
			m.listeners[h.o].heard += how.weight
			m.learnSNR(n, h.o, snr4, certain, how.weight)
		}
		via := w.room(&buf, n)
		w.viaReport(r, via)
		for j, c := range n.cand {
			if c < firstReal {
				continue
			}
			v := m.believed(via[j])
			if v < leastBelief {
				continue
			}
			e := m.ears.at(c, h.o)
			if e == nil {
				continue
			}
			sure := certain && n.belief[j] > 0.9
			e.n += float32(how.soft(v, sure && w.f.Width > 1))
			if sure && !how.again {
				e.sure(w.f.Width, how.weight)
			}
			e.signal(v, how.weight, snr4)
		}
	}
}

func (f *flow) sure(width int, weight float64) {
	if width > 1 {
		f.m += float32(weight)
	} else {
		f.n1 += float32(weight)
	}
}

// learnSNR takes a report into what all pairs have in common.
func (m *Model) learnSNR(n *node, o int32, snr4 int8, certain bool, weight float64) {
	if snr4 == mesh.NoSNR {
		return
	}
	snr := float64(snr4) / 4
	m.snrN += weight
	m.snrS += weight * snr
	m.snrQ += weight * snr * snr
	if !certain {
		return
	}
	if e := m.ears.get(n.cand[0], o); e != nil && e.snrN >= 3 {
		k := float64(e.snrN) // against the mean of the others
		d := snr - float64(e.snrS)/k
		m.snrWN += weight
		m.snrWS += weight * min(d*d*k/(k-1), 200)
	}
}

// learnStep counts who repeated whom.
func (m *Model) learnStep(w *Work, t int32, how lesson) {
	n := &w.nodes[t]
	p := &w.nodes[n.parent]
	sure := w.certain(p, n.parent == 0) && w.certain(n, false)
	k, pc, kc := len(n.up), len(p.cand), len(n.cand)
	total := 0.0
	for i, v := range n.message {
		above := p.down[i] * p.up[i] / v
		for j, u := range n.up {
			total += above * n.steps[i*k+j] * u
		}
	}
	if !(total > 0) {
		return
	}
	add := func(i, j int, pr float64) {
		a, b := p.cand[i], n.cand[j]
		v := m.believed(pr)
		if a < firstReal || b < firstReal || v < leastPair {
			return
		}
		f := m.flowAt(a, b)
		if f == nil {
			return
		}
		certain := sure && pr > 0.85
		f.n += float32(how.soft(v, certain && w.f.Width > 1))
		if certain && !how.again {
			f.sure(w.f.Width, how.weight)
		}
	}
	from := func(i, j int, pr float64) { // from a state of the parent
		if i < pc {
			add(i, j, pr)
			return
		}
		q := p.pairs[i-pc]
		a, b := n.rates[int(q[0])*kc+j], n.rates[int(q[1])*kc+j]
		add(int(q[0]), j, pr*a/(a+b))
		add(int(q[1]), j, pr*b/(a+b))
	}
	for i, v := range n.message {
		above := p.down[i] * p.up[i] / v / total
		for j, u := range n.up {
			pr := above * n.steps[i*k+j] * u
			switch {
			case pr < 0.01:
			case j < kc:
				from(i, j, pr)
			default:
				q := n.pairs[j-kc]
				from(i, int(q[0]), pr)
				from(i, int(q[1]), pr)
			}
		}
	}
}

func (m *Model) flowAt(a, b int32) *flow {
	if a == b {
		return nil
	}
	if a < b {
		if p := m.pairs.at(a, b); p != nil {
			return &p.ab
		}
		return nil
	}
	if p := m.pairs.at(b, a); p != nil {
		return &p.ba
	}
	return nil
}

// learnOwn counts, of a flood whose originator is certain, the first bytes of
// the relays that repeated it. Each byte counts once a flood, as a rate of what
// any relay with it can have at most.
func (m *Model) learnOwn(w *Work) {
	root := &w.nodes[0]
	if !w.certain(root, true) || w.f.Width != 1 {
		return
	}
	a := root.cand[0]
	if root.kids == 0 && root.heard == 0 {
		return
	}
	m.tally[a].own++
	for c := root.first; c > 0; c = w.nodes[c].next {
		if v := m.owns.at(a, int32(w.f.Nodes[c-1].Hop[0])); v != nil {
			*v++
		}
	}
}

// advance does what is due at a time, in Unix ms.
func (m *Model) advance(now int64) {
	if m.start == 0 {
		m.start, m.now, m.refreshed = now, now, now
		m.refreshAt, m.restartAt = now+firstRefresh, now+firstRestart
	}
	m.now = max(m.now, now)
	if m.now < m.refreshAt {
		return
	}
	if m.now >= m.restartAt {
		m.restart()
		m.restartAt = m.start + 2*(m.now-m.start)
	}
	m.forget()
	m.decay(math.Exp2(-float64(m.now-m.refreshed) / halfLife))
	m.refresh()
	m.cal.fit()
	m.cal.fade()
	m.refreshed = m.now
	m.refreshAt = m.now + max(firstRefresh, min(lastRefresh, (m.now-m.start)/5))
}

// When things are due, in ms.
const (
	firstRefresh = 5 * 60e3
	lastRefresh  = 3600e3
	firstRestart = 3600e3
	halfLife     = 48 * 3600e3
)
