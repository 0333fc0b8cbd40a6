package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// graphSorts are the axes that relays can be ordered by.
var graphSorts = map[string]func(survey.Worth) float64{
	"carried":       func(w survey.Worth) float64 { return w.CarriedShare },
	"bridge":        func(w survey.Worth) float64 { return w.Bridge },
	"coverage":      func(w survey.Worth) float64 { return w.Coverage },
	"irreplaceable": func(w survey.Worth) float64 { return w.CutShare },
	"airtime":       func(w survey.Worth) float64 { return w.AirShare },
	"neighbours":    func(w survey.Worth) float64 { return float64(w.Neighbours) },
}

// graphReport is about what relays are worth: each axis a column.
func (s *Server) graphReport(h held, r *http.Request) (view, error) {
	orders, err := readTableOrders(r, true, graphTables()...)
	if err != nil {
		return view{}, err
	}
	sort, err := apiChoice(orders.rest, "sort", slices.Sorted(maps.Keys(graphSorts))...)
	if err != nil {
		return view{}, err
	}
	w := s.reportWords(h, r)
	return w.view(ui.ReportPage{Title: "What relays are worth", Panels: []ui.Panel{w.worthsPanel(cmp.Or(sort, "carried")), w.cutsPanel()}}, r, "/reports/graph", graphTables()...)
}

func graphTables() []string { return []string{"worths-table", "cuts-table"} }

func (w reportWords) worthsPanel(sort string) ui.Panel {
	p := ui.Panel{ID: "worths", Title: "Relays", Note: "each axis on its own; there is no total"}
	if w.board == nil {
		return p
	}
	list := slices.Clone(w.board.Worths)
	slices.SortStableFunc(list, func(a, b survey.Worth) int { return cmp.Compare(graphSorts[sort](b), graphSorts[sort](a)) })
	t := ui.PanelTable{ID: "worths-table", Caption: fmt.Sprintf("%s; in brackets with the links and hops that are only likely", plural(int64(len(list)), "relay", "relays")), None: "No relay is known yet."}
	t.Columns = []part.Column{{Label: "Relay"}}
	for _, c := range [][3]string{{"carried", "Traffic carried", "of the floods that anyone sent on, those that it certainly did"}, {"bridge", "Bridge", "of the pairs of other relays: the best way between them leads over it"},
		{"coverage", "Coverage", "of the other relays, each counted as one part in as many hops as lead there"}, {"irreplaceable", "Irreplaceable", "of the pairs of other relays: only it joins them"},
		{"airtime", "Airtime", "of the time of the day"}, {"neighbours", "Neighbours", "over 3 packets or more in 7 days"}} {
		col := part.Column{Label: c[1], Help: c[2], Numeric: true, Href: "/reports/graph?sort=" + c[0]}
		if c[0] == sort {
			col.Sorted = "descending"
		}
		t.Columns = append(t.Columns, col)
	}
	span := w.board.To - w.board.From
	for i := range list[:min(len(list), rowsShown)] {
		x := &list[i]
		likely, air := likelyAxes(x), float64((x.Airtime+x.BelievedAirtime)/time.Millisecond)/float64(span)
		t.Rows = append(t.Rows, []ui.Cell{w.named(x.Key), {Text: percent(x.CarriedShare), Of: x.CarriedShare}, bothCell(percent(x.Bridge), percent(likely.Bridge)), bothCell(percent(x.Coverage), percent(likely.Coverage)),
			bothCell(percent(x.CutShare), percent(likely.CutShare)), bothCell(percent(x.AirShare), percent(air)), bothCell(countText(int64(x.Neighbours)), countText(int64(likely.Neighbours)))})
	}
	p.Tables = []ui.PanelTable{t}
	if len(list) > rowsShown {
		p.Says = []string{fmt.Sprintf("The first %d are shown.", rowsShown)}
	}
	return p
}

// shareCell is a share, and its length.
func shareCell(share float64) ui.Cell { return ui.Cell{Text: percent(share), Of: share} }

// airtimeCell is a time on air, ordered by how long it is. It keeps hours and
// minutes however long it is: sums over a mesh come to days.
func airtimeCell(d time.Duration) ui.Cell {
	switch {
	case d == 0:
		return ui.Cell{}
	case d < 24*time.Hour:
		return ranked(spanText(d), d.Seconds())
	}
	return ranked(fmt.Sprintf("%s h %d m", countText(int64(d.Hours())), int(d.Minutes())%60), d.Seconds())
}

// bothCell is a figure, and in brackets what it is with the likely.
func bothCell(certain, likely string) ui.Cell {
	if certain == likely {
		return ui.Cell{Text: certain}
	}
	return ui.Cell{Text: certain + " (" + likely + ")"}
}

// cutsPanel lists what falls apart.
func (w reportWords) cutsPanel() ui.Panel {
	p := ui.Panel{ID: "cuts", Title: "What falls apart", Note: "by certain links"}
	if w.board == nil {
		return p
	}
	t := ui.PanelTable{ID: "cuts-table", Caption: "Relays without which others are cut off", Columns: []part.Column{{Label: "Without"}, {Label: "Cut off", Numeric: true}, {Label: "One of them"}},
		None: "No relay's loss would cut others off, as far as links are certain.", Most: rowsShown}
	list := slices.DeleteFunc(slices.Clone(w.board.Worths), func(x survey.Worth) bool { return len(x.CutOff) == 0 })
	slices.SortStableFunc(list, func(a, b survey.Worth) int { return cmp.Compare(len(b.CutOff), len(a.CutOff)) })
	for _, x := range list {
		t.Rows = append(t.Rows, []ui.Cell{w.named(x.Key), {Text: countText(int64(len(x.CutOff)))}, w.named(x.CutOff[0])})
	}
	p.Tables = []ui.PanelTable{t}
	return p
}

// trafficReport is about the air that packets take, and about scopes.
func (s *Server) trafficReport(h held, r *http.Request) (view, error) {
	w, v := s.reportWords(h, r), r.URL.Query()
	span := spanOfWord(v.Get("w"))
	return w.view(ui.ReportPage{Title: "Air and scopes", Pick: span.pick(r.URL.EscapedPath(), v),
		Panels: []ui.Panel{w.airPanel(span), w.relayAirPanel(), w.scopesPanel(span, len(s.scopes()))}}, r, "/reports/traffic", "air-table", "relay-air-table", "scopes-table")
}

// airPanel tells what each type takes of packets and of the air.
func (w reportWords) airPanel(span surveySpan) ui.Panel {
	p := ui.Panel{ID: "air", Title: "Air by type of packet"}
	if w.board == nil {
		return p
	}
	p.Note = span.say(w.board, w.now)
	t := ui.PanelTable{ID: "air-table", Caption: "Share of packets and of the air", Columns: []part.Column{{Label: "Type"}, {Label: "Packets", Numeric: true}, {Label: "Share", Numeric: true},
		{Label: "Sendings", Numeric: true, Help: "of originators and of relays that a heard path shows"}, {Label: "Time on air", Numeric: true}, {Label: "Share of air", Numeric: true}}, None: "Nothing was received in that time."}
	var packets int64
	var air time.Duration
	order, types := []int{}, survey.Sum(w.board.Last(span.span)).Types
	for kind, a := range types {
		packets += a.Transmissions
		air += a.Airtime
		if a.Transmissions > 0 {
			order = append(order, kind)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(types[b].Airtime, types[a].Airtime) })
	for _, kind := range order {
		a := types[kind]
		t.Rows = append(t.Rows, []ui.Cell{{Text: packetType(meshcore.Type(kind)).Word}, {Text: countText(a.Transmissions)}, {Text: percent(float64(a.Transmissions) / float64(packets))},
			{Text: countText(a.Sendings)}, airtimeCell(a.Airtime), shareCell(float64(a.Airtime) / float64(max(air, 1)))})
	}
	p.Tables = []ui.PanelTable{t}
	p.Says = []string{"Time on air is " + presetSays(w.board) + ". Every sending that a heard path shows counts once, whether its relay can be named or not; what nobody heard is not in it. Figures of meshes with other settings cannot be compared."}
	return p
}

// relayAirPanel lists the relays that take most of the air.
func (w reportWords) relayAirPanel() ui.Panel {
	p := ui.Panel{ID: "relay-air", Title: "Air by relay"}
	if w.board == nil {
		return p
	}
	p.Note = asOf(w.board, w.now) + " · certain and likely apart"
	list := slices.Clone(w.board.Worths)
	slices.SortStableFunc(list, func(a, b survey.Worth) int {
		return cmp.Compare(b.Airtime+b.BelievedAirtime, a.Airtime+a.BelievedAirtime)
	})
	t := ui.PanelTable{ID: "relay-air-table", Caption: "The 30 that take most", Columns: []part.Column{{Label: "Relay"}, {Label: "Certain", Numeric: true}, {Label: "Likely besides", Numeric: true}, {Label: "Of the day", Numeric: true, Help: "certain and likely together; the bar compares it with the first"}}, None: "No relay is known yet."}
	for _, x := range list[:min(len(list), 30)] {
		if x.Airtime+x.BelievedAirtime > 0 {
			t.Rows = append(t.Rows, []ui.Cell{w.named(x.Key), airtimeCell(x.Airtime), airtimeCell(x.BelievedAirtime), w.airCell(x, list[0])})
		}
	}
	p.Tables = []ui.PanelTable{t}
	return p
}

// airCell is what of the day's hours a relay was sending, as far as it is certain or
// likely, compared with the one that sent most.
func (w reportWords) airCell(x, most survey.Worth) ui.Cell {
	air := x.Airtime + x.BelievedAirtime
	share := float64(air/time.Millisecond) / float64(max(w.board.To-w.board.From, 1))
	return ui.Cell{Text: percent(share), Of: float64(air) / float64(max(most.Airtime+most.BelievedAirtime, 1))}
}

// scopesPanel tells how floods are scoped. Every flood is in one row.
func (w reportWords) scopesPanel(span surveySpan, known int) ui.Panel {
	p := ui.Panel{ID: "scopes", Title: "Scopes of floods"}
	if w.board == nil {
		return p
	}
	p.Note = span.say(w.board, w.now)
	sum := survey.Sum(w.board.Last(span.span))
	floods, unscoped, unknown, named := sum.Floods(), sum.Unscoped, sum.Unknown, sum.Named
	t := ui.PanelTable{ID: "scopes-table", Caption: plural(floods, "flood", "floods"), Columns: []part.Column{{Label: "Scope"}, {Label: "Floods", Numeric: true}, {Label: "Share", Numeric: true}, {Label: "Relays that carried it", Numeric: true, Help: "certainly, in the 24 hours of the survey"}}}
	share := func(n int64) ui.Cell { return shareCell(float64(n) / float64(max(floods, 1))) }
	names := slices.Sorted(maps.Keys(named))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(named[b], named[a]) })
	for _, name := range names {
		carried := 0
		for _, x := range w.board.Worths {
			if slices.Contains(x.Scopes, name) {
				carried++
			}
		}
		t.Rows = append(t.Rows, []ui.Cell{{Alien: clean(name, nameLimit)}, {Text: countText(named[name])}, share(named[name]), {Text: countText(int64(carried))}})
	}
	carried := [2]int{}
	for _, x := range w.board.Worths {
		carried[0] += int(min(x.UnknownScope, 1))
		carried[1] += int(min(x.Unscoped, 1))
	}
	t.Rows = append(t.Rows, []ui.Cell{{Text: "a scope whose name is not known"}, {Text: countText(unknown)}, share(unknown), {Text: countText(int64(carried[0]))}},
		[]ui.Cell{{Text: "without scope"}, {Text: countText(unscoped)}, share(unscoped), {Text: countText(int64(carried[1]))}})
	p.Tables = []ui.PanelTable{t}
	p.Says = []string{"A scope is recognised by its name: " + plural(int64(known), "name is", "names are") + " known, from “scopes” in the configuration and from what observers say of themselves. Every flood is in one of the rows."}
	return p
}

// distancePanels are about the lengths of links.
func (s *Server) distancePanels(r *http.Request) []ui.Panel {
	h, ok := s.held()
	if !ok || h.Index == nil {
		return nil
	}
	w := s.reportWords(h, r)
	longest := ui.Panel{ID: "distances", Title: "The longest links", Note: "certain, of 7 days, between places that are believed"}
	beyond := ui.Panel{ID: "beyond", Title: "Links that are not believed", Note: "longer than " + lengthText(survey.Reach, w.miles)}
	if w.board == nil {
		longest.Says = []string{unsurveyed}
		return []ui.Panel{longest}
	}
	longest.Tables = []ui.PanelTable{w.lengthsTable("longest", fmt.Sprintf("The longest of %s", plural(int64(w.board.Located[0]), "link", "links")), w.board.Longest, false, "No certain link joins two places that are known and believed.")}
	longest.Says = []string{"Only radios that heard one another make a link: where a relay has no position, nothing is joined over it. Signal is of that link, measured by the observer at its end."}
	beyond.Tables = []ui.PanelTable{w.lengthsTable("beyond-table", fmt.Sprintf("The longest of %s", plural(int64(w.board.Located[1]), "link", "links")), w.board.Beyond, true, "There are none.")}
	return []ui.Panel{longest, beyond}
}

func (w reportWords) lengthsTable(id, caption string, list []survey.Link, why bool, none string) ui.PanelTable {
	t := ui.PanelTable{ID: id, Caption: caption, None: none, Columns: []part.Column{{Label: "From"}, {Label: "Heard by"}, {Label: "Distance", Numeric: true}, {Label: "Packets", Numeric: true}, {Label: "SNR, mean"}, {Label: "Last"}}}
	if why {
		t.Columns = append(t.Columns, part.Column{Label: "Why not"})
	}
	for _, l := range list {
		to := w.named(l.To)
		if l.To == (meshcore.PublicKey{}) {
			o, _ := w.nodes.Store.ObserverByNum(l.Observer)
			named := observerNamed(o)
			to = ui.Cell{Named: &named}
		}
		last := moment(l.Last, w.now)
		snr := ""
		if l.SNR.Count > 0 {
			snr = meanText(l.SNR.Mean4)
		}
		row := []ui.Cell{w.named(l.From), to, ranked(lengthText(l.KM, w.miles), l.KM), {Text: countText(l.Count)}, {Text: snr}, {When: &last}}
		if why {
			row = append(row, ui.Cell{Text: cmp.Or(strings.TrimSpace(doubtText(l.Doubt)), "a position is wrong, or another node has the hop")})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
