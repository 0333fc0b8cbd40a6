package web

import (
	"math"
	"net/url"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
)

// standsIn is whether a node stands in an area of the world, told without polygons,
// from what is doubted by the survey.
func (w *simWorld) standsIn(area string, n mesh.Node) bool {
	lat, lon := float64(n.LatE6)/1e6, float64(n.LonE6)/1e6
	switch {
	case !n.HasPosition || w.day != nil && w.day.Places[n.Key] != health.Believed:
		return false
	case w.day == nil && health.JudgePlace(survey.PlacesOf(n), health.Around{}) != health.Believed:
		return false
	case area == "sound":
		return lat >= 46.9 && lat <= 48.3 && lon >= -123.5 && lon <= -121.5
	case area == "inland": // a rhombus
		return math.Abs(lat-47)+math.Abs(lon+119) <= 2.5
	}
	return false
}

// senderIn is whether a packet says who sent it, and that node stands in an area.
func (w *simWorld) senderIn(area string, tx mesh.Transmission) bool {
	var key meshcore.PublicKey
	switch {
	case tx.Type == meshcore.TypeAdvert && tx.Verified:
		copy(key[:], tx.Payload)
	case tx.Type == meshcore.TypeAnonReq && len(tx.Payload) >= 36:
		copy(key[:], tx.Payload[1:])
	default:
		return false
	}
	n, ok := w.st.Node(key)
	return ok && w.standsIn(area, n)
}

// Every list that takes areas has what looking at every packet, node and observer
// finds: pages, files and API, before the first survey and after, and alone and
// beside other filters.
func TestAreasLetThroughWhatStandsInThem(t *testing.T) {
	w := newSimWorld(t)
	for _, n := range w.st.Nodes()[:3] { // companions of the simulated mesh log in without a position
		for _, tx := range w.all {
			if tx.Type == meshcore.TypeAnonReq {
				n.Key = meshcore.PublicKey(tx.Payload[1:33])
				n.HasPosition, n.LatE6, n.LonE6, n.FirstAdvert = true, 47_500_000, -122_300_000, 1
			}
		}
		w.st.PutNode(n)
	}
	some, none, anon := 0, 0, 0
	for _, surveyed := range []bool{false, true} {
		if surveyed {
			w.day = w.survey()
		}
		for _, areas := range []string{"sound", "inland", "sound,inland", "INLAND", "nowhere", "nowhere,sound"} {
			in := func(stands func(string) bool) bool {
				return slices.ContainsFunc(strings.Split(strings.ToLower(areas), ","), stands)
			}
			for _, more := range []string{"", "type=4", "type=7", "region=" + w.st.Observers()[0].Region, "w=3h"} {
				v, _ := url.ParseQuery(more)
				f := must(readFilter(v, nil, "type", "region", "time"))
				from, _ := f.bounds(w.now)
				want := 0
				for _, tx := range w.all {
					heard := len(f.Regions) == 0 || slices.ContainsFunc(tx.Observations, func(o mesh.Observation) bool { return w.st.Region(o.Region) == f.Regions[0] })
					if in(func(area string) bool { return w.senderIn(area, tx) }) && (len(f.Types) == 0 || f.Types[0] == tx.Type) && heard && tx.First() >= from {
						want++
						if tx.Type == meshcore.TypeAnonReq {
							anon++
						}
					}
					q := must(parsePacketsQuery(url.Values{"area": {areas}}, nil))
					h, _ := w.s.held()
					if _, ok := w.s.packetsOf(h).Row(q.query(h, w.now), tx); more == "" && ok != in(func(area string) bool { return w.senderIn(area, tx) }) {
						t.Fatalf("area=%s: one packet by itself: %t", areas, ok)
					}
				}
				q := "area=" + areas + "&" + more
				page := w.number("/packets?"+q, `([\d,]+) match,`)
				if file := w.file("packets", q); page != want || file != want {
					t.Errorf("packets, %s, surveyed %t: page %d, file %d, want %d", q, surveyed, page, file, want)
				}
				if !strings.HasPrefix(more, "w=") {
					var api packetsAnswer
					if w.ask("/api/packets?limit=1&"+q, &api); api.Total != want {
						t.Errorf("packets, %s: API %d, want %d", q, api.Total, want)
					}
				}
				if want > 0 {
					some++
				} else {
					none++
				}
			}
			nodes, observers := 0, 0
			for _, n := range w.set.Nodes.List() {
				if in(func(area string) bool { return w.standsIn(area, n.Node) }) {
					nodes++
				}
			}
			for _, o := range w.set.Observers.List(health.ListeningAt(w.now.UnixMilli())) {
				known, _ := w.st.ObserverByNum(o.Num)
				if n, ok := w.st.Node(must(meshcore.ParsePublicKey(known.ID))); ok && in(func(area string) bool { return w.standsIn(area, n) }) {
					observers++
				}
			}
			q := "area=" + areas
			if page, file := w.matching("/nodes?"+q), w.file("nodes", q); page != nodes || file != nodes {
				t.Errorf("nodes, %s: page %d, file %d, want %d", q, page, file, nodes)
			}
			if page, file := w.matching("/observers?"+q), w.file("observers", q); page != observers || file != observers {
				t.Errorf("observers, %s: page %d, file %d, want %d", q, page, file, observers)
			}
			var api apiNodeList
			w.ask("/api/nodes?limit=1&"+q, &api)
			var sums []apiHealthRow
			w.ask("/api/nodes/bulk-health?limit=200&"+q, &sums)
			if api.Total != nodes || len(sums) != nodes {
				t.Errorf("%s: the API has %d nodes, and the sums of %d; want %d", q, api.Total, len(sums), nodes)
			}
			var all, skews []apiSkew
			w.ask("/api/nodes/clock-skew", &all)
			w.ask("/api/nodes/clock-skew?"+q, &skews)
			clocks := 0
			for _, c := range all {
				n, _ := w.st.Node(must(meshcore.ParsePublicKey(c.PublicKey)))
				if in(func(area string) bool { return w.standsIn(area, n) }) {
					clocks++
				}
			}
			if len(skews) != clocks {
				t.Errorf("%s: %d clocks, want %d", q, len(skews), clocks)
			}
		}
	}
	if some < 10 || none < 10 || anon == 0 {
		t.Errorf("%d counts of something, %d of nothing, %d requests that name their sender: the test shows little", some, none, anon)
	}
}

// What the choice of an area says how many it has is what it leads to, and the page
// says of how many nodes it is not known where they stand.
func TestAreasToChooseSayHowMany(t *testing.T) {
	w := newSimWorld(t)
	w.day = w.survey()
	for _, n := range w.set.Nodes.List() {
		if w.standsIn("sound", n.Node) {
			w.day.Places[n.Node.Key] = health.DoubtFar
			break
		}
	}
	doubted, nowhere := 0, 0
	for _, n := range w.set.Nodes.List() {
		switch {
		case !n.Node.HasPosition:
			nowhere++
		case w.day.Places[n.Node.Key] != health.Believed:
			doubted++
		}
	}
	for _, list := range []string{"/nodes", "/observers"} {
		for _, more := range []string{"", "&state=active", "&q=a"} {
			if list == "/observers" {
				more = strings.Replace(more, "active", "delivering", 1)
			}
			want := w.matching(list + "?area=sound" + more)
			if have := w.number(list+"?"+more, `Puget Sound ([\d,]+)`); have != want {
				t.Errorf("%s?%s: the choice says %d, and leads to %d", list, more, have, want)
			}
			if have := w.number(list+"?area=inland"+more, `Puget Sound ([\d,]+)`); have != want {
				t.Errorf("%s?area=inland%s: the choice says %d, and leads to %d", list, more, have, want)
			}
		}
	}
	const match = `([\d,]+) nodes? ha(?:s|ve) no known position`
	if have := w.number("/nodes?area=sound", match); have != nowhere || nowhere == 0 {
		t.Errorf("%d nodes are nowhere, want %d", have, nowhere)
	}
	if have := w.number("/packets?area=sound", match); have != nowhere {
		t.Errorf("on the list of packets %d nodes are nowhere, want %d", have, nowhere)
	}
	if have := w.number("/nodes?area=sound", `([\d,]+) nodes? ha(?:s|ve) one that is doubted`); doubted == 0 || have != doubted {
		t.Errorf("the position of %d nodes is doubted, want %d", have, doubted)
	}
}

// Where the operator has named no area nothing offers one; one that is asked for
// is not known, and matches nothing.
func TestAreasAreHiddenWithoutAny(t *testing.T) {
	w := newSimWorld(t)
	w.has("/packets?area=sound", 200, "Packets whose sender is known and stands in Puget Sound", ">Puget Sound<", "Remove area")
	w.has("/packets?area=inland", 200, "Inland &lt;i&gt;")
	w.has("/channels?area=sound", 200, "does not apply to this page")
	w.s.Areas = nil
	for _, list := range []string{"/packets", "/nodes", "/observers"} {
		w.has(list, 200, "!Puget Sound", `!name="area"`, "!>Area<")
		w.has(list+"?area=sound", 200, notKnown, "0 of ", "!whose sender is known")
	}
	var names []apiArea
	if w.ask("/api/config/areas", &names); len(names) != 0 || names == nil {
		t.Errorf("areas %v", names)
	}
}
