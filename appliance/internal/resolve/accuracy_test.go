package resolve

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"

	"hilltop/firmware-bridge/simmesh"
)

// accuracyRows is the table of docs/accuracy.md: a kind of mesh and a seed.
// Constants were chosen on seed 42 alone.
const accuracyRows = "plain:42 plain:7 plain:101 plain:555 harder:42 harder:7 harder:101 harder:555 harsh:42 harsh:7 harsh:101 harsh:555 " +
	"few-long:7 no-positions:7 small:7 large:7"

// TestAccuracy prints the table for the rows that HILLTOP_ACCURACY names, "all"
// or such as "plain:7 harsh:42"; plain:7:300000 has another number of
// observations. Corpora are kept in the folder HILLTOP_CORPORA, if it is set.
func TestAccuracy(t *testing.T) {
	rows := os.Getenv("HILLTOP_ACCURACY")
	if rows == "" {
		t.Skip("HILLTOP_ACCURACY is not set: ./build.sh bench accuracy sets it")
	}
	if rows == "all" {
		rows = accuracyRows
	}
	for _, row := range strings.Fields(rows) {
		part := strings.Split(row, ":")
		seed, err := strconv.ParseUint(part[1], 10, 64)
		if err != nil {
			t.Fatalf("row %q: %v", row, err)
		}
		cfg := meshConfig(part[0], seed)
		if len(part) > 2 {
			if cfg.Observations, err = strconv.Atoi(part[2]); err != nil {
				t.Fatalf("row %q: %v", row, err)
			}
		}
		c, err := loadCorpus(os.Getenv("HILLTOP_CORPORA"), part[0], cfg)
		if err != nil {
			t.Fatal(err)
		}
		report(t, row, c, cfg)
	}
}

func report(t *testing.T, row string, c *corpus, cfg simmesh.Config) {
	r := newRun(c)
	cost := r.cost()
	r.base = true
	r.live(c.Events)
	r.base = false
	live := r.m.Audit()
	bytes := len(r.m.AppendTo(nil))
	all, phantoms := r.m.Relays()
	second := r.secondPass()
	truth, err := simmesh.TruthOf(cfg)
	if err != nil {
		t.Fatal(err)
	}
	lp, lr := r.links(&truth)
	fmt.Printf("## %s: %d observations of %d floods; %d relays, %d phantoms; %.1f µs an observation; %d kB; long hashes %.1f %%\n",
		row, c.Reports, len(c.Floods), all, phantoms, float64(cost.Nanoseconds())/1e3, bytes/1000, 100*r.m.LongShare())
	for w := 1; w <= 3; w++ {
		line(fmt.Sprintf("%s | first, %d bytes", row, w), &r.first[w].figures)
		if w == 1 {
			line(row+" | first, audit", &live)
		}
		line(fmt.Sprintf("%s | second, %d bytes", row, w), &r.again[w].figures)
		if w == 1 {
			line(row+" | second, audit", &second)
		}
	}
	s := r.first[1]
	hops := float64(s.figures.Hops)
	fmt.Printf("%s | unique prefix %.2f / %.2f | nearest %.2f / %.2f (precision / recall)\n", row,
		100*share(s.base[0][0], s.base[0][0]+s.base[0][1]), 100*share(s.base[0][0], hops),
		100*share(s.base[1][0], s.base[1][0]+s.base[1][1]), 100*share(s.base[1][0], hops))
	relays, bad := poor(r.again[1].named)
	known, dim := poor(r.again[1].missed)
	fmt.Printf("%s | relays named, right < 90 %%: %d of %d | relays known, recall < 90 %%: %d of %d | links %.2f / %.2f\n",
		row, bad, relays, dim, known, 100*lp, 100*lr)
	for _, b := range r.again[1].figures.Calibration() {
		fmt.Printf("%s | said %.3f-%.3f: %.4f, right %.4f of %d\n", row, b.From, b.To, b.Said, b.Right, b.Hops)
	}
	worst(row, r)
}

func line(what string, f *Figures) {
	fmt.Printf("%s | known %.2f", what, 100*share(float64(f.Known), float64(f.Hops)))
	for _, at := range []float64{0, sayAt, 0.99} {
		p, recall, known := f.At(at)
		fmt.Printf(" | %.2f / %.2f / %.2f", 100*p, 100*recall, 100*known)
	}
	fmt.Println()
}

// worst prints the pairs of relays that are taken for one another most.
func worst(row string, r *run) {
	pairs := r.again[1].pairs
	var list [][2]int32
	total := 0
	for p, n := range pairs {
		list = append(list, p)
		total += n
	}
	sort.Slice(list, func(i, j int) bool { return pairs[list[i]] > pairs[list[j]] })
	for _, p := range list[:min(5, len(list))] {
		was, named := &r.m.ents[p[0]], &r.m.ents[p[1]]
		km := -1.0
		if d2, ok := apart(was, named); ok {
			km = float64(d2)
		}
		fmt.Printf("%s | %.1f %% of the errors: %x known %v located %v, named %x, km² %.0f\n", row, 100*float64(pairs[p])/float64(total),
			was.key[:3], was.named, was.located, named.key[:3], km)
	}
}
