package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
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
	// traceRowsKept is how many of an hour's packets of traces are remembered as the
	// wanted ones: 4 bytes each.
	traceRowsKept = 512
)

// Traces is a page of traces. Its error is that of ctx.
func (p Packets) Traces(ctx context.Context, q TraceQuery) (TraceList, error) {
	var out TraceList
	q.Types = []meshcore.Type{meshcore.TypeTrace}
	find := func(before mesh.Cursor) (*finder, error) {
		f, err := p.find(ctx, q.PacketSearch, before)
		f.rowsKept = traceRowsKept
		return f, err
	}
	all, err := find(mesh.Cursor{})
	if err != nil {
		return out, err
	}
	from, few := all, all.total <= traceMost
	if q.Before != (mesh.Cursor{}) && !few { // stages of one that began before may stand after
		if from, err = find(mesh.Cursor{First: q.Before.First + traceSpan.Milliseconds() + 1}); err != nil {
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
			if from, err = find(q.Before); err != nil {
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
		whole.Before, out.Matching = mesh.Cursor{}, 0
		for _, t := range found {
			if whole.wants(t) {
				out.Matching++
			}
		}
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
		if err := ctx.Err(); err != nil {
			return g, err
		}
		g.addAll(f, f.part(at, traceStep, false))
		if !whole && q.enough(g) {
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
	f.rowsKept = traceRowsKept
	g := gatherer{span: span}
	g.addAll(f, f.part(0, traceMost, false))
	for _, t := range g.traces {
		if slices.ContainsFunc(t.Stages, func(s TraceStage) bool { return s.At.ID == tx.ID }) {
			return *t, true
		}
	}
	return Trace{}, false
}

// wants tells whether a trace is one that a query wants.
func (q *TraceQuery) wants(t *Trace) bool {
	switch {
	case q.Before != (mesh.Cursor{}) && !older(t.First(), q.Before):
	case q.Kind == TracePing && t.Len() > 1, q.Kind == TraceRoute && t.Len() <= 1:
	case q.Tag != "" && !strings.HasPrefix(TagText(t.Tag), q.Tag):
	default:
		return true
	}
	return false
}

// enough tells whether there are more than a page of wanted traces of which no
// older stage can come.
func (q *TraceQuery) enough(g *gatherer) bool {
	n := 0
	for _, t := range g.traces {
		if g.isWhole(t) && q.wants(t) {
			n++
		}
	}
	return n > q.Limit
}

// pick are those that a query wants, in its order.
func (q TraceQuery) pick(list []*Trace) []Trace {
	var wanted []*Trace
	for _, t := range list {
		if q.wants(t) {
			wanted = append(wanted, t)
		}
	}
	slices.SortFunc(wanted, func(a, b *Trace) int {
		if older(a.First(), b.First()) {
			return 1
		}
		return -1
	})
	out := make([]Trace, len(wanted))
	for i, t := range wanted {
		out[i] = *t
	}
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

// addAll adds packets that were found.
func (g *gatherer) addAll(f *finder, list []spot) {
	var r column.Reader
	for _, s := range list {
		if s.row >= 0 {
			g.add(r.Row(s.view.Block, s.row))
			continue
		}
		head := s.view.Heads.Chunk(s.head / store.HeadsInChunk)[s.head%store.HeadsInChunk:][:1]
		store.EachOf(head, func(*store.Head) bool { return true }, func(tx *mesh.Scanned) bool {
			tx.Payload = slices.Clone(tx.Payload)
			g.add(tx)
			return true
		})
	}
}

// add adds a packet, whose payload is kept.
func (g *gatherer) add(tx *mesh.Scanned) {
	at := mesh.Cursor{First: tx.First, ID: tx.ID}
	g.oldest = at
	if g.newest == (mesh.Cursor{}) {
		g.newest = at
	}
	parsed, err := meshcore.ParseTrace(tx.Payload)
	if err != nil {
		g.broken++
		return
	}
	t := g.open[string(tx.Payload)]
	if t == nil || t.Stages[len(t.Stages)-1].At.First-at.First > g.span {
		if g.open == nil {
			g.open = map[string]*Trace{}
		}
		t = &Trace{Trace: parsed}
		g.open[string(tx.Payload)], g.traces = t, append(g.traces, t)
	}
	snrs := snrsOf(tx)
	t.Stages = slices.Insert(t.Stages, 0, TraceStage{Hash: tx.Hash, At: at, Done: snrs.Len(), Copies: len(tx.Obs)})
	t.Copies += len(tx.Obs)
	if snrs.Len() > len(t.SNR4) {
		t.SNR4 = make([]int8, 0, snrs.Len())
		for _, q := range snrs.All() {
			t.SNR4 = append(t.SNR4, q)
		}
	}
}

// snrsOf are the SNRs that a stage has collected. Copies of a stage cannot differ
// in how many there are: the hash covers that.
func snrsOf(tx *mesh.Scanned) meshcore.TraceSNRs {
	snrs, _ := ownPacket(&tx.Obs[0]).TraceSNR() // no path of a trace is in a tree
	return snrs
}

// isWhole tells whether no older stage of a trace can come.
func (g *gatherer) isWhole(t *Trace) bool { return t.First().First-g.oldest.First > g.span }

// whole are those of which no older stage can come.
func (g *gatherer) whole() (out []*Trace) {
	for _, t := range g.traces {
		if g.isWhole(t) {
			out = append(out, t)
		}
	}
	return out
}
