package sample

import (
	"hilltop/ui"
	"hilltop/ui/part"
)

// judged are panels with every kind of cell; the text of a stranger is alien.
func judged(alien string) []ui.Panel {
	when := noon()
	return []ui.Panel{
		{
			ID: "own-clock", Title: "Its clock", Note: "by its adverts that are held",
			Facts: []part.Fact{{Name: "Off by", Value: "2 m 4 s ahead", Note: "median of 24 adverts"}, {Name: "As of", When: &when}},
			Tables: []ui.PanelTable{
				{ID: "clock-resets", Caption: "Resets", Columns: []part.Column{{Label: "Heard"}, {Label: "From"}}, Rows: [][]ui.Cell{{{When: &when}, {Text: "1 d behind"}}}},
				{ID: "none", Caption: "Nothing", None: "Nobody is cut off without it."},
			},
			Says: []string{"Of every advert the first reception counts."},
		},
		{
			ID: "past", Title: "Names and positions over time",
			Tables: []ui.PanelTable{{ID: "names", Caption: "Names", Columns: []part.Column{{Label: "Name"}, {Label: "Relay"}, {Label: "Count", Numeric: true}, {Label: "First told by"}, {Label: "Hop"}}, Rows: [][]ui.Cell{
				{{Alien: alien}, {Named: &part.Named{Text: alien, Href: "/nodes/" + nodeKey}}, {Text: "12"}, {Code: "4d3c2b1a", Href: "/packets/4d3c2b1a00112233"}, {Code: "A3"}},
				{{}, {}, {}, {}, {}},
			}}},
		},
		{ID: "worth", Title: "What it does for the mesh", Wait: &part.Progress{What: "What it does for the mesh", Text: "Not counted yet. It is counted some minutes after a start, once an hour has closed, and again ten minutes after each hour."}},
	}
}
