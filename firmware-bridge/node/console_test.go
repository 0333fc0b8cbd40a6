package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
)

const nodeKey = "4852B69364572B52EFA1B6BB3E6D0ABED4F389A1CBFBB60A9BBA2CCE649CAF0E"

var arrival = time.Date(2026, 11, 23, 16, 5, 42, 500e6, time.UTC)

func atArrival() time.Time { return arrival }

// wire is both ends of a cable: what the node says is read, what is written
// goes to the node.
type wire struct {
	io.Reader
	written bytes.Buffer
}

func (w *wire) Write(b []byte) (int, error) { return w.written.Write(b) }

// repeater answers on its console as the firmware's main loop does: it echoes
// every character but LF, and a line ends with CR.
func repeater(commands string, answers map[string]string) string {
	var out strings.Builder
	for command := range strings.SplitSeq(strings.TrimSuffix(commands, "\r"), "\r") {
		fmt.Fprintf(&out, "%s\r\n", command)
		if answer, ok := answers[command]; ok {
			fmt.Fprintf(&out, "  -> %s\r\n", answer)
		}
	}
	return out.String()
}

var consoleAnswers = map[string]string{
	"get public.key": "> " + nodeKey,
	"get name":       "> Hill\x07 Top",
	"ver":            "v1.17.1 (Build: 14 Aug 2026)",
	"board":          "Heltec V3",
	"get radio":      "> 910.5250244,62.5,7,5",
	"get repeat":     "> on",
	"get lat":        "> 47.543968",
	"get lon":        "> -122.108616",
	"neighbors":      "EA8B21FD:12:48\r\nD0C7A329:3600:-20",
	"stats-core":     `{"battery_mv":4012,"uptime_secs":3600,"errors":0,"queue_len":1}`,
	"stats-radio":    `{"noise_floor":-112,"last_rssi":-87,"last_snr":11.75,"tx_air_secs":120,"rx_air_secs":900}`,
	"stats-packets":  `{"recv":123456,"sent":654,"flood_tx":1,"direct_tx":2,"flood_rx":3,"direct_rx":4,"recv_errors":17}`,
}

// messages reads all that a source of messages gives.
func messages(t *testing.T, next func() (observer.Message, error)) (all []observer.Message) {
	t.Helper()
	for {
		m, err := next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
}

func TestConsoleYieldsTheMessagesOfAFeed(t *testing.T) {
	w := &wire{}
	c := NewConsole(w, Options{Region: "SEA", Now: atArrival})
	if err := c.Ask(); err != nil {
		t.Fatal(err)
	}
	said := repeater(w.written.String(), consoleAnswers)
	head, tail, _ := strings.Cut(said, "  -> Heltec")
	c.log = NewLogReader(strings.NewReader(strings.ReplaceAll(packetLog, "\n", "\r\n") + head + "  -> Heltec" + tail + strings.ReplaceAll(packetLog, "\n", "\r\n")))
	all := messages(t, c.Next)

	var kinds []string
	for _, m := range all {
		kinds = append(kinds, string(m.Kind)+string(m.Reason))
	}
	// Before the node has said its key nothing can be attributed.
	unknown := strings.Repeat("ignoredno_observer_identity ", 4)
	want := unknown + "neighbors status packet packet packet ignoredno_frame"
	if got := strings.Join(kinds, " "); got != want {
		t.Fatalf("got %s\nwant %s", got, want)
	}
	neighbors, wantNeighbors := all[4].Neighbors, []observer.Neighbor{
		{Key: "EA8B21FD", HasSNR: true, SNR: 12, HasAge: true, Age: 12 * time.Second}, {Key: "D0C7A329", HasSNR: true, SNR: -5, HasAge: true, Age: time.Hour},
	}
	if !reflect.DeepEqual(neighbors.List, wantNeighbors) || neighbors.Truncated {
		t.Errorf("got %+v, want %+v", neighbors, wantNeighbors)
	}
	status := all[5]
	wantStatus := observer.Status{
		Online: observer.Yes, Model: "Heltec V3", Firmware: "v1.17.1 (Build: 14 Aug 2026)", Repeat: observer.Yes,
		Radio: observer.Radio{FreqMHz: 910.525, BWkHz: 62.5, SF: 7, CR: 5}, Location: &observer.Position{Lat: 47.543968, Lon: -122.108616},
		Metrics: observer.Metrics{
			observer.BatteryMV: 4012, observer.UptimeS: 3600, observer.ErrorFlags: 0, observer.QueueLen: 1, observer.NoiseDBm: -112, observer.TxAirS: 120,
			observer.RxAirS: 900, observer.PacketsRecv: 123456, observer.PacketsSent: 654, observer.RecvErrors: 17,
		},
	}
	if !reflect.DeepEqual(*status.Status, wantStatus) || status.Observer != nodeKey || status.Name != "Hill Top" || status.Region != "SEA" {
		t.Errorf("got %+v of %+v", *status.Status, status)
	}
	if tx := all[7].Packet; tx.Direction != observer.TX || tx.Frame != nil || tx.TxLen != 38 {
		t.Errorf("a tx: got %+v", tx)
	}
	sameAsFeed(t, all[6], `{"origin":"Hill Top","origin_id":"`+nodeKey+`","timestamp":"2026-11-23T16:05:42.500+00:00","direction":"rx","len":"37","SNR":"11","RSSI":"-64","score":"1000","duration":"213","hash":"B35E8EC0E974A30B","raw":"150011C3C1354D619BAE9590E4D177DB7EEAF982F5BDCF78005D75157D9535FA90178F785D"}`)
}

// sameAsFeed checks that a message from a wire is the one that a feed brings of
// the same reception, but for the publisher's dialect.
func sameAsFeed(t *testing.T, got observer.Message, payload string) {
	t.Helper()
	want := observer.Parse(observer.Envelope{Topic: "meshcore/SEA/" + nodeKey + "/packets", Payload: []byte(payload), Arrived: arrival}, observer.Options{})
	want.Dialect = observer.DialectWire
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) || want.Kind != observer.KindPacket {
		t.Errorf("from the wire\n%s\nfrom a feed\n%s", a, b)
	}
}

func TestConsoleShowsRefusedFrames(t *testing.T) {
	const log = "16:05:41 - 23/11/2026 U RAW: 1542AABB\n16:05:41 - 23/11/2026 U RAW: 150011C3C1354D619B\n" +
		"16:05:41 - 23/11/2026 U: RX, len=26 (type=5, route=F, payload_len=7) SNR=11 RSSI=-64 score=1000\nnoise\n16:05:41 - 23/11/2026 U RAW: FFFF"
	key, _ := meshcore.ParsePublicKey(nodeKey)
	c := NewConsole(&wire{Reader: strings.NewReader(log)}, Options{Key: key, Now: atArrival})
	var got []string
	for _, m := range messages(t, c.Next) {
		got = append(got, string(m.Kind)+string(m.Reason))
	}
	// The second frame's rx line was damaged: the frame itself is good.
	if want := "malformedundecodable_frame ignoredno_frame packet malformedundecodable_frame"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if _, err := c.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: got %v", err)
	}
}

func TestConsoleBearsWhatANodeCannotSay(t *testing.T) {
	w := &wire{}
	c := NewConsole(w, Options{Now: atArrival})
	if err := c.Ask(); err != nil {
		t.Fatal(err)
	}
	old := map[string]string{
		"get public.key": "> " + nodeKey, "get name": "> X", "board": "Unknown command", "get radio": "> off", "get repeat": "??: repeat", "get lat": "> 0.0", "get lon": "> 0.0",
		"stats-core": `{"battery_mv":70000,"errors":{}}`, "stats-radio": "{", "stats-packets": "Unknown command",
	}
	c.log = NewLogReader(strings.NewReader("  -> > stray\r\n" + repeater(w.written.String(), old)))
	all := messages(t, c.Next)
	if len(all) != 1 || all[0].Kind != observer.KindStatus || !all[0].Warned(observer.WarnStatsRange) || !reflect.DeepEqual(*all[0].Status, observer.Status{Online: observer.Yes}) {
		t.Errorf("got %+v", all)
	}
	if c := NewConsole(brokenWire{}, Options{}); c.Ask() == nil {
		t.Error("a wire that is cut: want an error")
	}
}

type brokenWire struct{}

func (brokenWire) Read([]byte) (int, error)  { return 0, io.ErrClosedPipe }
func (brokenWire) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestNeighboursOfAConsole(t *testing.T) {
	key, err := meshcore.ParsePublicKey(nodeKey)
	if err != nil {
		t.Fatal(err)
	}
	line := "EA8B21FD:4000000000:48\n"
	for said, want := range map[string]string{
		"neighbors\n  -> -none-\nx\n":                        "neighbors 0 false []",
		"neighbors\n  -> EA8B21FD:1:48\nx\n":                 "neighbors 1 false []",
		"neighbors\n  -> " + strings.Repeat(line, 5) + "x\n": "neighbors 5 true [neighbor_age_implausible]",
		"16:05:41 - 23/11/2026 U RAW: FFFF\nneighbors\n  -> EA8B21FD:1:48\n16:05:41 - 23/11/2026 U RAW: 0D01B8BB40BA70": "malformed neighbors 1 false [] packet",
		"neighbors\n  -> Unknown command\nx\n":                       "",
		"neighbors\n  -> EA8B21FD:1:48\nstats-packets\n  -> {}\nx\n": "neighbors 1 false [] status",
	} {
		c := NewConsole(&wire{Reader: strings.NewReader(said)}, Options{Key: key, Now: atArrival})
		var got []string
		for _, m := range messages(t, c.Next) {
			got = append(got, string(m.Kind))
			if n := m.Neighbors; n != nil {
				got = append(got, fmt.Sprint(len(n.List), n.Truncated, m.Warnings))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, want %q", said, got, want)
		}
	}
}
