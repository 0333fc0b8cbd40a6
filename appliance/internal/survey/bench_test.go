package survey

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
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

// A busy hour whose names are all decided: 2,000 floods that 12 observers hear over up to
// six hops, of 200 relays.
func BenchmarkWays(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	w, d := newWorld(), decided{}
	for hop := range byte(200) {
		w.node(key(hop+1), 47+float64(hop%20)/20, -122+float64(hop/20)/20)
		d[hop+1] = key(hop + 1)
	}
	for i := range 2000 {
		var copies []copyOf
		for o := range uint32(12) {
			path := make([]byte, r.IntN(7))
			for i := range path {
				path[i] = byte(1 + r.IntN(200))
			}
			copies = append(copies, copyOf{o + 1, uint16(1 + o%4), string(path)})
		}
		w.flood(start, fmt.Sprint("packet number ", i, " of the hour"), copies...)
	}
	sources := w.built(b)
	board, err := sources.Make(b.Context(), start+dayHours*hourMs)
	if err != nil {
		b.Fatal(err)
	}
	at := map[meshcore.PublicKey]spot{}
	for _, n := range w.nodes {
		p, _ := placeOf(n)
		at[n.Key] = spot{place: p, doubt: board.Places[n.Key]}
	}
	type told struct {
		tx   mesh.Transmission
		step naming.Step
	}
	var floods [][]told
	steps := 0
	hour := w.hours[uint32(start/hourMs)]
	for i := range hour {
		var list []told
		d.steps(&hour[i], func(tx *mesh.Transmission, s naming.Step) { list = append(list, told{*tx, s}) })
		floods, steps = append(floods, list), steps+len(list)
	}
	b.ReportAllocs()
	for b.Loop() {
		x := newWays(sources.Nodes.Naming(), at, nodesOf(nil))
		for _, list := range floods {
			x.begin(flood{})
			for i := range list {
				x.step(&list[i].tx, list[i].step)
			}
			x.done(true)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*steps), "ns/step")
}
