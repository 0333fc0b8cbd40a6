package report_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// stage is a TRACE with this tag along a route of so many nodes, some of them done.
func stage(tag uint32, route, done int) meshcore.Packet {
	payload := meshcore.Trace{Tag: tag, Route: make([]byte, route)}.AppendTo(nil)
	snrs := make([]byte, done)
	for i := range snrs {
		snrs[i] = byte(4 * i)
	}
	return packet(meshcore.TypeTrace, meshcore.Direct, payload, snrs...)
}

// said words a trace: what of it a list must get right.
func said(t report.Trace) string {
	s := fmt.Sprintf("%d %08X of %d, best %d:", t.First().First-t0, t.Tag, t.Len(), len(t.SNR4))
	for _, x := range t.Stages {
		s += fmt.Sprintf(" %d/%d", x.Done, x.Copies)
	}
	return s
}

// Whatever the size of its pages, the list has every trace once with all of its
// stages, as grouping all packets at once has it.
func TestTracesPageByPage(t *testing.T) {
	f := newField(t)
	o, other := f.observer("Rooftop", "SEA"), f.observer("Hill", "PDX")
	rng := rand.New(rand.NewPCG(9, 22))
	const minute = 60_000
	var want []string
	type begun struct {
		at   int64
		text string
	}
	var all []begun
	for n := range 120 {
		tag, route, at := uint32(n/2)<<16|uint32(n), 1+n%4, t0+int64(n)*40_000+rng.Int64N(30_000)
		text := fmt.Sprintf("%d %08X of %d, best %d:", at-t0, tag, route, route)
		for done := 0; done <= route; done++ {
			copies := 1 + rng.IntN(2)
			for range copies {
				f.hear(stage(tag, route, done), []mesh.Observer{o, other}[copies-1], at)
				copies--
			}
			text += fmt.Sprintf(" %d/%d", done, copiesOf(f, stage(tag, route, done)))
			at += rng.Int64N(2 * minute)
		}
		f.hear(raw(meshcore.TypeAdvert, n), o, at)
		all = append(all, begun{t0 + 0, text})
	}
	for _, b := range all {
		want = append(want, b.text)
	}
	slices.SortFunc(want, func(a, b string) int {
		var x, y int64
		fmt.Sscan(a, &x)
		fmt.Sscan(b, &y)
		return cmp.Compare(y, x)
	})
	for _, limit := range []int{1, 7, 50, 1000} {
		var have []string
		q := report.TraceQuery{Limit: limit}
		for pages := 0; ; pages++ {
			list, err := f.packets().Traces(t.Context(), q)
			if err != nil || pages > 200 {
				t.Fatalf("%d pages, %v", pages, err)
			}
			for _, row := range list.Rows {
				have = append(have, said(row))
			}
			if list.Matching != len(want) {
				t.Fatalf("page %d: said to be %d traces, want %d", pages, list.Matching, len(want))
			}
			if !list.More {
				break
			}
			q.Before = list.Next
		}
		if !slices.Equal(have, want) {
			t.Errorf("pages of %d: %d traces, want %d", limit, len(have), len(want))
			for i := range min(len(have), len(want)) {
				if have[i] != want[i] {
					t.Fatalf("number %d: have %s\nwant %s", i, have[i], want[i])
				}
			}
		}
	}
	for kind, want := range map[report.TraceKind]int{report.TraceAny: 120, report.TracePing: 30, report.TraceRoute: 90} {
		list, err := f.packets().Traces(t.Context(), report.TraceQuery{Kind: kind, Limit: 1000})
		if err != nil || len(list.Rows) != want {
			t.Errorf("kind %d: %d rows, want %d, %v", kind, len(list.Rows), want, err)
		}
	}
	list, err := f.packets().Traces(t.Context(), report.TraceQuery{Tag: "0005000A", Limit: 10})
	if err != nil || len(list.Rows) != 1 || list.Rows[0].Tag != 0x5000A {
		t.Errorf("one tag: %+v, %v", list.Rows, err)
	}
	first := f.Packets(list.Rows[0].Stages[1].Hash)[0]
	if one, ok := f.packets().TraceOf(t.Context(), first); !ok || said(one) != said(list.Rows[0]) {
		t.Errorf("of one stage: %v, have %s, want %s", ok, said(one), said(list.Rows[0]))
	}
	list, err = f.packets().Traces(t.Context(), report.TraceQuery{PacketSearch: report.PacketSearch{Regions: []string{"PDX"}}, Limit: 1000})
	if err != nil || len(list.Rows) == 0 || len(list.Rows) == 120 {
		t.Errorf("of one region: %d rows, %v", len(list.Rows), err)
	}
}

func copiesOf(f *field, p meshcore.Packet) (n int) {
	for _, tx := range f.Packets(p.Hash()) {
		n += len(tx.Observations)
	}
	return n
}

// A page is made from a bounded number of packets, says where it ends, and leads
// on, also when there are more at once than that.
func TestTracesOfMany(t *testing.T) {
	for name, apart := range map[string]int64{"spread": 1000, "at once": 0} {
		t.Run(name, func(t *testing.T) {
			f := newField(t)
			o := f.observer("Rooftop", "SEA")
			const many = 2300
			for n := range many {
				route := 2
				if n == 0 {
					route = 1
				}
				f.hear(stage(uint32(n), route, 0), o, t0+int64(n)*apart)
			}
			q := report.TraceQuery{Limit: 5, Kind: report.TracePing}
			first, err := f.packets().Traces(t.Context(), q)
			if err != nil || len(first.Rows) != 0 || !first.More || !first.Cut || first.Packets != many || first.To < t0 {
				t.Fatalf("the first page: %+v, %v", first, err)
			}
			q.Before = first.Next
			second, err := f.packets().Traces(t.Context(), q)
			if err != nil || len(second.Rows) != 1 || second.Rows[0].Tag != 0 || second.More {
				t.Fatalf("the second page: %+v, %v", second, err)
			}
		})
	}
}
