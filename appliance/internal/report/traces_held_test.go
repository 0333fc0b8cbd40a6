package report_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// Traces of open, sealed and unloaded hours, by any filter and however often they
// are asked for while more comes in, are those that unpacking and grouping all packets
// gives.
func TestTracesAreAsGroupingEverything(t *testing.T) {
	rows := 0
	for seed := range uint64(4) {
		c := newCrowd(t, 300+seed)
		asked := []report.TraceQuery{{}, {Kind: report.TracePing}, {Tag: "0000000"}}
		for range 5 {
			q := report.TraceQuery{PacketSearch: c.random(), Kind: []report.TraceKind{report.TraceAny, report.TraceRoute}[c.r.IntN(2)]}
			q.Channel, q.OfNodes = "", false // these take all traces away
			asked = append(asked, q)
		}
		for range 8 {
			for range 40 {
				c.send()
			}
			for range 60 {
				c.again()
			}
			c.turn()
			for _, q := range asked {
				q.Types = []meshcore.Type{meshcore.TypeTrace}
				rows += c.checkTraces(q)
			}
		}
	}
	if rows < 1000 {
		t.Errorf("only %d traces were compared", rows)
	}
}

// checkTraces compares all pages of traces with the plain way, and gives how many
// traces there are.
func (c *crowd) checkTraces(q report.TraceQuery) int {
	c.t.Helper()
	var want, have []string
	for _, tr := range plainTraces(c.naive(q.PacketSearch)) {
		if (q.Kind == report.TraceAny || (tr.Len() <= 1) == (q.Kind == report.TracePing)) && strings.HasPrefix(report.TagText(tr.Tag), q.Tag) {
			want = append(want, said(tr))
		}
	}
	q.Limit = 1 + c.r.IntN(20)
	for {
		l := must(c.packets().Traces(c.t.Context(), q))
		if l.Matching != len(want) {
			c.t.Fatalf("%+v: said to be %d, want %d", q, l.Matching, len(want))
		}
		for _, row := range l.Rows {
			have = append(have, said(row))
		}
		if !l.More {
			break
		}
		q.Before = l.Next
	}
	if !slices.Equal(have, want) {
		c.t.Fatalf("%+v:\nhave %q\nwant %q", q, have, want)
	}
	return len(want)
}

// plainTraces puts packets of traces together, which are the newest first: those that
// began last come first.
func plainTraces(list []mesh.Transmission) (out []report.Trace) {
	const span = 10 * 60_000
	at := map[string]int{} // by payload, place in out
	for _, tx := range list {
		parsed, err := meshcore.ParseTrace(tx.Payload)
		if err != nil {
			panic(err)
		}
		s := report.TraceStage{Hash: tx.Hash, At: mesh.Cursor{First: tx.First(), ID: tx.ID}, Done: len(tx.Observations[0].Path), Copies: len(tx.Observations)}
		i, known := at[string(tx.Payload)]
		if !known || out[i].Stages[0].At.First-s.At.First > span {
			i = len(out)
			at[string(tx.Payload)] = i
			out = append(out, report.Trace{Trace: parsed})
		}
		tr := &out[i]
		tr.Stages, tr.Copies = append(tr.Stages, s), tr.Copies+s.Copies
		if s.Done > len(tr.SNR4) {
			tr.SNR4 = make([]int8, s.Done)
		}
	}
	for _, tr := range out {
		slices.Reverse(tr.Stages)
	}
	slices.SortFunc(out, func(a, b report.Trace) int {
		return cmp.Or(cmp.Compare(b.First().First, a.First().First), cmp.Compare(b.First().ID, a.First().ID))
	})
	return out
}
