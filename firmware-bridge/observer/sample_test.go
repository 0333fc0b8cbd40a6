package observer

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"
)

// sample is a line of feed-samples.jsonl.
type sample struct {
	Publisher  string         `json:"publisher"`
	Version    string         `json:"version"`
	Topic      string         `json:"topic"`
	Payload    *string        `json:"payload"`
	PayloadB64 *string        `json:"payload_b64"`
	Retained   bool           `json:"retained"`
	ReceivedAt time.Time      `json:"received_at"`
	Note       string         `json:"note"`
	Expect     map[string]any `json:"expect"`
}

func (s sample) envelope() Envelope {
	e := Envelope{Source: "test", Topic: s.Topic, Retained: s.Retained, Arrived: s.ReceivedAt}
	if s.Payload != nil {
		e.Payload = []byte(*s.Payload)
	}
	if s.PayloadB64 != nil {
		e.Payload, _ = base64.StdEncoding.DecodeString(*s.PayloadB64)
	}
	return e
}

func readSamples(t testing.TB) []sample {
	t.Helper()
	b, err := os.ReadFile("testdata/feed-samples.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var out []sample
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s sample
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatalf("line %d: %v", len(out)+1, err)
		}
		out = append(out, s)
	}
	if len(out) != 300 {
		t.Fatalf("%d samples, want 300", len(out))
	}
	return out
}

// notOfOneMessage are expectations that one message alone cannot show: whether
// it repeats an earlier one, and which broker the sample stands for.
var notOfOneMessage = []string{"duplicate", "duplicate_of_first", "on"}

func TestEverySampleParsesToItsExpectation(t *testing.T) {
	for i, s := range readSamples(t) {
		t.Run(fmt.Sprintf("%03d", i+1), func(t *testing.T) {
			m := Parse(s.envelope(), Options{OwnBroker: s.Expect["on"] == "own_broker"})
			got := normal(t, shown(m))
			for name, want := range s.Expect {
				if slices.Contains(notOfOneMessage, name) || name == "source" && m.Kind == KindPacket {
					continue
				}
				if name == "warnings" {
					want = sorted(want)
				}
				if !reflect.DeepEqual(got[name], want) {
					t.Errorf("%s: got %v, want %v (%s, %s)", name, got[name], want, s.Publisher, s.Note)
				}
			}
		})
	}
}

// shown gives a message in the vocabulary of the samples.
func shown(m Message) map[string]any {
	out := map[string]any{
		"kind": m.Kind, "client_id": orNil(m.ClientID), "reason": orNil(string(m.Reason)), "observer_id": orNil(m.Observer), "iata": orNil(m.Region),
		"observer_name": orNil(m.Name), "warnings": sorted(m.Warnings), "heard_time": m.Time.At.Format("2006-01-02T15:04:05.000Z"),
		"heard_certainty": m.Time.Certainty.String(), "late": m.Warned(WarnLate),
	}
	switch m.Kind {
	case KindPacket:
		showPacket(out, m.Packet)
	case KindStatus, KindMetrics:
		showStatus(out, m)
	case KindNeighbors:
		showNeighbors(out, m.Neighbors)
	case KindClientRX:
		showClient(out, m)
	case KindMessage:
		showText(out, m.Text)
	}
	return out
}

func showPacket(out map[string]any, r *PacketReport) {
	out["direction"] = r.Direction.String()
	out["snr"], out["rssi"] = only(r.HasSNR, r.SNR), only(r.HasRSSI, r.RSSI)
	out["score"], out["duration_ms"] = only(r.HasScore, r.Score), only(r.DurationMS > 0, r.DurationMS)
	out["frame_hex"], out["tx_len"] = nil, only(r.TxLen > 0, r.TxLen)
	if r.Frame == nil {
		return
	}
	out["frame_hex"], out["frame_len"] = strings.ToUpper(hex.EncodeToString(r.Frame)), len(r.Frame)
	out["content_hash"], out["payload_type"], out["route_type"] = r.Hash.String(), r.Packet.Type, r.Packet.Route
	hops := []string{}
	add := func(h meshcore.Hop) { hops = append(hops, h.String()) }
	if heard, ok := r.Packet.Heard(); ok {
		for _, h := range heard.All() {
			add(h)
		}
	}
	if ahead, ok := r.Packet.Ahead(); ok {
		for _, h := range ahead.All() {
			add(h)
		}
	}
	out["hops"] = hops
	if snrs, ok := r.Packet.TraceSNR(); ok {
		db := []float64{}
		for i := range snrs.Len() {
			db = append(db, snrs.DB(i))
		}
		out["trace_snr_db"] = db
	}
}

func showStatus(out map[string]any, m Message) {
	s := m.Status
	out["online"], out["repeat"] = tri(s.Online), tri(s.Repeat)
	out["counts_as_liveness"] = m.Live()
	out["model"], out["firmware"], out["client"] = orNil(s.Model), orNil(s.Firmware), orNil(s.Client)
	out["source"], out["metrics"] = orNil(s.Software), s.Metrics
	if s.Radio != (Radio{}) {
		out["radio"] = map[string]any{"freq_mhz": s.Radio.FreqMHz, "bw_khz": s.Radio.BWkHz, "sf": s.Radio.SF, "cr": s.Radio.CR}
	}
	if s.Location != nil {
		out["location"] = map[string]any{"lat": s.Location.Lat, "lon": s.Location.Lon}
	}
}

func showNeighbors(out map[string]any, n *Neighbors) {
	out["self_scopes"], out["default_scope"], out["truncated"] = n.Scopes, orNil(n.DefaultScope), n.Truncated
	list := []any{}
	for _, e := range n.List {
		v := map[string]any{
			"pubkey": e.Key, "snr": only(e.HasSNR, e.SNR), "scopes": e.Scopes, "status": e.Status,
			"heard_secs_ago": only(e.HasAge, e.Age.Seconds()),
		}
		if e.HasRSSI {
			v["rssi"] = e.RSSI
		}
		list = append(list, v)
	}
	out["neighbors"] = list
}

func showClient(out map[string]any, m Message) {
	c := m.Client
	out["client_name"] = orNil(m.Name)
	out["frame_hex"], out["content_hash"] = strings.ToUpper(hex.EncodeToString(c.Frame)), c.Hash.String()
	out["heard_key"], out["heard_key_bytes"], out["heard_src"] = c.HeardKey, len(c.HeardKey)/2, c.HeardBy
	out["snr"], out["rssi"] = only(c.HasSNR, c.SNR), only(c.HasRSSI, c.RSSI)
	out["lat"], out["lon"], out["acc_m"] = c.At.Lat, c.At.Lon, only(c.HasAccuracy, c.AccuracyM)
}

func showText(out map[string]any, b *BridgeMessage) {
	out["channel_idx"], out["from_prefix"] = only(b.Channel >= 0, b.Channel), orNil(b.From)
	out["text"], out["sender_name"], out["private"] = b.Text, orNil(b.Sender), b.Private
	out["snr"] = only(b.HasSNR, b.SNR)
	out["sender_time"] = time.Unix(int64(b.Sent), 0).UTC().Format("2006-01-02T15:04:05.000Z")
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func only[T any](has bool, v T) any {
	if !has {
		return nil
	}
	return v
}

func tri(v Tri) any { return only(v != Unknown, v == Yes) }

// sorted gives warnings as the set that they are.
func sorted(v any) any {
	b, _ := json.Marshal(v)
	out := []string{}
	_ = json.Unmarshal(b, &out)
	slices.Sort(out)
	list := make([]any, len(out))
	for i, s := range out {
		list[i] = s
	}
	return list
}

// normal brings Go values to what JSON reads back.
func normal(t *testing.T, v map[string]any) map[string]any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
