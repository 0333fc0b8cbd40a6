package web

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

const (
	pathShown      = 6   // hops of a path in a list before "+N"
	receptionShown = 10  // receptions in an unfolded row
	regionsShown   = 2   // region codes of a row
	textShown      = 160 // characters of a message in a list
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

// rows words rows of the list as they are to be shown.
func (q packetsQuery) rows(now time.Time) func(report.PacketRow) ui.PacketRow {
	all := channelAt("", q.carried()).at()
	carried := all[len(channelsAt):] // what links to channels carry, the same in every row
	return func(r report.PacketRow) ui.PacketRow { return q.row(r, carried, now) }
}

func (q packetsQuery) row(r report.PacketRow, carried string, now time.Time) ui.PacketRow {
	row := packetRow(r, now)
	if q.Each {
		row = receptionRow(row, r)
	}
	if row.Unfold != "" {
		row.Unfold = q.unfold(r.Hash, r.ID)
	}
	if row.Say.TagHref != "" {
		row.Say.TagHref += carried
	}
	switch c := r.Content; {
	case c.Advert != nil && c.Advert.Signed:
		row.Say.Clock = aheadText(c.Advert.Timestamp, r.First)
	case c.Group != nil && c.Group.Text != nil:
		row.Say.Clock = aheadText(c.Group.Text.Timestamp, r.First)
	}
	if q.Hex {
		withoutNames(&row.Path)
		for i := range row.Receptions {
			withoutNames(&row.Receptions[i].Path)
		}
	}
	return row
}

// receptionRow is the row of one reception of a packet.
func receptionRow(row ui.PacketRow, r report.PacketRow) ui.PacketRow {
	row.ID += "-" + strconv.Itoa(r.Shown.Num)
	row.Href, row.Others, row.Path.More, row.Unfold, row.More = receptionHref(r.Hash, r.Shown), "", "", "", ""
	row.Copies, row.Each = "first", true
	if r.After > 0 {
		row.Copies = laterText(r.After)
	}
	row.Signal = snrText(r.Shown.Obs.SNR4)
	row.Regions = nil
	if r.Shown.Region != "" {
		row.Regions = []string{clean(r.Shown.Region, nameLimit)}
	}
	return row
}

// withoutNames leaves of a path's hops what was sent.
func withoutNames(c *ui.PathCell) {
	for _, list := range [][]part.HopName{c.Hops, c.Rest} {
		for i := range list {
			list[i].Name, list[i].Sure, list[i].Why = "", "", ""
		}
	}
}

// packetRow is one packet of the list.
func packetRow(r report.PacketRow, now time.Time) ui.PacketRow {
	row := ui.PacketRow{
		ID:       "p" + strconv.FormatUint(r.ID, 10),
		Href:     packetHref(r.Hash),
		Hash:     r.Hash.String()[:8],
		Stripe:   stripe(r.Hash),
		At:       strconv.FormatInt(r.First, 10),
		When:     moment(r.First, now),
		Type:     packetType(r.Type),
		Route:    routeWord(r.Shown.Route),
		Scope:    scopeWord(r.Scope),
		Size:     strconv.Itoa(r.Size) + " B",
		Width:    widthText(r.Shown.Path),
		Observer: observerNamed(r.Shown.Observer),
		Path:     pathCell(r.Shown.Path, pathShown),
		Copies:   "×" + countText(int64(r.Copies)),
		Say:      preview(r.Content),
		Late:     lateText(r.Shown),
	}
	if snr := r.Shown.Obs.SNR4; snr != mesh.NoSNR {
		row.Signal = snrText(snr)
	}
	if r.Others > 0 {
		row.Others = "and " + countText(int64(r.Others)) + " more"
	}
	row.Regions = clipped(cleaned(r.Regions), regionsShown)
	if r.Paths > 1 {
		row.Path.More = "and " + plural(int64(r.Paths-1), "more path", "more paths")
	}
	if r.Copies > 1 {
		row.Unfold = packetsQuery{}.unfold(r.Hash, r.ID)
		if len(r.Receptions) == 0 || r.Copies > receptionShown {
			row.More, row.MoreHref = "all "+countText(int64(r.Copies))+" receptions", row.Href
		}
	}
	for i, rec := range r.Receptions[:min(len(r.Receptions), receptionShown)] {
		line := receptionLine(rec, r.Hash, now)
		line.Delay = delayText(i, rec.Obs.At-r.First)
		row.Receptions = append(row.Receptions, line)
	}
	return row
}

func packetHref(h meshcore.Hash) string { return "/packets/" + h.String() }

// receptionHref is the packet's page with one reception selected.
func receptionHref(h meshcore.Hash, r report.Reception) string {
	return fmt.Sprintf("%s?obs=%d.%d", packetHref(h), r.Episode, r.Num)
}

// stripe is a packet's colour, so that the eye can follow it from page to page.
func stripe(h meshcore.Hash) string {
	hue := (int(h[0])<<8 | int(h[1])) * 360 >> 16
	return "hsl(" + strconv.Itoa(hue) + " " + strconv.Itoa(55+int(h[2])*40>>8) + "% 50%)"
}

// clipped keeps the first n and says how many more there are.
func clipped(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(slices.Clone(list[:n]), fmt.Sprintf("+%d", len(list)-n))
}

func observerNamed(o mesh.Observer) part.Named {
	n := orKey(o.Name, o.ID)
	if o.ID != "" {
		n.Href = "/observers/" + url.PathEscape(o.ID)
	}
	return n
}

func nodeHref(k meshcore.PublicKey) string {
	const begin = "/nodes/"
	var b [len(begin) + 2*len(k)]byte
	return string(hex.AppendEncode(append(b[:0], begin...), k[:]))
}

// widthText is "" where the width bits mean nothing.
func widthText(p report.Path) string {
	if p.Width == 0 {
		return ""
	}
	return strconv.Itoa(p.Width) + " B"
}

// pathCell shows at most shown entries of a path; 0 shows all.
func pathCell(p report.Path, shown int) ui.PathCell {
	var c ui.PathCell
	switch p.Kind {
	case report.PathHeard:
		c = ui.PathCell{Kind: "heard", Hops: hopNames(p.Hops), Empty: "heard from its sender"}
	case report.PathAhead:
		c = ui.PathCell{Kind: "ahead", Lead: "still to go", Hops: hopNames(p.Hops), Empty: "no relay to come"}
	case report.PathTrace:
		c = ui.PathCell{Kind: "trace", Lead: "SNR", Empty: "no hop done yet"}
		for _, q := range p.SNR4 {
			c.Hops = append(c.Hops, part.HopName{Hex: traceText(q)})
		}
	}
	if shown > 0 && len(c.Hops) > shown {
		c.Hops, c.Rest = c.Hops[:shown:shown], c.Hops[shown:]
	}
	if len(c.Hops) > 0 {
		c.Empty = ""
	} else {
		c.Lead = ""
	}
	return c
}

func hopNames(hops []report.Hop) []part.HopName {
	if len(hops) == 0 {
		return nil
	}
	out := make([]part.HopName, 0, len(hops))
	for _, h := range hops {
		n := part.HopName{Hex: h.Hex}
		if h.Node != nil {
			n.Href = nodeHref(h.Node.Key)
			if n.Name = strings.TrimSpace(clean(h.Node.Name, nameLimit)); n.Name == "" {
				n.Name = h.Node.Key.String()[:8] + "…"
			}
		}
		n.Sure, n.Why = howSure(h)
		out = append(out, n)
	}
	return out
}

// howSure words how likely it is that a hop's name is right.
func howSure(h report.Hop) (sure, why string) {
	switch {
	case !h.Resolved && h.Node != nil:
		return "certain", "no other known key begins so"
	case !h.Resolved:
		return "", ""
	case h.Node == nil && h.P > 0:
		return "", "ambiguous: the likeliest node has " + percentText(h.P)
	case h.Node == nil:
		return "", "nobody who is known fits"
	case h.Provisional:
		return "guess", guesses[percentPlace(h.P)]
	}
	return "likely", likelies[percentPlace(h.P)]
}

// What is said of likely hops: a page has hundreds.
var (
	percents = percentTexts("")
	guesses  = percentTexts(", not decided yet: more copies may come")
	likelies = percentTexts(", from all copies of the packet")
)

// Places of the ends among the words for probabilities, after whole hundredths.
const (
	percentOver  = 100
	percentUnder = 101
)

// percentTexts are words for probabilities by their percentPlace, with more behind
// each.
func percentTexts(more string) (all [102]string) {
	for i := range all {
		all[i] = strconv.Itoa(i) + " %" + more
	}
	all[percentOver], all[percentUnder] = "over 99 %"+more, "under 1 %"+more
	return all
}

// percentPlace is a probability in whole hundredths, rounded down, or an end.
func percentPlace(p float64) int {
	switch {
	case p >= 0.995:
		return percentOver
	case p < 0.005:
		return percentUnder
	}
	return int(math.Floor(100 * p))
}

// percentText is a probability of at most 1; nothing is quite certain.
func percentText(p float64) string { return percents[percentPlace(p)] }

// lateText says by how much a reception came in late.
func lateText(r report.Reception) string {
	if !r.Late() {
		return ""
	}
	from := r.Obs.At
	if r.Obs.Flags&mesh.FlagHeardStands == 0 && r.Obs.Flags&mesh.FlagClaimed != 0 {
		from = r.Obs.Claimed
	}
	if d := time.Duration(r.Obs.Arrived-from) * time.Millisecond; d > 0 {
		return "late +" + shortSpan(d)
	}
	return "late"
}

func receptionLine(r report.Reception, h meshcore.Hash, now time.Time) ui.ReceptionLine {
	return ui.ReceptionLine{
		Href:     receptionHref(h, r),
		When:     moment(r.Obs.At, now),
		Observer: observerNamed(r.Observer),
		Region:   clean(r.Region, nameLimit),
		SNR:      snrText(r.Obs.SNR4),
		RSSI:     rssiText(r.Obs.RSSI),
		Path:     pathCell(r.Path, pathShown),
		Late:     lateText(r),
	}
}

// delayText is how long after the first a copy stands that is number i of its
// episode.
func delayText(i int, ms int64) string {
	if i == 0 {
		return "first"
	}
	return laterText(ms)
}

// laterText is how long after another a copy stands, ms: "+0.3 s".
func laterText(ms int64) string {
	if ms < 50 {
		return "< 0.1 s"
	}
	return "+" + spanText(time.Duration(ms)*time.Millisecond)
}
