package ui

import "hilltop/ui/part"

// Panel is a block of facts, sentences and tables. All strings are ready to
// print.
type Panel struct {
	ID, Title, Note string
	Facts           []part.Fact
	Says            []string // a sentence each
	Tables          []PanelTable
	Wait            *part.Progress // instead of all of it, while it is being prepared
}

// PanelTable is a table of a panel.
type PanelTable struct {
	ID      string
	Caption string // shown above it
	Columns []part.Column
	Rows    [][]Cell
	None    string // why there are no rows; "" leaves the table out then
	Most    int    // rows that are shown, in whatever order; 0 all
}

// Heads are the heads of a page's tables, by their ids: with the addresses of other
// orders.
type Heads map[string][]part.Column

// of gives the heads of a table; usual, where the page has no others.
func (h Heads) of(table string, usual []part.Column) []part.Column {
	if c := h[table]; c != nil {
		return c
	}
	return usual
}

// Cell is one cell: the first of these that it has.
type Cell struct {
	Named *part.Named
	When  *part.Moment
	Alien string // hostile
	Code  string
	Text  string
	Href  string   // of Code
	Of    float64  // what Text is of a whole, 0 to 1, drawn beside it; 0 nothing is
	Rank  *float64 // what it is ordered by, where that is not what it shows; nil it is
}
