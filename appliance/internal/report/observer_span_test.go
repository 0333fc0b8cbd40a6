package report_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// What an observer received is what unpacking everything tells, whatever
// happened to the hours.
func TestSpanOfAnObserver(t *testing.T) {
	for seed := range uint64(4) {
		c := newCrowd(t, seed)
		asked := report.Observers{Store: c.st, Memory: report.NewMemory(), Tallies: &report.Tallies{}}
		for range 5 {
			for range 30 {
				c.send()
			}
			for range 6 {
				c.again()
			}
			c.turn()
			c.checkSpan(asked, c.observers[0], time.Hour, 30, t0+8*3_600_000) // what is remembered of it is of other states later
		}
		for _, each := range []time.Duration{3 * time.Hour, time.Hour} {
			from, steps, now := c.observers[c.r.IntN(len(c.observers))], 4+c.r.IntN(6), t0+int64(c.r.IntN(6*3_600_000))
			for _, o := range []report.Observers{{Store: c.st}, asked, asked} {
				c.checkSpan(o, from, each, steps, now)
			}
		}
	}
}

func (c *crowd) checkSpan(asked report.Observers, o mesh.Observer, each time.Duration, steps int, now int64) {
	c.t.Helper()
	step := each.Milliseconds()
	from := now/step*step - int64(steps-1)*step
	want := report.ObserverSpan{From: from, Each: each, Receptions: make([]int64, steps), Nodes: make([]int, steps)}
	types, bins := map[meshcore.Type]int64{}, map[int]int64{}
	nodes, all := make([]map[string]bool, steps), map[string]bool{}
	for i := range nodes {
		nodes[i] = map[string]bool{}
	}
	c.st.Newest(mesh.Cursor{}, math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		mine := false
		for _, x := range tx.Observations {
			if x.Observer != o.Num {
				continue
			}
			mine = true
			if x.At < from || x.At >= from+int64(steps)*step {
				continue
			}
			want.Receptions[(x.At-from)/step]++
			types[tx.Type]++
			if x.SNR4 == mesh.NoSNR {
				want.NoSNR++
			} else {
				bins[int(math.Floor(float64(x.SNR4)/8))*2]++
			}
		}
		if at := tx.First(); mine && tx.Type == meshcore.TypeAdvert && at >= from && at < from+int64(steps)*step {
			key := string(tx.Payload[:32])
			nodes[(at-from)/step][key], all[key] = true, true
		}
		return true
	})
	for i := range nodes {
		want.Nodes[i] = len(nodes[i])
	}
	got, err := asked.Span(c.t.Context(), o.Num, each, steps, now)
	if err != nil {
		c.t.Fatal(err)
	}
	if fmt.Sprint(got.From, got.Receptions, got.Nodes, got.AllNodes) != fmt.Sprint(from, want.Receptions, want.Nodes, len(all)) {
		c.t.Errorf("%d × %v to %d: want %v of %v, %d nodes, have %v of %v, %d nodes", steps, each, now, want.Receptions, want.Nodes, len(all), got.Receptions, got.Nodes, got.AllNodes)
	}
	have := map[meshcore.Type]int64{}
	for _, x := range got.Types {
		have[x.Type] = x.Receptions
	}
	if !maps.Equal(have, types) || !slices.IsSortedFunc(got.Types, func(a, b report.TypeCount) int { return int(b.Receptions - a.Receptions) }) {
		c.t.Errorf("types: want %v, have %v", types, got.Types)
	}
	for i, b := range got.SNR {
		if b.Receptions != bins[b.Least] || i > 0 && b.Least != got.SNR[i-1].Least+2 {
			c.t.Errorf("SNR: want %v, have %v", bins, got.SNR)
		}
		delete(bins, b.Least)
	}
	if len(bins) > 0 || got.NoSNR != want.NoSNR {
		c.t.Errorf("SNR: bins %v are missing from %v; %d unknown, want %d", bins, got.SNR, got.NoSNR, want.NoSNR)
	}
}
