package sample

import (
	"hilltop/ui"
	"hilltop/ui/part"
)

// linkPages are the states of the page of a node's links.
func linkPages() []Page {
	usual := linksPage("Ridge", "Hill")
	wait, failed := usual, usual
	wait.Wait = &part.Progress{What: "The list of links", Text: "Finding links: 3 packets of 4 packets (75 %)", Value: "3", Max: "4"}
	failed.Wait = &part.Progress{What: "The list of links", Text: "It did not work: index of links: no room. The rest of this machine goes on."}
	nothing := usual
	nothing.Nothing = &ui.PacketsNothing{Title: "0 of 3 certain links", Text: "Filters hide 3 links in one direction.", Ways: []part.Way{{Text: "All links", Href: "/nodes/" + nodeKey + "/links"}}}
	return []Page{
		{"links", ui.Links(usual)},
		{"links-alone", ui.Links(aloneLinks())},
		{"links-loading", ui.Links(wait)},
		{"links-failed", ui.Links(failed)},
		{"links-nothing", ui.Links(nothing)},
		{"links-hostile", ui.Links(linksPage(Hostile, Hostile))},
	}
}

func linkTable(id, caption, name string, why bool) ui.PanelTable {
	when := noon()
	t := ui.PanelTable{ID: id, Caption: caption, Columns: []part.Column{
		{Label: "Neighbour"}, {Label: "Role"}, {Label: "Strength", Help: "by the weaker direction, a day"}, {Label: "It hears them", Numeric: true},
		{Label: "They hear it", Numeric: true}, {Label: "Weaker", Numeric: true}, {Label: "By hop width"}, {Label: "SNR, mean"}, {Label: "Distance", Numeric: true}, {Label: "First"}, {Label: "Last"},
	}}
	row := []ui.Cell{{Named: &part.Named{Text: name, Href: "/nodes/" + nodeKey, Hint: nodeKey}}, {Text: "repeater, observer"}, {Text: "●● medium"}, {Text: "1,204"}, {Text: "120"}, {Text: "120"},
		{Text: "no hop 12 · 1 B 1,200 · 2 B 112"}, {Text: "−3.0 dB there"}, {Text: "12.4 km"}, {When: &when}, {When: &when}}
	if why {
		t.Columns = append(t.Columns, part.Column{Label: "Why not"})
		row = append(row, ui.Cell{Text: "farther than the 300 km that a link is believed to have; the neighbour's position is doubted: no other node with a position is within 400 km"})
	}
	t.Rows = [][]ui.Cell{row}
	return t
}

func linksPage(name, other string) ui.LinksPage {
	return ui.LinksPage{
		Name: name, Role: repeater(), Node: "/nodes/" + nodeKey,
		Figures: []part.Figure{{Label: "Neighbours", Value: "1", Exact: "1", Note: "certain, since 2026-04-24 00:00:00 UTC"}, {Label: "Rank by neighbours", Value: "3", Note: "of 120 relays, over 7 days"}},
		Picks:   []ui.Pick{{Name: "Direction", Choices: []ui.Choice{{Label: "all", Href: "/nodes/" + nodeKey + "/links", On: true}, {Label: "both ways", Href: "/nodes/" + nodeKey + "/links?dir=two"}}}},
		Certain: ui.Panel{ID: "certain", Title: "Certain", Note: "since 2026-04-24 00:00:00 UTC", Tables: []ui.PanelTable{linkTable("certain-links", "Certain links", other, false)},
			Says: []string{"2 links are hidden by filters, 2 of them in one direction only."}},
		Believed:   ui.Panel{ID: "believed", Title: "Likely besides", Note: "24 h up to 12:00:00", Tables: []ui.PanelTable{linkTable("believed-links", "Links with an end that is only likely", other, false)}},
		Impossible: ui.Panel{ID: "impossible", Title: "Not believed", Tables: []ui.PanelTable{linkTable("impossible-links", "Links that cannot be", other, true)}},
		Basis:      []string{"One row is one radio."},
	}
}

// aloneLinks is the page of a relay without a hop of its own.
func aloneLinks() ui.LinksPage {
	p := linksPage("Ridge", "")
	p.Why = &ui.Panel{ID: "apart", Title: "Why little is certain", Says: []string{"It has no hop of its own."}, Tables: []ui.PanelTable{{ID: "sharing", Caption: "1 relay has the hop A3F1C2 too",
		Columns: []part.Column{{Label: "Relay"}, {Label: "Key"}}, Rows: [][]ui.Cell{{{Named: &part.Named{Text: "Twin", Href: "/nodes/" + nodeKey}}, {Code: nodeKey[:16]}}}}}}
	p.Certain = ui.Panel{ID: "certain", Title: "Certain", Tables: []ui.PanelTable{{ID: "certain-links", Caption: "Certain links", None: "Nothing is certain: no hop is this node's alone."}}}
	p.Believed.Tables[0] = ui.PanelTable{ID: "believed-links", Caption: "Likely", None: "Not counted yet. It is counted some minutes after a start, once an hour has closed, and again ten minutes after each hour."}
	p.Impossible = ui.Panel{}
	return p
}
