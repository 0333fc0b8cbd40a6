package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// TraceKind tells traces by their planned route.
type TraceKind uint8

// The kinds.
const (
	TraceAny   TraceKind = iota
	TracePing            // its route has one node at most
	TraceRoute           // longer
)

// TraceQuery asks for traces: what there was of TRACE packets with one payload.
// The search's Types, Offset and Limit do not count.
type TraceQuery struct {
	PacketSearch
	Kind   TraceKind
	Tag    string      // beginning of the tag, eight upper-case hex digits; "" any
	Before mesh.Cursor // begun before this place; the zero Cursor: from the newest
	Limit  int
}

// Trace is one trace with its stages that were received, those of the search.
// Each node that sends a trace on adds the SNR with which it heard it, so that a
// stage is a packet of its own; they share the payload, with tag and route.
type Trace struct {
	meshcore.Trace
	Stages []TraceStage // as they stand
	SNR4   []int8       // of the stage that had most, quarter dB
	Copies int
}

// TraceStage is one packet of a trace.
type TraceStage struct {
	Hash   meshcore.Hash
	At     mesh.Cursor
	Done   int // hops
	Copies int
}

// First is where its first stage stands.
func (t Trace) First() mesh.Cursor { return t.Stages[0].At }

// TraceList is a page of the list of traces, those that began last first.
type TraceList struct {
	Rows     []Trace
	Matching int         // traces that match; -1 where there are too many packets of traces to tell
	Packets  int         // packets of traces that the search wants, of all kinds and tags
	Broken   int         // among those looked at: too short to be a trace
	Next     mesh.Cursor // where the next page begins; valid if More
	More     bool
	Cut      bool  // a page's worth of packets was looked at before there were Limit rows
	To       int64 // to where, Unix ms
}

const (
	// traceSpan is how long stages of one trace may stand apart. A route of 63
	// nodes takes minutes.
	traceSpan = 10 * time.Minute
	// traceMost bounds the packets that a page is made from.
	traceMost = 2000
	traceStep = 256
)

// Traces is a page of traces. Its error is that of ctx.
func (p Packets) Traces(ctx context.Context, q TraceQuery) (TraceList, error) {
	var out TraceList
	q.Types = []meshcore.Type{meshcore.TypeTrace}
	all, err := p.find(ctx, q.PacketSearch, mesh.Cursor{})
	if err != nil {
		return out, err
	}
	from, few := all, all.total <= traceMost
	if q.Before != (mesh.Cursor{}) && !few { // stages of one that began before may stand after
		if from, err = p.find(ctx, q.PacketSearch, mesh.Cursor{First: q.Before.First + traceSpan.Milliseconds() + 1}); err != nil {
			return out, err
		}
	}
	g, err := q.gather(ctx, from, few)
	next, found := mesh.Cursor{First: g.oldest.First + g.span + 1}, g.traces
	switch {
	case err != nil:
		return out, err
	case g.cut && older(next, cmp.Or(q.Before, g.newest)):
		found = g.whole()
	case g.cut: // so many at once that their stages cannot all be looked at
		if q.Before != (mesh.Cursor{}) {
			if from, err = p.find(ctx, q.PacketSearch, q.Before); err != nil {
				return out, err
			}
			if g, err = q.gather(ctx, from, false); err != nil {
				return out, err
			}
		}
		next, found = g.oldest, g.traces
	}
	out.Packets, out.Broken, out.Rows, out.Matching = all.total, g.broken, q.pick(found), -1
	if few {
		whole := q
		whole.Before = mesh.Cursor{}
		out.Matching = len(whole.pick(found))
	}
	switch {
	case len(out.Rows) > q.Limit:
		out.Rows = out.Rows[:q.Limit]
		out.More, out.Next = true, out.Rows[q.Limit-1].First()
	case g.cut:
		out.More, out.Next = true, next
		out.Cut, out.To = true, g.oldest.First
	}
	return out, nil
}

// gather puts the packets of traces together that were found, the newest first,
// until there are more than a page of traces or too many were looked at; or all of them.
func (q TraceQuery) gather(ctx context.Context, f *finder, whole bool) (*gatherer, error) {
	g := &gatherer{span: traceSpan.Milliseconds()}
	for at := 0; at < f.total; at += traceStep {
		if g.cut = at >= traceMost; g.cut {
			break
		}
		list, err := described(ctx, f, f.part(at, traceStep, false), func(tx mesh.Transmission) mesh.Transmission { return tx })
		if err != nil {
			return g, err
		}
		for _, tx := range list {
			g.add(tx)
		}
		if !whole && len(q.pick(g.whole())) > q.Limit {
			break
		}
	}
	return g, nil
}

// TraceOf gathers the stages of the trace that a packet is one of.
func (p Packets) TraceOf(ctx context.Context, tx mesh.Transmission) (Trace, bool) {
	span := traceSpan.Milliseconds()
	search := PacketSearch{Types: []meshcore.Type{meshcore.TypeTrace}, From: tx.First() - span, To: tx.First() + span + 1}
	f, err := p.find(ctx, search, mesh.Cursor{})
	if err != nil {
		return Trace{}, false
	}
	list, err := described(ctx, f, f.part(0, traceMost, false), func(tx mesh.Transmission) mesh.Transmission { return tx })
	g := gatherer{span: span}
	for _, tx := range list {
		g.add(tx)
	}
	for _, t := range g.traces {
		if slices.ContainsFunc(t.Stages, func(s TraceStage) bool { return s.At.ID == tx.ID }) {
			return *t, err == nil
		}
	}
	return Trace{}, false
}

// pick are those that a query wants, in its order.
func (q TraceQuery) pick(list []*Trace) (out []Trace) {
	for _, t := range list {
		switch {
		case q.Before != (mesh.Cursor{}) && !older(t.First(), q.Before):
		case q.Kind == TracePing && t.Len() > 1, q.Kind == TraceRoute && t.Len() <= 1:
		case !strings.HasPrefix(TagText(t.Tag), q.Tag):
		default:
			out = append(out, *t)
		}
	}
	slices.SortFunc(out, func(a, b Trace) int {
		if older(a.First(), b.First()) {
			return 1
		}
		return -1
	})
	return out
}

// TagText is a trace's tag as it is shown and searched for.
func TagText(tag uint32) string { return fmt.Sprintf("%08X", tag) }

// gatherer puts packets of traces together, given the newest first.
type gatherer struct {
	span   int64
	traces []*Trace
	open   map[string]*Trace // by payload: the one to which an older stage belongs
	newest mesh.Cursor
	oldest mesh.Cursor
	broken int
	cut    bool // there may be more
}

func (g *gatherer) add(tx mesh.Transmission) {
	at := mesh.Cursor{First: tx.First(), ID: tx.ID}
	g.oldest = at
	if g.newest == (mesh.Cursor{}) {
		g.newest = at
	}
	parsed, err := meshcore.ParseTrace(tx.Payload)
	if err != nil {
		g.broken++
		return
	}
	payload := string(tx.Payload)
	t := g.open[payload]
	if t == nil || t.Stages[len(t.Stages)-1].At.First-at.First > g.span {
		if g.open == nil {
			g.open = map[string]*Trace{}
		}
		t = &Trace{Trace: parsed}
		g.open[payload], g.traces = t, append(g.traces, t)
	}
	snrs := snrsOf(tx)
	t.Stages = slices.Insert(t.Stages, 0, TraceStage{Hash: tx.Hash, At: at, Done: len(snrs), Copies: len(tx.Observations)})
	t.Copies += len(tx.Observations)
	if len(snrs) > len(t.SNR4) {
		t.SNR4 = snrs
	}
}

// snrsOf are the SNRs that a stage has collected. Copies of a stage cannot differ
// in how many there are: the hash covers that.
func snrsOf(tx mesh.Transmission) (out []int8) {
	if snrs, ok := tx.Observations[0].Packet(tx.Payload).TraceSNR(); ok {
		for _, q := range snrs.All() {
			out = append(out, q)
		}
	}
	return out
}

// whole are those of which no older stage can come.
func (g *gatherer) whole() (out []*Trace) {
	for _, t := range g.traces {
		if t.First().First-g.oldest.First > g.span {
			out = append(out, t)
		}
	}
	return out
}
