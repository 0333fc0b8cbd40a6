package web

import (
	"cmp"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// ask calls the API of a world and reads its answer into v.
func (w *world) ask(path string, v any) {
	w.t.Helper()
	got := w.get(path)
	if err := json.Unmarshal(got.Body.Bytes(), v); err != nil || got.Code != 200 {
		w.t.Fatalf("%s: %d %v %s", path, got.Code, err, got.Body)
	}
}

func TestAPINeighborsAndReach(t *testing.T) {
	w, ridge := linked(t)
	direct := w.text("Public", 300, "Ann", "hello")
	direct.Route, direct.PathLen, direct.PathBytes = meshcore.Direct, 2, []byte{0xc3, 0xa1}
	direct.Header = byte(direct.Type)<<2 | byte(direct.Route)
	w.hear(direct, w.observer("FAR", "Far", ""), w.ago(time.Minute), 4) // heard of nobody on its path
	w.open()
	var near apiNeighbors
	w.ask("/api/nodes/"+ridge.Key.String()+"/neighbors", &near)
	by := map[string]apiNeighbor{}
	for _, n := range near.Neighbors {
		by[n.Name] = n
	}
	if len(by) != 3 || near.Total != 151 || near.Node != ridge.Key.String() {
		t.Fatalf("got %+v", near)
	}
	if n := by["Knoll"]; n.CountIn != 50 || n.CountOut != 50 || n.Count != 100 || n.ByMode["1"] != 100 || n.Prefix != "B2" || n.Ambiguous || n.AvgSNR != nil || len(n.Observers) != 0 {
		t.Errorf("got %+v", n)
	}
	if n := by["Roof"]; n.PublicKey == nil || n.CountOut != 50 || n.AvgSNR == nil || *n.AvgSNR != -3 || !slices.Equal(n.Observers, []string{"Roof"}) {
		t.Errorf("got %+v", n)
	}
	w.ask("/api/nodes/"+ridge.Key.String()+"/neighbors?min_count=2&min_score=0.6", &near)
	if len(near.Neighbors) != 1 || near.Neighbors[0].Name != "Knoll" {
		t.Errorf("got %+v", near)
	}
	var reach apiReach
	w.ask("/api/nodes/"+ridge.Key.String()+"/reach?days=1", &reach)
	if !slices.Equal(reach.Tokens, []string{"A1", "A101", "A10100"}) || len(reach.Links) != 2 || len(reach.Direct) != 1 {
		t.Fatalf("got %+v", reach)
	}
	if l := reach.Links[0]; l.Name != "Knoll" || l.WeHear != 50 || l.TheyHear != 50 || l.Bottleneck != 50 || !l.Bidir {
		t.Errorf("got %+v", l)
	}
	if l := reach.Links[1]; l.Name != "Pass" || l.WeHear != 0 || l.TheyHear != 1 || l.Bottleneck != 0 || l.Bidir {
		t.Errorf("got %+v", l)
	}
	if i := reach.Importance; i.Bidirectional != 1 || i.Direct != 1 || i.Relayed != 101 || reach.Direct[0].Count != 50 {
		t.Errorf("got %+v", i)
	}
	var graph apiGraph
	w.ask("/api/analytics/neighbor-graph?min_count=1&min_score=0", &graph)
	if len(graph.Edges) != 2 || len(graph.Nodes) != 3 || graph.Nodes[0].Name != "Ridge" || graph.Stats.Cluster != 4.0/3 {
		t.Fatalf("got %+v", graph)
	}
	for _, e := range graph.Edges {
		if e.Bidirectional != (e.Weight == 100) {
			t.Errorf("direction is measured: got %+v", e)
		}
	}
	for _, q := range []string{"min_count=-1", "min_score=2", "role=king"} {
		if got := w.get("/api/analytics/neighbor-graph?" + q); got.Code != 400 {
			t.Errorf("%s: %d", q, got.Code)
		}
	}
	// A region that nobody has lets nothing through: it does not switch the filter off.
	for _, region := range []string{"PDX", "All"} {
		w.ask("/api/analytics/neighbor-graph?min_count=1&min_score=0&region="+region, &graph)
		if all := region == "All"; (len(graph.Edges) == 2) != all || len(graph.Edges) > 0 && !all {
			t.Errorf("region %s: got %+v", region, graph)
		}
	}
}

func TestAPIResolvesOnlyWhatIsCertain(t *testing.T) {
	w, ridge := linked(t)
	w.node("a1ff", "Twin", meshcore.RoleRepeater, w.ago(time.Hour))
	w.node("b2ff", "Pocket", meshcore.RoleCompanion, w.ago(time.Hour)) // no relay: behind no hop
	w.open()
	var got apiHopNames
	w.ask("/api/resolve-hops?hops=a1,A101,b2,77&from_node="+w.st.Nodes()[0].Key.String(), &got)
	if h := got.Resolved["a1"]; h.Name != nil || !h.Ambiguous || h.Confidence != "ambiguous" || len(h.Candidates) != 2 || len(h.Conflicts) != 2 {
		t.Errorf("a1: got %+v", h)
	}
	if h := got.Resolved["A101"]; h.Name == nil || *h.Name != "Ridge" || *h.PublicKey != ridge.Key.String() || h.Confidence != "unique_prefix" {
		t.Errorf("A101: got %+v", h)
	}
	if h := got.Resolved["b2"]; h.Name == nil || *h.Name != "Knoll" {
		t.Errorf("b2: got %+v", h)
	}
	if h := got.Resolved["77"]; h.Name != nil || h.Confidence != "no_match" || h.Candidates == nil {
		t.Errorf("77: got %+v", h)
	}
	for _, q := range []string{"hops=a", "hops=zz", "hops=a1b2c3d4", "hops=" + strings.Join(append(everyHop(), "ff"), ","), "hops=a1&from_node=9999999999"} {
		if got := w.get("/api/resolve-hops?" + q); got.Code != 400 {
			t.Errorf("%s: %d", q, got.Code)
		}
	}
	var one apiResolved
	w.ask("/api/nodes/resolve?prefix=A101", &one)
	if one.Name == nil || *one.Name != "Ridge" || one.Ambiguous {
		t.Errorf("got %+v", one)
	}
	if got := w.get("/api/nodes/resolve?prefix=a1"); got.Code != 400 {
		t.Errorf("two digits: %d", got.Code)
	}
	w.node("a101ff", "Third", meshcore.RoleRoom, w.ago(time.Hour))
	w.open()
	if body := w.get("/api/nodes/resolve?prefix=a101").Body.String(); strings.TrimSpace(body) != `{"prefix":"a101","ambiguous":true}` {
		t.Errorf("got %s", body)
	}
}

// While links or the survey are missing, what is nothing but them says so.
func TestAPIOfLinksWaits(t *testing.T) {
	w, ridge := linked(t)
	w.store.Set(w.st)
	for _, path := range []string{"/api/nodes/" + ridge.Key.String() + "/neighbors", "/api/nodes/" + ridge.Key.String() + "/reach", "/api/analytics/neighbor-graph",
		"/api/analytics/hash-sizes", "/api/analytics/hash-collisions", "/api/analytics/distance", "/api/analytics/roles", "/api/resolve-hops?hops=a1"} {
		if got := w.get(path); got.Code != 503 || got.Header().Get("Retry-After") != "5" {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
	w.open()
	for _, path := range []string{"/api/analytics/hash-collisions", "/api/analytics/distance"} {
		if got := w.get(path); got.Code != 503 {
			t.Errorf("%s before the first survey: %d", path, got.Code)
		}
	}
}

// Of the simulated mesh: edges that are certain are links that there are, and
// distances are of neighbours, never of what has an unknown place between.
func TestAPIGraphIsThatOfTheMesh(t *testing.T) {
	w, x := named(t)
	w.day = w.surveyNamed(x)
	number := map[string]int32{}
	for i, n := range w.rec.truth.Nodes {
		number[strings.ToLower(n.PubKey)] = int32(i)
	}
	neighbours := func(a, b string) bool {
		i, j := number[a], number[b]
		return slices.Contains(w.rec.truth.Nodes[i].Links, j) || slices.Contains(w.rec.truth.Nodes[j].Links, i)
	}
	var graph apiGraph
	w.ask("/api/analytics/neighbor-graph?min_count=1&min_score=0", &graph)
	certain, wrong, likely := 0, 0, 0
	for _, e := range graph.Edges {
		switch {
		case !e.Ambiguous:
			certain++
			if !neighbours(e.Source, e.Target) {
				t.Errorf("%s and %s do not hear one another", e.Source[:8], e.Target[:8])
			}
		case !neighbours(e.Source, e.Target):
			wrong++
			fallthrough
		default:
			likely++
		}
	}
	if certain < 20 || likely < 10 || 10*wrong > likely {
		t.Errorf("%d certain edges, %d likely, %d of them wrong", certain, likely, wrong)
	}
	var far apiDistances
	w.ask("/api/analytics/distance", &far)
	for _, l := range far.TopHops {
		if !neighbours(l.FromPk, l.ToPk) {
			t.Errorf("%s and %s do not hear one another", l.FromName, l.ToName)
		}
		if l.Hash == nil {
			t.Fatalf("%s and %s: no packet went over it", l.FromName, l.ToName)
		}
		stands := false
		for _, tx := range w.all {
			for _, o := range tx.Observations {
				stands = stands || tx.Hash.String() == *l.Hash && apiTime(o.At) == l.At && w.shows(tx, o, l.FromPk, l.ToPk)
			}
		}
		if !stands {
			t.Errorf("%s and %s: %s did not go over it at %s", l.FromName, l.ToName, *l.Hash, l.At)
		}
	}
	if far.Summary.Hops < 10 || far.Summary.Max != far.TopHops[0].Dist || far.Summary.Max > 300 {
		t.Errorf("got %+v", far.Summary)
	}
	legs, wrong := 0, 0
	for _, way := range far.TopPaths {
		sum, at := 0.0, ""
		for _, l := range way.Legs {
			if legs++; !neighbours(l.FromPk, l.ToPk) {
				wrong++
			}
			if at != "" && at != l.FromPk {
				t.Errorf("%s: no leg leads to %s", way.Hash, l.FromName)
			}
			sum, at = sum+l.Dist, l.ToPk
		}
		if len(way.Legs) != way.Hops || math.Abs(sum-way.Dist) > 0.01*float64(way.Hops) || way.At < far.PathsFrom || way.At >= far.PathsTo {
			t.Errorf("got %+v", way)
		}
	}
	var over int64
	for _, hour := range far.OverTime {
		over += hour.Count
	}
	if 10*wrong > legs || len(far.TopPaths) != 20 || far.Summary.Paths < 100 || over < far.Summary.Paths || len(far.OverTime) < 5 {
		t.Errorf("%d of %d legs join nobody; %d paths, %d legs in %d hours", wrong, legs, far.Summary.Paths, over, len(far.OverTime))
	}
	var nowhere apiDistances
	if w.ask("/api/analytics/distance?region=ZZZ", &nowhere); nowhere.Summary.Paths != 0 || len(nowhere.TopPaths) != 0 || len(nowhere.OverTime) != 0 {
		t.Errorf("an unknown region: got %+v", nowhere)
	}
	bins := 0
	legs = 0
	for _, b := range far.Histogram.Bins {
		bins += b.Count
	}
	for _, c := range far.Stats {
		legs += c.Count
	}
	if bins != far.Summary.Hops || legs != far.Summary.Hops {
		t.Errorf("%d links, %d in bins, %d by type", far.Summary.Hops, bins, legs)
	}
}

func TestLongestAgainstASort(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for n := range 60 {
		legs := make([]report.Leg, n)
		for i := range legs {
			legs[i] = report.Leg{A: &mesh.Node{}, KM: float64(r.IntN(25))}
		}
		want := slices.Clone(legs)
		slices.SortStableFunc(want, func(a, b report.Leg) int { return cmp.Compare(b.KM, a.KM) })
		if got := longest(legs, 20); !slices.Equal(got, want[:min(20, n)]) {
			t.Fatalf("%d legs: got %v, want %v", n, got, want)
		}
	}
}

// shows tells whether a copy shows that one of two nodes heard the other: each is the
// sender, a hop of the path as it begins, or the observer.
func (w *simWorld) shows(tx mesh.Transmission, o mesh.Observation, a, b string) bool {
	p := o.Packet(tx.Payload)
	var way []string
	if tx.Verified {
		way = append(way, meshcore.PublicKey(tx.Payload[:32]).String())
	}
	if path, ok := p.Heard(); ok {
		for _, hop := range path.All() {
			way = append(way, strings.ToLower(hop.String()))
		}
	}
	by, _ := w.st.ObserverByNum(o.Observer)
	way = append(way, strings.ToLower(by.ID))
	for i := 1; i < len(way); i++ {
		x, y := way[i-1], way[i]
		if strings.HasPrefix(a, x) && strings.HasPrefix(b, y) || strings.HasPrefix(b, x) && strings.HasPrefix(a, y) {
			return true
		}
	}
	return false
}

// The median is of what observers measured of the other end itself, packet by packet.
func TestAPIMedianSNRAgainstPackets(t *testing.T) {
	w := newSimWorld(t)
	w.day = w.survey()
	names := w.set.Nodes.Naming()
	measured := map[[2]string][]int{}
	for _, tx := range w.all {
		for _, o := range tx.Observations {
			p := o.Packet(tx.Payload)
			p.Type = tx.Type
			path, heard := p.Heard()
			ahead, direct := p.Ahead()
			from, ok := meshcore.PublicKey{}, false
			if last, relayed := path.Last(); heard && relayed {
				from, ok = names.One(last)
			} else if tx.Verified && (heard || direct && ahead.Len() == 0) {
				ok = tx.Type == meshcore.TypeAdvert
				copy(from[:], tx.Payload)
			}
			if by, is := w.st.ObserverByNum(o.Observer); ok && is && o.SNR4 != mesh.NoSNR {
				ends := []string{from.String(), strings.ToLower(by.ID)}
				slices.Sort(ends)
				measured[[2]string(ends)] = append(measured[[2]string(ends)], int(o.SNR4))
			}
		}
	}
	var far apiDistances
	w.ask("/api/analytics/distance", &far)
	told := 0
	for _, l := range far.TopHops {
		ends := []string{l.FromPk, l.ToPk}
		slices.Sort(ends)
		list := measured[[2]string(ends)]
		slices.Sort(list)
		if n := len(list); n == 0 {
			if l.MedianSNR != nil {
				t.Errorf("%s to %s: got %g, and nobody measured", l.FromName, l.ToName, *l.MedianSNR)
			}
		} else if told++; l.MedianSNR == nil || *l.MedianSNR != roundTo(float64(list[(n-1)/2]+list[n/2])/8, 2) {
			t.Errorf("%s to %s: got %v of %v", l.FromName, l.ToName, l.MedianSNR, list)
		}
	}
	if told < 3 {
		t.Errorf("%d medians", told)
	}
}

// Legs, and what went over them, are the edges that are certain.
func TestLegsAgainstEdges(t *testing.T) {
	w, x := named(t)
	w.day = w.surveyNamed(x)
	h, ok := w.s.held()
	if !ok {
		t.Fatal("nothing is held")
	}
	nodes := nodesOf(h)
	for range 2 {
		var want []report.Edge
		doubted, back := 0, 0
		for _, e := range nodes.Edges(0, 1<<60, w.day) {
			if !e.Believed {
				want = append(want, e)
				if e.Doubted {
					doubted++
				}
				if e.Back.Count > 0 && e.There.SNR.Count > 0 {
					back++
				}
			}
		}
		have := nodes.EdgesOf(nodes.Legs(0, 1<<60, w.day), 0, 1<<60)
		if len(have) != len(want) || len(want) < 20 || back == 0 {
			t.Fatalf("have %d edges, want %d, %d both ways", len(have), len(want), back)
		}
		for i := range want {
			if !reflect.DeepEqual(have[i], want[i]) {
				t.Fatalf("have %+v\nwant %+v", have[i], want[i])
			}
		}
	}
}

// Widths are counted as packets one by one show them.
func TestAPIHashSizesAgainstPackets(t *testing.T) {
	w := newSimWorld(t)
	var want [4]int64
	hops := map[string]int64{}
	for _, tx := range w.all {
		widths, seen := map[int]bool{}, map[string]bool{}
		for _, o := range tx.Observations {
			p := o.Packet(nil)
			path, ok := p.Heard()
			if !ok || path.Len() == 0 {
				continue
			}
			widths[p.HopWidth()] = true
			for _, hop := range path.All() {
				seen[hop.String()] = true
			}
		}
		for width := range widths {
			want[width]++
		}
		for hop := range seen {
			hops[hop]++
		}
	}
	var got apiWidths
	w.ask("/api/analytics/hash-sizes", &got)
	hourly := [4]int64{}
	for _, h := range got.Hourly {
		hourly[1], hourly[2], hourly[3] = hourly[1]+h.One, hourly[2]+h.Two, hourly[3]+h.Wide
	}
	if got.Total != want[1]+want[2]+want[3] || got.Distribution["1"] != want[1] || got.Distribution["2"] != want[2] || hourly != want || want[1] == 0 || want[2] == 0 {
		t.Errorf("got %+v, by hour %v, want %v", got.Distribution, hourly, want)
	}
	for _, h := range got.TopHops {
		if hops[h.Hex] != h.Count {
			t.Errorf("hop %s: got %d, want %d", h.Hex, h.Count, hops[h.Hex])
		}
	}
	var none apiWidths
	w.ask("/api/analytics/hash-sizes?region=ZZZ", &none)
	if none.Total != 0 || len(none.Capability) != 0 {
		t.Errorf("an unknown region: got %d", none.Total)
	}
}

// Rooms and companions whose width goes back and forth are told of like
// repeaters, and all relays clash, whatever the width of their own packets.
func TestAPICollisions(t *testing.T) {
	w := newSimWorld(t)
	w.day = w.survey()
	var got apiCollisions
	w.ask("/api/analytics/hash-collisions", &got)
	for width, space := range map[string]int{"1": 256, "2": 65_536, "3": 1 << 24} {
		c := got.BySize[width]
		if c.Stats.Nodes != len(w.day.Relays) || c.Stats.Space != space || c.Stats.Collisions != len(c.Collisions) {
			t.Errorf("width %s: got %+v", width, c.Stats)
		}
		relays := 0
		for _, x := range c.Collisions {
			relays += x.Appearances - 1
			for _, n := range x.Nodes {
				if !strings.HasPrefix(strings.ToUpper(n.PublicKey), x.Prefix) {
					t.Errorf("%s has not %s", n.PublicKey, x.Prefix)
				}
			}
		}
		if c.Stats.Unique+relays != c.Stats.Nodes {
			t.Errorf("width %s: %d hops and %d more relays are not %d", width, c.Stats.Unique, relays, c.Stats.Nodes)
		}
	}
	if len(got.BySize["1"].OneByte) != 256 || len(got.BySize["2"].TwoByte) != 256 || len(got.BySize["1"].Collisions) == 0 {
		t.Errorf("cells: %d, %d", len(got.BySize["1"].OneByte), len(got.BySize["2"].TwoByte))
	}
}

// Counters that began anew give no rate, and a long silence gives none either.
func TestAPIMetricsOfAnObserver(t *testing.T) {
	at := func(minutes int64, uptime, tx uint32) mesh.MetricsSample {
		return mesh.MetricsSample{At: 1_777_000_000_000 + minutes*60_000, Has: 1 | 1<<1 | 1<<3, BatteryMV: 4000, UptimeS: uptime, TxAirS: tx, NoiseDBm4: -440}
	}
	got := apiMetricsOf(mesh.Observer{ID: "AB", Name: "Roof"}, []mesh.MetricsSample{at(0, 9000, 100), at(5, 9300, 103), at(10, 60, 1), at(70, 3660, 40)}, 5*time.Minute)
	if len(got.Reboots) != 1 || len(got.Metrics) != 4 || !got.Metrics[2].Reboot || got.Metrics[2].TxAirtime != nil || got.Metrics[3].TxAirtime != nil {
		t.Fatalf("got %+v", got)
	}
	if m := got.Metrics[1]; m.TxAirtime == nil || *m.TxAirtime != 1 || *m.NoiseFloor != -110 || *m.BatteryMV != 4000 || m.RxAirtime != nil {
		t.Errorf("got %+v", m)
	}
	hourly := lastOfEach([]mesh.MetricsSample{at(0, 1, 1), at(5, 2, 2), at(70, 3, 3)}, time.Hour.Milliseconds())
	if len(hourly) != 2 || hourly[0].TxAirS != 2 {
		t.Errorf("got %+v", hourly)
	}
}

func TestAPIMetricsAsk(t *testing.T) {
	w := newSimWorld(t)
	for _, q := range []string{"resolution=2m", "since=yesterday", "since=2026-05-02T00:00:00Z&until=2026-05-01T00:00:00Z"} {
		if got := w.get("/api/observers/" + w.st.Observers()[0].ID + "/metrics?" + q); got.Code != 400 {
			t.Errorf("%s: %d", q, got.Code)
		}
	}
	if got := w.get("/api/observers/nobody/metrics"); got.Code != 404 {
		t.Errorf("nobody: %d", got.Code)
	}
	var all, none apiMetricsSummary
	w.ask("/api/observers/metrics/summary?window=7d", &all)
	w.ask("/api/observers/metrics/summary?window=7d&region=ZZZ", &none)
	if len(all.Observers) < 5 || len(none.Observers) != 0 {
		t.Errorf("%d and %d observers", len(all.Observers), len(none.Observers))
	}
	for i, o := range all.Observers {
		if len(o.Spark) != sparkParts || i > 0 && valueOr(o.Most) > valueOr(all.Observers[i-1].Most) {
			t.Errorf("got %+v", o)
		}
	}
}

// Every node whose clock was told is in one of the counts of its role.
func TestAPIRolesAddUp(t *testing.T) {
	w := newSimWorld(t)
	var got apiRoles
	w.ask("/api/analytics/roles", &got)
	told := 0
	for _, c := range w.set.Nodes.Clocks() {
		if c.Samples > 0 || c.Unset > 0 {
			told++
		}
	}
	nodes, counted := 0, 0
	for _, r := range got.Roles {
		nodes += r.Nodes
		counted += r.OK + r.Warning + r.Critical + r.Absurd + r.NoClock
		if r.WithSkew > 0 && (r.Mean == nil || *r.Mean < 0) {
			t.Errorf("got %+v", r)
		}
	}
	if nodes != got.Total || counted != told || told < 20 {
		t.Errorf("%d nodes of %d, %d clocks of %d", nodes, got.Total, counted, told)
	}
}

func TestLinkScoreHalvesInAWeek(t *testing.T) {
	const week = 7 * 24 * 3_600_000
	for _, c := range []struct {
		count, age int64
		want       float64
	}{{100, 0, 1}, {1000, 0, 1}, {50, 0, 0.5}, {100, week, 0.5}, {100, -week, 1}} {
		if got := report.LinkScore(c.count, 0, c.age); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%d packets, %d ms ago: got %g, want %g", c.count, c.age, got, c.want)
		}
	}
}
