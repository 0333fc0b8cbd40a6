package resolve

// Link is what the model believes of one direction between two transmitters,
// or between one and an observer.
type Link struct {
	From     Relay
	To       Relay   // 0 if Observer counts
	Observer int32   // the caller's number of the observer; -1 if To counts
	Seen     float64 // transmissions that passed it, fading with a half-life of two days; Certain included
	Certain  float64 // of these beyond doubt: long hashes that fit one node, zero-hop adverts
	Sent     float64 // transmissions of From
	SNR      float64 // mean at the observer, dB; valid iff HasSNR
	HasSNR   bool
}

// Links calls f with every link that the model has any evidence for, in an
// order that depends on what it learned alone.
func (m *Model) Links(f func(Link)) {
	for i, k := range m.pairs.keys {
		a, b := unkey(k)
		p := &m.pairs.vals[i]
		m.directed(a, b, &p.ab, f)
		m.directed(b, a, &p.ba, f)
	}
	nums := make([]int32, len(m.listeners))
	for num, at := range m.observers {
		if at >= 0 {
			nums[at] = int32(num)
		}
	}
	for i, k := range m.ears.keys {
		a, o := unkey(k)
		e := &m.ears.vals[i]
		l := Link{From: Relay(a), Observer: nums[o], Seen: float64(e.n), Certain: float64(e.m), Sent: m.tally[a].nO}
		if e.snrN > 0 {
			l.SNR, l.HasSNR = float64(e.snrS/e.snrN), true
		}
		f(l)
	}
}

func (m *Model) directed(a, b int32, v *flow, f func(Link)) {
	if v.n > 0 || v.m > 0 {
		f(Link{From: Relay(a), To: Relay(b), Observer: -1, Seen: float64(v.n), Certain: float64(v.m), Sent: m.tally[a].n})
	}
}
