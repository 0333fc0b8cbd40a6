package broker

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hilltop/firmware-bridge/observer"
)

// BenchmarkPublish4Clients is a message of 700 bytes at QoS 0 from one of four
// clients to the inbox, its writing by the client included.
func BenchmarkPublish4Clients(b *testing.B) {
	cfg := config()
	cfg.ClientRate = 1 << 30
	r := &running{}
	var got atomic.Int64
	done := make(chan struct{})
	want := int64(b.N)
	r.run(b, cfg, func(observer.Envelope) bool {
		if got.Add(1) == want {
			close(done)
		}
		return true
	})
	const clients = 4
	var all sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for i := range clients {
		n := b.N / clients
		if i < b.N%clients {
			n++
		}
		k := r.client(b, sign{id: string(rune('a' + i))})
		message := k.encode(publication(topic, strings.Repeat("x", 700), 0, false))
		all.Go(func() {
			for range n {
				if _, err := k.Write(message); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	<-done
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}
