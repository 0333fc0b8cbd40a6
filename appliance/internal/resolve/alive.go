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

// alive is the chance that an entity was on the air at a time. Between two
// signs of life it is 1. Outside, for a gap T to the nearest, with signs that
// come at a rate λ and lives that end at a rate h,
//
//	alive : dead = e^-(λ+h)T : h/(λ+h) · (1 - e^-(λ+h)T)
func (m *Model) alive(c int32, at int64) float64 {
	l := m.ents[c].life
	if l.first == 0 || at >= l.first && at <= l.last {
		return 1
	}
	gap := float64(max(l.first-at, at-l.last))
	// The count of signs faded since the last one.
	signs := m.tally[c].mO * math.Exp2(float64(max(0, m.refreshed-l.last))/halfLife)
	span := max(least, float64(l.last-l.first))
	rate := bursts * signs * math.Ln2 / halfLife / (1 - math.Exp2(-span/halfLife))
	end := rate + leaving
	silence := math.Exp(-end * gap)
	return silence / (silence + leaving/end*(1-silence))
}
