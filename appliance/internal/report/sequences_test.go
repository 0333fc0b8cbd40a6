package report_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// Counting only what may be frequent gives the same as counting everything.
func TestSequencesAreTheSameHoweverManyAreTried(t *testing.T) {
	f := newField(t)
	o := f.observer("Rooftop", "SEA")
	r := rand.New(rand.NewPCG(1, 2))
	// A chain that is often used, from where many ways branch off.
	for n := range 600 {
		var path []byte
		for hop := byte(1); len(path) < 4+r.IntN(9); hop++ {
			if r.IntN(12) == 0 {
				hop = byte(r.IntN(40))
			}
			path = append(path, hop)
		}
		f.hear(raw(meshcore.TypeReq, n, path...), o, t0+int64(n)*1000)
		if r.IntN(3) == 0 { // another copy, which branches off
			path = append(path[:len(path)/2:len(path)/2], byte(r.IntN(40)), byte(r.IntN(40)))
			f.hear(raw(meshcore.TypeReq, n, path...), o, t0+int64(n)*1000+100)
		}
	}
	gates := index.NewGates()
	b := index.NewBuilder(f.ring, gates, nil)
	b.Begin(f.Store, index.Of(f.Store), func() int64 { return f.Counts().Transmissions })
	if err := b.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	routes, _ := gates.Routes.Get()
	groups := []report.SequenceGroup{{Least: 2, Most: 8, Limit: 40}, {Least: 5, Most: 8, Limit: 30}, {Least: 8, Most: 8, Limit: 5}, {Least: 3, Most: 4, Limit: 10}, {Least: 6, Most: 6, Limit: 100_000}}
	want, err := f.packets().SequencesTrying(t.Context(), routes, report.SequenceQuery{}, groups, 1<<30)
	if err != nil || len(want.Groups[1]) != 30 || want.Paths == 0 {
		t.Fatalf("have %d groups, %v", len(want.Groups), err)
	}
	filtered, err := f.packets().SequencesTrying(t.Context(), routes, report.SequenceQuery{From: 1}, groups, 1<<30) // scanned, nothing from the index
	if err != nil || fmt.Sprint(filtered) != fmt.Sprint(want) {
		t.Errorf("scanned: %v\nhave %v\nwant %v", err, filtered, want)
	}
	for _, tried := range []int{1, 2, 5, 20, 100} {
		for _, q := range []report.SequenceQuery{{}, {From: 1}} {
			got, err := f.packets().SequencesTrying(t.Context(), routes, q, groups, tried)
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("tried %d: %v\nhave %v\nwant %v", tried, err, got, want)
			}
		}
	}
}
