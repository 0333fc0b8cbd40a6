package report_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// The paths through a node are those of the copies, whether remembered or not,
// after late copies and after hours were sealed again.
func TestPathsThroughAgainstCopies(t *testing.T) {
	f := wood(t)
	key := meshcore.PublicKey{3, 3, 9, 31: 1}
	f.index.PutNode(mesh.Node{Key: key, Name: "Three", Role: meshcore.RoleRepeater, FirstAdvert: 1, LastAdvert: 1})
	memory, remembered := report.NewMemory(), 0
	check := func(when string) {
		gates := index.NewGates()
		b := index.NewBuilder(f.ring, gates, nil)
		b.Begin(f.Store, index.Of(f.Store), func() int64 { return f.Counts().Transmissions })
		if err := b.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := f.packets()
		p.Relays, _ = gates.Relays.Get()
		hops := f.index.Nodes.Hops(key)
		want, relayed := map[string]*report.NodePath{}, int64(0)
		f.Scan(0, 1<<60, func(tx mesh.Transmission) bool {
			seen := map[string][]meshcore.Hop{}
			for _, o := range tx.Observations {
				if path, ok := o.Packet(tx.Payload).Heard(); ok {
					list := path.AppendHops(nil)
					if slices.ContainsFunc(list, func(h meshcore.Hop) bool { return slices.Contains(hops, h) }) {
						seen[fmt.Sprint(list)] = list
					}
				}
			}
			if len(seen) > 0 {
				relayed++
			}
			for text, list := range seen {
				x := want[text]
				if x == nil {
					x = &report.NodePath{Hops: list}
					want[text] = x
				}
				if x.Count++; tx.First() > x.Last || tx.First() == x.Last && bytes.Compare(tx.Hash[:], x.Sample[:]) > 0 {
					x.Last, x.Sample = tx.First(), tx.Hash
				}
			}
			return true
		})
		if len(want) < 50 {
			t.Fatalf("only %d paths", len(want))
		}
		for _, p.Memory = range []*report.Memory{nil, memory, memory, memory} {
			for i, limit := range []int{10, 1 << 20, 10, 1 << 20, 10} {
				got, err := p.PathsThroughAdding(t.Context(), key, limit, i)
				if err != nil || got.Transmissions != relayed || got.PathsAll != len(want) || len(got.Paths) != min(limit, len(want)) {
					t.Fatalf("%s: want %d by %d, have %d by %d, %d rows, %v", when, relayed, len(want), got.Transmissions, got.PathsAll, len(got.Paths), err)
				}
				for _, x := range got.Paths {
					if y := want[fmt.Sprint(x.Hops)]; y == nil || y.Count != x.Count || y.Last != x.Last || y.Sample != x.Sample {
						t.Fatalf("%s: want %+v, have %+v", when, y, x)
					}
				}
				if !slices.IsSortedFunc(got.Paths, func(a, b report.NodePath) int { return cmp.Compare(b.Last, a.Last) }) {
					t.Fatalf("%s: not the latest first", when)
				}
			}
		}
		f.checkNodeSpan(t, p, key, hops, memory)
		for _, hour := range f.Hours() {
			v := f.Views(func(h uint32) bool { return h == hour }).Hours[0]
			if state := v.State(); state != "" {
				if _, ok := memory.Recall(fmt.Sprint("hour latest 10 paths through ", hops), hour, state); !ok {
					t.Errorf("%s: hour %d is not remembered", when, hour)
				}
				remembered++
			}
		}
	}
	check("at first")
	o := f.observer("Near", "SEA")
	for n := 7; n < 700; n += 50 {
		f.hear(raw(meshcore.TypeReq, n, 1, 2, 3, byte(n)), o, t0+int64(n)*15_000+400)
	}
	check("after late copies")
	for _, hour := range f.Hours() {
		if done, err := f.Seal(hour); !done || err != nil {
			t.Fatalf("sealed %v: %v", done, err)
		}
	}
	check("sealed again")
	if remembered < 6 {
		t.Errorf("only %d results were remembered", remembered)
	}
}

// checkNodeSpan compares what a node's packets show with all copies: those that came
// by way of its hops, and its adverts, of which there are none here.
func (f *field) checkNodeSpan(t *testing.T, p report.Packets, key meshcore.PublicKey, hops []meshcore.Hop, memory *report.Memory) {
	t.Helper()
	now := f.Counts().To
	const hours = 3
	from := (now/mesh.HourMS - hours + 1) * mesh.HourMS
	want := report.NodeSpan{From: from, ByHour: make([]int64, hours)}
	heard := map[uint32]*report.Hearer{}
	f.Scan(0, 1<<60, func(tx mesh.Transmission) bool {
		relayed := func(o *mesh.Observation) (passed int, last, any bool) {
			path, ok := o.Packet(tx.Payload).Heard()
			if !ok {
				return 0, false, false
			}
			list := path.AppendHops(nil)
			its := func(h meshcore.Hop) bool { return slices.Contains(hops, h) }
			return len(list), len(list) > 0 && its(list[len(list)-1]), slices.ContainsFunc(list, its)
		}
		if tx.First() < from || !slices.ContainsFunc(tx.Observations, func(o mesh.Observation) bool { _, _, any := relayed(&o); return any }) {
			return true
		}
		want.ByHour[(tx.First()-from)/mesh.HourMS]++
		want.Types[tx.Type]++
		for _, o := range tx.Observations {
			want.Receptions++
			passed, last, _ := relayed(&o)
			want.Passed[passed]++
			if h := heard[o.Observer]; last && h == nil {
				heard[o.Observer] = &report.Hearer{Receptions: 1, First: o.At, Last: o.At}
			} else if last {
				h.Receptions, h.First, h.Last = h.Receptions+1, min(h.First, o.At), max(h.Last, o.At)
			}
		}
		return true
	})
	if want.Packets() < 50 || len(heard) == 0 {
		t.Fatalf("%d packets, %d observers are too few", want.Packets(), len(heard))
	}
	for _, p.Memory = range []*report.Memory{nil, memory, memory} {
		got, err := p.NodeSpan(t.Context(), key, hours, 10, now)
		if err != nil || fmt.Sprint(got.From, got.ByHour, got.Types, got.Passed, got.Receptions) != fmt.Sprint(want.From, want.ByHour, want.Types, want.Passed, want.Receptions) {
			t.Fatalf("want %+v\nhave %+v, %v", want, got, err)
		}
		if len(got.Hearers) != len(heard) {
			t.Fatalf("%d observers heard it, want %d", len(got.Hearers), len(heard))
		}
		for _, h := range got.Hearers {
			if w := heard[h.Observer.Num]; w == nil || w.Receptions != h.Receptions || w.First != h.First || w.Last != h.Last {
				t.Fatalf("observer %d: want %+v, have %+v", h.Observer.Num, w, h)
			}
		}
	}
}
