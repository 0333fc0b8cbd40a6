package resolve

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestDev is the workbench.
func TestDev(t *testing.T) {
	spec := os.Getenv("HILLTOP_DEV")
	if spec == "" {
		t.Skip("HILLTOP_DEV")
	}
	for _, s := range strings.Fields(spec) {
		part := strings.Split(s, ":")
		seed, _ := strconv.ParseUint(part[1], 10, 64)
		cfg := meshConfig(part[0], seed)
		if len(part) > 2 {
			cfg.Observations, _ = strconv.Atoi(part[2])
		}
		t0 := time.Now()
		c, err := loadCorpus(os.Getenv("HILLTOP_CORPORA"), part[0], cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: corpus %d floods %d reports in %v", s, len(c.Floods), c.Reports, time.Since(t0))
		r := newRun(c)
		r.live()
		t.Logf("first  1: %v", &r.first[1])
		fig := r.m.Audit()
		t.Logf("audit  1: %v", auditLine(&fig))
		t.Logf("first  2: %v", &r.first[2])
		all, ghosts := r.m.Relays()
		t.Logf("cost %.2f us/report, %d pairs %d ears %d owns, %d relays %d ghosts u %.4f long %.4f", float64(r.cost.Nanoseconds())/1e3/float64(r.seen), len(r.m.pairs.keys), len(r.m.ears.keys), len(r.m.owns.keys), all, ghosts, r.m.unknownShare(), r.m.longShare())
		r.again(r.m, &r.second)
		t.Logf("second 1: %v", &r.second[1])
		t.Logf("second 2: %v", &r.second[2])
		t.Logf("second 3: %v", &r.second[3])
		m := r.m
		for i := range 1 {
			re := m.Relearn()
			for i := range c.Floods {
				re.Add(&c.Floods[i].Flood)
			}
			re.Settle()
			for i := range c.Floods {
				if r.scored(&c.Floods[i]) {
					re.Audit(&c.Floods[i].Flood)
				}
			}
			var fig Figures
			m, fig = re.Done()
			t.Logf("audit  1: %v", auditLine(&fig))
			var s [4]score
			r.again(m, &s)
			t.Logf("re %d   1: %v", i, &s[1])
			t.Logf("re %d   2: %v", i, &s[2])
		}
		if os.Getenv("DIAG") != "" {
			r.diag(t, m)
		}
	}
}

func auditLine(f *Figures) string {
	s := ""
	for _, p := range []float64{0, 0.9, 0.99} {
		pr, re, k := f.At(p)
		s += fmt.Sprintf(" | %.2f %6.2f %6.2f (%6.2f)", p, 100*pr, 100*re, 100*k)
	}
	return fmt.Sprintf("%8d hops known %6.2f", f.Hops, 100*float64(f.Known)/float64(f.Hops)) + s
}
