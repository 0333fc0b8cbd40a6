package resolve

import (
	"math"
	"math/rand/v2"
	"testing"

	"hilltop/appliance/internal/mesh"
)

func TestFiguresAreShares(t *testing.T) {
	var f, g Figures
	for i := range 100 {
		f.count(verdict{known: i < 95, named: i < 90, right: i < 81, p: 0.95})
	}
	g.Add(&f)
	g.Add(&f)
	if p, r, k := g.At(0.9); p != 0.9 || r != 0.81 || math.Abs(k-81.0/95) > 1e-12 {
		t.Errorf("precision %v, recall %v, of known %v", p, r, k)
	}
	if p, r, k := g.At(0.99); p != 0 || r != 0 || k != 0 {
		t.Errorf("above all names: %v, %v, %v", p, r, k)
	}
	for _, b := range g.Calibration() {
		if b.From == 0.95 {
			if b.Hops != 180 || b.Right != 0.9 || b.Said < 0.95 || b.Said > 0.98 {
				t.Errorf("bin %+v", b)
			}
		} else if b.Hops != 0 {
			t.Errorf("bin %+v has hops", b)
		}
	}
}

// Judged hops that are surer than the traffic must not flatter: what is right of
// each probability is weighed by the traffic.
func TestFiguresAreWeighedByTheTraffic(t *testing.T) {
	type kind struct {
		p, right, known float64 // p of 0: no name, and a belief of 0.8 in that
		judged, traffic int
	}
	kinds := []kind{
		{0.999, 0.995, 1, 90_000, 500_000},
		{0.95, 0.90, 0.96, 4_000, 300_000},
		{0.6, 0.65, 0.9, 2_000, 100_000},
		{0, 0, 0.2, 4_000, 100_000},
	}
	r := rand.New(rand.NewPCG(1, 2))
	var f Figures
	var named, right, known, all float64
	for _, k := range kinds {
		for range k.judged {
			v := verdict{named: k.p > 0, p: k.p}
			if k.p == 0 {
				v.p = 0.8
			}
			u := r.Float64() // whoever is right is known
			v.right, v.known = u < k.right, u < k.known
			f.count(v)
		}
		n := float64(k.traffic)
		f.Short += uint64(k.traffic)
		all += n
		known += n * k.known
		if k.p == 0 {
			f.nameless[refusalClass(0.8)].said += uint32(k.traffic)
			continue
		}
		f.said[calBin(k.p)] += uint32(k.traffic)
		if k.p >= 0.9 {
			named += n
			right += n * k.right
		}
	}
	p, recall, ofKnown := f.At(0.9)
	for what, v := range map[string][2]float64{
		"precision": {p, right / named}, "recall": {recall, right / all}, "recall of known": {ofKnown, right / known},
	} {
		if math.Abs(v[0]-v[1]) > 0.005 {
			t.Errorf("%s is %.4f, want %.4f", what, v[0], v[1])
		}
	}
	f.Short = 0 // the judged hops alone flatter
	if p, _, ofKnown := f.At(0.9); p < right/named+0.02 || ofKnown < right/known+0.1 {
		t.Errorf("without weights %.4f and %.4f: the test is too easy", p, ofKnown)
	}
}

// Where nothing of a probability was judged, the probability counts.
func TestFiguresWithoutJudgesBelieveTheNames(t *testing.T) {
	f := Figures{Short: 100}
	f.said[calBin(0.95)] = 100
	if p, r, k := f.At(0.9); math.Abs(p-0.95) > 0.004 || p != r || p != k {
		t.Errorf("precision %v, recall %v, of known %v", p, r, k)
	}
}

func TestRefusalClasses(t *testing.T) {
	for class, p := range []float64{0.4, 0.6, 0.85, 0.93, 0.97, 0.985, 0.996, 0.9999} {
		if got := refusalClass(p); got != class {
			t.Errorf("%v is of class %d, want %d", p, got, class)
		}
	}
	if refusalClass(0) != 0 || refusalClass(1) != nRefusals-1 {
		t.Error("the ends are not of the first and the last class")
	}
}

// The census counts every hop of every copy once, by what its path is named.
func TestCensusCountsEveryHopOfEveryCopy(t *testing.T) {
	m := crowd()
	teach(m, 3, 400)
	var w Work
	var n Naming
	hops, splits := uint64(0), 0
	for seed := range uint64(400) {
		f := seededFlood(seed)
		f.Width = 1
		if !f.usable() {
			continue
		}
		w.Resolve(m, f, &n)
		if len(w.nodes) != len(f.Nodes)+1 {
			continue
		}
		splits += len(n.Splits)
		var got, want Figures
		got.census(&w, &n)
		for i := range f.Reports {
			for _, x := range n.AppendPath(nil, f, i) {
				want.Short++
				if x.Relay != 0 {
					want.said[calBin(float64(x.P))]++
				}
			}
		}
		if got.Short != want.Short || got.said != want.said {
			t.Fatalf("flood %d: counted %d hops, want %d", seed, got.Short, want.Short)
		}
		nameless := got.Short
		for _, v := range got.said {
			nameless -= uint64(v)
		}
		for _, r := range got.nameless {
			nameless -= uint64(r.said)
		}
		if nameless != 0 {
			t.Fatalf("flood %d: %d hops are in no class", seed, int64(nameless))
		}
		hops += got.Short
	}
	if hops < 1000 || splits == 0 {
		t.Errorf("%d hops, %d splits: the test is too easy", hops, splits)
	}
}

// Floods with 1-byte hops are counted as they are taken, and by the second pass;
// those with long hashes are judged.
func TestAuditCountsTheTrafficThatItStandsFor(t *testing.T) {
	m, _, _ := twoAlike()
	short := treeOf(start+30_000, 1, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0xA0}}, pathCopy{2, 8, []byte{0xA0}})
	for range 5 {
		take(m, short)
	}
	if a := m.Audit(); a.Hops != 40 || a.Short != 10 {
		t.Errorf("%d hops judged, %d counted; want 40 and 10", a.Hops, a.Short)
	}
	re := m.Relearn()
	re.Settle()
	re.Audit(short)
	re.Audit(treeOf(start+19_000, 2, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0xA0, 1}}))
	if _, a := re.Done(); a.Hops != 1 || a.Short != 2 {
		t.Errorf("second pass: %d hops judged, %d counted; want 1 and 2", a.Hops, a.Short)
	}
}

func TestAuditIsOfTheLastDay(t *testing.T) {
	m, _, _ := twoAlike()
	if a := m.Audit(); a.Hops != 40 {
		t.Errorf("%d hops were audited, want 40", a.Hops)
	}
	take(m, treeOf(start+23*hourMS, 2, Origin{}, pathCopy{1, 8, []byte{0xA0, 1}}))
	if a := m.Audit(); a.Hops != 41 {
		t.Errorf("%d hops after 23 hours, want 41", a.Hops)
	}
	take(m, treeOf(start+25*hourMS, 1, Origin{}, pathCopy{1, mesh.NoSNR, []byte{0xA0}}))
	if a := m.Audit(); a.Hops != 1 || a.Short != 1 {
		t.Errorf("%d hops after 25 hours, and %d of the traffic; want 1 and 1", a.Hops, a.Short)
	}
}

// The encoding of figures alone: models are too large for a fuzzer to get far.
func FuzzFigures(f *testing.F) {
	var some Figures
	for i := range 40 {
		some.count(verdict{known: i%5 > 0, named: i%7 > 0, right: i%11 > 0, p: float64(i) / 40})
	}
	some.Short, some.said[0], some.said[calBins-1], some.nameless[3].said = 1000, 7, math.MaxUint32, 9
	for _, g := range []*Figures{{}, &some} {
		var e encoder
		e.figures(g)
		f.Add(e.b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var g, h Figures
		d := &decoder{b: b}
		d.figures(&g)
		if d.err != nil {
			return
		}
		var e encoder
		e.figures(&g)
		again := &decoder{b: e.b}
		if again.figures(&h); again.err != nil || len(again.b) > 0 || h != g {
			t.Fatalf("does not survive a second round: %v", again.err)
		}
		for _, at := range []float64{0, 0.9, 1} {
			p, r, k := h.At(at)
			for _, v := range []float64{p, r, k} {
				if !(v >= 0) || math.IsInf(v, 0) {
					t.Fatalf("at %v: %v, %v, %v", at, p, r, k)
				}
			}
		}
	})
}
