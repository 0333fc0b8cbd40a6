package observer

import (
	"encoding/json"
	"testing"

	"github.com/tidwall/gjson"
)

// packetEnvelopes are the samples that are whole packet messages.
func packetEnvelopes(b *testing.B) []Envelope {
	var out []Envelope
	for _, s := range readSamples(b) {
		if s.Expect["kind"] == "packet" && s.Expect["frame_hex"] != nil {
			out = append(out, s.envelope())
		}
	}
	return out
}

// BenchmarkParsePackets parses packet messages of every dialect.
func BenchmarkParsePackets(b *testing.B) {
	all := packetEnvelopes(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if m := Parse(all[i%len(all)], Options{}); m.Kind != KindPacket {
			b.Fatal(m.Kind, m.Reason)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// The next three compare what reading the members alone costs.

func BenchmarkMembersGJSON(b *testing.B) {
	all := packetEnvelopes(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		object, _, reason := openObject(all[i%len(all)].Payload)
		if reason != "" {
			b.Fatal(reason)
		}
		if f := readPacketFields(object); f.n == 0 {
			b.Fatal("no members")
		}
	}
}

func BenchmarkMembersEncodingJSONStruct(b *testing.B) {
	all := packetEnvelopes(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		var f struct {
			Origin, Raw, Direction, Time, Date, Hash, Route string
			OriginID                                        string `json:"origin_id"`
			Timestamp, SNR, RSSI, Score, Duration, Len      json.RawMessage
		}
		_ = json.Unmarshal(all[i%len(all)].Payload, &f)
	}
}

func BenchmarkMembersEncodingJSONMap(b *testing.B) {
	all := packetEnvelopes(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		var f map[string]any
		_ = json.Unmarshal(all[i%len(all)].Payload, &f)
	}
}

func BenchmarkValid(b *testing.B) {
	all := packetEnvelopes(b)
	for i := 0; b.Loop(); i++ {
		gjson.ValidBytes(all[i%len(all)].Payload)
	}
}
