package web

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// naiveTopology is counted path by path: of floods alone.
type naiveTopology struct {
	depths []int                         // of receptions with a relay
	snr    map[int][]float64             // by depth
	relays map[string]map[uint64]bool    // transmissions by who is behind a hop
	pairs  map[[2]string]int64           // by hops in order
	seen   map[string]map[string][]int   // distances by observer and relay
	edges  map[[2]string]map[uint64]bool // directed, by hops
}

func (w *simWorld) topologyOf(wants func(mesh.Transmission, mesh.Observation) bool) naiveTopology {
	n := naiveTopology{snr: map[int][]float64{}, relays: map[string]map[uint64]bool{}, pairs: map[[2]string]int64{}, seen: map[string]map[string][]int{}, edges: map[[2]string]map[uint64]bool{}}
	names := w.set.Nodes.Naming()
	who := func(h meshcore.Hop) string {
		if key, ok := names.One(h); ok {
			return key.String()
		}
		return h.String()
	}
	for _, tx := range w.all {
		if !slices.ContainsFunc(tx.Observations, func(o mesh.Observation) bool { return wants(tx, o) }) {
			continue
		}
		for i, o := range tx.Observations {
			path, ok := heardPath(tx, o)
			if !ok || len(path) == 0 {
				continue
			}
			if w.inTree[tx.ID][i] {
				for k := range path[1:] {
					edge := [2]string{path[k].String(), path[k+1].String()}
					if n.edges[edge] == nil {
						n.edges[edge] = map[uint64]bool{}
					}
					n.edges[edge][tx.ID] = true
				}
			}
			if !wants(tx, o) {
				continue
			}
			n.depths = append(n.depths, len(path))
			if o.SNR4 != mesh.NoSNR {
				n.snr[len(path)] = append(n.snr[len(path)], float64(o.SNR4)/4)
			}
			by, _ := w.st.ObserverByNum(o.Observer)
			for k, hop := range path {
				if n.relays[who(hop)] == nil {
					n.relays[who(hop)] = map[uint64]bool{}
				}
				n.relays[who(hop)][tx.ID] = true
				if n.seen[by.ID] == nil {
					n.seen[by.ID] = map[string][]int{}
				}
				n.seen[by.ID][who(hop)] = append(n.seen[by.ID][who(hop)], len(path)-k)
			}
		}
	}
	for edge, txs := range n.edges {
		if edge[0] > edge[1] {
			edge[0], edge[1] = edge[1], edge[0]
		}
		n.pairs[edge] += int64(len(txs))
	}
	return n
}

func (a apiNamed) who() string {
	if a.PublicKey != nil {
		return *a.PublicKey
	}
	return a.Hop
}

// The topology is that of the paths of floods, over all of their copies: a direct
// packet's path and a trace's route were not travelled, and one relay's hop is
// nobody else's for being the nearest.
func TestTopologyAgainstPaths(t *testing.T) {
	w := newSimWorld(t)
	w.treePaths(w.all[0]) // fills inTree
	region := w.st.Observers()[0].Region
	middle := w.all[len(w.all)/3].First()
	regionNumber := func(o mesh.Observation) bool { return w.st.Region(o.Region) == region }
	for query, wants := range map[string]func(mesh.Transmission, mesh.Observation) bool{
		"":                         func(mesh.Transmission, mesh.Observation) bool { return true },
		"?region=" + region:        func(_ mesh.Transmission, o mesh.Observation) bool { return regionNumber(o) },
		"?region=NOWHERE":          func(mesh.Transmission, mesh.Observation) bool { return false },
		"?from=" + apiTime(middle): func(tx mesh.Transmission, _ mesh.Observation) bool { return tx.First() >= middle },
		"?to=" + apiTime(middle):   func(tx mesh.Transmission, _ mesh.Observation) bool { return tx.First() < middle },
	} {
		for range 2 { // the second time from what is remembered
			var got apiTopology
			w.ask("/api/analytics/topology"+query, &got)
			w.checkTopology(query, got, w.topologyOf(wants))
		}
	}
}

func (w *simWorld) checkTopology(query string, got apiTopology, want naiveTopology) {
	t := w.t
	t.Helper()
	sort.Ints(want.depths)
	if len(want.depths) == 0 {
		if got.AvgHops != 0 || len(got.Distribution)+len(got.Repeaters)+len(got.Pairs)+len(got.Reach) != 0 {
			t.Fatalf("%s: %s", query, mustJSON(got))
		}
		return
	}
	sum, counts := 0, map[int]int64{}
	for _, d := range want.depths {
		sum += d
		counts[d]++
	}
	n := len(want.depths)
	if got.AvgHops != roundTo(float64(sum)/float64(n), 2) || got.MedianHops != want.depths[n/2] || got.MaxHops != want.depths[n-1] {
		t.Fatalf("%s: average %v, median %d, most %d; want %v, %d, %d", query, got.AvgHops, got.MedianHops, got.MaxHops, float64(sum)/float64(n), want.depths[n/2], want.depths[n-1])
	}
	for i, d := range got.Distribution {
		s := 0.0
		for _, v := range want.snr[d.Hops] {
			s += v
		}
		if d.Count != counts[d.Hops] || i < len(got.HopsVsSNR) && !near(got.HopsVsSNR[i].AvgSNR, s, int64(len(want.snr[d.Hops]))) {
			t.Fatalf("%s: %d hops: %s %s", query, d.Hops, mustJSON(d), mustJSON(got.HopsVsSNR[i]))
		}
	}
	most := slices.SortedFunc(maps.Values(want.relays), func(a, b map[uint64]bool) int { return len(b) - len(a) })
	for i, r := range got.Repeaters {
		if r.Count != int64(len(want.relays[r.who()])) || r.Count != int64(len(most[i])) {
			t.Fatalf("%s: relay %d: %s, want %d", query, i, mustJSON(r), len(want.relays[r.who()]))
		}
	}
	pairs := slices.Sorted(maps.Values(want.pairs))
	slices.Reverse(pairs)
	for i, p := range got.Pairs {
		if p.Count != want.pairs[[2]string{p.HopA, p.HopB}] || p.Count != pairs[i] {
			t.Fatalf("%s: pair %d: %s, want %d", query, i, mustJSON(p), want.pairs[[2]string{p.HopA, p.HopB}])
		}
	}
	relays, total := map[string]int{}, 0
	for id, rings := range got.Reach {
		have := 0
		for _, ring := range rings.Rings {
			for _, node := range ring.Nodes {
				seen := want.seen[id][node.who()]
				span := ""
				if node.Range != nil {
					span = *node.Range
				} else {
					span = fmt.Sprintf("%d-%d", ring.Hops, ring.Hops)
				}
				if least, greatest := slices.Min(seen), slices.Max(seen); node.Count != int64(len(seen)) || ring.Hops != least || span != fmt.Sprintf("%d-%d", least, greatest) {
					t.Fatalf("%s: %s in ring %d, want %v", query, mustJSON(node), ring.Hops, seen)
				}
				have++
				relays[node.who()]++
			}
		}
		if have != len(want.seen[id]) {
			t.Fatalf("%s: %s is reached by %d, want %d", query, id, have, len(want.seen[id]))
		}
		total += have
	}
	if len(got.Reach) != len(want.seen) || got.BestTotal != len(relays) || len(got.Observers) != len(want.seen) {
		t.Fatalf("%s: %d observers are reached, want %d; %d relays, want %d", query, len(got.Reach), len(want.seen), got.BestTotal, len(relays))
	}
	several := 0
	for _, n := range relays {
		if n > 1 {
			several++
		}
	}
	if got.MultiTotal != several || !slices.IsSortedFunc(got.Multi, func(a, b apiManySeen) int { return len(b.Observers) - len(a.Observers) }) {
		t.Fatalf("%s: %d are seen by several, want %d", query, got.MultiTotal, several)
	}
	for _, m := range got.Multi {
		if len(m.Observers) != relays[m.who()] || m.PublicKey == nil && m.Hop != strings.ToUpper(m.Hop) {
			t.Fatalf("%s: %s", query, mustJSON(m))
		}
	}
	if total == 0 {
		t.Fatal("nothing is reached")
	}
}
