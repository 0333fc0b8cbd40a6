package sample

import (
	"hilltop/ui"
	"hilltop/ui/part"
)

// reportPages are the states of the reports.
func reportPages() []Page {
	full := report("Ridge", "a3f1")
	waiting := full
	waiting.Panels = []ui.Panel{{ID: "clashes", Title: "Clashes", Says: []string{"Not counted yet. It is counted some minutes after a start, once an hour has closed, and again ten minutes after each hour."}}}
	hostile := report(Hostile, Hostile)
	hostile.Ask.Error = Hostile
	return []Page{
		{"report", ui.Report(full)},
		{"report-waiting", ui.Report(waiting)},
		{"report-hostile", ui.Report(hostile)},
		{"paths", ui.Paths(ui.PathsPage{Names: ui.NamesBlock{Say: "Hop names: 99.93 % right, 99.40 % named.", Facts: []part.Fact{{Name: "Named from", Value: "90 %"}}},
			Bins: []ui.CalibrationRow{{Range: "99 to 100 %", Hops: "1,234", Said: "99.80 %", Right: "99.93 %"}}, Panels: full.Panels})},
	}
}

func report(name, asked string) ui.ReportPage {
	named := part.Named{Text: name, Href: "/nodes/" + nodeKey, Hint: nodeKey}
	return ui.ReportPage{
		Title: "Hops that clash", Note: "24 h up to 12:00:00", Others: ui.ReportLinks("/reports/identity"),
		Pick: &ui.Pick{Name: "Time", Choices: []ui.Choice{{Label: "24 h", Href: "/reports/identity?w=24h", On: true}, {Label: "7 d", Href: "/reports/identity?w=7d"}}},
		Ask:  &ui.Asking{Action: "/reports/identity", Button: "Look", Fields: []ui.AskField{{Name: "prefix", Label: "Check a prefix or key", Hint: "A3F1", Value: asked}}},
		Panels: []ui.Panel{{ID: "clashes", Title: "Clashes", Note: "those that matter first", Tables: []ui.PanelTable{
			{ID: "clashes-1", Caption: "Hops of 1 B: 12 clashes", Columns: []part.Column{{Label: "Hop"}, {Label: "Relays", Numeric: true}, {Label: "Nearness"}, {Label: "One of them"}},
				Rows: [][]ui.Cell{{{Code: "A3", Href: "/reports/identity?prefix=A3"}, {Text: "3"}, {Text: "matters: somebody hears both"}, {Named: &named}}}},
			{ID: "clashes-3", Caption: "Hops of 3 B: 0 clashes", None: "No two relays have the same hop of 3 B."},
		}}},
	}
}
