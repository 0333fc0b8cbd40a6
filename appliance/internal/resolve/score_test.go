package resolve

import (
	"fmt"
	"time"
)

// score counts hops: every hop of every copy counts once.
type score struct {
	Hops, Known  float64
	right, wrong [calBins]float64
	base         [2][2]float64 // unique prefix, nearest to the previous: right, wrong
}

// at is precision, recall of all hops, recall of hops by known relays, at a threshold.
func (s *score) at(p float64) (precision, recall, ofKnown float64) {
	right, wrong := 0.0, 0.0
	for i := calBin(p); i < calBins; i++ {
		right += s.right[i]
		wrong += s.wrong[i]
	}
	return 100 * right / max(1, right+wrong), 100 * right / max(1, s.Hops), 100 * right / max(1, s.Known)
}

func (s *score) String() string {
	p, r, k := s.at(0.9)
	pa, ra, _ := s.at(0)
	p9, r9, _ := s.at(0.99)
	return fmt.Sprintf("%8.0f hops known %6.2f | all %6.2f %6.2f | .9 %6.2f %6.2f (%6.2f) | .99 %6.2f %6.2f", s.Hops, 100*s.Known/max(1, s.Hops), pa, ra, p, r, k, p9, r9)
}

// run plays a corpus through a model and scores the names.
type run struct {
	c      *corpus
	m      *Model
	w      Work
	naming Naming
	flood  Flood
	start  int64
	first  [4]score // by width: as first named, hours 24 to 48
	second [4]score
	seen   int
	cost   time.Duration
	cost2  time.Duration
	until  int64
	baseAt int64
	got    map[[2]int32]int
}

const hourMS = 3_600_000

func newRun(c *corpus) *run {
	r := &run{c: c, m: New(), start: c.Events[0].At}
	for i, k := range c.Observers {
		r.m.Observer(uint32(i), k, 0)
	}
	return r
}

// scored tells whether a flood is in the hours that are reported: the second half.
func (r *run) scored(f *corpusFlood) bool {
	return f.Flood.At >= r.start+24*hourMS
}

// live plays the corpus as it came in.
func (r *run) live() { r.play(r.c.Events) }

func (r *run) play(events []corpusEvent) {
	for i := range events {
		e := &events[i]
		t := time.Now()
		switch {
		case e.Node != nil:
			r.m.Node(*e.Node)
		case e.ZeroHop != nil:
			r.m.ZeroHop(e.ZeroHop.Key, e.ZeroHop.Reports)
		default:
			x := &r.c.Floods[e.Flood]
			f := inTime(x)
			r.m.Take(&r.w, &f, &r.naming)
			r.cost += time.Since(t)
			r.seen += len(f.Reports)
			if r.scored(x) {
				r.judge(&r.first[f.Width], x, 0, x.InTime)
				if x.InTime < len(x.Relays) {
					r.w.Resolve(r.m, &x.Flood, &r.naming)
					r.judge(&r.first[f.Width], x, x.InTime, len(x.Relays))
				}
			}
			continue
		}
		r.cost += time.Since(t)
	}
}

func inTime(x *corpusFlood) Flood {
	f := x.Flood
	f.Reports = f.Reports[:x.InTime]
	nodes := int32(0)
	for _, r := range f.Reports {
		nodes = max(nodes, r.Node)
	}
	f.Nodes = f.Nodes[:nodes] // later reports only add nodes behind
	return f
}

// again names the second half once more with a frozen model.
func (r *run) again(m *Model, into *[4]score) {
	for i := range r.c.Floods {
		x := &r.c.Floods[i]
		if !r.scored(x) {
			continue
		}
		r.w.Resolve(m, &x.Flood, &r.naming)
		r.m = m
		r.judge(&into[x.Flood.Width], x, 0, len(x.Relays))
	}
}

// judge compares the names of reports with the truth.
func (r *run) judge(s *score, x *corpusFlood, from, to int) {
	var path []Name
	for i := from; i < to; i++ {
		if !x.Score[i] {
			continue
		}
		path = r.naming.AppendPath(path[:0], &x.Flood, i)
		relays := x.Relays[i]
		for d, n := range path {
			want := r.c.Keys[relays[len(relays)-1-d]]
			id, met := r.m.byKey[want]
			s.Hops++
			if met && r.m.ents[id].named {
				s.Known++
			}
			if n.Relay == 0 {
				continue
			}
			if r.m.ents[n.Relay].key == want {
				s.right[calBin(float64(n.P))]++
			} else {
				s.wrong[calBin(float64(n.P))]++
				if r.got != nil && n.P >= 0.9 {
					r.got[[2]int32{id, int32(n.Relay)}]++
				}
			}
		}
	}
}
