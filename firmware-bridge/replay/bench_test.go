package replay

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// packetLines is lines as long as those of a feed, in their form.
func packetLines(n int) []byte {
	const l = `{"t": 1767245318331, "topic": "meshcore/SEA/7E7662676F7F0850A8A355BAAFBFC1EB7B4174C340442D7D7161C9474A2C9400/packets", ` +
		`"payload": {"origin": "Tiger Mtn RPT \u00e9", "origin_id": "7E7662676F7F0850A8A355BAAFBFC1EB7B4174C340442D7D7161C9474A2C9400", ` +
		`"timestamp": "2026-01-01T05:28:38.331000+00:00", "type": "PACKET", "direction": "rx", "time": "05:28:38", "date": "1/1/2026", ` +
		`"len": "97", "packet_type": "5", "route": "F", "payload_len": "83", "raw": "RAW", ` +
		`"SNR": "9", "RSSI": "-71", "score": "1000", "duration": "523", "hash": "A8F3C1D2E4B5A697"}}` + "\n"
	return []byte(strings.Repeat(strings.ReplaceAll(l, "RAW", strings.Repeat("15C0", 48)), n))
}

func benchmark(b *testing.B, file []byte, lines int) {
	b.ReportAllocs()
	for b.Loop() {
		r := record(b, file)
		for {
			_, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		if r.Stats().Messages != int64(lines) {
			b.Fatal(r.Stats())
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

func BenchmarkReplay(b *testing.B) {
	const lines = 20_000
	text := packetLines(lines)
	b.Run("plain", func(b *testing.B) { benchmark(b, bytes.Clone(text), lines) })
	b.Run("gzip", func(b *testing.B) { benchmark(b, packed(b, string(text)), lines) })
	b.Run("zstd", func(b *testing.B) { benchmark(b, zstdPacked(b, string(text)), lines) })
}
