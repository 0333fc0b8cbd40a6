package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// ofNode are a node's packets by the paths of all copies, without any index: what
// it sent, and what has a hop that is its alone.
func (w *simWorld) ofNode(key meshcore.PublicKey) (list []mesh.Transmission) {
	hops := w.set.Nodes.Hops(key)
	for _, tx := range w.all {
		if w.sentBy(tx, key) || slices.ContainsFunc(tx.Observations, func(o mesh.Observation) bool { return passes(tx, o, hops) }) {
			list = append(list, tx)
		}
	}
	return list
}

func (w *simWorld) sentBy(tx mesh.Transmission, key meshcore.PublicKey) bool {
	return tx.Type == meshcore.TypeAdvert && tx.Verified && len(tx.Payload) >= 32 && meshcore.PublicKey(tx.Payload[:32]) == key
}

// heardPath is the relays that a copy passed; false if its path was not travelled.
func heardPath(tx mesh.Transmission, o mesh.Observation) ([]meshcore.Hop, bool) {
	path, ok := o.Packet(tx.Payload).Heard()
	return path.AppendHops(nil), ok
}

func passes(tx mesh.Transmission, o mesh.Observation, hops []meshcore.Hop) bool {
	path, _ := heardPath(tx, o)
	return slices.ContainsFunc(path, func(h meshcore.Hop) bool { return slices.Contains(hops, h) })
}

// itself tells whether a copy is of the node's own sending.
func (w *simWorld) itself(tx mesh.Transmission, o mesh.Observation, key meshcore.PublicKey) bool {
	path, travelled := heardPath(tx, o)
	if len(path) > 0 {
		return slices.Contains(w.set.Nodes.Hops(key), path[len(path)-1])
	}
	return w.sentBy(tx, key) && (travelled || o.PathLen&63 == 0)
}

// naiveHealth is what a node's health comes to, copy by copy.
type naiveHealth struct {
	packets, today, copies, passed int64
	heard                          map[string]int64   // by observer
	snr                            map[string]float64 // sums
	snrs                           map[string]int64
	all                            []float64
}

func (w *simWorld) healthOf(key meshcore.PublicKey) naiveHealth {
	n := naiveHealth{heard: map[string]int64{}, snr: map[string]float64{}, snrs: map[string]int64{}}
	hops := w.set.Nodes.Hops(key)
	midnight := w.now.UTC().Truncate(24 * time.Hour).UnixMilli()
	for _, tx := range w.ofNode(key) {
		n.packets++
		if tx.First() >= midnight {
			n.today++
		}
		for _, o := range tx.Observations {
			if path, _ := heardPath(tx, o); w.sentBy(tx, key) || passes(tx, o, hops) {
				n.copies++
				n.passed += int64(len(path))
			}
			if w.itself(tx, o, key) {
				by, _ := w.st.ObserverByNum(o.Observer)
				n.heard[by.ID]++
				if o.SNR4 != mesh.NoSNR {
					n.snr[by.ID] += float64(o.SNR4) / 4
					n.snrs[by.ID]++
					n.all = append(n.all, float64(o.SNR4)/4)
				}
			}
		}
	}
	return n
}

func roundTo(x float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(p*x) / p
}

func near(a *float64, sum float64, n int64) bool {
	if n == 0 {
		return a == nil
	}
	return a != nil && math.Abs(*a-sum/float64(n)) <= 0.0051
}

// A node's health is of all receptions: signal is of those by which it was heard
// itself, and no single one stands for a packet.
func TestNodeHealthAgainstCopies(t *testing.T) {
	w := newSimWorld(t)
	var bulk []apiHealthRow
	w.ask("/api/nodes/bulk-health?limit=200", &bulk)
	if len(bulk) != len(nodesOf(mustHold(w)).All(w.now.UnixMilli())) {
		t.Fatalf("%d nodes", len(bulk))
	}
	signal := 0
	for _, row := range bulk {
		key, _ := meshcore.ParsePublicKey(row.PublicKey)
		want := w.healthOf(key)
		var one apiHealth
		w.ask("/api/nodes/"+row.PublicKey+"/health", &one)
		if mustJSON(one.Stats) != mustJSON(row.Stats) || mustJSON(one.Observers) != mustJSON(row.Observers) {
			t.Fatalf("one: %s\nbulk: %s", mustJSON(one), mustJSON(row))
		}
		s := row.Stats
		if s.Transmissions != want.packets || s.Packets != want.packets || s.Today != want.today || s.Observations != want.copies ||
			want.copies > 0 && s.AvgHops != int64(math.Round(float64(want.passed)/float64(want.copies))) {
			t.Errorf("%s: got %+v, want %+v", row.Name, s, want)
		}
		sum := 0.0
		for _, v := range want.all {
			sum += v
		}
		if !near(s.AvgSNR, sum, int64(len(want.all))) || len(row.Observers) != len(want.heard) {
			t.Errorf("%s: got %s, want %+v", row.Name, mustJSON(row), want)
		}
		for _, o := range row.Observers {
			if o.Count != want.heard[o.ID] || !near(o.AvgSNR, want.snr[o.ID], want.snrs[o.ID]) {
				t.Errorf("%s by %s: got %s, want %d, %v of %d", row.Name, o.Name, mustJSON(o), want.heard[o.ID], want.snr[o.ID], want.snrs[o.ID])
			}
			signal++
		}
		w.recentAre(one.Recent, w.ofNode(key))
	}
	if signal < 20 {
		t.Fatalf("only %d observers heard a node itself", signal)
	}
	if got := w.get("/api/nodes/bulk-health?limit=3"); got.Header().Get("X-Total-Count") != fmt.Sprint(len(bulk)) {
		t.Errorf("total: %v", got.Header())
	}
	var there []apiHealthRow
	w.ask("/api/nodes/bulk-health?region=NOWHERE", &there)
	if len(there) != 0 {
		t.Errorf("a region that nobody has: %d nodes", len(there))
	}
	for path, code := range map[string]int{"/api/nodes/bulk-health?limit=0": 400, "/api/nodes/9999999999/health": 404, "/api/nodes/xyz/health": 400, "/api/nodes/xyz/analytics": 400,
		"/api/nodes/" + bulk[0].PublicKey + "/analytics?days=0": 400, "/api/nodes/" + bulk[0].PublicKey + "/analytics?days=366": 400, "/api/observers/nobody/analytics": 404} {
		if got := w.get(path); got.Code != code {
			t.Errorf("%s: %d, want %d", path, got.Code, code)
		}
	}
}

// recentAre checks that rows are the newest of some packets.
func (w *simWorld) recentAre(rows []apiTransmission, of []mesh.Transmission) {
	w.t.Helper()
	slices.SortFunc(of, func(a, b mesh.Transmission) int {
		if a.First() != b.First() {
			return int(b.First() - a.First())
		}
		return int(b.ID) - int(a.ID)
	})
	of = of[:min(len(of), recentShown)]
	if len(rows) != len(of) {
		w.t.Fatalf("%d packets, want %d", len(rows), len(of))
	}
	for i, row := range rows {
		if row.ID != int64(of[i].ID) {
			w.t.Fatalf("packet %d is %d, want %d", i, row.ID, of[i].ID)
		}
	}
}

func mustHold(w *simWorld) held {
	h, _ := w.s.held()
	return h
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// What a node's packets show in some days is the same copy by copy, also when it
// was asked before and when hours were sealed since.
func TestNodeAnalyticsAgainstCopies(t *testing.T) {
	w := newSimWorld(t)
	check := func() {
		t.Helper()
		for _, n := range w.st.Nodes() {
			if n.FirstAdvert != 0 {
				w.checkAnalytics(n)
			}
		}
	}
	check()
	for _, hour := range w.st.Hours() {
		if _, err := w.st.Seal(hour); err != nil {
			t.Fatal(err)
		}
	}
	check()
}

func (w *simWorld) checkAnalytics(n mesh.Node) {
	t := w.t
	t.Helper()
	var got apiAnalytics
	w.ask("/api/nodes/"+n.Key.String()+"/analytics?days=1", &got)
	from := w.now.UTC().Truncate(time.Hour).Add(-23 * time.Hour)
	if got.TimeRange.From != apiTime(from.UnixMilli()) || got.TimeRange.Days != 1 {
		t.Fatalf("%+v", got.TimeRange)
	}
	hours, kinds, passed, hearers := map[string]int64{}, map[int]int64{}, map[string]int64{}, map[string]int64{}
	var all, copies, relayed, more, signals int64
	var snrs []float64
	for _, tx := range w.ofNode(n.Key) {
		if tx.First() < from.UnixMilli() {
			continue
		}
		all++
		hours[apiTime(tx.First()-tx.First()%3_600_000)]++
		kinds[int(tx.Type)]++
		for _, o := range tx.Observations {
			copies++
			if path, travelled := heardPath(tx, o); travelled || o.PathLen&63 == 0 {
				word := fmt.Sprint(len(path))
				if len(path) >= 4 {
					word = "4+"
				}
				passed[word]++
				if len(path) >= 1 {
					relayed++
				}
				if len(path) >= 2 {
					more++
				}
			}
			if w.itself(tx, o, n.Key) {
				by, _ := w.st.ObserverByNum(o.Observer)
				hearers[by.ID]++
				if o.SNR4 != mesh.NoSNR {
					signals++
					snrs = append(snrs, float64(o.SNR4)/4)
				}
			}
		}
	}
	have := map[string]int64{}
	for _, x := range got.Activity {
		have[x.Bucket] = x.Count
	}
	if !maps.Equal(have, hours) {
		t.Fatalf("%s: hours %v, want %v", n.Name, have, hours)
	}
	haveKinds := map[int]int64{}
	for _, x := range got.Types {
		haveKinds[x.Type] = x.Count
	}
	havePassed := map[string]int64{}
	for _, x := range got.Hops {
		if x.Count > 0 {
			havePassed[x.Hops] = x.Count
		}
	}
	haveHearers := map[string]int64{}
	for _, x := range got.Coverage {
		haveHearers[x.ID] = x.Count
	}
	if !maps.Equal(haveKinds, kinds) || !maps.Equal(havePassed, passed) || !maps.Equal(haveHearers, hearers) {
		t.Fatalf("%s: got %v %v %v\nwant %v %v %v", n.Name, haveKinds, havePassed, haveHearers, kinds, passed, hearers)
	}
	s := got.Stats
	if s.TotalPackets != all || s.ObservationAll != copies || s.Observers != len(hearers) || s.RelayPct != percentOf(more, relayed) || got.SNRTotal != signals ||
		len(got.SNRTrend) != min(int(signals), trendShown) || s.Availability != roundTo(100*float64(len(hours))/24, 1) {
		t.Fatalf("%s: got %+v with %d of %d signals, want %d packets, %d copies, %d signals", n.Name, s, len(got.SNRTrend), got.SNRTotal, all, copies, signals)
	}
	mean, squares := 0.0, 0.0
	for _, v := range snrs {
		mean += v / float64(len(snrs))
	}
	for _, v := range snrs {
		squares += (v - mean) * (v - mean) / float64(len(snrs))
	}
	if len(snrs) > 0 && (math.Abs(*s.SNRMean-mean) > 0.0051 || math.Abs(*s.SNRDeviation-math.Sqrt(squares)) > 0.0051) {
		t.Fatalf("%s: SNR %v ± %v, want %v ± %v", n.Name, *s.SNRMean, *s.SNRDeviation, mean, math.Sqrt(squares))
	}
	if !slices.IsSortedFunc(got.SNRTrend, func(a, b apiTrendPoint) int { return strings.Compare(a.At, b.At) }) {
		t.Fatalf("%s: %v", n.Name, got.SNRTrend)
	}
}

// The longest silence is between two packets, or still goes on; what was before
// the first is not known.
func TestLongestSilence(t *testing.T) {
	for _, x := range []struct {
		hours    []int64
		from, ms int64
	}{
		{[]int64{0, 0, 0}, 0, 0}, {[]int64{0, 0, 1}, 0, 0}, {[]int64{1, 0, 0, 1, 0}, 1, 2}, {[]int64{0, 1, 0, 1, 0, 0, 0}, 4, 3},
	} {
		const hour = 3_600_000
		from, ms := longestSilence(nodeSpanOf(x.hours))
		if ms != x.ms*hour || ms > 0 && from != x.from*hour {
			t.Errorf("%v: %d for %d", x.hours, from/hour, ms/hour)
		}
	}
}

// What an observer received is the same copy by copy.
func TestObserverAnalyticsAgainstCopies(t *testing.T) {
	w := newSimWorld(t)
	names := w.set.Nodes.Naming()
	for _, o := range w.st.Observers() {
		var got apiObserverAnalytics
		w.ask("/api/observers/"+o.ID+"/analytics?days=1", &got)
		from := w.now.UTC().Truncate(time.Hour).Add(-23 * time.Hour).UnixMilli()
		steps, kinds := make([]int64, 24), map[string]int64{}
		nodes := make([]map[meshcore.PublicKey]bool, 24)
		var without, with int64
		for _, tx := range w.all {
			step := (tx.First() - from) / 3_600_000
			for _, x := range tx.Observations {
				if x.Observer != o.Num || x.At < from {
					continue
				}
				steps[(x.At-from)/3_600_000]++
				kinds[fmt.Sprint(int(tx.Type))]++
				if x.SNR4 == mesh.NoSNR {
					without++
				} else {
					with++
				}
				if nodes[step] == nil {
					nodes[step] = map[meshcore.PublicKey]bool{}
				}
				path, _ := heardPath(tx, x)
				for _, hop := range path {
					if key, ok := names.One(hop); ok {
						nodes[step][key] = true
					}
				}
				if tx.Type == meshcore.TypeAdvert && len(tx.Payload) >= 32 {
					if n, ok := w.st.Node(meshcore.PublicKey(tx.Payload[:32])); ok && n.FirstAdvert != 0 {
						nodes[step][n.Key] = true
					}
				}
			}
		}
		var bins int64
		for _, b := range got.SNR {
			bins += b.Count
		}
		if got.NoSNR != without || bins != with || !maps.Equal(got.PacketTypes, kinds) {
			t.Fatalf("%s: got %d without and %d with SNR, %v; want %d, %d, %v", o.Name, got.NoSNR, bins, got.PacketTypes, without, with, kinds)
		}
		for i, n := range steps {
			if got.Timeline[i].Count != n || got.NodesTimeline[i].Count != int64(len(nodes[i])) || got.Timeline[i].Label != apiTime(from+int64(i)*3_600_000) {
				t.Fatalf("%s, step %d: got %+v, %+v; want %d, %d", o.Name, i, got.Timeline[i], got.NodesTimeline[i], n, len(nodes[i]))
			}
		}
		w.recentAre(got.Recent, slices.DeleteFunc(slices.Clone(w.all), func(tx mesh.Transmission) bool {
			return !slices.ContainsFunc(tx.Observations, func(x mesh.Observation) bool { return x.Observer == o.Num })
		}))
	}
	for days, steps := range map[string]int{"1": 24, "2": 12, "7": 42, "8": 8, "365": 365} {
		var got apiObserverAnalytics
		w.ask("/api/observers/"+w.st.Observers()[0].ID+"/analytics?days="+days, &got)
		if len(got.Timeline) != steps {
			t.Errorf("%s days have %d steps", days, len(got.Timeline))
		}
	}
}

// A way is over relays that the hops fit, none of them twice, and its score is
// that of its steps.
func TestInspectedPaths(t *testing.T) {
	w := newSimWorld(t)
	asked, unsure := 0, 0
	for _, body := range w.calls()["POST /api/paths/inspect"] {
		got := w.postJSON("/api/paths/inspect", body)
		var in struct {
			Prefixes []string `json:"prefixes"`
		}
		var out apiInspected
		if json.Unmarshal([]byte(body), &in) != nil || json.Unmarshal(got.Body.Bytes(), &out) != nil || got.Code != 200 {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
		if out.Input.Hops != len(in.Prefixes) || len(out.Candidates) > 10 {
			t.Fatalf("%+v", out.Input)
		}
		last := 1.0
		for _, way := range out.Candidates {
			asked++
			seen := map[string]bool{}
			for i, key := range way.Path {
				hop := way.Evidence.PerHop[i]
				if !strings.HasPrefix(key, strings.ToLower(in.Prefixes[i])) || seen[key] || hop.Chosen != key || len(hop.Alternatives) > 5 || hop.Considered < 1 {
					t.Fatalf("%s: %s", body, mustJSON(way))
				}
				if hop.Considered > 1 {
					unsure++
				}
				seen[key] = true
			}
			if way.Score > last || way.Speculative != (way.Score < inspectSpeculative) || way.Evidence.PerHop[0].EdgeWeight != 1 {
				t.Fatalf("%s", mustJSON(way))
			}
			last = way.Score
		}
	}
	if asked == 0 || unsure == 0 {
		t.Fatalf("%d ways, %d hops that several fit", asked, unsure)
	}
	long := `"` + strings.Repeat("a", inspectBody) + `"`
	for body, code := range map[string]int{
		`{"prefixes":[]}`: 400, `{"prefixes":["zz"]}`: 400, `{"prefixes":["a1","a1b2"]}`: 400, `{"prefixes":["a1b2c3d4"]}`: 400, `[]`: 400, `{`: 400,
		`{"prefixes":["a1"],"limit":0}`: 400, `{"prefixes":["a1"],"context":{"observerId":"nobody"}}`: 400, `{"prefixes":["a1"],"context":{"since":"yesterday"}}`: 400,
		`{"prefixes":["a1"],"context":{"since":"2026-01-02T00:00:00Z","until":"2026-01-01T00:00:00Z"}}`: 400,
		`{"prefixes":[` + long + `]}`: http.StatusRequestEntityTooLarge, `{"prefixes":["a1"],"limit":999}`: 200,
		`{"prefixes":[` + strings.TrimSuffix(strings.Repeat(`"a1",`, inspectHops+1), ",") + `]}`: 400,
	} {
		if got := w.postJSON("/api/paths/inspect", body); got.Code != code {
			t.Errorf("%.80s: %d, want %d: %s", body, got.Code, code, got.Body)
		} else if code == 200 && !strings.Contains(got.Body.String(), `"limit":50`) {
			t.Errorf("%.80s: %s", body, got.Body)
		}
	}
}

func nodeSpanOf(hours []int64) report.NodeSpan { return report.NodeSpan{ByHour: hours} }
