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
		for _, hour := range f.Hours() {
			if state := f.PickHour(hour).State(); state != "" {
				if _, ok := memory.Recall(fmt.Sprint("paths through ", hops), hour, state); !ok {
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
