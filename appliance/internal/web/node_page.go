package web

import (
	"fmt"
	"math"
	"strings"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// nodePage makes the page of a node; of its health what the survey says of it is used.
func nodePage(d report.NodeDetail, judged report.NodeHealth, ring *meshcore.KeyRing, now time.Time) ui.NodePage {
	n := d.Node
	p := ui.NodePage{
		Name: nodeNamed(n).Text, NameHint: namesakes(d.Namesakes), Role: roleMark(n.Role),
		State:    nodeState(d.State),
		Identity: nodeIdentity(d), Times: nodeTimes(d, now), Figures: nodeFigures(d, judged, now), Relaying: relayingBasis(d),
		DirectNo: "No observer has heard one of its adverts without a relay between.",
		Adverts:  nodePackets(d.Adverts, ring, now), Relayed: nodePackets(d.Relayed, ring, now), RelayNo: relayNone(d),
	}
	if whole := clean(n.Name, 4*nameLimit); whole != strings.TrimSpace(whole) || len([]rune(whole)) > nameLimit {
		p.FullName = whole
	}
	if d.Observer != nil {
		p.Observer = observerHref(d.Observer.ID)
	}
	for _, r := range d.Direct {
		p.Direct = append(p.Direct, directRow(r, now))
	}
	return p
}

// patienceMeans explains the states by what is usual for the node, or for its
// role.
func patienceMeans(d report.NodeDetail, h report.NodeHealth) string {
	usual := "Its own cadence is not known yet."
	if h.Own {
		usual = "It usually adverts every " + spanText(ms(d.Cadence.Usual)) + "."
	}
	return usual + " Quiet: not heard for " + spanText(ms(h.Patience.Quiet)) + ". Silent: not for " + spanText(ms(h.Patience.Silent)) + "."
}

func nodeIdentity(d report.NodeDetail) []part.Fact {
	n := d.Node
	facts := []part.Fact{
		{Name: "Public key", Value: n.Key.String(), Code: true, Copy: true},
		{Name: "Name", Value: strings.TrimSpace(clean(n.Name, nameLimit)), Alien: true},
		{Name: "Role", Value: roleMark(n.Role).Word},
		{Name: "Position", Value: positionText(n), Note: positionNote(n, d.Doubt)},
		{Name: "Hop width", Value: hopWidthText(n.HopWidth), Note: "in its latest flood advert"},
	}
	if n.HopWidth == 0 {
		facts[4].Note = "no flood advert of it was received"
	}
	if n.HopWidth > 0 {
		facts = append(facts, part.Fact{Name: "Its hop in paths", Value: n.Key.Hop(int(n.HopWidth)).String(), Code: true})
	}
	return append(facts, part.Fact{Name: "Told apart by", Value: uniqueText(d)})
}

func hopWidthText(w uint8) string {
	if w == 0 {
		return ""
	}
	return fmt.Sprintf("%d B", w)
}

func positionText(n mesh.Node) string {
	if !n.HasPosition {
		return "not sent"
	}
	return minus(fmt.Sprintf("%.5f", float64(n.LatE6)/1e6)) + ", " + minus(fmt.Sprintf("%.5f", float64(n.LonE6)/1e6))
}

func positionNote(n mesh.Node, doubt health.Doubt) string {
	switch {
	case !n.HasPosition:
		return ""
	case doubt != health.Believed:
		return "doubted: " + doubtText(doubt)
	}
	return "degrees north, east"
}

// uniqueText says which hops in paths are certainly this node's.
func uniqueText(d report.NodeDetail) string {
	switch {
	case !d.CanRelay:
		return "it is not known to relay"
	case d.UniqueWidth == 0:
		return "no hop: other relays share even its first 3 bytes"
	case d.UniqueWidth == 1:
		return "hops of any width: no other known relay shares its first byte"
	}
	return fmt.Sprintf("hops of %d B or more: other relays share shorter ones", d.UniqueWidth)
}

func nodeTimes(d report.NodeDetail, now time.Time) []part.Fact {
	n := d.Node
	when := func(name string, ms int64, note string) part.Fact {
		m := momentOr(ms, now)
		return part.Fact{Name: name, When: &m, Note: note}
	}
	return []part.Fact{
		when("Last heard", d.LastHeard, "the latest of the next two"),
		when("Last advert", n.LastAdvert, ""),
		when("Last relayed", d.LastRelayed, "certain only"),
		when("First advert", n.FirstAdvert, "that this machine received"),
	}
}

// clockFine is how exactly a node's clock can be told: an advert takes seconds
// to be relayed.
const clockFine = 10 * time.Second

// nodeClock words how far a node's clock was off at its latest advert.
func nodeClock(n mesh.Node) (text, note string) {
	if int64(n.Timestamp) < 946_684_800 { // the year 2000
		return "not set", "it said " + unixText(n.Timestamp)
	}
	return offText(lastOff(n)), "it said " + unixText(n.Timestamp)
}

// lastOff is how far a node's clock was off at its latest advert, in ms; positive
// when it was ahead.
func lastOff(n mesh.Node) int64 { return int64(n.Timestamp)*1000 - n.LastAdvert }

func nodeFigures(d report.NodeDetail, h report.NodeHealth, now time.Time) []part.Figure {
	adverts := figure("Adverts", d.FloodAdverts+d.ZeroHopAdverts, "of all held: "+countText(d.FloodAdverts)+" flood, "+countText(d.ZeroHopAdverts)+" zero-hop")
	if !d.CanRelay {
		return append([]part.Figure{adverts}, heardFigures(d)...)
	}
	relayed := part.Figure{Label: "Relayed copies", Value: dash, Note: "nothing certain"}
	if d.UniqueWidth > 0 {
		relayed = figure("Relayed copies", d.RelayedCopies, "certain · of all held")
	}
	return append([]part.Figure{activityFigure(d), shareFigure(h, now), relayed, adverts}, heardFigures(d)...)
}

// shareFigure is a relay's share of the traffic that the latest survey saw.
func shareFigure(h report.NodeHealth, now time.Time) part.Figure {
	w := h.Worth
	if w == nil {
		return part.Figure{Label: "Traffic carried", Value: dash, Note: "not counted yet"}
	}
	return part.Figure{Label: "Traffic carried", Value: percent(w.CarriedShare), Note: "of the floods that anyone sent on, " + asOf(h.Survey, now), Of: &w.CarriedShare, Href: "#worth"}
}

// activityFigure is how many packets the node relayed in the last day.
func activityFigure(d report.NodeDetail) part.Figure {
	f := part.Figure{Label: "Relayed packets", Value: dash, Note: "being prepared"}
	switch {
	case d.Activity == nil:
	case d.UniqueWidth == 0 && d.Activity.Week.Believed == 0:
		f.Note = "nothing certain"
	case d.UniqueWidth == 0:
		a := d.Activity
		f = figure("Relayed packets", a.Day.Believed, "probable, last 24 h · "+countText(a.Hour.Believed)+" in 1 h · "+countText(a.Week.Believed)+" in 7\u00a0days · none certain")
	default:
		a := d.Activity
		f = figure("Relayed packets", a.Day.Certain, "last 24 h · "+countText(a.Hour.Certain)+" in 1 h · "+countText(a.Week.Certain)+" in 7\u00a0days")
		if a.Week.Believed > 0 {
			f.Note = "certain, " + f.Note + " · probable besides: " + countText(a.Day.Believed) + ", " + countText(a.Hour.Believed) + ", " + countText(a.Week.Believed)
		}
		f.Href = "/packets?via=" + d.Node.Key.String() + "&w=24h"
		f.Spark = &part.Spark{Title: "Packets relayed by hour, the last 24 h", Values: floats(d.Activity.ByHour), First: "24 h ago", Last: "now"}
	}
	return f
}

// certainProbable words counts of both kinds, apart.
func certainProbable(certain, probable int64) string {
	if probable == 0 {
		return countText(certain)
	}
	return countText(certain) + " + " + countText(probable) + " probable"
}

// heardFigures tell by how many the node itself was heard, and how well over all:
// a mean over receivers in different places, each of which is listed with its own.
func heardFigures(d report.NodeDetail) []part.Figure {
	by, snr := part.Figure{Label: "Heard directly by", Value: dash, Note: "being prepared"}, part.Figure{Label: "SNR, direct", Value: dash, Note: "being prepared"}
	if !d.DirectKnown {
		return []part.Figure{by, snr}
	}
	by = figure("Heard directly by", int64(len(d.Direct)), ofMany(len(d.Direct), "observer", "observers"))
	var n int64
	var sum float64
	for _, r := range d.Direct {
		n += r.SNR.Count
		sum += r.SNR.Mean4 * float64(r.SNR.Count)
	}
	if snr.Note = "no direct copy"; n > 0 {
		snr = part.Figure{Label: "SNR, direct", Value: meanText(sum / float64(n)), Note: "mean of " + plural(n, "direct copy", "direct copies"), Href: "#direct"}
	}
	return []part.Figure{by, snr}
}

func ofMany(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func figure(label string, n int64, note string) part.Figure {
	short, exact := shortCount(n)
	return part.Figure{Label: label, Value: short, Exact: exact, Note: note}
}

// shortCount is a count, rounded from 100,000 on, with its exact form.
func shortCount(n int64) (short, exact string) {
	exact = countText(n)
	switch {
	case n < 100_000:
		return exact, exact
	case n < 1_000_000:
		return fmt.Sprintf("%d k", n/1000), exact
	}
	return fmt.Sprintf("%.1f M", float64(n)/1e6), exact
}

func relayingBasis(d report.NodeDetail) string {
	switch {
	case !d.CanRelay:
		return "It is not known to relay: its role does not, and no hop of three bytes fits it alone."
	case d.UniqueWidth == 0:
		return "Which copies it relayed cannot be told: all its hops fit other relays as well."
	}
	if d.UniqueWidth == 1 {
		return "Relayed copies are receptions whose heard path has a hop that fits this key alone."
	}
	return fmt.Sprintf("Relayed copies are receptions whose heard path has a hop of %d B or more that fits this key alone. Shorter hops may be its own or another's and are not counted.", d.UniqueWidth)
}

func relayNone(d report.NodeDetail) string {
	if d.CanRelay && d.UniqueWidth > 0 {
		return "No heard path has a hop that is certainly this node's."
	}
	return relayingBasis(d)
}

func nodePackets(list []report.NodePacket, ring *meshcore.KeyRing, now time.Time) (rows []ui.NodePacket) {
	for _, x := range list {
		route := routeWord(x.Route)
		switch {
		case x.Type == meshcore.TypeAdvert && !x.Route.IsFlood():
			route = "zero-hop"
		case x.Route.IsFlood():
			route += ", " + plural(int64(x.Hops), "hop", "hops")
		}
		row := ui.NodePacket{
			When: moment(x.First, now), Type: packetType(x.Type), Hash: x.Hash.String()[:8], Href: packetHref(x.Hash),
			Route: route, Width: hopWidthText(uint8(x.Width)), Say: preview(x.Content(ring)),
			Copies: countText(int64(x.Copies)), Observers: countText(int64(x.Observers)), By: observerNamed(x.By),
		}
		if x.Earliest.SNR4 != mesh.NoSNR {
			row.SNR = snrText(x.Earliest.SNR4)
			_, row.Bars, _ = snrMargin(x.Earliest.SNR4, x.By.Radio.SF)
		}
		if x.Earliest.RSSI != mesh.NoRSSI {
			row.RSSI = rssiText(x.Earliest.RSSI)
		}
		rows = append(rows, row)
	}
	return rows
}

func directRow(r report.DirectRow, now time.Time) ui.DirectRow {
	row := ui.DirectRow{
		Observer: observerNamed(r.Observer), Region: clean(r.Observer.Region, nameLimit),
		Copies: countText(r.Copies), Last: moment(r.Last, now),
	}
	if r.SNR.Count > 0 {
		row.SNR = meanText(r.SNR.Mean4)
		row.Range = strings.TrimSuffix(snrText(r.SNR.Min), " dB") + " to " + snrText(r.SNR.Max)
		_, row.Bars, _ = snrMargin(roundQuarter(r.SNR.Mean4), r.Observer.Radio.SF)
	}
	if r.RSSI.Count > 0 {
		row.RSSI = minus(fmt.Sprintf("%.0f dBm", r.RSSI.Mean))
	}
	return row
}

// meanText is a mean of ratios given in quarter dB.
func meanText(q float64) string {
	tenths := math.Round(q/4*10) + 0 // no mean is below and above nothing at once: never -0
	return minus(fmt.Sprintf("%+.1f", tenths/10)) + " dB"
}

func roundQuarter(q float64) int8 {
	if q < 0 {
		return int8(q - 0.5)
	}
	return int8(q + 0.5)
}
