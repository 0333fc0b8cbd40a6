package survey

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"hilltop/appliance/internal/mesh"
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

// What is looked at every few seconds, of 5,000 nodes that all moved once.
func BenchmarkState(b *testing.B) {
	w := newWorld()
	for i := range 5000 {
		w.node(key(byte(i), byte(i>>8)), 47+float64(i)/1000, -122)
		w.placed(i, start, mesh.Place{LatE6: 47_000_000 + int32(i), LonE6: -122_000_000}, 1)
		w.placed(i, start+hourMs, mesh.Place{LatE6: 47_001_000 + int32(i), LonE6: -122_000_000}, 1)
	}
	sources := w.built(b)
	b.ReportAllocs()
	for b.Loop() {
		sources.state(until)
	}
}
