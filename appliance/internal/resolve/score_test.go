package resolve

import (
	"math"
	"syscall"
	"time"

	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/simmesh"
)

// score counts hops of one width: every hop of every copy counts once.
type score struct {
	figures Figures               // against the truth
	base    [2][2]float64         // unique prefix only, nearest to the previous: right, wrong
	named   map[int32]*[2]float64 // by the relay that was named with p of 0.9: right, wrong
	missed  map[int32]*[2]float64 // by the relay that it was, if known: named right with p of 0.9, not
	pairs   map[[2]int32]int      // named with p of 0.9: it was, it was named
}

func newScore() *score {
	return &score{named: map[int32]*[2]float64{}, missed: map[int32]*[2]float64{}, pairs: map[[2]int32]int{}}
}

const sayAt = 0.9 // the threshold of the tables

// poor is how many relays with at least 100 hops there are, and how many of
// them are named right less than nine times in ten.
func poor(by map[int32]*[2]float64) (all, bad int) {
	for _, v := range by {
		if n := v[0] + v[1]; n >= 100 {
			all++
			if v[0] < 0.9*n {
				bad++
			}
		}
	}
	return all, bad
}

func bump(by map[int32]*[2]float64, k int32, right bool) {
	v := by[k]
	if v == nil {
		v = new([2]float64)
		by[k] = v
	}
	if right {
		v[0]++
	} else {
		v[1]++
	}
}

// run plays a corpus through a model and scores the names.
type run struct {
	c      *corpus
	m      *Model
	w      Work
	naming Naming
	start  int64
	first  [4]*score // by width: as first named, from hour 24
	again  [4]*score // after the second pass
	base   bool      // score the baselines, too
	path   []Name
}

const hourMS = 3_600_000

func newRun(c *corpus) *run {
	r := &run{c: c, m: New(), start: c.Events[0].At}
	for w := range 4 {
		r.first[w], r.again[w] = newScore(), newScore()
	}
	r.introduce(r.m)
	return r
}

func (r *run) introduce(m *Model) {
	for i, k := range r.c.Observers {
		m.Observer(uint32(i), k, 0)
	}
}

// scored tells whether a flood is in the hours that are reported.
func (r *run) scored(f *corpusFlood) bool { return f.Flood.At >= r.start+24*hourMS }

// live plays events as they came in and scores the names.
func (r *run) live(events []corpusEvent) {
	for i := range events {
		x := r.step(r.m, &events[i])
		if x == nil || !r.scored(x) {
			continue
		}
		s := r.first[x.Flood.Width]
		r.judge(s, x, 0, x.InTime)
		if x.InTime < len(x.Relays) {
			r.w.Resolve(r.m, &x.Flood, &r.naming)
			r.judge(s, x, x.InTime, len(x.Relays))
		}
	}
}

// step takes one event and gives the flood that was named, if it was one.
func (r *run) step(m *Model, e *corpusEvent) *corpusFlood {
	switch {
	case e.Node != nil:
		m.Node(*e.Node)
	case e.ZeroHop != nil:
		m.ZeroHop(e.At, e.ZeroHop.Key, e.ZeroHop.Reports)
	default:
		x := &r.c.Floods[e.Flood]
		f := inTime(x)
		m.Take(&r.w, &f, &r.naming)
		return x
	}
	return nil
}

// cost is the processor time of a live pass, an observation.
func (r *run) cost() time.Duration {
	m := New()
	r.introduce(m)
	before := processorTime()
	for i := range r.c.Events {
		r.step(m, &r.c.Events[i])
	}
	return (processorTime() - before) / time.Duration(max(1, r.c.Reports))
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// inTime is a flood without the copies that came after it was resolved.
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

// secondPass estimates anew from all floods, and names the reported hours with
// the outcome.
func (r *run) secondPass() Figures {
	re := r.m.Relearn()
	for i := range r.c.Floods {
		re.Add(&r.c.Floods[i].Flood)
	}
	re.Settle()
	for i := range r.c.Floods {
		if r.scored(&r.c.Floods[i]) {
			re.Audit(&r.c.Floods[i].Flood)
		}
	}
	var figures Figures
	r.m, figures = re.Done()
	for i := range r.c.Floods {
		x := &r.c.Floods[i]
		if r.scored(x) {
			r.w.Resolve(r.m, &x.Flood, &r.naming)
			r.judge(r.again[x.Flood.Width], x, 0, len(x.Relays))
		}
	}
	return figures
}

// judge compares the names of some reports with the truth.
func (r *run) judge(s *score, x *corpusFlood, from, to int) {
	for i := from; i < to; i++ {
		if !x.Score[i] {
			continue
		}
		relays := x.Relays[i]
		r.path = r.naming.AppendPath(r.path[:0], &x.Flood, i)
		for d, n := range r.path {
			r.judgeHop(s, r.c.Keys[relays[len(relays)-1-d]], n)
		}
		if r.base {
			r.baselines(s, x, i)
		}
	}
}

func (r *run) judgeHop(s *score, want meshcore.PublicKey, n Name) {
	id, met := r.m.byKey[want]
	known := met && r.m.ents[id].named
	right := n.Relay != 0 && r.m.ents[n.Relay].key == want
	s.figures.count(verdict{known: known, named: n.Relay != 0, right: right, p: float64(n.P)})
	said := n.Relay != 0 && n.P >= sayAt
	if said {
		bump(s.named, int32(n.Relay), right)
		if !right {
			s.pairs[[2]int32{id, int32(n.Relay)}]++
		}
	}
	if known {
		bump(s.missed, id, said && right)
	}
}

// baselines names a report's hops by the only known relay with the prefix, and
// by the one nearest to the previous hop.
func (r *run) baselines(s *score, x *corpusFlood, report int) {
	var path []int32
	for t := x.Flood.Reports[report].Node; t > 0; t = x.Flood.Nodes[t-1].Parent {
		path = append(path, t)
	}
	previous := int32(-1)
	if o := &x.Flood.Origin; o.HasKey {
		if id, ok := r.m.byKey[o.Key]; ok {
			previous = id
		}
	}
	var cand []int32
	for i := range path {
		t := path[len(path)-1-i]
		cand = cand[:0]
		for _, c := range r.m.appendCandidates(nil, x.Flood.Nodes[t-1].Hop[:x.Flood.Width]) {
			if r.m.ents[c].named {
				cand = append(cand, c)
			}
		}
		want := r.c.Keys[x.Relays[report][i]]
		mark := func(b int, c int32) {
			if r.m.ents[c].key == want {
				s.base[b][0]++
			} else {
				s.base[b][1]++
			}
		}
		if len(cand) == 1 {
			mark(0, cand[0])
		}
		if c := r.nearest(cand, previous); c >= 0 {
			mark(1, c)
			if r.m.ents[c].located {
				previous = c
			}
		}
	}
}

func (r *run) nearest(cand []int32, to int32) int32 {
	best, bestD := int32(-1), float32(math.MaxFloat32)
	for _, c := range cand {
		if best < 0 {
			best = c
		}
		if to < 0 || c == to {
			continue
		}
		if d, ok := apart(&r.m.ents[c], &r.m.ents[to]); ok && d < bestD {
			best, bestD = c, d
		}
	}
	return best
}

// links compares the links that the model believes (at least three sightings)
// with the truth: the share that exists on the air, and the share that is
// believed of those that carried at least ten transmissions in reported paths.
func (r *run) links(truth *simmesh.Truth) (precision, recall float64) {
	number := map[meshcore.PublicKey]int32{}
	for i, k := range r.c.Keys {
		number[k] = int32(i)
	}
	believed := map[[2]int32]bool{}
	right := 0
	r.m.Links(func(l Link) {
		from, ok := r.m.Key(l.From)
		to, ok2 := r.m.Key(l.To)
		if !ok || !ok2 || l.Seen < 3 || !r.m.ents[l.From].relays {
			return
		}
		a, b := number[from], number[to]
		believed[[2]int32{a, b}] = true
		if truth.Hears(b, a) {
			right++
		}
	})
	used := map[[2]int32]int{}
	for i := range r.c.Floods {
		x := &r.c.Floods[i]
		met := map[[2]int32]bool{}
		for k, relays := range x.Relays {
			for d := 1; d < len(relays) && x.Score[k]; d++ {
				met[[2]int32{int32(relays[d-1]), int32(relays[d])}] = true
			}
		}
		for l := range met {
			used[l]++
		}
	}
	all, found := 0, 0
	for l, n := range used {
		known := func(i int32) bool {
			id, ok := r.m.byKey[r.c.Keys[i]]
			return ok && r.m.ents[id].named
		}
		if n >= 10 && known(l[0]) && known(l[1]) {
			all++
			if believed[l] {
				found++
			}
		}
	}
	return share(float64(right), float64(len(believed))), share(float64(found), float64(all))
}
