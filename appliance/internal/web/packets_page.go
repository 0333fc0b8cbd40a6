package web

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// choices are the values that the filter form offers.
type choices struct {
	Regions   []string
	Areas     []health.Area
	Observers []mesh.Observer
	Channels  []string    // that can be read; nil: not known yet
	Locked    []byte      // hash bytes of those that cannot
	Nodes     []mesh.Node // that the filter for a node means
}

func (c choices) say(now time.Time) filterSay {
	return filterSay{now: now, regions: c.Regions, areas: c.Areas, observers: c.Observers, channels: c.Channels, nodes: c.Nodes}
}

// packetsPage is the list as a page.
func packetsPage(l report.PacketList, q packetsQuery, c choices, now time.Time) ui.PacketsPage {
	p := ui.PacketsPage{
		Count:  packetsCount(l, q, len(l.Rows)),
		Note:   packetsNote(q),
		Filter: packetsForm(q, c, now),
		Views:  packetViews(q),
		Mix:    packetsMix(l, q),
		Each:   q.Each,
		Head:   packetsHead(q),
		Orders: packetsOrders(q),
	}
	if slices.Equal(q.Types, []meshcore.Type{meshcore.TypeTrace}) {
		traces := tracesQuery{filter: q.filter, Rows: tracesUsual}
		traces.lift("type")
		p.See = part.Way{Text: "Traces by tag: every stage of one together, with the SNR of each hop", Href: traces.at()}
	}
	p.Rows = make([]ui.PacketRow, len(l.Rows))
	row := q.rows(now)
	_ = report.Share(context.Background(), len(l.Rows), func(_, i int) { p.Rows[i] = row(l.Rows[i]) })
	if len(p.Rows) == 0 {
		p.Nothing = packetsNothing(l, q, now)
	}
	if l.Matching > 0 {
		p.Export = exportLinks("packets", q.values(), l.Matching, "packet", "packets")
		if q.After != (mesh.Cursor{}) { // only what is older is counted
			p.Export.Say = "All packets that match, as a file:"
		}
	}
	if q.Order != (report.PacketOrder{}) {
		pages := paging(q.listQuery(), l.Matching, func(page int) string {
			q := q.begin()
			q.Page = page
			return q.at("/packets")
		})
		p.Pages = &pages
		return p
	}
	if l.More {
		older := q.begin()
		older.After, older.Skip = l.Next, l.NextSkip
		p.Older, p.OlderSay = older.at("/packets"), "Older packets"
	}
	if q.After != (mesh.Cursor{}) || q.Skip > 0 {
		p.Newest = q.begin().at("/packets")
	} else if q.To.IsZero() && !q.Each {
		p.Live = true
	}
	return p
}

// packetsCount says how many of how many are on the page: rows.
func packetsCount(l report.PacketList, q packetsQuery, rows int) string {
	shown := countText(int64(rows))
	held := plural(l.Held, "packet", "packets") + " held"
	receptions := " · " + plural(int64(l.All.Observations), "reception", "receptions")
	newest := q.After == (mesh.Cursor{})
	var packets int64
	for _, n := range l.All.Types {
		packets += int64(n)
	}
	switch {
	case l.Held == 0:
		return ""
	case q.Each:
		return fmt.Sprintf("%s of %s of %s", shown, plural(int64(l.All.Observations), "reception", "receptions"), plural(packets, "packet", "packets"))
	case !q.filtered() && newest:
		return shown + " of " + held + receptions
	case !q.filtered():
		return shown + " older ones of " + held + receptions
	case !newest:
		return fmt.Sprintf("%s shown · %s match, %s from here on, of %s%s", shown, countText(packets), countText(int64(l.Matching)), held, receptions)
	}
	return fmt.Sprintf("%s shown · %s match, of %s%s", shown, countText(packets), held, receptions)
}

// packetsNote says what a match is, and what the rows are in order of.
func packetsNote(q packetsQuery) string {
	var said []string
	if q.Hash == "" && !q.Each && (len(q.Regions)+len(q.Observers)+len(q.Routes)+len(q.Widths) > 0 || q.SNR != (snrSpan{}) || q.Node != "" && q.Part != report.PartSender) {
		said = append(said, "A packet matches if at least one reception does; its path, signal and observer are those of the first reception that matches.")
	}
	if q.Node != "" && q.Part != report.PartSender {
		said = append(said, "Of what a node relayed, receptions match whose own path certainly holds it.")
	}
	switch q.Order.By {
	case report.ByCopies:
		said = append(said, "Copies count whether they match or not.")
	case report.BySNR, report.ByFirstRegion, report.ByWidth:
		said = append(said, "In order of what rows show, that of the first reception; rows that have none come last.")
	case report.ByHops:
		said = append(said, "In order of the hops of the path that rows show, that of the first reception; direct packets and traces, whose way was not heard, come last.")
	case report.BySize, report.ByFirstObserver:
		said = append(said, "In order of what rows show, that of the first reception.")
	}
	return strings.Join(said, " ")
}

func cleaned(list []string) (out []string) {
	for _, s := range list {
		out = append(out, clean(s, nameLimit))
	}
	return out
}

// minuteText is a time to the minute, in the viewer's zone.
func minuteText(t, now time.Time) string {
	return t.In(now.Location()).Format("2006-01-02 15:04 MST")
}

// packetsNothing tells an empty store, an exhausted list and a filter that
// takes everything away apart.
func packetsNothing(l report.PacketList, q packetsQuery, now time.Time) *ui.PacketsNothing {
	switch {
	case l.Held == 0:
		return &ui.PacketsNothing{
			Title: "No packet received yet",
			Text:  "The first one appears here by itself, as soon as an observer reports it.",
			Ways:  []part.Way{{Text: "How to point an observer here", Href: "/"}, {Text: "State of the sources", Href: "/system"}},
		}
	case q.After != (mesh.Cursor{}):
		return &ui.PacketsNothing{
			Title: "No older packets",
			Text:  "The oldest packet held is from " + minuteText(time.UnixMilli(l.HeldFrom), now) + ".",
			Ways:  []part.Way{{Text: "To the newest", Href: q.without("").at("/packets")}},
		}
	case q.Hash != "":
		return &ui.PacketsNothing{
			Title: "No packet held has a hash that begins with " + q.Hash,
			Text:  "It may be older than what is kept, or no observer here has heard it.",
			Ways:  []part.Way{{Text: "All packets", Href: q.without("hash").at("/packets")}},
		}
	}
	return nothingOf(plural(l.Held, "packet", "packets"), l.Without, func(names ...string) string { return lifted(q, names).at("/packets") })
}
