package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
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
	out.Packets, out.Broken, out.Matching = all.total, g.broken, -1
	if few {
		out.Matching = len(found)
	}
	rows := q.pick(found)
	for _, t := range rows[:min(len(rows), q.Limit)] {
		out.Rows = append(out.Rows, t.read())
	}
	switch {
	case len(rows) > q.Limit:
		out.More, out.Next = true, rows[q.Limit-1].first()
	case g.cut:
		out.More, out.Next = true, next
		out.Cut, out.To = true, g.oldest.First
	}
	return out, nil
}

// gather puts the packets of traces together that were found, the newest first,
// until there are more than a page of traces or too many were looked at; or all of them.
func (q TraceQuery) gather(ctx context.Context, f *finder, whole bool) (*gatherer, error) {
	g := &gatherer{span: traceSpan.Milliseconds(), kind: q.Kind, tags: tagsOf(q.Tag)}
	for at := 0; at < f.total; at += traceStep {
		if g.cut = at >= traceMost; g.cut {
			break
		}
		if err := ctx.Err(); err != nil {
			return g, err
		}
		g.addAll(f.part(at, traceStep, false))
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
	g := gatherer{span: span, tags: tagsOf("")}
	g.addAll(f.part(0, traceMost, false))
	for _, t := range g.traces {
		if slices.ContainsFunc(t.stages, func(s spot) bool { return s.id == tx.ID }) {
			return t.read(), true
		}
	}
	return Trace{}, false
}

// enough tells whether there are more than a page of wanted traces of which no
// older stage can come.
func (q *TraceQuery) enough(g *gatherer) bool {
	n := 0
	for _, t := range g.traces {
		if g.isWhole(t) && q.follows(t) {
			n++
		}
	}
	return n > q.Limit
}

// follows tells whether a trace began before the place that the page begins at.
func (q *TraceQuery) follows(t *gathered) bool {
	return q.Before == (mesh.Cursor{}) || older(t.first(), q.Before)
}

// pick are those of a page and of what follows it, in the query's order.
func (q *TraceQuery) pick(list []*gathered) []*gathered {
	out := slices.DeleteFunc(slices.Clone(list), func(t *gathered) bool { return !q.follows(t) })
	slices.SortFunc(out, func(a, b *gathered) int {
		if older(a.first(), b.first()) {
			return 1
		}
		return -1
	})
	return out
}

// TagText is a trace's tag as it is shown and searched for.
func TagText(tag uint32) string { return fmt.Sprintf("%08X", tag) }

// tagRange are tags from one to another.
type tagRange struct{ from, to uint32 }

// tagsOf are the tags whose texts begin so; of what no text begins with, none.
func tagsOf(begin string) tagRange {
	if begin == "" {
		return tagRange{0, math.MaxUint32}
	}
	n, err := strconv.ParseUint(begin, 16, 32)
	if err != nil || len(begin) > 8 {
		return tagRange{1, 0}
	}
	rest := 32 - 4*len(begin)
	return tagRange{uint32(n << rest), uint32((n+1)<<rest - 1)}
}

// gatherer puts packets of traces together, given the newest first: of those traces
// that are wanted by what their packets share.
type gatherer struct {
	span   int64
	kind   TraceKind
	tags   tagRange
	traces []*gathered
	open   map[string]*gathered // by payload: the one to which an older stage belongs
	newest mesh.Cursor
	oldest mesh.Cursor
	broken int
	cut    bool // there may be more
}

// gathered is a trace whose stages were found.
type gathered struct {
	meshcore.Trace
	stages []spot // newest first
}

// first is where its first stage stands.
func (t *gathered) first() mesh.Cursor { return t.stages[len(t.stages)-1].cursor() }

// addAll adds packets that were found.
func (g *gatherer) addAll(list []spot) {
	for _, s := range list {
		if s.row >= 0 {
			g.add(s, s.view.Block.Payload(s.row))
		} else {
			s.show(nil, func(tx *mesh.Scanned) { g.add(s, slices.Clone(tx.Payload)) })
		}
	}
}

// show shows fn a packet, which is valid until it returns; rows in the reader's
// memory.
func (s spot) show(r *column.Reader, fn func(*mesh.Scanned)) {
	if s.row >= 0 {
		fn(r.Row(s.view.Block, s.row))
		return
	}
	head := s.view.Heads.Chunk(s.head / store.HeadsInChunk)[s.head%store.HeadsInChunk:][:1]
	store.EachOf(head, func(*store.Head) bool { return true }, func(tx *mesh.Scanned) bool { fn(tx); return true })
}

// add adds a packet, whose payload is kept.
func (g *gatherer) add(s spot, payload []byte) {
	g.oldest = s.cursor()
	if g.newest == (mesh.Cursor{}) {
		g.newest = g.oldest
	}
	parsed, err := meshcore.ParseTrace(payload)
	if err != nil {
		g.broken++
		return
	}
	if !g.wants(parsed) {
		return
	}
	t := g.open[string(payload)]
	if t == nil || t.stages[0].first-s.first > g.span {
		if g.open == nil {
			g.open = map[string]*gathered{}
		}
		t = &gathered{Trace: parsed}
		g.open[string(payload)], g.traces = t, append(g.traces, t)
	}
	t.stages = append(t.stages, s)
}

// wants tells whether traces with such a payload are wanted.
func (g *gatherer) wants(t meshcore.Trace) bool {
	switch {
	case g.kind == TracePing && t.Len() > 1, g.kind == TraceRoute && t.Len() <= 1:
		return false
	}
	return t.Tag >= g.tags.from && t.Tag <= g.tags.to
}

// read tells of its stages what their packets say.
func (t *gathered) read() Trace {
	var r column.Reader
	out := Trace{Trace: t.Trace, Stages: make([]TraceStage, 0, len(t.stages))}
	for _, s := range slices.Backward(t.stages) {
		s.show(&r, func(tx *mesh.Scanned) {
			// Copies of a stage cannot differ in how many SNRs there are: the hash covers
			// that. No path of a trace is in a tree.
			snrs, _ := ownPacket(&tx.Obs[0]).TraceSNR()
			out.Stages = append(out.Stages, TraceStage{Hash: tx.Hash, At: s.cursor(), Done: snrs.Len(), Copies: len(tx.Obs)})
			out.Copies += len(tx.Obs)
			if snrs.Len() > 0 && snrs.Len() >= len(out.SNR4) { // of equals the newest
				out.SNR4 = make([]int8, 0, snrs.Len())
				for _, q := range snrs.All() {
					out.SNR4 = append(out.SNR4, q)
				}
			}
		})
	}
	return out
}

// isWhole tells whether no older stage of a trace can come.
func (g *gatherer) isWhole(t *gathered) bool { return t.first().First-g.oldest.First > g.span }

// whole are those of which no older stage can come.
func (g *gatherer) whole() (out []*gathered) {
	for _, t := range g.traces {
		if g.isWhole(t) {
			out = append(out, t)
		}
	}
	return out
}
