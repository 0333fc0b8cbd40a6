package web

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// treePaths are the different paths of a transmission's copies that are in its
// tree, as hops in hex.
func (w *simWorld) treePaths(tx mesh.Transmission) [][]string {
	if w.inTree == nil {
		w.inTree = map[uint64][]bool{}
		for _, hour := range w.st.Hours() {
			w.st.PickHour(hour).Each(func(s *mesh.Scanned) bool {
				for _, o := range s.Obs {
					w.inTree[s.ID] = append(w.inTree[s.ID], o.HasTree())
				}
				return true
			})
		}
	}
	one := tx
	one.Observations = nil
	for i, o := range tx.Observations {
		if w.inTree[tx.ID][i] {
			one.Observations = append(one.Observations, o)
		}
	}
	return heardPaths(one)
}

// heardPaths are the different heard paths of a transmission's copies, as hops
// in hex.
func heardPaths(tx mesh.Transmission) [][]string {
	seen := map[string][]string{}
	for _, o := range tx.Observations {
		heard, ok := o.Packet(tx.Payload).Heard()
		if !ok {
			continue
		}
		var hops []string
		for _, h := range heard.All() {
			hops = append(hops, h.String())
		}
		seen[strings.Join(hops, ",")] = hops
	}
	return slices.Collect(maps.Values(seen))
}

// counts counts every sequence of least to most hops by itself.
func (w *simWorld) counts(least, most int, want func(mesh.Transmission) bool) (counts map[string]int64, paths int64) {
	counts = map[string]int64{}
	for _, tx := range w.all {
		if !want(tx) {
			continue
		}
		seen, long := map[string]bool{}, false
		for _, hops := range w.treePaths(tx) {
			long = long || len(hops) >= 2
			for n := least; n <= most; n++ {
				for i := 0; i+n <= len(hops); i++ {
					seen[strings.Join(hops[i:i+n], ",")] = true
				}
			}
		}
		if long {
			paths++
		}
		for s := range seen {
			counts[s]++
		}
	}
	return counts, paths
}

func TestAPISubpathsCount(t *testing.T) {
	w := newSimWorld(t)
	region := w.st.Observers()[0].Region
	all := func(mesh.Transmission) bool { return true }
	there := copyIs(func(o mesh.Observation) bool { return w.st.Region(o.Region) == region })
	for _, c := range []struct {
		query       string
		least, most int
		want        func(mesh.Transmission) bool
	}{
		{"", 2, 8, all}, {"minLen=5", 5, 8, all}, {"maxLen=2", 2, 2, all}, {"minLen=3&maxLen=4&region=" + region, 3, 4, there}, {"window=7d", 2, 8, all},
		{"region=ZZZ", 2, 8, func(mesh.Transmission) bool { return false }},
		{"to=2026-01-01T03:00:00Z", 2, 8, func(tx mesh.Transmission) bool { return tx.First() < w.all[0].First()/3_600_000*3_600_000+3*3_600_000 }},
	} {
		counts, paths := w.counts(c.least, c.most, c.want)
		var got apiSequenceList
		w.ask("/api/analytics/subpaths?limit=200&"+c.query, &got)
		if got.TotalPaths != paths || len(got.Subpaths) != min(200, len(counts)) {
			t.Errorf("%q: want %d of %d sequences in %d paths, have %d in %d", c.query, min(200, len(counts)), len(counts), paths, len(got.Subpaths), got.TotalPaths)
		}
		order := slices.Sorted(maps.Values(counts))
		for i, x := range got.Subpaths {
			if key := strings.Join(x.RawHops, ","); counts[key] != x.Count || x.Hops != len(x.RawHops) || order[len(order)-1-i] != x.Count {
				t.Errorf("%q: %s: want %d, have %d", c.query, key, counts[key], x.Count)
			}
		}
	}
}

func TestAPISubpathsBulkIsSubpaths(t *testing.T) {
	w := newSimWorld(t)
	var bulk apiSequenceGroups
	w.ask("/api/analytics/subpaths-bulk?groups=2-2:50,3-3:30,4-4:20,5-8:15", &bulk)
	for i, query := range []string{"minLen=2&maxLen=2&limit=50", "minLen=3&maxLen=3&limit=30", "minLen=4&maxLen=4&limit=20", "minLen=5&maxLen=8&limit=15"} {
		var one apiSequenceList
		w.ask("/api/analytics/subpaths?"+query, &one)
		if fmt.Sprint(one) != fmt.Sprint(bulk.Results[i]) || len(one.Subpaths) == 0 {
			t.Errorf("%s: have %v and %v", query, one, bulk.Results[i])
		}
	}
}

func TestAPISubpathDetail(t *testing.T) {
	w := newSimWorld(t)
	var list apiSequenceList
	w.ask("/api/analytics/subpaths?limit=20", &list)
	for _, x := range list.Subpaths {
		key := strings.Join(x.RawHops, ",")
		parents, samples := map[string]int64{}, int64(0)
		has := func(hops []string) bool { return strings.Contains(","+strings.Join(hops, ",")+",", ","+key+",") }
		for _, tx := range w.all {
			for _, hops := range w.treePaths(tx) {
				if has(hops) {
					parents[strings.Join(hops, ",")]++
				}
			}
			for i, o := range tx.Observations {
				if !w.inTree[tx.ID][i] {
					continue
				}
				one := tx
				one.Observations = []mesh.Observation{o}
				if paths := heardPaths(one); len(paths) == 1 && has(paths[0]) && o.SNR4 != mesh.NoSNR {
					samples++
				}
			}
		}
		var got apiSequenceDetail
		w.ask("/api/analytics/subpath-detail?hops="+strings.ToLower(key), &got)
		hours := int64(0)
		for _, n := range got.HourDistribution {
			hours += n
		}
		if got.TotalMatches != x.Count || hours != x.Count || got.Signal.Samples != samples || got.ParentPathsTotal != len(parents) {
			t.Errorf("%s: want %d matches, %d samples, %d paths, have %+v", key, x.Count, samples, len(parents), got)
		}
		if most := slices.Max(slices.Collect(maps.Values(parents))); len(got.ParentPaths) == 0 || got.ParentPaths[0].Count != most {
			t.Errorf("%s: the commonest path should have %d: %v", key, most, got.ParentPaths)
		}
	}
	var none apiSequenceDetail
	w.ask("/api/analytics/subpath-detail?hops=000000,000000,000000", &none)
	if none.TotalMatches != 0 || none.FirstSeen != nil || len(none.Nodes) != 3 {
		t.Errorf("no match: have %+v", none)
	}
}

func TestAPINodePaths(t *testing.T) {
	w := newSimWorld(t)
	relays := 0
	for _, n := range w.set.Nodes.List() {
		var got apiNodePaths
		w.ask("/api/nodes/"+n.Node.Key.String()+"/paths", &got)
		relayed, paths := int64(0), map[string]int64{}
		for _, tx := range w.all {
			if w.relayedBy(tx, n.Node.Key) {
				relayed++
			}
			for _, hops := range heardPaths(tx) {
				for _, p := range got.Node.hopsOf() {
					if slices.Contains(hops, p) && w.names(p, n.Node) {
						paths[strings.Join(hops, ",")]++
						break
					}
				}
			}
		}
		if got.TotalTransmissions != relayed || got.TotalPaths != len(paths) || len(got.Paths) != min(apiPathsShown, len(paths)) {
			t.Errorf("%s: want %d transmissions by %d paths, have %d by %d", n.Node.Name, relayed, len(paths), got.TotalTransmissions, got.TotalPaths)
		}
		for _, p := range got.Paths {
			var hops []string
			for _, h := range p.Hops {
				hops = append(hops, h.Prefix)
			}
			if key := strings.Join(hops, ","); paths[key] != p.Count {
				t.Errorf("%s by %s: want %d, have %d", n.Node.Name, key, paths[key], p.Count)
			}
		}
		if relayed > 0 {
			relays++
		}
	}
	if relays < 5 {
		t.Errorf("only %d relays", relays)
	}
}

// hopsOf are the hops under which a node may stand.
func (a apiNode) hopsOf() []string {
	key := strings.ToUpper(a.PublicKey)
	return []string{key[:2], key[:4], key[:6]}
}

// names tells whether a hop is one node's alone.
func (w *simWorld) names(hop string, node mesh.Node) bool {
	n, ok := w.set.Nodes.NameHop(parseHop(hop))
	return ok && n.Key == node.Key
}

func parseHop(s string) meshcore.Hop {
	hop, err := meshcore.ParseHop(s)
	if err != nil {
		panic(err)
	}
	return hop
}
