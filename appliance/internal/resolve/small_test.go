package resolve

import (
	"math"
	"sync"
	"testing"
)

var smallOnce = sync.OnceValues(func() (*corpus, error) {
	cfg := meshConfig("plain", 42)
	cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 300, 20, 36, 40_000
	cfg.Real.Vanity = 0.8 // few bytes for many relays, as in a mesh of 2,000
	return makeCorpus("small", cfg)
})

// smallCorpus is a day and a half of a mesh of 300 nodes. It is shared and must
// not be changed.
func smallCorpus(t testing.TB) *corpus {
	t.Helper()
	c, err := smallOnce()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What the resolver must not lose on a small mesh. Floors are a little below
// what it reaches; docs/accuracy.md has the meshes that count.
func TestNamesOfASmallMeshAreRight(t *testing.T) {
	r := newRun(smallCorpus(t))
	r.base = true
	r.live(r.c.Events)
	r.base = false
	floor := func(what string, got, least float64) {
		t.Helper()
		if !(got >= least) {
			t.Errorf("%s: %.2f %%, want at least %.2f %%", what, 100*got, 100*least)
		} else {
			t.Logf("%s: %.2f %%", what, 100*got)
		}
	}
	precision, _, known := r.first[1].figures.At(sayAt)
	floor("1 byte, precision", precision, 0.98)
	floor("1 byte, recall of known", known, 0.90)
	unique := r.first[1].base[0][0] / float64(r.first[1].figures.Hops)
	nearest := r.first[1].base[1][0] / float64(r.first[1].figures.Hops)
	if unique > known-0.3 || nearest > known-0.1 {
		t.Errorf("a unique prefix alone names %.2f, the nearest %.2f, the resolver %.2f: the test is too easy", unique, nearest, known)
	}
	agrees := func(what string, audit Figures, truth *Figures) {
		t.Helper()
		p, _, k := truth.At(sayAt)
		auditP, _, auditK := audit.At(sayAt)
		audit.Short = 0 // as if the judged hops stood for themselves
		_, _, plainK := audit.At(sayAt)
		t.Logf("%s: %.2f / %.2f %%, the truth %.2f / %.2f %%; recall not weighed %.2f %%", what, 100*auditP, 100*auditK, 100*p, 100*k, 100*plainK)
		if math.Abs(auditP-p) > 0.008 || math.Abs(auditK-k) > 0.015 {
			t.Errorf("%s does not agree with the truth", what)
		}
		if math.Abs(plainK-k) < math.Abs(auditK-k)+0.005 {
			t.Errorf("%s: weights make no difference: the test is too easy", what)
		}
	}
	agrees("audit", r.m.Audit(), &r.first[1].figures)
	second := r.secondPass()
	precision, _, known = r.again[1].figures.At(sayAt)
	floor("second pass, 1 byte, precision", precision, 0.978)
	floor("second pass, 1 byte, recall of known", known, 0.925)
	agrees("second audit", second, &r.again[1].figures)
	for w := 2; w <= 3; w++ {
		precision, _, known = r.again[w].figures.At(sayAt)
		floor("second pass, long, precision", precision, 0.9995)
		floor("second pass, long, recall of known", known, 0.992)
	}
}
