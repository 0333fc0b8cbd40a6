package web

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// linksView is the page of a node's links.
func (s *Server) linksView(h held, r *http.Request) (view, error) {
	nodes, now := nodesOf(h), s.now(r)
	key, several := whichNode(nodes, strings.ToLower(r.PathValue("key")), now)
	row, ok := nodes.Row(report.NodeQuery{Now: now.UnixMilli()}, key)
	if len(several) > 0 || !ok {
		return s.nodeView(h, r)
	}
	q, err := parseLinksQuery(linksHref(key), r.URL.Query())
	if err != nil {
		return view{}, err
	}
	p := ui.LinksPage{
		Name: nodeNamed(row.Node).Text, Role: roleMark(row.Node.Role), Node: nodeHref(key), Picks: q.picks(), Why: apartPanel(nodes, row),
		Wait: awaited("The list of links", s.Indexes.Links),
	}
	if p.Wait == nil {
		words := linkWords{q: q, now: now, board: h.Board, miles: s.miles(r), node: row, held: h.Store.Counts().From}
		words.fill(&p, nodes.LinksOf(row.Node, q.query(now), h.Board))
		orders, err := readTableOrders(r, false, linkTables()...)
		if err != nil {
			return view{}, err
		}
		for _, list := range []*ui.Panel{&p.Certain, &p.Believed, &p.Impossible} {
			if err := orders.orderPanels([]ui.Panel{*list}); err != nil {
				return view{}, err
			}
		}
	}
	return view{Title: "Links of " + p.Name, Section: "/nodes", Body: ui.Links(p)}, nil
}

// linkTables are the tables that the page of a node's links may have.
func linkTables() []string {
	return []string{"certain-links", "believed-links", "impossible-links"}
}

func linksHref(key meshcore.PublicKey) string { return nodeHref(key) + "/links" }

// sharingShown is how many relays with the same hop are named.
const sharingShown = 20

// apartPanel tells with whom a node shares its hops; nil if it does with nobody.
func apartPanel(nodes report.Nodes, row report.NodeRow) *ui.Panel {
	p := &ui.Panel{ID: "apart", Title: "Why little is certain"}
	switch {
	case !row.CanRelay:
		p.Says = []string{"It is not known to relay: it stands in no path, so only what it sent itself tells who hears it. Whom it hears is told if it is an observer."}
		return p
	case row.UniqueWidth == 1:
		return nil
	case row.UniqueWidth == 0:
		p.Says = []string{"It has no hop of its own: in paths it cannot be told apart from these relays, whatever the width of the hops. What is likely all the same is under “Likely besides”."}
	default:
		p.Says = []string{fmt.Sprintf("Only hops of %d B or more are its own: where hops have %d B, it cannot be told apart from these relays. What is likely all the same is under “Likely besides”.", row.UniqueWidth, row.UniqueWidth-1)}
	}
	width := 3
	if row.UniqueWidth > 0 {
		width = row.UniqueWidth - 1
	}
	sharing := nodes.Sharing(row.Node.Key, width)
	t := ui.PanelTable{ID: "sharing", Caption: plural(int64(len(sharing)), "relay has", "relays have") + " the hop " + row.Node.Key.Hop(width).String() + " too",
		Columns: []part.Column{{Label: "Relay"}, {Label: "Key"}}}
	for _, n := range sharing[:min(len(sharing), sharingShown)] {
		named := nodeNamed(n)
		t.Rows = append(t.Rows, []ui.Cell{{Named: &named}, {Code: n.Key.String()[:16]}})
	}
	if more := len(sharing) - len(t.Rows); more > 0 {
		p.Says = append(p.Says, "And "+countText(int64(more))+" more.")
	}
	p.Tables = []ui.PanelTable{t}
	return p
}

// linkWords words the links of one node.
type linkWords struct {
	q     linksQuery
	now   time.Time
	board *survey.Board
	miles bool
	node  report.NodeRow
	held  int64 // from when on anything is held, Unix ms
}

// since is the span of the certain links.
func (w linkWords) since() string {
	return "since " + time.UnixMilli(daysBefore(w.now, w.q.days())).UTC().Format("2006-01-02 15:04 UTC")
}

// sinceSurvey is the same of what surveys tell, up to the latest.
func (w linkWords) sinceSurvey() string {
	if w.board == nil {
		return ""
	}
	return w.since() + ", up to " + moment(w.board.To, w.now).Text
}

func (w linkWords) fill(p *ui.LinksPage, l report.NodeLinks) {
	p.Figures = w.figures(l)
	p.Certain = ui.Panel{ID: "certain", Title: "Certain links", Note: w.since(), Tables: []ui.PanelTable{w.table("certain-links", "The strongest first", l.Certain, false, w.noneCertain(l))}}
	if len(l.Certain) == 0 && l.Hidden > 0 && w.q.filtered() {
		text := plural(int64(l.Hidden), "link", "links")
		if l.OneWay > 0 && w.q.Way == "two" {
			text = plural(int64(l.OneWay), "link in one direction", "links in one direction")
		}
		p.Nothing = &ui.PacketsNothing{Title: "0 of " + plural(int64(l.Hidden), "certain link", "certain links"), Text: "Filters hide " + text + ".",
			Ways: []part.Way{{Text: "All links", Href: w.q.bare().at()}}}
	} else if l.Hidden > 0 {
		p.Certain.Says = append(p.Certain.Says, plural(int64(l.Hidden), "link is", "links are")+" hidden by filters, "+countText(int64(l.OneWay))+" of them in one direction only.")
	}
	p.Believed = ui.Panel{ID: "believed", Title: "Likely besides", Note: w.sinceSurvey(),
		Tables: []ui.PanelTable{w.table("believed-links", "Links with an end that is only likely", l.Believed, false, w.noneBelieved())}}
	if w.board == nil {
		p.Believed.Tables[0].None = unsurveyed
	} else if n := w.board.Unnamed(); n > 0 {
		p.Believed.Says = append(p.Believed.Says, "Of "+plural(n, "flood", "floods")+" of the last 24 h nothing was decided yet.")
	}
	if len(l.Impossible) > 0 {
		p.Impossible = ui.Panel{ID: "impossible", Title: "Not believed", Note: "in no list of distances; where no position is doubted, in no score either",
			Tables: []ui.PanelTable{w.table("impossible-links", "Links that cannot be", l.Impossible, true, "")}}
	}
	p.Basis = []string{
		"One row is one radio. A packet that went over a link counts once however many copies show it; what an observer received counts by receptions. Only floods tell who heard whom: the path of a direct packet is still to go.",
		"Strength is by the weaker direction: ●●● 40 packets a day or more, ●● 15, ● less, ○ heard in one direction only. Signal is measured by observers alone: at the other end, or here if this node is one.",
	}
}

func (w linkWords) figures(l report.NodeLinks) []part.Figure {
	var two, direct, in, out int64
	for _, n := range l.Certain {
		if n.TwoWay() {
			two++
		}
		if n.Observer != nil && n.Out.Count > 0 {
			direct++
		}
		in, out = in+n.In.Count, out+n.Out.Count
	}
	rank := part.Figure{Label: "Rank by neighbours", Value: dash, Note: "not among the relays with neighbours"}
	switch {
	case w.board == nil:
		rank.Note = "not counted yet"
	case l.Rank > 0:
		rank = part.Figure{Label: "Rank by neighbours", Value: countText(int64(l.Rank)), Note: "of " + plural(int64(l.Relays), "relay", "relays") + ", over 7 days"}
	}
	return []part.Figure{
		figure("Neighbours", int64(len(l.Certain)), "certain, "+w.since()),
		figure("Both ways", two, "of these"),
		figure("Observers that hear it", direct, "of these"),
		figure("It heard", in, "packets over certain links"),
		figure("Heard of it", out, "packets and receptions"),
		rank,
	}
}

func (w linkWords) noneCertain(l report.NodeLinks) string {
	switch {
	case w.node.CanRelay && w.node.UniqueWidth == 0:
		return "Nothing is certain: no hop is this node's alone."
	case !w.node.CanRelay:
		return "Nobody was heard to receive it directly in this time."
	}
	return "It was not seen relaying in this time, and nobody was heard to receive it directly."
}

func (w linkWords) noneBelieved() string {
	return "No link of that time rests on a likely name: what is known of it is certain."
}

func linkColumns(why bool) []part.Column {
	columns := []part.Column{
		{Label: "Neighbour"}, {Label: "Role"}, {Label: "Strength", Help: "by the weaker direction, a day"},
		{Label: "It hears them", Numeric: true}, {Label: "They hear it", Numeric: true}, {Label: "Weaker", Numeric: true, Help: "the smaller of the two"},
		{Label: "By hop width", Help: "both directions together"}, {Label: "SNR, mean", Help: "measured by observers alone"},
		{Label: "Distance", Numeric: true}, {Label: "First"}, {Label: "Last"},
	}
	if why {
		columns = append(columns, part.Column{Label: "Why not"})
	}
	return columns
}

// linksShown is how many rows a table has.
const linksShown = 200

func (w linkWords) table(id, caption string, list []report.Neighbour, why bool, none string) ui.PanelTable {
	t := ui.PanelTable{ID: id, Caption: caption, Columns: linkColumns(why), None: none, Most: linksShown}
	if len(list) > linksShown {
		t.Caption += fmt.Sprintf(": %d of %s", linksShown, countText(int64(len(list))))
	}
	for _, n := range list {
		t.Rows = append(t.Rows, w.row(n, why))
	}
	return t
}

func (w linkWords) row(n report.Neighbour, why bool) []ui.Cell {
	named, role := neighbourNamed(n)
	first, last := firstOf(n.In.First, n.Out.First), max(n.In.Last, n.Out.Last)
	began, ended := moment(first, w.now), moment(last, w.now)
	cells := []ui.Cell{
		{Named: &named}, {Text: role}, {Text: w.strength(n)}, countCell(n.In.Count), countCell(n.Out.Count), countCell(n.Weaker()),
		{Text: widthsText(n)}, {Text: signalText(n)}, ranked(lengthText(n.KM, w.miles), n.KM), {When: &began}, {When: &ended},
	}
	if why {
		cells = append(cells, ui.Cell{Text: w.whyNot(n)})
	}
	return cells
}

func countCell(n int64) ui.Cell {
	if n == 0 {
		return ui.Cell{}
	}
	return ui.Cell{Text: countText(n)}
}

func firstOf(a, b int64) int64 {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// neighbourNamed names the other end of a link.
func neighbourNamed(n report.Neighbour) (named part.Named, role string) {
	switch {
	case n.Node != nil:
		named, role = nodeNamed(*n.Node), roleMark(n.Node.Role).Word
		if n.Observer != nil {
			role += ", observer"
		}
	case n.Observer != nil:
		named, role = observerNamed(*n.Observer), "observer"
	default:
		named, role = part.Named{Text: n.Key.String()[:8] + "…", Code: true, Hint: n.Key.String()}, ""
	}
	return named, role
}

// leastDays is the shortest time by which strength is told, in days: a few
// packets of a first hour show little.
const leastDays = 0.25

// strength is how much goes over the weaker direction, a day.
func (w linkWords) strength(n report.Neighbour) string {
	from, to := daysBefore(w.now, w.q.days()), w.now.UnixMilli()
	if n.Believed {
		to = w.board.To
	}
	days := max(float64(to-max(from, w.held))/86_400_000, leastDays)
	switch a := float64(n.Weaker()); {
	case a == 0 && n.In.Count > 0:
		return "○ it hears them"
	case a == 0:
		return "○ they hear it"
	case a >= 40*days:
		return "●●● strong"
	case a >= 15*days:
		return "●● medium"
	}
	return "● weak"
}

// widthsText tells by how wide hops a link was seen.
func widthsText(n report.Neighbour) string {
	var parts []string
	for width, label := range []string{"no hop", "1 B", "2 B", "3 B"} { // a label and its count stay on one line
		if c := n.In.Widths[width] + n.Out.Widths[width]; c > 0 {
			parts = append(parts, strings.ReplaceAll(label, " ", "\u00a0")+":\u00a0"+countText(c))
		}
	}
	return strings.Join(parts, " · ")
}

func signalText(n report.Neighbour) string {
	var parts []string
	for _, d := range []struct {
		snr   index.SNR
		where string
	}{{n.Out.SNR, "there"}, {n.In.SNR, "here"}} {
		if d.snr.Count > 0 {
			parts = append(parts, meanText(d.snr.Mean4)+" "+d.where)
		}
	}
	return strings.Join(parts, " · ")
}

// whyNot explains why a link cannot be.
func (w linkWords) whyNot(n report.Neighbour) string {
	named := "both names are certain"
	if n.Believed {
		named = "the name is only likely"
	}
	too := "farther than the " + lengthText(survey.Reach, w.miles) + " that a link is believed to have; "
	if n.Doubt == health.Believed {
		return too + named + ", so one of the positions is wrong, or another node has the hop"
	}
	whose := "this node's position is doubted"
	if n.Other {
		whose = "the neighbour's position is doubted"
	}
	return too + cmp.Or(whose+": "+doubtText(n.Doubt), named)
}

// lengthText is a distance in km; "" for one that is not known.
func lengthText(km float64, miles bool) string {
	if km < 0 || math.IsInf(km, 0) {
		return ""
	}
	return distanceText(1000*km, miles)
}

// miles tells whether a viewer wants miles.
func (s *Server) miles(r *http.Request) bool {
	return prefsOf(r).miles(r.Header.Get("Accept-Language"))
}
