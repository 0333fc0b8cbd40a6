package survey

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"hilltop/firmware-bridge/meshcore"
)

// A busy hour: 2,000 floods that 16 observers hear over up to eight hops.
func BenchmarkHour(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	w := newWorld()
	for i := range 2000 {
		var copies []copyOf
		for o := range uint32(16) {
			path := make([]byte, r.IntN(9))
			for i := range path {
				path[i] = byte(1 + r.IntN(200))
			}
			copies = append(copies, copyOf{o + 1, uint16(1 + o%4), string(path)})
		}
		w.flood(start, fmt.Sprint("packet number ", i, " of the hour"), copies...)
	}
	hour := w.hours[uint32(start/hourMs)]
	b.ReportAllocs()
	for b.Loop() {
		c := newCounter(meshcore.DefaultPreset(), []string{"#north", "#south"})
		c.begin(start)
		for i := range hour {
			c.add(&hour[i])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(16*2000), "ns/observation")
}
