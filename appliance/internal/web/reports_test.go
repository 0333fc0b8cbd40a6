package web

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/firmware-bridge/meshcore"
)

// Every report is there before the first survey, which it waits for, and after.
func TestReportsBeforeAndAfterTheFirstSurvey(t *testing.T) {
	w, x := named(t)
	if got := w.get("/reports"); got.Code != 302 || got.Header().Get("Location") != "/reports/paths" {
		t.Errorf("/reports: %d to %q", got.Code, got.Header().Get("Location"))
	}
	texts := map[string][]string{
		"/reports/identity": {"Hops by width", "65,536", "Hops of 1 B: ", "Widths that go back and forth", "matters: "},
		"/reports/graph":    {"Irreplaceable", "What falls apart", `aria-sort="descending"`},
		"/reports/traffic":  {"Share of air", "Advert", "without scope", "a scope whose name is not known", "Likely besides"},
		"/reports/paths":    {"Hop names: ", "The longest links", "Links that are not believed", " km"},
	}
	for path, want := range texts {
		if got := w.get(path); got.Code != 200 || !strings.Contains(got.Body.String(), unsurveyed) {
			t.Errorf("%s before the survey: %d", path, got.Code)
		}
		if strings.Contains(w.get(path).Body.String(), want[len(want)-1]) {
			t.Errorf("%s says %q before anything was surveyed", path, want[len(want)-1])
		}
	}
	w.day = w.surveyNamed(x)
	for path, want := range texts {
		body := w.get(path).Body.String()
		if strings.Contains(asRead(body), unsurveyed) {
			t.Errorf("%s still waits for the survey", path)
		}
		for _, text := range want {
			if !strings.Contains(asRead(body), text) {
				t.Errorf("%s does not say %q", path, text)
			}
		}
		for other := range texts {
			if !strings.Contains(asRead(body), `href="`+other+`"`) {
				t.Errorf("%s does not lead to %s", path, other)
			}
		}
	}
}

// A prefix is checked at each width that it has, and free ones are free.
func TestPrefixesAreChecked(t *testing.T) {
	w := newSimWorld(t)
	w.day = w.survey()
	h, _ := w.s.held()
	worst := w.day.Collisions[1][0]
	body := w.get("/reports/identity?prefix=" + worst.Hop.String() + "ee").Body.String()
	for _, key := range worst.Relays {
		if !strings.Contains(asRead(body), key.String()[:16]) {
			t.Errorf("%s has the hop too", key)
		}
	}
	if !strings.Contains(asRead(body), strconv.Itoa(len(worst.Relays))+" relays") {
		t.Error("it is not said how many have it")
	}
	for _, r := range w.day.Relays {
		if !r.HasPlace {
			continue
		}
		body := w.get("/reports/identity?near=" + r.Key.String()).Body.String()
		if !strings.Contains(asRead(body), "Free prefixes there") {
			t.Fatalf("near %s: nothing", r.Key)
		}
		for _, f := range health.FreeHops(h.Board.Relays, r.Place, 1, 16) {
			if got := rowOf(t, body, "free-1", ">"+f.Hop.String()+"<"); len(got) != 2 {
				t.Errorf("got %q", got)
			}
		}
		break
	}
	for address, want := range map[string]string{
		"near=" + url.QueryEscape("47.61, -122.33"): "Free prefixes there", "near=91,0": "No place: want", "near=nan,nan": "No place: want", "near=47,-122x": "No place: want", "near=nowhere": "No place: want",
		"near=" + url.QueryEscape(evil): "No place: want", "prefix=00": "reserved by the firmware",
	} {
		got := w.get("/reports/identity?" + address)
		if got.Code != 200 || !strings.Contains(got.Body.String(), want) || strings.Contains(got.Body.String(), "<script>alert") {
			t.Errorf("%s: %d, without %q", address, got.Code, want)
		}
	}
	for _, address := range []string{"/reports/identity?prefix=A3&w=7d&region=SEA", "/reports/traffic?w=3d&region=SEA", "/reports/graph?w=7d&region=SEA"} {
		if got := w.get(address); got.Code != 200 || strings.Count(got.Body.String(), "does not apply to this page") != 2 {
			t.Errorf("%s: %d, it is not said that two filters change nothing", address, got.Code)
		}
	}
	for _, address := range []string{"/reports/identity?prefix=a", "/reports/identity?prefix=" + url.QueryEscape(evil), "/reports/graph?sort=total"} {
		if got := w.get(address); got.Code != 400 {
			t.Errorf("%s: %d", address, got.Code)
		}
	}
}

// Relays stand in the order of the axis that is asked for.
func TestRelaysByAnyAxis(t *testing.T) {
	w := newSimWorld(t)
	w.day = w.survey()
	for sort, value := range graphSorts {
		body := w.get("/reports/graph?sort=" + sort).Body.String()
		best := w.day.Worths[0]
		for _, x := range w.day.Worths {
			if value(x) > value(best) {
				best = x
			}
		}
		_, rows, _ := strings.Cut(body, "<tbody")
		first, _, _ := strings.Cut(rows, "</tr>")
		if !strings.Contains(first, best.Key.String()) {
			t.Errorf("by %s: %s is not the first", sort, best.Key)
		}
	}
}

// A width that goes back and forth is told of whatever the node's role is.
func TestFlappingRoomsAreTold(t *testing.T) {
	w := newWorld(t)
	private := meshcore.FromSeed([32]byte{9})
	by := w.observer("NEAR", "Near", "SEA")
	for i, width := range []int{1, 2, 1, 2, 1} {
		at := w.ago(0) - int64(5-i)*3_600_000
		advert := must(meshcore.SignAdvert(private, meshcore.Advert{Timestamp: uint32(at / 1000), Role: meshcore.RoleRoom, Name: "Hall", HasName: true}))
		w.hear(meshcore.NewFlood(meshcore.TypeAdvert, width, advert.AppendTo(nil)), by, at, 18)
	}
	n := w.node(private.Public().String(), "Hall", meshcore.RoleRoom, w.ago(0))
	w.open()
	body := w.has("/reports/identity", 200, "Hall")
	if got := rowOf(t, body, "flapping-table", n.Key.String()); got[1] != "room" || got[2] != "1 B" || got[3] != "1 B, 2 B" {
		t.Errorf("got %q", got)
	}
	var answer apiNodeList
	w.ask("/api/nodes", &answer)
	if len(answer.Nodes) != 1 || !answer.Nodes[0].HashSizeInconsistent {
		t.Errorf("got %+v", answer.Nodes)
	}
}

// Who may have the first byte of a key need not relay.
func TestAPrefixIsAlsoOfWhoDoesNotRelay(t *testing.T) {
	w := newWorld(t)
	w.node("ee01", "Ridge", meshcore.RoleRepeater, w.ago(time.Hour))
	pocket := w.node("ee02", "Pocket", meshcore.RoleCompanion, w.ago(time.Hour))
	w.node("ef02", "Other", meshcore.RoleCompanion, w.ago(time.Hour))
	w.open()
	h, _ := w.s.held()
	if got := nodesOf(h).Others("EE"); len(got) != 1 || got[0].Key != pocket.Key {
		t.Errorf("got %+v", got)
	}
}
