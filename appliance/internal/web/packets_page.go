package web

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

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
	Observers []mesh.Observer
	Relay     string // name of the relay that is asked for; "" if it has none
}

// packetsPage is the list as a page.
func packetsPage(l report.PacketList, q packetsQuery, c choices, now time.Time) ui.PacketsPage {
	p := ui.PacketsPage{
		Count:  packetsCount(l, q),
		Note:   packetsNote(q),
		Filter: packetsFilter(q, c, now),
	}
	for _, r := range l.Rows {
		p.Rows = append(p.Rows, packetRow(r, now))
	}
	if len(p.Rows) == 0 {
		p.Nothing = packetsNothing(l, q, now)
	}
	if l.Matching > 0 {
		p.Export = exportLinks("packets", q.values(), l.Matching, "packet", "packets")
		if q.After != (mesh.Cursor{}) { // only what is older is counted
			p.Export.Say = "All packets that match, as a file:"
		}
	}
	if l.More {
		older := q
		older.After, older.Open = l.Next, 0
		p.Older, p.OlderSay = older.at("/packets"), "Older packets"
	}
	newest := q
	newest.After, newest.Open = mesh.Cursor{}, 0
	if q.After != (mesh.Cursor{}) {
		p.Newest = newest.at("/packets")
	} else if q.To.IsZero() {
		p.Live = true
	}
	return p
}

// packetsCount says how many of how many are on the page.
func packetsCount(l report.PacketList, q packetsQuery) string {
	shown := countText(int64(len(l.Rows)))
	matching := countText(int64(l.Matching))
	held := plural(l.Held, "packet", "packets") + " held"
	switch {
	case l.Held == 0:
		return ""
	case !q.filtered() && q.After == (mesh.Cursor{}):
		return shown + " of " + held
	case !q.filtered():
		return shown + " older ones of " + held
	case q.After != (mesh.Cursor{}):
		return fmt.Sprintf("%s shown · %s match from here on, of %s", shown, matching, held)
	}
	return fmt.Sprintf("%s shown · %s match, of %s", shown, matching, held)
}

// packetsNote says what a match is.
func packetsNote(q packetsQuery) string {
	if q.Hash == "" && (len(q.Regions) > 0 || len(q.Observers) > 0) {
		return "A packet matches if at least one reception does; its path and observer are those of the first reception that matches."
	}
	return ""
}

func packetsFilter(q packetsQuery, c choices, now time.Time) ui.PacketFilter {
	f := ui.PacketFilter{Hash: q.Hash, Node: q.Node, From: rfc(q.From), To: rfc(q.To), Chips: packetsChips(q, c, now)}
	if q.Rows != packetsUsual {
		f.Rows = strconv.Itoa(q.Rows)
	}
	if q.filtered() {
		f.Clear = packetsQuery{Rows: q.Rows}.at("/packets")
	}
	if q.Hash != "" && len(f.Chips) > 1 {
		f.Ignored = "A search by hash looks at every packet held: the other filters do not count."
	}
	for _, t := range legendOrder() {
		badge := packetType(t)
		f.Types = append(f.Types, ui.FilterOption{Value: strconv.Itoa(int(t)), Label: badge.Word, Badge: &badge, On: slices.Contains(q.Types, t)})
	}
	for _, r := range union(c.Regions, q.Regions) {
		f.Regions = append(f.Regions, ui.FilterOption{Value: r, Label: clean(r, nameLimit), On: slices.Contains(q.Regions, r)})
	}
	known := map[string]bool{}
	for _, o := range c.Observers {
		known[o.ID] = true
		f.Observers = append(f.Observers, ui.FilterOption{Value: o.ID, Label: orKey(o.Name, o.ID).Text, On: slices.Contains(q.Observers, o.ID)})
	}
	for _, id := range q.Observers {
		if !known[id] {
			f.Observers = append(f.Observers, ui.FilterOption{Value: id, Label: orKey("", id).Text, On: true})
		}
	}
	for _, w := range packetWindows {
		f.Windows = append(f.Windows, ui.FilterOption{Value: w.word, Label: w.word, On: q.Window == w.word})
	}
	return f
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

func packetsChips(q packetsQuery, c choices, now time.Time) (chips []part.Chip) {
	add := func(filter, name string, values []string) {
		if len(values) > 0 {
			chips = append(chips, part.Chip{
				Name: name, Value: strings.Join(values, ", "),
				Without: q.without(filter).at("/packets"), Ignored: q.Hash != "" && filter != "hash",
			})
		}
	}
	if q.Hash != "" {
		add("hash", "hash", []string{q.Hash + "…"})
	}
	var types []string
	for _, t := range q.Types {
		types = append(types, packetType(t).Word)
	}
	add("type", "type", types)
	add("region", "region", cleaned(q.Regions))
	var observers []string
	for _, id := range q.Observers {
		name := ""
		if i := slices.IndexFunc(c.Observers, func(o mesh.Observer) bool { return o.ID == id }); i >= 0 {
			name = c.Observers[i].Name
		}
		observers = append(observers, orKey(name, id).Text)
	}
	add("obs", "observer", observers)
	if q.Node != "" {
		add("node", "certainly relayed by", []string{orKey(c.Relay, q.Node).Text})
	}
	add("time", "received", windowWords(q, now))
	return chips
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

func windowWords(q packetsQuery, now time.Time) []string {
	short := func(t time.Time) string { return minuteText(t, now) }
	switch {
	case q.Window != "":
		return []string{"last " + q.Window}
	case !q.From.IsZero() && !q.To.IsZero():
		return []string{short(q.From) + " to " + short(q.To)}
	case !q.From.IsZero():
		return []string{"since " + short(q.From)}
	case !q.To.IsZero():
		return []string{"before " + short(q.To)}
	}
	return nil
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
	n := &ui.PacketsNothing{
		Title: "0 of " + plural(l.Held, "packet", "packets"),
		Text:  "The filter takes all of them away.",
	}
	names := map[string]string{"type": "any type", "region": "any region", "obs": "any observer", "node": "any relay", "time": "any time"}
	drops := slices.Clone(l.Without)
	slices.SortStableFunc(drops, func(a, b report.Dropped) int { return b.Count - a.Count })
	for _, d := range drops {
		count := countText(int64(d.Count))
		n.Ways = append(n.Ways, part.Way{Text: fmt.Sprintf("%s: %s", names[d.Filter], count), Href: q.without(d.Filter).at("/packets")})
	}
	n.Ways = append(n.Ways, part.Way{Text: "no filter at all", Href: packetsQuery{Rows: q.Rows}.at("/packets")})
	return n
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
		Size:     fmt.Sprintf("%d B", r.Size),
		Width:    widthText(r.Shown.Path),
		Observer: observerNamed(r.Shown.Observer),
		Path:     pathCell(r.Shown.Path, pathShown),
		Copies:   "×" + countText(int64(r.Copies)),
		Say:      preview(r.Content),
		Late:     lateText(r.Shown),
	}
	if r.Others > 0 {
		row.Others = "and " + countText(int64(r.Others)) + " more"
	}
	row.Regions = clipped(cleaned(r.Regions), regionsShown)
	if r.Paths > 1 {
		row.Path.More = "and " + plural(int64(r.Paths-1), "more path", "more paths")
	}
	if r.Copies > 1 {
		row.Unfold = packetsQuery{Hash: r.Hash.String(), Open: r.ID}.at("/packets")
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
	return fmt.Sprintf("hsl(%d %d%% 50%%)", hue, 55+int(h[2])*40>>8)
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

func nodeHref(k meshcore.PublicKey) string { return "/nodes/" + k.String() }

// widthText is "" where the width bits mean nothing.
func widthText(p report.Path) string {
	if p.Width == 0 {
		return ""
	}
	return fmt.Sprintf("%d B", p.Width)
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
	var out []part.HopName
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
		return "guess", percentText(h.P) + ", not decided yet: more copies may come"
	}
	return "likely", percentText(h.P) + ", from all copies of the packet"
}

// percentText is a probability of at most 1; nothing is quite certain.
func percentText(p float64) string {
	switch {
	case p >= 0.995:
		return "over 99 %"
	case p < 0.005:
		return "under 1 %"
	}
	return fmt.Sprintf("%.0f %%", math.Floor(100*p))
}

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
	return "+" + spanText(time.Duration(ms)*time.Millisecond)
}
