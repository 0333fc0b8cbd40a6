package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

// observersPage makes the list of observers.
func observersPage(l report.ObserverList, q observersQuery, areas []health.Area, own prefs, now time.Time) ui.ObserversPage {
	if l.Known == 0 {
		return ui.ObserversPage{}
	}
	p := ui.ObserversPage{
		Count:  listCount(len(l.Rows), l.Matching, l.Known, "observer", "observers"),
		Picks:  observerPicks(l, q, areas),
		Search: ui.Search{Action: "/observers", Label: "Name or part of an id", Value: clean(q.Text, textMost), Keep: keep(q.without("q").values())},
		Chips:  observerChips(l, q, areas, now),
		Grid:   observerGrid(q),
		Pages:  paging(q.listQuery, l.Matching, func(page int) string { q := q; q.Page = page; return q.at() }),
		Live:   q.still(),
		Back:   q.at(),
		Note:   "Receptions are counted by when they arrived here, in the last sixty minutes and in the last 24 hours. SNR is the mean of all receptions held that had one.",
	}
	if q.filtered() {
		p.Clear = q.without("").at()
	}
	if len(q.Areas) > 0 {
		p.Note = strings.TrimSpace(p.Note + " " + areaNote(l.Standing, "observer", "observers"))
	}
	for _, r := range l.Rows {
		row := observerLine(r, now)
		row.Star = observerMark(r.Observer, own)
		p.Rows = append(p.Rows, row)
	}
	if l.Matching > 0 {
		p.Export = exportLinks("observers", q.values(), l.Matching, "observer", "observers")
		p.Fleet = fleetBlocks(l)
	}
	if len(l.Rows) == 0 {
		p.Nothing = observersNothing(l, q)
	}
	return p
}

// fleetShown is how many versions of one thing are listed; observers make up as
// many as they like.
const fleetShown = 12

// fleetBlocks count the observers of a list by what they run.
func fleetBlocks(l report.ObserverList) (blocks []ui.FleetBlock) {
	for _, x := range []struct {
		id, title string
		counts    []report.FleetCount
	}{{"firmwares", "Firmware", l.Fleet.Firmwares}, {"models", "Model", l.Fleet.Models}, {"publishers", "Publishing software", l.Fleet.Clients}} {
		b := ui.FleetBlock{ID: x.id, Title: x.title, Note: "of " + plural(int64(l.Matching), "observer", "observers")}
		rest := 0
		for i, c := range x.counts {
			if i >= fleetShown {
				rest += c.Observers
				continue
			}
			b.Bars = append(b.Bars, fleetBar(cmp.Or(clean(c.Text, nameLimit), "not said"), c.Observers, l.Matching))
		}
		if rest > 0 {
			b.Bars = append(b.Bars, fleetBar(plural(int64(len(x.counts)-fleetShown), "other", "others"), rest, l.Matching))
		}
		blocks = append(blocks, b)
	}
	return blocks
}

func fleetBar(label string, n, of int) part.Bar {
	share := float64(n) / float64(of)
	return part.Bar{Label: label, Share: share, Value: countText(int64(n)), Note: percent(share)}
}

func observerGrid(q observersQuery) part.Grid {
	shown := []string{"name", "region", "state", "packet", "status", "hour", "day", "Share", "snr", "clock", "battery", "noise", "Runs"}
	g := part.Grid{ID: "observers", Caption: "Observers"}
	g.Columns = heads(observerColumns(), shown, q.listQuery, func(sort string, ascending bool) string {
		q := q
		q.Sort, q.Ascending, q.Page = sort, ascending, 1
		return q.at()
	})
	help := map[string]string{
		"State": "delivering, status only, packets only or down, by what is usual for this observer",
		"1 h":   "receptions that arrived in the last sixty minutes", "24 h": "receptions that arrived in the last 24 hours",
		"Share": "of the receptions of all observers in the same 24 hours",
		"Name":  "a listener has said that it never relays: it is never a hop of a path",
		"Clock": "whether the times that it states can be believed", "Runs": "model, firmware and publishing software",
	}
	numeric := []string{"1 h", "24 h", "Share", "SNR, mean", "Battery", "Noise floor"}
	for i := range g.Columns {
		c := &g.Columns[i]
		c.Help, c.Numeric = help[c.Label], slices.Contains(numeric, c.Label)
	}
	return g
}

func observerChips(l report.ObserverList, q observersQuery, areas []health.Area, now time.Time) []part.Chip {
	known := filterSay{now: now, regions: l.Regions, areas: areas, when: "last message"}
	chips := q.chips(known, func(f filter) string { q := q; q.filter, q.Page = f, 1; return q.at() })
	return textChip(chips, "name or id", q.Text, q.without("q").at())
}

// observerSpans are the windows of the last message that are offered.
func observerSpans() []string { return []string{"1h", "24h", "7d"} }

// regionPicks is how many regions are offered; more are in the column.
const regionPicks = 24

func observerPicks(l report.ObserverList, q observersQuery, areas []health.Area) (picks []ui.Pick) {
	states := ui.Pick{Name: "State", Choices: []ui.Choice{{Label: "all", Href: q.without("state").at(), On: len(q.States) == 0}}}
	all := 0
	for _, s := range observerStates() {
		with := q.without("state")
		with.States = []string{string(s)}
		all += l.States[s]
		state := observerState(s)
		states.Choices = append(states.Choices, ui.Choice{
			State: &state, Count: countText(int64(l.States[s])), Href: with.at(), On: slices.Contains(q.States, string(s)),
		})
	}
	states.Choices[0].Count = countText(int64(all))
	picks = append(picks, states)
	if regions := regionPick(l.Regions, q.Regions, l.InRegion, func(codes []string) string {
		q := q.without("region")
		q.Regions = codes
		return q.at()
	}); regions != nil {
		picks = append(picks, *regions)
	}
	if areas := areaPick(areas, q.Areas, l.Beside, l.Standing, func(keys []string) string {
		q := q.without("area")
		q.Areas = keys
		return q.at()
	}); areas != nil {
		picks = append(picks, *areas)
	}
	return append(picks, windowsPick("Last message", q.filter, observerSpans(), l.Within, func(f filter) string {
		q := q.first()
		q.filter = f
		return q.at()
	}))
}

func observersNothing(l report.ObserverList, q observersQuery) *ui.PacketsNothing {
	if l.Matching > 0 {
		return &ui.PacketsNothing{Title: "The list ends before this page", Ways: []part.Way{{Text: "First page", Href: q.first().at()}}}
	}
	return nothingOf(plural(int64(l.Known), "observer", "observers"), l.Without, func(names ...string) string { return lifted(q, names).at() })
}

func observerLine(r report.ObserverRow, now time.Time) ui.ObserverRow {
	row := ui.ObserverRow{
		ID: fmt.Sprintf("o-%d", r.Num), Name: observerNamed(r.Observer), Region: clean(r.Region, 12), Listens: r.Repeat == mesh.No,
		State: observerState(r.Stats.State), Packet: momentOr(r.Stats.LastPacket, now), Status: momentOr(r.Status, now),
		Hour: countText(r.Stats.LastHour), Day: countText(r.Day), Share: shareText(r), Clock: clockState(r.Clock),
		Battery: batteryText(r.Latest), Noise: noiseText(r.Latest.NoiseDBm4), Runs: runLines(r.Observer),
	}
	if r.Stats.SNR.Count > 0 {
		row.SNR = meanText(r.Stats.SNR.Mean4)
		row.SNRs = "n=" + countText(r.Stats.SNR.Count)
	}
	return row
}

func shareText(r report.ObserverRow) string {
	switch percent := 100 * r.Share; {
	case r.OfDay == 0 || r.Stats.LastPacket == 0:
		return ""
	case r.Day > 0 && percent < 0.1:
		return "<0.1 %"
	default:
		return fmt.Sprintf("%.1f %%", percent)
	}
}

func batteryText(m mesh.MetricsSample) string {
	if m.Has&1 == 0 || m.BatteryMV == 0 {
		return "" // a board without battery says 0
	}
	return fmt.Sprintf("%.2f V", float64(m.BatteryMV)/1000)
}

func noiseText(quarter int16) string {
	if quarter == 0 {
		return ""
	}
	return minus(fmt.Sprintf("%.1f dBm", float64(quarter)/4))
}

const runLimit = 28 // characters of a model, firmware or client in a list

func runLines(o mesh.Observer) (lines []ui.RunLine) {
	for _, s := range []string{o.Model, o.Firmware, o.Client} {
		text := clean(s, runLimit)
		if text == "" {
			continue
		}
		line := ui.RunLine{Text: text}
		if full := clean(s, 200); full != text {
			line.Full = full
		}
		lines = append(lines, line)
	}
	return lines
}

func observerState(s mesh.ObserverState) part.State {
	tone := part.Half
	switch s {
	case mesh.ObserverDelivering:
		tone = part.Good
	case mesh.ObserverDown:
		tone = part.Bad
	}
	return part.State{Tone: tone, Word: string(s)}
}
