package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui/part"
)

func TestObserversListAndPage(t *testing.T) {
	w := newWorld(t)
	id := strings.Repeat("AB", 32)
	a := w.observer(id, "Beacon", "SEA")
	b := w.observer("odd/id <x>", evil, "PDX")
	b.Firmware, b.Model, b.Client = evil, strings.Repeat("W", 300), "cap/1"
	b.Latest = mesh.MetricsSample{At: w.ago(time.Minute), BatteryMV: 3920, NoiseDBm4: -460, Has: 1 | 4}
	b.Repeat = mesh.No
	w.st.PutObserver(b)
	for i := range 3 {
		w.hear(w.text("Public", i, "Ann", "x"), a, w.ago(time.Duration(i+1)*time.Minute), int8(8*i))
	}
	w.hear(w.text("Public", 9, "Ann", "x"), b, w.ago(7*time.Hour), mesh.NoSNR)
	w.open()

	body := w.has("/observers", 200, "2 observers", "75.0 %", "25.0 %", "+2.0 dB", "n=3", "3.92 V", "−115.0 dBm", "delivering", "status only")
	inOrder(t, body, "&lt;script&gt;", "Beacon")
	inOrder(t, w.has("/observers?sort=day", 200), "Beacon", "&lt;script&gt;")
	w.has("/observers?region=sea", 200, "1 of 2 observers match", "Beacon", "!/observers/odd")
	w.has("/observers?state=status+only", 200, "/observers/odd", "!/observers/"+id)
	w.has("/observers?state=down&region=SEA", 200, "0 of 2 observers", "any state: 1", "no filter at all")
	w.has("/observers?state=lost", 400, "The parameter &#34;state&#34;")
	w.has("/observers?sort=x", 400, "The parameter &#34;sort&#34;")

	// what they run, counted over those that match; who has said nothing is counted too
	_, fleet, _ := strings.Cut(body, `id="firmwares"`)
	inOrder(t, fleet, "of 2 observers", "not said", "50.0 %", `id="models"`, `id="publishers"`, "cap/1")
	if alone := w.has("/observers?region=PDX", 200, "of 1 observer", "cap/1", "100.0 %"); strings.Contains(alone, "not said") {
		t.Error("who does not match is counted")
	}

	hash := w.text("Public", 0, "Ann", "x").Hash().String()
	w.has("/observers/"+id, 200, "Beacon", "869.618 MHz", hash[:8], "/packets?obs="+id, "flood, heard directly", "It has not sent any")
	w.has("/observers/"+strings.ToLower(id), 200, "Beacon")
	w.has("/observers/"+url.PathEscape("odd/id <x>"), 200, "never a hop of a path", "3.92 V", "&lt;script&gt;")
	w.has("/observers/"+id[:10], 404, "No such observer", "Perhaps one of these", "Beacon · "+id[:8]+"…")
	w.has("/observers/"+url.PathEscape(evil), 404, "No such observer")
}

// The time of the list is that of the last message, be it a packet or a status.
func TestObserversByTheirLastMessage(t *testing.T) {
	w := newWorld(t)
	for i, id := range []string{"FRESH", "OLD", "HEARD"} {
		o := w.observer(id, strings.ToLower(id), []string{"SEA", "PDX", "PDX"}[i])
		o.Status = w.ago(time.Duration(i*5)*time.Hour + time.Minute)
		w.st.PutObserver(o)
		if id == "HEARD" {
			w.hear(w.text("Public", 1, "Ann", "x"), o, w.ago(time.Minute), 4)
		}
	}
	w.open()
	w.has("/observers?w=1h", 200, "2 of 3 observers match", "last message", "last 1 h", "!/observers/OLD", `href="/observers?region=SEA&amp;w=1h"`)
	inOrder(t, w.has("/observers?w=1h&region=PDX&q=old", 200, "0 of 3 observers"), "any text: 1", "any time: 1")
	w.has("/observers?to="+w.now.Add(-time.Hour).UTC().Format(time.RFC3339), 200, "1 of 3 observers match", "/observers/OLD")
	w.has("/observers?w=2w", 400, "The parameter &#34;w&#34;")

	// each choice says how many it would leave beside the other filters
	counts := func(path string) (said []string) {
		q, err := url.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		query, err := parseObserversQuery(q.Query())
		if err != nil {
			t.Fatal(err)
		}
		h, _ := w.s.held()
		for _, p := range observerPicks(w.s.observersOf(h).List(query.query(h, w.now.UnixMilli())), query, nil) {
			for _, c := range p.Choices {
				if p.Name != "State" {
					said = append(said, c.Label+" "+c.Count)
				}
			}
		}
		return said
	}
	for path, want := range map[string]string{
		"/observers":            "[all 3 PDX 2 SEA 1 ever  1 h 2 24 h 3 7 d 3]",
		"/observers?region=PDX": "[all 3 PDX 2 SEA 1 ever  1 h 1 24 h 2 7 d 2]",
		"/observers?w=1h":       "[all 2 PDX 1 SEA 1 ever  1 h 2 24 h 3 7 d 3]",
	} {
		if got := fmt.Sprint(counts(path)); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestNoObserverYetShowsHowToAddOne(t *testing.T) {
	w := newWorld(t)
	w.st.ObserverNum("NUMBERED") // a number alone is no observer
	w.open()
	w.has("/observers", 200, "meshcoretomqtt", "!NUMBERED")
}

func TestObserverClockInWords(t *testing.T) {
	for _, c := range []struct {
		clock mesh.Clock
		tone  part.Tone
		word  string
	}{
		{mesh.Clock{}, part.Quiet, "not known"},
		{mesh.Clock{LeastAt: 1, Least: 300, Proven: true}, part.Good, "proven"},
		{mesh.Clock{LeastAt: 1, Least: 300}, part.Half, "not proven lately"},
		{mesh.Clock{LeastAt: 1, Least: 5 * 3_600_000}, part.Half, "5 h 0 m behind"},
		{mesh.Clock{LeastAt: 1, Least: -184_000}, part.Half, "3 m 4 s ahead"},
	} {
		if got := clockState(c.clock); got.Tone != c.tone || got.Word != c.word {
			t.Errorf("%+v: %+v, want %s %s", c.clock, got, c.tone, c.word)
		}
		if len(clockSays(c.clock)) == 0 {
			t.Errorf("%+v: no explanation", c.clock)
		}
	}
	if got := zoneText(-210); got != "UTC−3:30" {
		t.Error(got)
	}
}

// Half hours are drawn by their means; one without a measurement is a gap.
func TestMetricCharts(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	at := func(minutes int, mv uint16) mesh.MetricsSample {
		return mesh.MetricsSample{At: now.Add(-time.Duration(minutes) * time.Minute).UnixMilli(), BatteryMV: mv, Has: 1}
	}
	samples := []mesh.MetricsSample{at(25*60, 9000), at(80, 3950), at(20, 4000), at(10, 4100), at(0, 4060), at(-5, 9000)}
	charts := metricCharts(samples, health.Rates(samples), []mesh.Gap{{From: now.Add(-2 * time.Hour).UnixMilli(), To: now.Add(-time.Hour).UnixMilli(), Kind: "stopped"}}, observerWindows()[0], now)
	if len(charts) != 1 {
		t.Fatalf("want a chart of the battery, have %+v", charts)
	}
	c := charts[0]
	if have := fmt.Sprintf("%.3f", c.Values[44:]); have != "[NaN 3.950 NaN 4.053]" {
		t.Errorf("want the means of half hours, have %s", have)
	}
	if c.Figure != "4.06 V" || c.Note != "3.95 to 4.10 V · n=4" || c.Low > 3.95 || c.High < 4.1 || len(c.Deaf) != 1 {
		t.Errorf("have %+v", c)
	}
	if metricCharts(samples[:2], health.Rates(samples[:2]), nil, observerWindows()[0], now) != nil {
		t.Error("two measurements make no chart")
	}
	flat := metricCharts([]mesh.MetricsSample{at(1, 4000), at(2, 4000), at(3, 4000)}, nil, nil, observerWindows()[0], now)
	if len(flat) != 1 || flat[0].High <= flat[0].Low {
		t.Errorf("have %+v", flat)
	}
}

// A restart within the window is marked where it shows, and said.
func TestChartsMarkRestarts(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	at := func(minutes int, up uint32) mesh.MetricsSample {
		return mesh.MetricsSample{At: now.Add(-time.Duration(minutes) * time.Minute).UnixMilli(), BatteryMV: 4000, UptimeS: up, Has: 3}
	}
	samples := []mesh.MetricsSample{at(1500, 9000), at(1460, 60), at(720, 44_460), at(360, 120), at(10, 21_120)}
	charts := metricCharts(samples, health.Rates(samples), nil, observerWindows()[0], now)
	if len(charts) == 0 || fmt.Sprintf("%+v", charts[0].Marks) != "[{At:0.75 Reason:restarted before 2026-05-01 06:00 UTC}]" {
		t.Errorf("have %+v", charts)
	}
}

func TestObserverPageShowsWhatItReceived(t *testing.T) {
	w := newWorld(t)
	sea := w.observer("SEA1", "Beacon", "SEA")
	n := w.node("aa01", "Ridge", meshcore.RoleRepeater, w.ago(time.Hour))
	w.hear(meshcore.NewFlood(meshcore.TypeAdvert, 1, append(n.Key[:], make([]byte, 70)...)), sea, w.ago(time.Hour), 4)
	w.hear(w.text("Public", 1, "Ann", "hello"), sea, w.ago(50*time.Hour), -30)
	w.open()
	w.has("/observers/SEA1", 200, "What it received", "Nodes heard", `href="/observers/SEA1?w=7d#received"`, "1 packet · by the hour", "100.0 %", "!Channel Msg")
	w.has("/observers/SEA1?w=3d", 200, "2 packets · by 2 hours", "Channel Msg", "50.0 %", "−8 dB")
	w.has("/observers/SEA1?w=1y", 400, "The parameter &#34;w&#34;")
	w.observer("NEW1", "Silent", "SEA")
	w.has("/observers/NEW1?w=30d", 200, "It has reported nothing that stands in this time")
}

// What was found by its id shows where the id has it.
func TestFoundByItsIDShowsIt(t *testing.T) {
	o := mesh.Observer{Name: "Walla Walla", ID: "4FED1B79AE7012345678"}
	for asked, want := range map[string]string{"4fed": "4FED1B79… · ", "12": "…12345678 · ", "walla": "", "": "", "none": ""} {
		if got := idMatch(o, asked); got != want {
			t.Errorf("%q: got %q, want %q", asked, got, want)
		}
	}
	if got := idMatch(mesh.Observer{ID: o.ID}, "4fed"); got != "" {
		t.Errorf("without a name the id is shown as it is: got %q", got)
	}
}
