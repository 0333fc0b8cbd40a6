package resolve

import (
	"fmt"
	"sort"
	"testing"
)

// diag classifies the hops of known relays that are not named right.
func (r *run) diag(t *testing.T, m *Model) {
	class := map[string]int{}
	pairsN := map[string]int{}
	total := 0
	var path []Name
	for i := range r.c.Floods {
		x := &r.c.Floods[i]
		if !r.scored(x) || x.Flood.Width != 1 {
			continue
		}
		r.w.Resolve(m, &x.Flood, &r.naming)
		truth := map[int32]map[uint16]bool{}
		for k := range x.Relays {
			if !x.Score[k] {
				continue
			}
			d := len(x.Relays[k]) - 1
			for n := x.Flood.Reports[k].Node; n > 0; n = x.Flood.Nodes[n-1].Parent {
				if truth[n] == nil {
					truth[n] = map[uint16]bool{}
				}
				truth[n][x.Relays[k][d]] = true
				d--
			}
		}
		for k := range x.Relays {
			if !x.Score[k] {
				continue
			}
			path = r.naming.AppendPath(path[:0], &x.Flood, k)
			n := x.Flood.Reports[k].Node
			for d, got := range path {
				nd := &r.w.nodes[n]
				want := r.c.Keys[x.Relays[k][len(path)-1-d]]
				id, met := m.byKey[want]
				total++
				right := got.Relay != 0 && m.ents[got.Relay].key == want
				if !(right && got.P >= 0.9) && (met && m.ents[id].named || got.P >= 0.9) {
					pos := "mid"
					if d == 0 {
						pos = "last"
					}
					if d == len(path)-1 {
						pos = "first"
						if d == 0 {
							pos = "only"
						}
					}
					in := false
					for _, c := range nd.cand {
						in = in || met && c == id
					}
					what := "right but unsure"
					if !in {
						what = "not candidate"
					} else if got.Relay == 0 {
						what = "none named"
					} else if !right {
						what = "wrong"
					}
					if got.P >= 0.9 {
						what = "CONFIDENT " + what
						pairsN[fmt.Sprintf("%s: %v got %v", what, want.String()[:6], m.ents[got.Relay].key.String()[:6])]++
					}
					org := "origin ?"
					if len(r.w.nodes[0].cand) == 1 && r.w.nodes[0].cand[0] >= 2 {
						org = "origin known"
					} else if len(r.w.nodes[0].cand) > 1 {
						org = "origin some"
					}
					if pos == "mid" || pos == "last" {
						org = ""
					}
					class[fmt.Sprintf("%-20s %-6s merged %-5v pairstate %-5v %s", what, pos, len(truth[n]) > 1, len(nd.pairs) > 0, org)]++
				}
				n = x.Flood.Nodes[n-1].Parent
			}
		}
	}
	show := func(c map[string]int, n int) {
		var l []string
		for k := range c {
			l = append(l, k)
		}
		sort.Slice(l, func(i, j int) bool { return c[l[i]] > c[l[j]] })
		for _, k := range l[:min(n, len(l))] {
			t.Logf("   %6.3f%% %s", 100*float64(c[k])/float64(total), k)
		}
	}
	show(class, 24)
	show(pairsN, 8)
}
