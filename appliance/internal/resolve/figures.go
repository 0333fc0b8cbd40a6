package resolve

// Figures is how right the names of 1-byte hops are, estimated without a truth.
// Audits judge long-hash floods that are resolved as if they had 1-byte hops;
// every hop of every copy counts once. But the floods with long hashes come from
// few senders, and the model knows the links around those better than others. So
// what is judged is weighed by what is said of the hops that have one byte
// (post-stratification): hops are sorted by the probability of their name, the
// audit tells how many of such hops are right, and the traffic how many there
// are of them. See [Figures.At].
type Figures struct {
	Hops  uint64 // hops that could be judged
	Known uint64 // of these, by relays known by an advert then
	Short uint64 // hops of floods with 1-byte hashes, which the judged ones stand for

	// By bin of the name's probability.
	right, wrong [calBins]uint32
	strange      [calBins]uint32 // of both: by relays that no advert was heard of
	said         [calBins]uint32 // of Short

	nameless [nRefusals]refusal // hops without a name
}

// refusal is hops whose likeliest relay cannot be named.
type refusal struct {
	known, strange uint32 // judged: by relays known by an advert, by others
	said           uint32 // of Short
}

// nRefusals is how many classes refusals have, by the belief p in what cannot be
// named: the first below one half, then a unit of logit(p) each, the last open.
const nRefusals = 8

func refusalClass(p float64) int {
	const perUnit, below = int(1 / calWidth), -int(calFirst)
	return min(nRefusals-1, max(0, (calBin(p)-1)/perUnit-below+1))
}

func (f *Figures) count(v verdict) {
	f.Hops++
	if v.known {
		f.Known++
	}
	if !v.named {
		if r := &f.nameless[refusalClass(v.p)]; v.known {
			r.known++
		} else {
			r.strange++
		}
		return
	}
	bin := calBin(v.p)
	if v.right {
		f.right[bin]++
	} else {
		f.wrong[bin]++
	}
	if !v.known {
		f.strange[bin]++
	}
}

// census counts the 1-byte hops of a flood by what is said of them: w holds the
// beliefs about it, n the names. Every hop of every copy counts once.
func (f *Figures) census(w *Work, n *Naming) {
	below := w.copies()
	put := func(t int, x Name, copies int32) {
		f.Short += uint64(copies)
		if x.Relay != 0 {
			f.said[calBin(float64(x.P))] += uint32(copies)
		} else {
			f.nameless[refusalClass(w.nodes[t].likeliest())].said += uint32(copies)
		}
	}
	for t := 1; t < len(w.nodes); t++ {
		if len(w.nodes[t].pairs) == 0 {
			put(t, n.Nodes[t-1], below[t])
		}
	}
	for i := range n.Splits { // all copies through a shared node
		s := &n.Splits[i]
		if s.Report >= 0 {
			put(int(s.Node), s.Name, 1)
		} else {
			put(int(s.Node), s.Name, below[s.Child])
		}
	}
}

// likeliest is the belief in a node's likeliest candidate.
func (n *node) likeliest() (p float64) {
	for j := range n.cand {
		p = max(p, n.occupancy(j))
	}
	return p
}

// copies counts, by tree node, the copies whose path goes through it.
func (w *Work) copies() []int32 {
	w.below = grow(w.below, len(w.nodes))
	clear(w.below)
	for i := range w.f.Reports {
		w.below[w.f.Reports[i].Node]++
	}
	for t := len(w.nodes) - 1; t > 0; t-- {
		w.below[w.nodes[t].parent] += w.below[t]
	}
	return w.below
}

// Add adds other figures.
func (f *Figures) Add(g *Figures) {
	f.Hops += g.Hops
	f.Known += g.Known
	f.Short += g.Short
	for i := range f.right {
		f.right[i] += g.right[i]
		f.wrong[i] += g.wrong[i]
		f.strange[i] += g.strange[i]
		f.said[i] += g.said[i]
	}
	for i, r := range g.nameless {
		f.nameless[i].known += r.known
		f.nameless[i].strange += r.strange
		f.nameless[i].said += r.said
	}
}

// mapped is the figures of raw beliefs as those of calibrated probabilities.
func (f *Figures) mapped(c *calibration) Figures {
	g := Figures{Hops: f.Hops, Known: f.Known, Short: f.Short, nameless: f.nameless}
	for i := range f.right {
		to := i
		if c.fitted {
			to = calBin(c.curve[i])
		}
		g.right[to] += f.right[i]
		g.wrong[to] += f.wrong[i]
		g.strange[to] += f.strange[i]
		g.said[to] += f.said[i]
	}
	return g
}

// stratumBins is how many bins of probability share one estimate: half a unit of
// logit(p).
const stratumBins = 8

// stratum is the bins around bin i that share an estimate.
func stratum(i int) (from, to int) {
	from = i - i%stratumBins
	return from, min(from+stratumBins, calBins)
}

// At tells how right names are that have at least a probability: the share of
// them that is right, and the shares of all hops and of hops by known relays
// that are named right. Without hops, or without names, a share is 0.
//
// With N_i the 1-byte hops whose name has a probability in bin i, and of the n_s
// judged hops in the stratum s of that bin r_s right and k_s by known relays,
// a_i = (r_s + 2 p_i) / (n_s + 2) of them are right, where p_i is the bin's own
// probability, and c_i = (k_s + 2) / (n_s + 2) are by known relays. Hops without
// a name have strata of their own, by what is believed instead, with
// c_s = k_s / n_s. Then, with sums over names at the threshold or above
// where marked by t,
//
//	precision = Σt N_i a_i / Σt N_i
//	recall    = Σt N_i a_i / Σ N_i
//	of known  = Σt N_i a_i / Σ N_i c_i
//
// Until any 1-byte hop was counted the judged ones stand for themselves.
func (f *Figures) At(threshold float64) (precision, recall, ofKnown float64) {
	first := calBin(threshold)
	if f.Short == 0 {
		right, wrong := f.between(first, calBins)
		return share(right, right+wrong), share(right, float64(f.Hops)), share(right, float64(f.Known))
	}
	var named, right, known float64
	for i, hops := range f.said {
		if hops == 0 {
			continue
		}
		from, to := stratum(i)
		r, w := f.between(from, to)
		k := r + w
		for _, s := range f.strange[from:to] {
			k -= float64(s)
		}
		n := float64(hops)
		known += n * (k + 2) / (r + w + 2)
		if i >= first {
			named += n
			right += n * (r + 2*calMiddle(i)) / (r + w + 2)
		}
	}
	for _, r := range f.nameless {
		known += float64(r.said) * share(float64(r.known), float64(r.known)+float64(r.strange))
	}
	return share(right, named), share(right, float64(f.Short)), share(right, known)
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
	Hops     uint64  // judged hops that were named with a probability in between
	Said     float64 // their mean probability
	Right    float64 // share that is right; both 0 without hops
}

// Calibration compares the judged hops by bins of probability.
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

// Audit is how right the names of the last 24 hours are, as of the latest flood.
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
