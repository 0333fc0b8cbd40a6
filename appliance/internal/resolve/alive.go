package resolve

import "math"

// A relay that has left still has its rates: they are ratios, and fade together.
// So a candidate also weighs how likely it was on the air, by the signs of life
// that are beyond doubt: its adverts, and long hashes that fit it alone.

// Rates of the model of lives, per ms.
const (
	leaving = 1.0 / (60 * 24 * 3600e3) // relays leave, or come, once in 60 days
	bursts  = 0.25                     // traffic comes in bursts: silence says less than its mean rate
	least   = 6 * 3600e3               // ms over which the signs of a short life are spread
)

// life is when an entity was certainly on the air.
type life struct{ first, last int64 } // Unix ms; 0 never

func (l *life) sign(at int64) {
	if l.first == 0 || at < l.first {
		l.first = at
	}
	l.last = max(l.last, at)
}

// alive is the chance that an entity was on the air at a time, if signs of its
// life come at a rate λ and it leaves at a rate h, both per ms; end is λ+h.
// Between two signs of life the chance is 1. Outside, for a gap T to the nearest,
//
//	alive : dead = e^-(λ+h)T : h/(λ+h) · (1 - e^-(λ+h)T)
func (l life) alive(at int64, end float64) float64 {
	silence := math.Exp(-end * float64(max(l.first-at, at-l.last)))
	return silence / (silence + leaving/end*(1-silence))
}

// certainly tells whether an entity was on the air at a time beyond doubt, or as
// far as anybody knows.
func (l life) certainly(at int64) bool { return l.first == 0 || at >= l.first && at <= l.last }

// silence is the rate at which the signs of an entity's life end, for whatever
// reason.
func (m *Model) silence(c int32) float64 {
	l := m.ents[c].life
	// The count of signs faded since the last one.
	signs := m.tally[c].mO * math.Exp2(float64(max(0, m.refreshed-l.last))/halfLife)
	span := max(least, float64(l.last-l.first))
	return bursts*signs*math.Ln2/halfLife/(1-math.Exp2(-span/halfLife)) + leaving
}

// silence is an entity's, and what it was computed from.
type silence struct {
	life
	refreshed int64
	signs     float64
	end       float64
}

// alive is the chance that an entity was on the air at the time of the flood
// under inference.
func (w *Work) alive(c int32) float64 {
	m, at := w.m, w.f.At
	l := m.ents[c].life
	if l.certainly(at) {
		return 1
	}
	if int(c) >= len(w.silences) {
		w.silences = append(w.silences, make([]silence, len(m.ents)+256-len(w.silences))...)
	}
	s := &w.silences[c]
	if s.life != l || s.signs != m.tally[c].mO || s.refreshed != m.refreshed {
		*s = silence{l, m.refreshed, m.tally[c].mO, m.silence(c)}
	}
	return l.alive(at, s.end)
}
