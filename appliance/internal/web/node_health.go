package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// board is the latest survey; nil while there is none.
func (s *Server) board() *survey.Board {
	if s.Survey == nil {
		return nil
	}
	return s.Survey()
}

// nodePanels are the blocks about what is judged of a node.
func nodePanels(nodes report.Nodes, d report.NodeDetail, h report.NodeHealth, miles bool, now time.Time) []ui.Panel {
	panels := []ui.Panel{clockPanel(d, h, now), rhythmPanel(d, h, now), hopsPanel(d, h, now), pastPanel(d, h, now)}
	if d.CanRelay {
		panels = append(panels, worthPanel(nodes, h, now), clashPanel(nodes, d, h, miles))
	}
	return panels
}

// asOf says up to when a survey is.
func asOf(b *survey.Board, now time.Time) string {
	if b == nil {
		return ""
	}
	return spanOfWord("24h").say(b, now)
}

// unsurveyed says why nothing is counted, whatever is held: the first count takes
// some minutes after a start.
const unsurveyed = "Not counted yet. It is counted some minutes after a start, once an hour has closed, and again ten minutes after each hour."

// clockPanel tells how far a node's clock is off.
func clockPanel(d report.NodeDetail, h report.NodeHealth, now time.Time) ui.Panel {
	c := h.Clock
	p := ui.Panel{ID: "own-clock", Title: "Its clock", Note: "by its adverts that are held"}
	// what those of proven clocks do not tell: another time, or any
	if differs := lastOff(d.Node) - c.Offset; c.Samples == 0 || max(differs, -differs) > clockNoticed.Milliseconds() {
		text, note := nodeClock(d.Node)
		p.Facts = append(p.Facts, part.Fact{Name: "At its last advert", Value: text, Note: note})
	}
	if c.Samples == 0 && c.Unset == 0 {
		p.Says = []string{"No observer whose clock has proven itself heard one of its adverts."}
		return p
	}
	if c.Samples > 0 {
		at := moment(c.At, now)
		p.Facts = append(p.Facts, part.Fact{Name: "Off by", Value: offText(c.Offset), Note: fmt.Sprintf("median of %s, spread ± %s", plural(int64(c.Samples), "advert", "adverts"), spanText(ms(c.Spread)))},
			part.Fact{Name: "As of", When: &at})
		drift := part.Fact{Name: "Drift", Note: "it takes 5 adverts over 6 hours to tell"}
		if c.HasDrift {
			drift = part.Fact{Name: "Drift", Value: minus(fmt.Sprintf("%+.1f", c.Drift)) + " s a day", Note: "Theil–Sen slope since its last reset"}
		}
		p.Facts = append(p.Facts, drift)
	}
	if c.Unset > 0 {
		p.Facts = append(p.Facts, part.Fact{Name: "Not set", Value: plural(int64(c.Unset), "advert", "adverts"), Note: "dated before 2020 or after 2100"})
	}
	table := ui.PanelTable{ID: "clock-resets", Caption: "Resets: jumps that are no drift", Columns: []part.Column{{Label: "Heard"}, {Label: "From"}, {Label: "To"}}, None: "It was not reset meanwhile."}
	for _, r := range slices.Backward(c.Resets[max(0, len(c.Resets)-10):]) {
		at := moment(r.At, now)
		table.Rows = append(table.Rows, []ui.Cell{{When: &at}, {Text: offText(r.From)}, {Text: offText(r.To)}})
	}
	p.Tables = []ui.PanelTable{table}
	p.Says = []string{"Of every advert the first reception by an observer whose clock has proven itself counts. Relaying takes seconds, so that a clock that is right seems a little behind."}
	if c.Outlier > 0 {
		p.Says = append(p.Says, plural(int64(c.Outlier), "advert fits", "adverts fit")+" neither what came before nor after and is left out: sent once more when it was old, or dated wrong.")
	}
	return p
}

func ms(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// offText is an offset of a clock in ms.
func offText(off int64) string {
	switch {
	case off > -clockFine.Milliseconds() && off < clockFine.Milliseconds():
		return "right within 10 s"
	case off > 0:
		return spanText(ms(off)) + " ahead"
	}
	return spanText(ms(-off)) + " behind"
}

// rhythmPanel tells how regularly a node adverts, and what silence means.
func rhythmPanel(d report.NodeDetail, h report.NodeHealth, now time.Time) ui.Panel {
	p := ui.Panel{ID: "rhythm", Title: "Its rhythm", Note: "learned from its own adverts"}
	when := func(name string, at int64, note string) part.Fact {
		m := momentOr(at, now)
		return part.Fact{Name: name, When: &m, Note: note}
	}
	p.Facts = []part.Fact{when("Last flood advert", h.LastFlood, "relays repeat it"), when("Last zero-hop advert", h.LastZeroHop, "for neighbours alone"),
		{Name: "Flood adverts", Value: countText(int64(h.Floods7d)), Note: "in 7 days" + aDay(h.Floods7d, d.Node, now)},
		{Name: "Zero-hop adverts", Value: countText(int64(h.Zeros7d)), Note: "in 7 days" + aDay(h.Zeros7d, d.Node, now)}}
	if h.Own {
		p.Facts = append(p.Facts, part.Fact{Name: "Usual gap", Value: spanText(ms(d.Cadence.Usual)), Note: "median of the last " + countText(int64(d.Cadence.Gaps))})
	}
	p.Facts = append(p.Facts, part.Fact{Name: "Quiet after", Value: spanText(ms(h.Patience.Quiet))}, part.Fact{Name: "Silent after", Value: spanText(ms(h.Patience.Silent))})
	p.Says = []string{patienceSays(h)}
	if d.CanRelay && d.Activity != nil && (d.UniqueWidth > 0 || d.Activity.Week.Believed > 0) {
		p.Says = append(p.Says, relaySays(d, now))
		p.Facts = append(p.Facts, part.Fact{Name: "Relayed without scope", Value: certainProbable(d.Activity.Day.Unscoped.Certain, d.Activity.Day.Unscoped.Believed), Note: "floods of the last 24 hours"})
	}
	return p
}

// aDay is how many adverts of seven days that makes a day; of a node that is not
// known for so long, of the days since its first. "" for less than a day.
func aDay(n int, node mesh.Node, now time.Time) string {
	days := min(7, float64(now.UnixMilli()-node.FirstAdvert)/float64((24*time.Hour).Milliseconds()))
	if days < 1 {
		return ""
	}
	return fmt.Sprintf(" · %.1f a day", float64(n)/days)
}

func patienceSays(h report.NodeHealth) string {
	if h.Own {
		return "Quiet: nothing heard for twice its usual gap, or half longer than nine of ten of its gaps. Silent: three times that. Relaying counts as being heard, and time in which this machine received nothing does not count."
	}
	return "Its own cadence is not known yet: these are usual for its role. Relaying counts as being heard, and time in which this machine received nothing does not count."
}

// relaySays tells whether a node relays or only adverts: what is certain, and
// apart from it what is only probable.
func relaySays(d report.NodeDetail, now time.Time) string {
	day := d.Activity.Day
	probably := ""
	if day.Believed > 0 {
		probably = " Probably " + plural(day.Believed, "other packet", "other packets") + "."
	}
	switch {
	case day.Certain > 0:
		return "It relays: certainly " + plural(day.Certain, "packet", "packets") + " in the last 24 hours." + probably
	case day.Believed > 0:
		return "It probably relays: nothing is certain of the last 24 hours." + probably
	case now.UnixMilli()-d.Node.LastAdvert < 24*time.Hour.Milliseconds():
		return "It only adverts: nothing is known to have been relayed by it in the last 24 hours."
	}
	return "In the last 24 hours it neither sent an advert nor is known to have relayed anything."
}

// hopsPanel tells about the width of a node's hops.
func hopsPanel(d report.NodeDetail, h report.NodeHealth, now time.Time) ui.Panel {
	p := ui.Panel{ID: "hops", Title: "Width of its hops", Note: "as its flood adverts had them"}
	long := part.Fact{Name: "Several bytes", Value: "not proven", Note: "neither an advert nor a hop that it alone fits shows it"}
	if h.Long.Width > 0 {
		long = part.Fact{Name: "Several bytes", Value: fmt.Sprintf("yes, %d B", h.Long.Width), Note: "a hop that it alone fits shows it"}
		if h.Long.Own {
			long.Note = "its own advert shows it"
		}
	}
	p.Facts = append(p.Facts, long)
	if h.Long.Proof != (meshcore.Hash{}) {
		p.Facts = append(p.Facts, part.Fact{Name: "Proof", Value: h.Long.Proof.String(), Code: true, Href: packetHref(h.Long.Proof)})
	}
	if h.Widths.Flapping {
		p.Says = []string{"Its width goes back and forth within 7 days: two settings or two nodes with one key."}
	}
	if d.Node.Past != nil {
		p.Tables = []ui.PanelTable{spellTable("width-spells", "Widths over time", "Width", d.Node.Past.Widths, nodeSays(d), now, func(w uint8) ui.Cell { return ui.Cell{Text: hopWidthText(w)} })}
	}
	return p
}

// sayer is who said what spells hold.
type sayer struct {
	still bool  // it is there, so that what it said last holds
	last  int64 // when it last said anything of the kind, Unix ms
}

// nodeSays is a node as the sayer of what its adverts hold. An advert may leave out
// anything, so of a silent node only the spell's own end is known.
func nodeSays(d report.NodeDetail) sayer { return sayer{still: d.State != mesh.NodeSilent} }

// spellTable lists spells, the latest first.
func spellTable[T comparable](id, caption, label string, list []mesh.Spell[T], by sayer, now time.Time, cell func(T) ui.Cell) ui.PanelTable {
	t := ui.PanelTable{ID: id, Caption: caption, Columns: []part.Column{{Label: label}, {Label: "From"}, {Label: "To"}, {Label: "First told by"}}}
	for i, s := range slices.Backward(list) {
		to := s.To
		if i == len(list)-1 {
			to = max(to, by.last)
		}
		began, ended := moment(s.From, now), moment(to, now)
		until := ui.Cell{When: &ended}
		if i == len(list)-1 && by.still {
			until = ui.Cell{Text: "still"} // orders after every time
		}
		first := ui.Cell{}
		if s.Hash != (meshcore.Hash{}) {
			first = ui.Cell{Code: s.Hash.String()[:8], Href: packetHref(s.Hash)}
		}
		t.Rows = append(t.Rows, []ui.Cell{cell(s.Value), {When: &began}, until, first})
	}
	return t
}

// pastPanel tells what a node called itself and where it was.
func pastPanel(d report.NodeDetail, h report.NodeHealth, now time.Time) ui.Panel {
	p := ui.Panel{ID: "past", Title: "Names and positions over time", Note: "0, 0 is no position"}
	if d.Node.HasPosition {
		believed := part.Fact{Name: "Position", Value: "believed"}
		if h.Doubt != health.Believed {
			believed = part.Fact{Name: "Position", Value: "doubted", Note: doubtText(h.Doubt)}
		}
		p.Facts = append(p.Facts, believed)
	}
	if h.Survey != nil {
		scope := part.Fact{Name: "Default scope", Note: "none of its adverts of the day had one that is known"}
		if h.Scope.Name != "" {
			scope = part.Fact{Name: "Default scope", Value: clean(h.Scope.Name, nameLimit), Alien: true, Note: "of its latest scoped advert"}
		}
		p.Facts = append(p.Facts, scope)
	}
	if d.Observer != nil {
		p.Facts = append(p.Facts, part.Fact{Name: "Firmware", Value: clean(d.Observer.Firmware, 120), Alien: true, Note: "it says so as an observer"},
			part.Fact{Name: "Battery", Value: batteryOrDash(d.Observer.Latest), Note: "it says so as an observer; adverts have none"})
	}
	if d.Node.Past != nil {
		by := nodeSays(d)
		p.Tables = []ui.PanelTable{
			spellTable("names", "Names", "Name", d.Node.Past.Names, by, now, func(s string) ui.Cell { return ui.Cell{Alien: clean(s, nameLimit)} }),
			spellTable("places", "Positions", "Degrees north, east", d.Node.Past.Places, by, now, func(p mesh.Place) ui.Cell {
				return ui.Cell{Text: positionText(mesh.Node{HasPosition: true, LatE6: p.LatE6, LonE6: p.LonE6})}
			}),
		}
	}
	return p
}

func batteryOrDash(m mesh.MetricsSample) string {
	if m.Has&1 == 0 {
		return ""
	}
	return batteryText(m)
}

// doubtText explains why a position is not believed.
func doubtText(d health.Doubt) string {
	switch d {
	case health.DoubtJump:
		return "it cannot have got there in the time since it was elsewhere"
	case health.DoubtFar:
		return "no other node with a position is within 400 km"
	case health.DoubtHeard:
		return "everyone who certainly heard it directly is more than 300 km away"
	}
	return ""
}

// worthPanel tells what a relay is worth to the mesh.
func worthPanel(nodes report.Nodes, h report.NodeHealth, now time.Time) ui.Panel {
	p := ui.Panel{ID: "worth", Title: "What it does for the mesh", Note: asOf(h.Survey, now)}
	if h.Worth == nil {
		p.Says = []string{unsurveyed}
		return p
	}
	w := h.Worth
	links := linksHref(w.Key)
	p.Facts = []part.Fact{
		{Name: "Traffic carried", Value: percent(w.CarriedShare), Note: plural(w.Carried, "flood", "floods") + " that it certainly sent on, of all that anyone did" + probablyText(w.Believed), Href: "/packets?via=" + w.Key.String()},
		{Name: "Bridge", Value: percent(w.Bridge), Note: "of the pairs of other relays: the best way between them leads over it" + likelyText(w, percent(likelyAxes(w).Bridge)), Href: links},
		{Name: "Coverage", Value: percent(w.Coverage), Note: "of the other relays, each counted as one part in as many hops as lead there" + likelyText(w, percent(likelyAxes(w).Coverage)), Href: links},
		{Name: "Irreplaceable", Value: percent(w.CutShare), Note: "of the pairs of other relays: only it joins them" + likelyText(w, percent(likelyAxes(w).CutShare))},
		{Name: "Airtime", Value: percent(w.AirShare), Note: spanText(w.Airtime) + " of sending in the day, " + presetSays(h.Survey) + airBesides(w.BelievedAirtime) + dutyText()},
		{Name: "Neighbours", Value: countText(int64(w.Neighbours)), Note: "relays that it hears or that hear it, over 3 packets or more in 7 days" + likelyText(w, countText(int64(likelyAxes(w).Neighbours))), Href: links},
	}
	p.Facts = append(p.Facts, scopeFacts(w)...)
	p.Tables = []ui.PanelTable{cutTable(nodes, "cut-off", "Cut off without it", w.CutOff, "Nobody is cut off without it, as far as links are certain.")}
	if w.Likely != nil {
		p.Tables = append(p.Tables, cutTable(nodes, "cut-off-likely", "Cut off without it, with the likely links too", w.Likely.CutOff, "With the likely links too nobody is cut off without it."))
	}
	p.Says = []string{"Each axis is a share of a whole and stands on its own; there is no total. Figures are of certain links and hops; with the links of these days that are likely besides, they are as said behind each. Strong links count as shorter ways."}
	return p
}

// dutyText says how much of an hour a radio may send: what a node's owner has set
// instead is not sent.
func dutyText() string {
	return "; the firmware lets a radio send for " + percent(meshcore.DutyCycle(meshcore.DefaultAirtimeFactor)) + " of an hour, unless its owner set another duty cycle"
}

// scopeFacts tell what a relay carried by scope.
func scopeFacts(w *survey.Worth) []part.Fact {
	return []part.Fact{
		{Name: "Scopes it carried", Value: clean(strings.Join(w.Scopes, ", "), 300), Alien: true, Note: "by names that are known" + unknownScopes(w.UnknownScope)},
	}
}

func unknownScopes(n int64) string {
	if n == 0 {
		return ""
	}
	return "; " + plural(n, "flood", "floods") + " of scopes that are not"
}

// cutTable lists who is cut off without a relay.
func cutTable(nodes report.Nodes, id, caption string, off []meshcore.PublicKey, none string) ui.PanelTable {
	t := ui.PanelTable{ID: id, Caption: caption + ": " + plural(int64(len(off)), "relay", "relays"), Columns: []part.Column{{Label: "Relay"}, {Label: "Key"}}, None: none}
	for _, n := range nodes.Known(off, 20) {
		named := nodeNamed(n)
		t.Rows = append(t.Rows, []ui.Cell{{Named: &named}, {Code: n.Key.String()[:8]}})
	}
	return t
}

// likelyAxes are the axes with what is likely; those that are certain if
// nothing else is.
func likelyAxes(w *survey.Worth) survey.Axes {
	if w.Likely == nil {
		return w.Axes
	}
	return *w.Likely
}

// likelyText is what an axis is with what is likely.
func likelyText(w *survey.Worth, value string) string {
	if w.Likely == nil {
		return ""
	}
	return "; with likely links " + value
}

func airBesides(believed time.Duration) string {
	if believed == 0 {
		return ""
	}
	return "; probably " + spanText(believed) + " more, which is not in the share"
}

func probablyText(n int64) string {
	if n == 0 {
		return ""
	}
	return "; probably " + countText(n) + " more, which are not in the share"
}

func presetSays(b *survey.Board) string {
	said := fmt.Sprintf("at SF%d, %g kHz, 4/%d", b.Preset.SF, b.Preset.BWkHz, b.Preset.CR)
	if !b.PresetSaid {
		return said + " (no observer has said what the mesh is set to)"
	}
	return said
}

// percent is a share in percent, with enough digits to be told from none.
func percent(share float64) string {
	switch p := 100 * share; {
	case p == 0:
		return "0 %"
	case p < 0.1:
		return "< 0.1 %"
	default:
		return fmt.Sprintf("%.1f %%", p)
	}
}

// clashPanel tells who else has a relay's hops.
func clashPanel(nodes report.Nodes, d report.NodeDetail, h report.NodeHealth, miles bool) ui.Panel {
	p := ui.Panel{ID: "clashes", Title: "Who else has its hops"}
	if h.Survey == nil {
		p.Says = []string{unsurveyed}
		return p
	}
	t := ui.PanelTable{ID: "clash-table", Caption: "Relays with the same hop", Columns: []part.Column{{Label: "Hop"}, {Label: "Relay"}, {Label: "Nearness"}, {Label: "Nearest", Numeric: true}}, None: "No other relay has any of its hops."}
	for width := 1; width <= 3; width++ {
		for _, c := range h.Survey.Collisions[width] {
			if !slices.Contains(c.Relays, d.Node.Key) {
				continue
			}
			for _, key := range c.Relays {
				if n, ok := nodes.Store.Node(key); ok && key != d.Node.Key {
					named := nodeNamed(n)
					t.Rows = append(t.Rows, []ui.Cell{{Code: c.Hop.String(), Href: "/reports/identity?prefix=" + c.Hop.String()}, {Named: &named}, {Text: nearnessText(c.Nearest, miles)}, ranked(lengthText(c.KM, miles), c.KM)})
				}
			}
		}
	}
	p.Tables = []ui.PanelTable{t}
	p.Says = []string{"A packet says how wide its hops are, and every relay puts as much of its key there. A clash matters where somebody hears both, or where they are within " + lengthText(health.NearKM, miles) + "."}
	if free := freeHops(d, h); len(free) > 0 {
		p.Facts = []part.Fact{{Name: "Free here", Value: free, Code: true, Href: "/reports/identity?near=" + d.Node.Key.String(), Note: "first bytes that no relay within " + lengthText(health.NearKM, miles) + " has"}}
	}
	return p
}

func nearnessText(n health.Nearness, miles bool) string {
	switch n {
	case health.NearLinked:
		return "matters: somebody hears both"
	case health.NearBy:
		return "matters: within " + lengthText(health.NearKM, miles)
	case health.NearUnknown:
		return "not known"
	}
	return "far apart"
}

// freeHops are a few first bytes that are free around a relay.
func freeHops(d report.NodeDetail, h report.NodeHealth) (text string) {
	if !d.Node.HasPosition || h.Doubt != health.Believed {
		return ""
	}
	for i, f := range health.FreeHops(h.Survey.Relays, mesh.Place{LatE6: d.Node.LatE6, LonE6: d.Node.LonE6}, 1, 8) {
		if i > 0 {
			text += " "
		}
		text += f.Hop.String()
	}
	return text
}
