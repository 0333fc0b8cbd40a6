package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// traceRoutes are the list of traces.
func (s *Server) traceRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /traces", s.withStore("Traces", "/packets", s.tracesView))
}

// tracesQuery is what the address of the list of traces says.
type tracesQuery struct {
	filter
	Tag  string // upper-case beginning
	Kind report.TraceKind
	Rows int
	// Before is the place before which the page's traces began.
	Before mesh.Cursor
}

const tracesUsual = 50 // rows of a page

// traceKinds are the kinds, by their numbers.
func traceKinds() []word { return []word{{"", "all"}, {"ping", "ping"}, {"trace", "longer"}} }

func parseTracesQuery(v url.Values, zone *time.Location) (q tracesQuery, err error) {
	if q.filter, err = readFilter(v, zone, "region", "obs", "time"); err != nil {
		return tracesQuery{}, err
	}
	if q.Tag, err = single(v, "q"); err != nil {
		return tracesQuery{}, err
	}
	if q.Tag = strings.ToUpper(q.Tag); q.Tag != "" && (!isHex(q.Tag) || len(q.Tag) > 8) {
		return tracesQuery{}, wrong("q", "%q is not the beginning of a tag: 1 to 8 hex digits", q.Tag)
	}
	kind, err := oneOf(v, "kind", traceKinds())
	if err != nil {
		return tracesQuery{}, err
	}
	q.Kind = report.TraceKind(kind)
	if q.Rows, err = number(v, "n", tracesUsual, rowsMost); err != nil {
		return tracesQuery{}, err
	}
	q.Before, err = cursorOf(v, "after")
	return q, err
}

func (q tracesQuery) values() url.Values {
	v := url.Values{}
	q.filter.write(v)
	setOne(v, "q", q.Tag)
	setOne(v, "kind", traceKinds()[q.Kind].word)
	if q.Rows != tracesUsual {
		v.Set("n", strconv.Itoa(q.Rows))
	}
	if q.Before != (mesh.Cursor{}) {
		v.Set("after", cursorText(q.Before))
	}
	return v
}

func (q tracesQuery) at() string { return address("/traces", q.values()) }

// without is the query less one filter, "" all, from its first page on.
func (q tracesQuery) without(name string) tracesQuery {
	q.Before = mesh.Cursor{}
	q.lift(name)
	if name == "" || name == "q" {
		q.Tag = ""
	}
	if name == "" || name == "kind" {
		q.Kind = report.TraceAny
	}
	return q
}

// first is the first page of the list.
func (q tracesQuery) first() tracesQuery {
	q.Before = mesh.Cursor{}
	return q
}

func (q tracesQuery) filtered() bool {
	return q.filter.filtered() || q.Tag != "" || q.Kind != report.TraceAny
}

func (s *Server) tracesView(h held, r *http.Request) (view, error) {
	now := s.now(r)
	q, err := parseTracesQuery(r.URL.Query(), now.Location())
	if err != nil {
		return view{}, err
	}
	ask := report.TraceQuery{
		PacketSearch: report.PacketSearch{Regions: q.Regions, Observers: q.Observers}, Kind: q.Kind, Tag: q.Tag, Before: q.Before, Limit: q.Rows,
	}
	ask.From, ask.To = q.bounds(now)
	list, err := s.packetsOf(h).Traces(r.Context(), ask)
	if err != nil {
		return view{}, err
	}
	page := tracesPage(list, q, h, now)
	return view{Title: "Traces", Section: "/packets", Body: ui.Traces(page)}, nil
}

// tracesPage is the list as a page.
func tracesPage(l report.TraceList, q tracesQuery, h held, now time.Time) ui.TracesPage {
	observers := h.Store.Observers()
	say := filterSay{now: now, regions: report.RegionsOf(observers), observers: observers}
	p := ui.TracesPage{
		Count:  tracesCount(l, q.filtered()),
		Search: ui.Search{Action: "/traces", Label: "Tag or its beginning", Value: q.Tag, Keep: keep(q.without("q").values())},
		Chips:  textChip(q.chips(say, func(f filter) string { q := q.first(); q.filter = f; return q.at() }), "tag", q.Tag, q.without("q").at()),
		Picks:  tracePicks(q, say.regions),
	}
	if q.filtered() {
		p.Clear = q.without("").at()
	}
	if q.Kind != report.TraceAny {
		p.Chips = textChip(p.Chips, "route", traceKinds()[q.Kind].say, q.without("kind").at())
	}
	for _, t := range l.Rows {
		p.Rows = append(p.Rows, traceRow(t, nodeNamer(h), now))
	}
	if l.Broken > 0 {
		p.Notes = append(p.Notes, plural(int64(l.Broken), "packet is", "packets are")+" too short to be of a trace: not listed.")
	}
	if l.Cut {
		p.Notes = append(p.Notes, "This page looked at traces back to "+minuteText(time.UnixMilli(l.To), now)+"; older ones are on the next.")
	}
	if l.More {
		older := q
		older.Before = l.Next
		p.Pages.Older, p.Pages.OlderSay = older.at(), "Older traces"
	}
	if q.Before != (mesh.Cursor{}) {
		p.Pages.Newest = q.first().at()
	}
	switch {
	case len(l.Rows) == 0:
		p.Nothing = tracesNothing(l, q)
	case q.Tag == "" && q.Kind == report.TraceAny: // files of packets know neither
		v := url.Values{}
		q.filter.write(v)
		v.Set("type", strconv.Itoa(int(meshcore.TypeTrace)))
		p.Export = exportLinks("packets", v, l.Packets, "packet of traces", "packets of traces")
	}
	return p
}

// tracesCount says how many of how many traces are on the page, and of which packets:
// of many packets it is not known how many traces they are.
func tracesCount(l report.TraceList, filtered bool) string {
	of := plural(int64(l.Packets), "packet of traces", "packets of traces")
	if l.Matching < 0 {
		return plural(int64(len(l.Rows)), "trace", "traces") + " shown · all are of " + of
	}
	if !filtered {
		return fmt.Sprintf("%s of %s · %s", countText(int64(len(l.Rows))), plural(int64(l.Matching), "trace", "traces"), of)
	}
	return fmt.Sprintf("%s of %s shown · of %s", countText(int64(len(l.Rows))), plural(int64(l.Matching), "trace that matches", "traces that match"), of)
}

func tracesNothing(l report.TraceList, q tracesQuery) *ui.PacketsNothing {
	n := &ui.PacketsNothing{Title: "No trace matches", Text: "None has this tag or kind among those looked at.", Ways: []part.Way{{Text: "All traces", Href: q.without("").at()}}}
	switch {
	case l.Packets == 0 && !q.filtered():
		n.Title, n.Text, n.Ways = "No trace was received yet", "They appear here as soon as an observer hears one.", []part.Way{{Text: "All packets", Href: "/packets"}}
	case l.Packets == 0:
		n.Text = "The filters take all of them away."
	case q.Before != (mesh.Cursor{}):
		n.Title, n.Text, n.Ways = "No older trace matches", "", []part.Way{{Text: "To the newest", Href: q.first().at()}}
	}
	return n
}

func tracePicks(q tracesQuery, regions []string) (picks []ui.Pick) {
	route := ui.Pick{Name: "Route"}
	for i, k := range traceKinds() {
		with := q.without("kind")
		with.Kind = report.TraceKind(i)
		route.Choices = append(route.Choices, ui.Choice{Label: k.say, Href: with.at(), On: with.Kind == q.Kind})
	}
	when := ui.Pick{Name: "Received", Choices: []ui.Choice{{Label: "any time", Href: q.without("time").at(), On: len(q.timeWords(time.Time{})) == 0}}}
	for _, w := range filterWindows {
		if w.offered || w.word == q.Window {
			with := q.without("time")
			with.Window = w.word
			when.Choices = append(when.Choices, ui.Choice{Label: "last " + windowSay(w.word), Href: with.at(), On: w.word == q.Window})
		}
	}
	picks = []ui.Pick{route, when}
	if p := regionPick(regions, q.Regions, nil, func(codes []string) string {
		q := q.without("region")
		q.Regions = codes
		return q.at()
	}); p != nil {
		picks = append(picks, *p)
	}
	return picks
}

func traceRow(t report.Trace, name hopNamer, now time.Time) ui.TraceRow {
	row := ui.TraceRow{
		Tag: report.TagText(t.Tag), Kind: "trace", Began: moment(t.First().First, now), Legs: traceLegs(t.Trace, t.SNR4, name),
		Done: fmt.Sprintf("%d of %d", min(len(t.SNR4), t.Len()), t.Len()), Stages: traceStages(t, meshcore.Hash{}), Copies: countText(int64(t.Copies)),
	}
	if t.Len() <= 1 {
		row.Kind = "ping"
	}
	return row
}

// traceLegs sets the SNRs collected so far beside the planned route.
func traceLegs(t meshcore.Trace, snr4 []int8, name hopNamer) (legs []ui.TraceLeg) {
	for i, begin := range t.All() {
		leg := ui.TraceLeg{Hop: traceHop(begin, name)}
		if i < len(snr4) {
			leg.SNR, leg.Done = traceText(snr4[i]), true
		}
		legs = append(legs, leg)
	}
	return legs
}

// hopNamer finds the node that alone fits a hop.
type hopNamer func(meshcore.Hop) (mesh.Node, bool)

// nodeNamer is one that knows nobody while the index of nodes is not there.
func nodeNamer(h held) hopNamer {
	if h.Index == nil {
		return func(meshcore.Hop) (mesh.Node, bool) { return mesh.Node{}, false }
	}
	return h.Index.Nodes.NameHop
}

// traceHop names a node of a route by the first bytes of its key: 1, 2, 4 or 8.
// A hop has three at most, so that a longer beginning is compared besides.
func traceHop(begin []byte, name hopNamer) part.HopName {
	out := part.HopName{Hex: upperHex(begin)}
	n, ok := name(meshcore.NewHop(begin[:min(len(begin), 3)]))
	if ok && strings.HasPrefix(string(n.Key[:]), string(begin)) {
		out.Name, out.Href, out.Sure, out.Why = nodeNamed(n).Text, nodeHref(n.Key), "certain", "no other known key begins so"
	}
	return out
}

// traceStages leads to a trace's packets; one of them may be that of the page.
func traceStages(t report.Trace, here meshcore.Hash) (out []ui.TraceStage) {
	for _, s := range t.Stages {
		out = append(out, ui.TraceStage{
			Text: strconv.Itoa(s.Done), Href: packetHref(s.Hash), Here: s.Hash == here,
			Hint: fmt.Sprintf("packet %s: %s done, %s", s.Hash.String()[:8], plural(int64(s.Done), "hop", "hops"), plural(int64(s.Copies), "copy", "copies")),
		})
	}
	return out
}

// traceBlock tells how far the trace has come that a packet is a stage of.
func (s *Server) traceBlock(h held, r *http.Request, d report.PacketDetail) *ui.TraceBlock {
	t, sel := d.Content.Trace, d.Receptions[d.Selected]
	if t == nil || sel.Path.Kind != report.PathTrace {
		return nil
	}
	b := &ui.TraceBlock{
		Text: fmt.Sprintf("%d of %s of the planned route done. Each stage of a trace is a packet of its own; its stages share tag %s.",
			min(len(sel.Path.SNR4), t.Len()), plural(int64(t.Len()), "hop", "hops"), report.TagText(t.Tag)),
		Legs: traceLegs(*t, sel.Path.SNR4, nodeNamer(h)),
		List: address("/traces", url.Values{"q": {report.TagText(t.Tag)}}),
	}
	if tx, ok := h.Store.PacketByID(sel.Episode); ok {
		if whole, ok := s.packetsOf(h).TraceOf(r.Context(), tx); ok {
			b.Stages = traceStages(whole, d.Hash)
		}
	}
	return b
}
