package observer

import (
	"math"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"
)

func wireNode(t testing.TB) WireNode {
	t.Helper()
	key, err := meshcore.ParsePublicKey("5D0976C429235E7136C59DC3E530E772E11D8642D08D454532BE29C383720A01")
	if err != nil {
		t.Fatal(err)
	}
	return WireNode{Key: key, Name: "Hill", Region: "SEA"}
}

func TestWireFollowsTheRulesOfFeeds(t *testing.T) {
	n := wireNode(t)
	good := Reception{Frame: []byte{0x0D, 0, 1, 2, 3, 4}, HasSNR: true, SNR: -3.25, SNRStep4: 1, HasRSSI: true, RSSI: -90, HasScore: true, Score: 0.5, Airtime: 213 * time.Millisecond}
	m := FromReception(n, good, fuzzArrival)
	if p := m.Packet; m.Kind != KindPacket || p.SNR4 != -13 || p.SNRStep4 != 1 || p.RSSI != -90 || p.Score != 0.5 || p.DurationMS != 213 || !m.Live() || len(m.Warnings) != 0 ||
		m.Time.Certainty != Exact || m.Time.Stamp != fuzzArrival.UnixMilli() {
		t.Errorf("got %+v %+v", m, p)
	}
	good.Frame[2] = 9
	if m.Packet.Frame[2] == 9 {
		t.Error("the message holds the reader's memory")
	}
	for name, c := range map[string]struct {
		change func(*Reception)
		kind   Kind
		reason Reason
		warn   Warning
	}{
		"no frame":      {func(r *Reception) { r.Frame = nil }, KindIgnored, NoFrame, ""},
		"a short one":   {func(r *Reception) { r.Frame = []byte{1} }, KindMalformed, FrameSize, ""},
		"a long one":    {func(r *Reception) { r.Frame = make([]byte, 256) }, KindMalformed, FrameSize, ""},
		"a refused one": {func(r *Reception) { r.Frame = []byte{0x15, 0xC0} }, KindMalformed, UndecodableFrame, ""},
		"SNR":           {func(r *Reception) { r.SNR = 41 }, KindPacket, "", WarnSNRRange},
		"no SNR":        {func(r *Reception) { r.SNR = math.NaN() }, KindPacket, "", WarnSNRRange},
		"RSSI":          {func(r *Reception) { r.RSSI = 1 }, KindPacket, "", WarnRSSIRange},
		"score":         {func(r *Reception) { r.Score = -1 }, KindPacket, "", WarnScoreRange},
		"no signal":     {func(r *Reception) { r.HasSNR, r.HasRSSI = false, false }, KindPacket, "", WarnNoSignalFields},
		"hash":          {func(r *Reception) { r.HasHash = true }, KindPacket, "", WarnHashMismatch},
	} {
		r := good
		c.change(&r)
		m := FromReception(n, r, fuzzArrival)
		if m.Kind != c.kind || m.Reason != c.reason || c.warn != "" && !m.Warned(c.warn) {
			t.Errorf("%s: got %s %s %v", name, m.Kind, m.Reason, m.Warnings)
		}
		checkMessage(t, m)
	}
	if m := FromReception(WireNode{}, good, fuzzArrival); m.Reason != NoObserverIdentity {
		t.Errorf("without a key: got %+v", m)
	}
	if m := FromReception(n, good, time.Unix(5, 0)); m.Time.Certainty != Receipt || m.Time.Stamp != 0 {
		t.Errorf("while this machine's clock is not set: got %+v", m.Time)
	}
}

func FuzzWire(f *testing.F) {
	n := wireNode(f)
	f.Add([]byte{0x0D, 0, 1, 2, 3, 4}, "Hill", -3.25, -90, true)
	f.Fuzz(func(t *testing.T, frame []byte, text string, number float64, whole int, is bool) {
		n.Name, n.Region = text, text
		r := Reception{Frame: frame, HasSNR: is, SNR: number, SNRStep4: whole, HasRSSI: is, RSSI: whole, HasScore: is, Score: number, TxLen: whole, Airtime: time.Duration(whole)}
		checkMessage(t, FromReception(n, r, fuzzArrival))
		r.Direction = TX
		checkMessage(t, FromReception(n, r, fuzzArrival))
		m := FromStatus(n, Status{Model: text, Metrics: Metrics{NoiseDBm: number, BatteryMV: float64(whole)}, Location: &Position{number, number}}, fuzzArrival)
		checkMessage(t, m)
		for _, v := range m.Status.Metrics {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("got %v", m.Status.Metrics)
			}
		}
		checkMessage(t, FromText(n, BridgeMessage{Private: is, Text: text, HasSNR: is, SNR: number}, fuzzArrival))
	})
}
