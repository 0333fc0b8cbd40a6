package resolve

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// A model that is held gives the names that it gives without, also where what is
// remembered has no room and makes way.
func TestHeldModelNamesTheSame(t *testing.T) {
	m := crowd()
	var held, plain Work
	var got, want Naming
	r := rand.New(rand.NewPCG(3, 3))
	b := make([]byte, 300)
	named, used := 0, 0
	for round := range uint64(4) {
		teach(m, round, 300)
		held.Hold(m)
		if round%2 == 1 {
			held.held.keys = held.held.keys[:3]
		}
		for range 500 {
			for j := range b {
				b[j] = byte(r.Uint32())
			}
			f := randomFlood(b)
			f.At = m.now - r.Int64N(40*3600e3)
			held.Resolve(m, f, &got)
			plain.Resolve(m, f, &want)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%+v: %+v, want %+v", f, got, want)
			}
			for _, n := range got.Nodes {
				if n.Relay != 0 {
					named++
				}
			}
		}
		for _, key := range held.held.keys {
			if key != 0 {
				used++
			}
		}
	}
	held.Hold(nil)
	if teach(m, 9, 50); named < 500 || used < 20 || held.held.m != nil {
		t.Fatalf("%d names, %d rows were remembered: the test shows little", named, used)
	}
}
