package web

import (
	"math"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/simmesh"
)

func (w *simWorld) truthOf(key meshcore.PublicKey) simmesh.Node {
	w.t.Helper()
	for _, n := range w.rec.truth.Nodes {
		if strings.EqualFold(n.PubKey, key.String()) {
			return n
		}
	}
	w.t.Fatalf("no node %v", key)
	return simmesh.Node{}
}

// Clocks are told as the simulated mesh has set them.
func TestClocksAreToldAsTheyAre(t *testing.T) {
	w := newSimWorld(t)
	told := 0
	for key, c := range w.set.Nodes.Clocks() {
		n := w.truthOf(key)
		if n.Clock == "never set" || c.Samples == 0 {
			continue
		}
		told++
		if off := float64(c.Offset)/1000 - float64(n.SkewSec); off > 2 || off < -30 {
			t.Errorf("%s, clock %s: off by %g s, want %d", n.Name, n.Clock, float64(c.Offset)/1000, n.SkewSec)
		}
		if len(c.Resets) > 0 {
			t.Errorf("%s: resets %+v of a clock that was not set", n.Name, c.Resets)
		}
	}
	if told < 20 {
		t.Errorf("only %d clocks told", told)
	}
}

// Who is certainly linked does hear one another in the simulated mesh, and
// widths are those that nodes are set to.
func TestCertainNeighboursHearOneAnother(t *testing.T) {
	w := newSimWorld(t)
	b := w.survey()
	number := map[string]int32{}
	for i, n := range w.rec.truth.Nodes {
		number[strings.ToLower(n.PubKey)] = int32(i)
	}
	hears := func(a, b meshcore.PublicKey) bool {
		return slices.Contains(w.truthOf(a).Links, number[b.String()])
	}
	links := 0
	for _, r := range b.Relays {
		for _, k := range r.Near {
			links++
			if !hears(r.Key, k) && !hears(k, r.Key) {
				t.Errorf("%s and %s do not hear one another", w.truthOf(r.Key).Name, w.truthOf(k).Name)
			}
		}
	}
	if links < 10 {
		t.Errorf("only %d links", links)
	}
	for _, n := range w.st.Nodes() {
		if n.Past == nil {
			t.Errorf("%s has no past", n.Name)
			continue
		}
		for _, s := range n.Past.Widths {
			if want := w.truthOf(n.Key).HashSize; int(s.Value) != want {
				t.Errorf("%s: width %d, want %d", n.Name, s.Value, want)
			}
		}
	}
}

// Positions of nodes that tell where they are are believed.
func TestTruePositionsAreBelieved(t *testing.T) {
	w := newSimWorld(t)
	doubted := 0
	b := w.survey()
	for key, doubt := range b.Places {
		if doubt != health.Believed {
			doubted++
			t.Logf("%s: %s", w.truthOf(key).Name, doubt)
		}
	}
	if len(b.Places) < 10 || doubted > 0 {
		t.Errorf("%d of %d positions are doubted", doubted, len(b.Places))
	}
}

// Every page of a node and an observer shows its blocks, before and after the
// first survey.
func TestJudgementsStandOnThePages(t *testing.T) {
	w := newSimWorld(t)
	pages := func(wait bool) {
		for _, n := range w.st.Nodes() {
			got := w.get("/nodes/" + n.Key.String())
			body := got.Body.String()
			if got.Code != 200 || !strings.Contains(body, "Its rhythm") || !strings.Contains(body, "Width of its hops") || !strings.Contains(body, "Names and positions over time") {
				t.Errorf("page of %s: %d", n.Name, got.Code)
			}
			if n.CanRelay() && strings.Contains(body, unsurveyed) != wait {
				t.Errorf("page of %s: waits for the survey: %v", n.Name, !wait)
			}
			if !wait && n.CanRelay() && (!strings.Contains(body, "Irreplaceable") || !strings.Contains(body, "of the pairs of other relays")) {
				t.Errorf("page of %s: no worth with its definition", n.Name)
			}
		}
		for _, o := range w.st.Observers() {
			if got := w.get("/observers/" + url.PathEscape(o.ID)); got.Code != 200 || strings.Contains(got.Body.String(), unsurveyed) != wait || !strings.Contains(got.Body.String(), "Its air") {
				t.Errorf("page of observer %s: %d", o.Name, got.Code)
			}
		}
	}
	pages(true)
	w.day = w.survey()
	pages(false)
}

// The API has each score on its own, and no total; before the first survey it
// has none.
func TestAPIHasScoresOnceSurveyed(t *testing.T) {
	w := newSimWorld(t)
	var before, after struct{ Nodes []map[string]any }
	w.ask("/api/nodes?limit=2000", &before)
	w.day = w.survey()
	w.ask("/api/nodes?limit=2000", &after)
	scores := []string{"traffic_share_score", "bridge_score", "coverage_score", "redundancy_score"}
	carried, scoped := 0.0, 0
	for i, n := range after.Nodes {
		relays := n["role"] == "repeater" || n["role"] == "room"
		for _, s := range scores {
			v, has := n[s].(float64)
			if _, had := before.Nodes[i][s]; had {
				t.Errorf("%s of %s before the survey", s, n["name"])
			}
			if has && !relays || v < 0 || v > 1 || math.IsNaN(v) {
				t.Errorf("%s of %s, a %s: %v", s, n["name"], n["role"], n[s])
			}
		}
		if v, ok := n["traffic_share_score"].(float64); ok {
			carried += v
		}
		if _, ok := n["relay_count_24h"]; ok != relays {
			t.Errorf("relay count of %s, a %s: %v", n["name"], n["role"], ok)
		}
		if _, ok := n["usefulness_score"]; ok {
			t.Errorf("%s has a total", n["name"])
		}
		if s, ok := n["default_scope"].(string); ok {
			scoped++
			key, _ := meshcore.ParsePublicKey(n["public_key"].(string))
			if want := w.truthOf(key).Region; s != want {
				t.Errorf("scope of %s: %s, want %s", n["name"], s, want)
			}
		}
	}
	if carried == 0 || scoped == 0 {
		t.Errorf("%g carried, %d scoped", carried, scoped)
	}
}

// A survey follows from what is held: the store read from disk once more gives
// the same.
func TestSurveyIsTheSameAfterARestart(t *testing.T) {
	w := newSimWorld(t)
	first := w.survey()
	w.build(w.st)
	w.set, _ = w.index.Lists.Get()
	if again := w.survey(); !reflect.DeepEqual(first, again) {
		t.Error("built again from what is held, the survey differs")
	}
}

// Every flood is in one of the counts, and the hours add up to the summary.
func TestAPIScopesAddUp(t *testing.T) {
	w := newSimWorld(t)
	w.day = w.survey()
	var got apiScopes
	w.ask("/api/scope-stats", &got)
	var scoped, unknown, unscoped, named int64
	for _, h := range got.Series {
		scoped, unknown, unscoped = scoped+h.Scoped, unknown+h.Unknown, unscoped+h.Unscoped
	}
	for _, r := range got.ByRegion {
		named += r.Count
	}
	s := got.Summary
	if s.Floods == 0 || scoped == 0 || scoped != s.Scoped || unknown != s.Unknown || unscoped != s.Unscoped || named != s.Scoped ||
		s.Floods != scoped+unknown+unscoped || s.Transport != scoped+unknown {
		t.Errorf("got %+v, of the hours %d, %d, %d", got, scoped, unknown, unscoped)
	}
}

// Shares of the air add up to all of it, and what nobody can name counts too.
func TestAPIAirtimeAddsUp(t *testing.T) {
	w := newSimWorld(t)
	w.day = w.survey()
	var got apiAir
	w.ask("/api/analytics/relay-airtime-share", &got)
	var air, count float64
	for _, r := range got.Rows {
		air, count = air+r.AirtimePct, count+r.CountPct
		if r.Sendings < r.Count {
			t.Errorf("%s: %d sendings of %d packets", r.Type, r.Sendings, r.Count)
		}
	}
	if math.Abs(air-100) > 1e-6 || math.Abs(count-100) > 1e-6 || got.TotalCount != w.day.Day.Transmissions || !got.Preset.Said || got.Preset.DutyPct != 50 {
		t.Errorf("got %g %% of the air, %g %% of %d packets, preset %+v", air, count, got.TotalCount, got.Preset)
	}
}

// Sums over each window are what all transmissions of its hours come to, one by one.
func TestSurveyWindowsAreExact(t *testing.T) {
	w := newSimWorld(t)
	w.day = w.survey()
	for word, span := range map[string]int64{"1h": 3_600_000, "24h": 24 * 3_600_000, "7d": 7 * 24 * 3_600_000} {
		var floods, unscoped, packets int64
		from := w.day.To - span
		for _, hour := range index.Of(w.st).Hours() {
			if at := int64(hour) * 3_600_000; at < from || at >= w.day.To {
				continue
			}
			index.Of(w.st).Pick(hour).Each(func(x *mesh.Scanned) bool {
				packets++
				if x.Tree.Width > 0 {
					floods++
					if x.Tree.Header&3 != byte(meshcore.TransportFlood) || x.Tree.Transport[0] == 0 {
						unscoped++
					}
				}
				return true
			})
		}
		var scopes apiScopes
		w.ask("/api/scope-stats?window="+word, &scopes)
		var air apiAir
		w.ask("/api/analytics/relay-airtime-share?window="+word, &air)
		if s := scopes.Summary; packets == 0 || s.Floods != floods || s.Unscoped != unscoped || len(scopes.Series) != int(span/3_600_000) ||
			air.TotalCount != packets || scopes.From != apiTime(from) || air.From != scopes.From || air.Window != word {
			t.Errorf("%s: got %+v of %d hours and %d packets from %s; want %d floods, %d without scope, %d packets", word, s, len(scopes.Series), air.TotalCount, air.From, floods, unscoped, packets)
		}
		w.has("/reports/traffic?w="+word+"&sort=air-table.packets", 200, plural(floods, "flood", "floods"), `class="chip on" href="/reports/traffic?sort=air-table.packets&amp;w=`+word+`"`, "!does not apply")
	}
}

func TestAPISurveyRefusesOtherWindows(t *testing.T) {
	w := newSimWorld(t)
	w.day = w.survey()
	for _, path := range []string{"/api/scope-stats?window=2h", "/api/analytics/relay-airtime-share?window=30d", "/api/nodes/" + w.st.Nodes()[0].Key.String() + "/battery?days=0"} {
		if got := w.get(path); got.Code != 400 {
			t.Errorf("%s: got %d %s", path, got.Code, got.Body)
		}
	}
}

// Each class of the field's clients has its bound.
func TestSeverityOfClocks(t *testing.T) {
	const day = 86_400_000
	for off, want := range map[int64]string{0: "ok", -299_000: "ok", 300_000: "warning", -3_600_000: "critical", 30 * day: "absurd", -365 * day: "no_clock"} {
		if got := severityOf(health.Clock{Samples: 1, Offset: off}); got != want {
			t.Errorf("off by %d ms: got %s, want %s", off, got, want)
		}
	}
	if got := severityOf(health.Clock{Unset: 3}); got != "no_clock" {
		t.Errorf("never set: got %s", got)
	}
}

// What is behind rounds as what is ahead: −0.8 is not −0.7.
func TestNegativeDriftsRoundToTheNearest(t *testing.T) {
	for drift, want := range map[float64]float64{-0.804: -0.8, -0.806: -0.81, 0.804: 0.8} {
		if got := apiSkewOf(mesh.Node{}, health.Clock{HasDrift: true, Drift: drift}).DriftPerDay; got == nil || *got != want {
			t.Errorf("%g: got %v, want %g", drift, got, want)
		}
	}
}
