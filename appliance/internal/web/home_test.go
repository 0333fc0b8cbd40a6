package web

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// An empty appliance says how to point publishers at it, under the name by
// which it was asked.
func TestGuideNamesThisMachine(t *testing.T) {
	b := newBench(t, func(o *Options) {
		o.BrokerPort, o.HTTPPort = "1884", "8080"
		o.Broker = func() report.BrokerState { return report.BrokerState{Listening: "[::]:1884"} }
	})
	b.loaded()
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "hilltop.local:8081"
	w := b.send(r)
	body := w.Body.String()
	for _, want := range []string{
		"server = &#34;hilltop.local&#34;", "port = 1884", "PACKETCAPTURE_MQTT1_SERVER=hilltop.local", "PACKETCAPTURE_MQTT1_PORT=1884",
		"set mqtt3.server hilltop.local", "host: hilltop.local", "ws://hilltop.local:8081/mqtt", "hilltop demo", `http-equiv="refresh"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the guide lacks %q", want)
		}
	}
	if strings.Contains(body, "&lt;host&gt;") || strings.Contains(body, "&lt;port&gt;") {
		t.Error("a place was not filled in")
	}
}

func TestPageHost(t *testing.T) {
	for host, want := range map[string]string{
		"box:8080": "box", "192.168.1.2": "192.168.1.2", "[fe80::1]:8080": "[fe80::1]", `a"b`: "this-machine", "": "this-machine",
	} {
		if have := pageHost(host); have != want {
			t.Errorf("%q: want %q, have %q", host, want, have)
		}
	}
	for host, want := range map[string]bool{"localhost": true, "127.0.0.1": true, "[::1]": true, "192.168.1.2": false, "box": false} {
		if have := isHere(host); have != want {
			t.Errorf("%q: want %v, have %v", host, want, have)
		}
	}
}

// Without any packet the guide stands; with one, the mesh.
func TestHomeShowsTheMesh(t *testing.T) {
	m := newMesher(t)
	if body := m.get("/").Body.String(); !strings.Contains(body, "Waiting for the first packet") {
		t.Error("no guide")
	}
	o := m.observer("Rooftop", "SEA")
	m.hear(channelFrame("#test", "Ann", "hello"), o, 5)
	m.indexes.PutObserver(o)
	body := m.get("/").Body.String()
	if strings.Contains(body, "Waiting for the first packet") || !strings.Contains(body, "Rooftop") || !strings.Contains(body, "of 1 delivering") {
		t.Error("the mesh is not shown")
	}
}

// The last day is counted to the millisecond.
func TestLastDay(t *testing.T) {
	m := newMesher(t)
	o := m.observer("Rooftop", "SEA")
	set, _ := m.index.Lists.Get()
	const day = 24 * 3600
	for _, ago := range []float64{day + 60, day + 1, day - 1, day - 1800, 7200, 5} {
		frame := channelFrame("#test", "Ann", time.Duration(ago).String())
		m.hear(frame, o, ago)
	}
	// The first copy of a packet stands before the day, another within it.
	across := channelFrame("#test", "Ann", "across")
	m.hear(across, o, day+1)
	m.hear(across, m.observer("Hilltop", "SEA"), day-2)
	got, err := report.LastDay(t.Context(), m.st, set.Traffic, packetsNow)
	if err != nil {
		t.Fatal(err)
	}
	if got.Receptions != 5 || got.Packets != 4 || len(got.ByHour) != 24 {
		t.Errorf("want 5 of 4 in 24 hours, have %d of %d in %d", got.Receptions, got.Packets, len(got.ByHour))
	}
	if last := got.ByHour[23]; last.Start != packetsNow.Truncate(time.Hour).UnixMilli() || last.Observations != 1 {
		t.Errorf("the current hour: have %+v", last)
	}
}

func TestGapRowsNewestFirst(t *testing.T) {
	gaps := []mesh.Gap{{From: 1000, To: 5000, Kind: "stopped"}, {From: 9000, Kind: "source", Subject: "far", Lost: 3}}
	rows := gapRows(gaps, time.UnixMilli(69_000))
	if len(rows) != 2 || !rows[0].Open || rows[0].Length != "1 m 0 s" || rows[0].Lost != "3" || rows[1].Subject != "this machine" || rows[1].Length != "4.0 s" {
		t.Errorf("have %+v", rows)
	}
}

// What cannot be used stands on the page, as text.
func TestSystemShowsWhatCouldNotBeUsed(t *testing.T) {
	m := newMesher(t)
	m.st.CountMalformed(mesh.Malformed{At: packetsNow.UnixMilli(), Source: "broker", Reason: "bad_hex", Topic: "meshcore/<b>/x", Payload: []byte("<script>\x1b")})
	m.st.CountRejected(mesh.RejectedAdvert{At: packetsNow.UnixMilli(), Reason: "signature", Hash: meshcore.Hash{1, 2}})
	body := m.get("/system").Body.String()
	for _, want := range []string{"The frame is not hex", "meshcore/&lt;b&gt;/x", "&lt;script&gt;", "The signature does not fit", `href="/packets/0102000000000000"`} {
		if !strings.Contains(body, want) {
			t.Errorf("want %q", want)
		}
	}
	if strings.Contains(body, "\x1b") {
		t.Error("a control character reached the page")
	}
}

// A tile keeps its bar when its share is nothing; it has none without a whole.
func TestSharesOfTiles(t *testing.T) {
	for _, c := range []struct {
		part, whole int
		want        float64
	}{{0, 60, 0}, {30, 60, 0.5}, {60, 60, 1}} {
		if got := portion(c.part, c.whole); got == nil || *got != c.want {
			t.Errorf("%d of %d: got %v, want %v", c.part, c.whole, got, c.want)
		}
	}
	if got := portion(0, 0); got != nil {
		t.Errorf("of nothing: got %v", *got)
	}
}
