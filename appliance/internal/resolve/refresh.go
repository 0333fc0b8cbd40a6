package resolve

import "math"

// restart forgets all ambiguous evidence and keeps what is certain: early
// errors confirm themselves otherwise. It happens after 1, 2, 4, 8 … hours.
func (m *Model) restart() {
	for i := range m.pairs.vals {
		p := &m.pairs.vals[i]
		p.ab.n, p.ba.n = p.ab.m, p.ba.m
	}
	for i := range m.ears.vals {
		e := &m.ears.vals[i]
		e.n = e.m
	}
	for c := firstReal; c < len(m.tally); c++ {
		t := &m.tally[c]
		t.n, t.nO = t.m, t.mO
	}
}

// forget drops the ambiguous evidence about relays of a byte that a new one
// has: it may have been the new one's.
func (m *Model) forget() {
	if len(m.stale) == 0 {
		return
	}
	doubtful := make([]bool, len(m.ents))
	for _, c := range m.stale {
		doubtful[c] = true
	}
	m.stale = m.stale[:0]
	for i, k := range m.pairs.keys {
		if a, b := unkey(k); doubtful[a] || doubtful[b] {
			p := &m.pairs.vals[i]
			p.ab.n, p.ab.n1 = p.ab.m, 0
			p.ba.n, p.ba.n1 = p.ba.m, 0
		}
	}
	for i, k := range m.ears.keys {
		if a, _ := unkey(k); doubtful[a] {
			e := &m.ears.vals[i]
			e.n, e.n1 = e.m, 0
			e.snrN, e.snrS = e.snrN/2, e.snrS/2
		}
	}
	for c, d := range doubtful {
		if d {
			t := &m.tally[c]
			t.n, t.nO, t.n1 = t.m, t.mO, 0
		}
	}
}

// decay lets old evidence fade by a factor.
func (m *Model) decay(f float64) {
	g := float32(f)
	const least = 0.02
	m.pairs.keep(func(_, _ int32, p *pair) bool {
		p.ab.fade(g)
		p.ba.fade(g)
		return p.ab.n+p.ba.n >= least || p.ab.m+p.ba.m >= least
	})
	m.ears.keep(func(_, _ int32, e *ear) bool {
		e.fade(g)
		e.snrN *= g
		e.snrS *= g
		return e.n >= least || e.m >= least
	})
	m.owns.keep(func(_, _ int32, v *float32) bool {
		*v *= g
		return *v >= least
	})
	for c := range m.tally {
		t := &m.tally[c]
		for _, p := range [...]*float64{&t.n, &t.nO, &t.m, &t.mO, &t.n1, &t.own, &t.started, &t.after, &t.afterO} {
			*p *= f
		}
	}
	for o := range m.listeners {
		m.listeners[o].heard *= f
	}
	m.snrN *= f
	m.snrS *= f
	m.snrQ *= f
	m.longN *= f
	m.allN *= f
}

func (f *flow) fade(g float32) {
	f.n *= g
	f.m *= g
	f.n1 *= g
}

// refresh estimates anew what all pairs share.
func (m *Model) refresh() {
	relays := m.allRelays()
	m.kernels(relays)
	m.usage(relays)
	m.zeal()
	if m.snrN > 50 {
		m.snrMu = m.snrS / m.snrN
		m.snrVar = max(4, m.snrQ/m.snrN-m.snrMu*m.snrMu-m.snrWS/m.snrWN)
	}
	// Lately counts most; a little of the past guards against few hops.
	m.seen, m.missed = m.seen*0.8+1, m.missed*0.8+0.05
}

func (m *Model) allRelays() (l []int32) {
	for c := firstReal; c < len(m.ents); c++ {
		if m.ents[c].relays && !m.ents[c].barred {
			l = append(l, int32(c))
		}
	}
	return l
}

// alone tells whether no other relay has the entity's first byte.
func (m *Model) alone(c int32) bool { return len(m.relays[m.ents[c].key[0]]) == 1 }

// kernels counts by distance how often what is certain was repeated and
// reported, and how often it could have been.
func (m *Model) kernels(relays []int32) {
	var could, did, couldO, didO [nBins]float64
	for a := firstReal; a < len(m.ents); a++ {
		sure, lone := m.tally[a].m, m.tally[a].n1
		if sure+lone == 0 {
			continue
		}
		for _, b := range relays {
			v := sure
			if lone > 0 && m.alone(b) {
				v += lone
			}
			if v > 0 && int32(a) != b {
				could[m.distanceBin(int32(a), b)] += v
			}
		}
		for o := range m.listeners {
			if m.listeners[o].entity != int32(a) {
				couldO[m.earBin(int32(a), int32(o))] += sure + lone
			}
		}
	}
	for i, k := range m.pairs.keys {
		a, b := unkey(k)
		p := &m.pairs.vals[i]
		v := float64(p.ab.m) + float64(p.ba.m)
		if m.alone(b) {
			v += float64(p.ab.n1)
		}
		if m.alone(a) {
			v += float64(p.ba.n1)
		}
		did[m.distanceBin(a, b)] += v
	}
	for i, k := range m.ears.keys {
		a, o := unkey(k)
		if m.listeners[o].entity != a {
			didO[m.earBin(a, o)] += float64(m.ears.vals[i].m) + float64(m.ears.vals[i].n1)
		}
	}
	m.fitKernels(&could, &did, &couldO, &didO)
}

func (m *Model) fitKernels(could, did, couldO, didO *[nBins]float64) {
	const weight = 0.9 // of the defaults, in repetitions
	total, all := 0.0, 0.0
	for i := range nBins {
		usual := 0.05 * math.Exp(-float64(i)*0.5)
		if i == unplaced {
			usual = 0.002
		}
		m.near[i] = max(1e-6, (did[i]+weight)/(could[i]+weight/usual))
		usual *= 4
		m.nearO[i] = max(1e-5, (didO[i]+weight)/(couldO[i]+weight/usual))
		total += did[i]
		all += could[i]
	}
	for i := unplaced - 2; i >= 0; i-- { // never less for being nearer
		m.near[i] = max(m.near[i], m.near[i+1])
		m.nearO[i] = max(m.nearO[i], m.nearO[i+1])
	}
	for i := range nBins {
		m.near[i] = min(m.near[i], 0.5)
	}
	if all > 0 {
		m.mean = max(1e-4, (total+1)/(all+500))
	}
}

// usage lowers the trust in relays that 1-byte hops use far more than long
// ones do, and counts the children of a transmission.
func (m *Model) usage(relays []int32) {
	const factor = 0.5
	long, all, steps := 0.0, 0.0, 0.0
	for _, c := range relays {
		long += m.tally[c].m
		all += m.tally[c].n
	}
	for i := range m.pairs.vals {
		steps += float64(m.pairs.vals[i].ab.n) + float64(m.pairs.vals[i].ba.n)
	}
	if n := m.tally[anyRelay].n; n > 0 {
		m.children = (steps + 1) / (n + 1)
	}
	if all <= 100 || m.longShare() < fewLong {
		return
	}
	ratio := long / max(1, all-long)
	for _, c := range relays {
		t := &m.tally[c]
		t.trust = min(1, (t.m+3)/(factor*ratio*max(0, t.n-t.m)+1e-9))
	}
}

// zeal compares each observer's reports with what distance alone expects.
func (m *Model) zeal() {
	expected, got := make([]float64, len(m.listeners)), make([]float64, len(m.listeners))
	for a := firstReal; a < len(m.ents); a++ {
		if m.tally[a].nO < 1 {
			continue
		}
		for o := range m.listeners {
			expected[o] += m.tally[a].nO * m.nearO[m.earBin(int32(a), int32(o))]
		}
	}
	for i, k := range m.ears.keys {
		_, o := unkey(k)
		got[o] += float64(m.ears.vals[i].n)
	}
	for o := range m.listeners {
		m.listeners[o].zeal = min(10, max(0.1, (got[o]+5)/(expected[o]+5)))
	}
}
