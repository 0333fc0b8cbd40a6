package store

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
)

// Measurements within any bounds are those of all that stand there, whole.
func TestMetricsWithinBounds(t *testing.T) {
	s := loadOn(t, newMemFS())
	r := rand.New(rand.NewPCG(4, 4))
	var all []mesh.MetricsSample
	any32 := func() uint32 { return uint32(r.Uint64() >> r.IntN(64)) }
	for at := t0; at < t0+3*dayMS; at += r.Int64N(dayMS / 20) {
		m := mesh.MetricsSample{At: at, BatteryMV: uint16(any32()), UptimeS: any32(), NoiseDBm4: int16(any32()), TxAirS: any32(), RxAirS: any32(), Sent: any32(),
			Received: any32(), RecvErrors: any32(), QueueLen: uint16(any32()), ErrorFlags: uint16(any32()), FreeHeap: any32(), Has: uint16(r.IntN(8))}
		all = append(all, m)
		s.AddMetrics("o", m)
	}
	bound := func() int64 {
		if r.IntN(3) == 0 {
			return all[r.IntN(len(all))].At
		}
		return t0 + r.Int64N(4*dayMS) - dayMS/2
	}
	for n := range 300 {
		from, to := bound(), bound()
		if n == 0 {
			from, to = 0, math.MaxInt64
		}
		var want []mesh.MetricsSample
		for _, m := range all {
			if m.At >= from && m.At < to {
				want = append(want, m)
			}
		}
		if got := s.Metrics("o", from, to); !slices.Equal(got, want) {
			t.Fatalf("from %d to %d: %d samples, want %d", from, to, len(got), len(want))
		}
	}
}
