package observer

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

var fuzzArrival = time.Date(2026, 6, 9, 12, 0, 0, 500e6, time.UTC)

// FuzzParse holds what is true of every message, whatever the bytes.
func FuzzParse(f *testing.F) {
	for _, s := range readSamples(f) {
		e := s.envelope()
		if len(e.Payload) < 4096 {
			f.Add(e.Topic, e.Payload, e.Retained, true)
		}
	}
	f.Fuzz(func(t *testing.T, topic string, payload []byte, retained, trust bool) {
		e := Envelope{Topic: topic, Payload: payload, Retained: retained, Arrived: fuzzArrival}
		m := Parse(e, Options{Trust: trust})
		before, err := json.Marshal(m)
		if err != nil {
			t.Fatalf("not finite: %v", err)
		}
		checkMessage(t, m)
		clear(payload)
		if after, _ := json.Marshal(m); string(after) != string(before) {
			t.Errorf("holds the payload's memory:\n%s\n%s", before, after)
		}
	})
}

func checkMessage(t *testing.T, m Message) {
	t.Helper()
	ended := m.Kind == KindIgnored || m.Kind == KindMalformed
	if ended == (m.Reason == "") {
		t.Errorf("kind %q with reason %q", m.Kind, m.Reason)
	}
	has := map[Kind]bool{
		KindPacket: m.Packet != nil, KindNeighbors: m.Neighbors != nil, KindClientRX: m.Client != nil, KindMessage: m.Text != nil,
		KindStatus: m.Status != nil && m.Kind == KindStatus, KindMetrics: m.Status != nil && m.Kind == KindMetrics,
	}
	for k, set := range has {
		if set != (k == m.Kind) {
			t.Errorf("kind %q, but the part of %q is set: %t", m.Kind, k, set)
		}
	}
	if d := m.Time.At.Sub(fuzzArrival); d > maxFutureRX || d < -maxPastRX {
		t.Errorf("time %v is %v from the arrival", m.Time.At, d)
	}
	if strings.ContainsAny(m.Name+m.Observer, "\x00\n\x1b\u202e\u200b") || len([]rune(m.Name)) > maxName {
		t.Errorf("name %q, observer %q", m.Name, m.Observer)
	}
	if m.Packet != nil {
		checkReport(t, m.Packet)
	}
	m.Live()
}

func checkReport(t *testing.T, r *PacketReport) {
	t.Helper()
	if r.Direction == RX && r.Frame == nil || r.Frame != nil && string(r.Packet.AppendTo(nil)) != string(r.Frame) {
		t.Errorf("frame %x, packet %x", r.Frame, r.Packet.AppendTo(nil))
	}
	if math.Abs(r.SNR) > 40 || r.RSSI < -200 || r.RSSI > 0 || r.Score < 0 || r.Score > 1 || r.DurationMS < 0 || r.DurationMS > 20_000 {
		t.Errorf("implausible: %+v", r)
	}
	if want := min(max(4*r.SNR, -127), 127); r.HasSNR && math.Abs(float64(r.SNR4)-want) > 0.5 {
		t.Errorf("SNR %v is not %d quarters", r.SNR, r.SNR4)
	}
}

// FuzzParseTopic holds that an identity is never made of what is none.
func FuzzParseTopic(f *testing.F) {
	for _, s := range readSamples(f) {
		f.Add(s.Topic)
	}
	f.Add("bridge/meshcore/SEA/5D0976C429235E7136C59DC3E530E772E11D8642D08D454532BE29C383720A01/packets")
	f.Fuzz(func(t *testing.T, s string) {
		got := parseTopic(s)
		if (got.form == formIgnored) != (got.reason != "") {
			t.Errorf("form %d with reason %q", got.form, got.reason)
		}
		for _, part := range []string{got.id, got.region, got.last} {
			if strings.Contains(part, "/") || !strings.Contains(s, part) {
				t.Errorf("%q is no segment of %q", part, s)
			}
		}
		if got.form == formFeed && (len(s) > maxTopic || strings.Count(s, "/") >= maxSegments || strings.Contains(s, "//")) {
			t.Errorf("accepts %q", s)
		}
		region, _ := parseRegion(got.region)
		if region != "" && region != "TEST" && (len(region) != 3 || strings.ToUpper(region) != region) {
			t.Errorf("region %q", region)
		}
	})
}

// FuzzParseStamp holds that what is read is the text's own time.
func FuzzParseStamp(f *testing.F) {
	for _, s := range []string{
		"2026-06-09T12:00:00.123456+00:00", "2026-06-09 12:00:00", "2026-06-09T12:00:00.000Z", "2026-06-09T13:59:59+0200",
		"1781006399", "1781006399250", "1781006399.25", "", "Unknown", "2026-02-30T00:00:00Z",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseStamp(s)
		if !ok {
			return
		}
		if y := got.t.Year(); y < 1969 || y > 5200 {
			t.Errorf("year %d of %q", y, s)
		}
		if want, err := time.Parse(time.RFC3339Nano, s); err == nil && !want.Equal(got.t) {
			t.Errorf("%q: got %v, want %v", s, got.t, want)
		}
	})
}

// FuzzRedact holds that redacting takes secrets and is settled after one pass.
func FuzzRedact(f *testing.F) {
	f.Add("meshrank/uplink/SECRET/x/packets", []byte(`{"password":"hunter2","email":"a@example.org"}`))
	f.Add("a/b", []byte(`{"token":"eyJhbGciOi.eyJ.00"`))
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		gotTopic, got := Redact(topic, payload)
		if strings.Contains(gotTopic+string(got), "eyJhbGciOi") {
			t.Errorf("token left in %q %q", gotTopic, got)
		}
	})
}
