package resolve

// Figures is what audits found: long-hash floods resolved as if they had 1-byte
// hops, compared with what the long hashes say. Every hop of every copy counts
// once. They estimate how right the names of 1-byte hops are, without a truth.
type Figures struct {
	Hops  uint64 // hops that could be judged
	Known uint64 // of these, by relays known by an advert then
	right [calBins]uint32
	wrong [calBins]uint32
}

func (f *Figures) count(v verdict) {
	f.Hops++
	if v.known {
		f.Known++
	}
	switch {
	case !v.named:
	case v.right:
		f.right[calBin(v.p)]++
	default:
		f.wrong[calBin(v.p)]++
	}
}

// Add adds other figures.
func (f *Figures) Add(g *Figures) {
	f.Hops += g.Hops
	f.Known += g.Known
	for i := range f.right {
		f.right[i] += g.right[i]
		f.wrong[i] += g.wrong[i]
	}
}

// mapped is the figures of raw beliefs as those of calibrated probabilities.
func (f *Figures) mapped(c *calibration) Figures {
	g := Figures{Hops: f.Hops, Known: f.Known}
	for i := range f.right {
		to := i
		if c.fitted {
			to = calBin(c.curve[i])
		}
		g.right[to] += f.right[i]
		g.wrong[to] += f.wrong[i]
	}
	return g
}

// At tells how right names are that have at least a probability: the share of
// them that is right, and the shares of all hops and of hops by known relays
// that are named right. Without hops, or without names, a share is 0.
func (f *Figures) At(threshold float64) (precision, recall, ofKnown float64) {
	right, wrong := f.between(calBin(threshold), calBins)
	return share(right, right+wrong), share(right, float64(f.Hops)), share(right, float64(f.Known))
}

func (f *Figures) between(from, to int) (right, wrong float64) {
	for i := from; i < to; i++ {
		right += float64(f.right[i])
		wrong += float64(f.wrong[i])
	}
	return right, wrong
}

func share(part, all float64) float64 {
	if all <= 0 {
		return 0
	}
	return part / all
}

// CalibrationBin compares what was said with what came of it.
type CalibrationBin struct {
	From, To float64 // probabilities
	Hops     uint64  // named with a probability in between
	Said     float64 // their mean probability
	Right    float64 // share that is right; both 0 without hops
}

// Calibration compares by bins of probability.
func (f *Figures) Calibration() []CalibrationBin {
	edges := [...]float64{0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1}
	var bins []CalibrationBin
	for i := 1; i < len(edges); i++ {
		b := CalibrationBin{From: edges[i-1], To: edges[i]}
		from, to := calBin(b.From), calBin(b.To)
		if b.To == 1 {
			to = calBins
		}
		right, wrong := f.between(from, to)
		said := 0.0
		for k := from; k < to; k++ {
			said += calMiddle(k) * (float64(f.right[k]) + float64(f.wrong[k]))
		}
		b.Hops, b.Right, b.Said = uint64(right+wrong), share(right, right+wrong), share(said, right+wrong)
		bins = append(bins, b)
	}
	return bins
}

// auditRing is the figures of the last 24 hours, by hour.
type auditRing [24]struct {
	hour int64 // Unix hours
	Figures
}

// at is the figures of the hour in which a time in Unix ms lies.
func (r *auditRing) at(ms int64) *Figures {
	hour := ms / 3_600_000
	s := &r[((hour%24)+24)%24]
	if s.hour != hour {
		s.hour, s.Figures = hour, Figures{}
	}
	return &s.Figures
}

// Audit is what the audits of the last 24 hours found, as of the latest flood.
func (m *Model) Audit() Figures {
	var sum Figures
	hour := m.now / 3_600_000
	for i := range m.hours {
		if s := &m.hours[i]; s.hour > hour-24 && s.hour <= hour {
			sum.Add(&s.Figures)
		}
	}
	return sum
}

// LongShare is the share of floods with hops of two or three bytes, lately.
// Below Provisional the evidence that keeps the model honest is too thin: its
// names and its audit are provisional, and pages must say so.
func (m *Model) LongShare() float64 { return m.longShare() }

// Provisional is the share of long hashes below which names are provisional.
const Provisional = fewLong
