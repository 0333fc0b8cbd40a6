package ui

import "hilltop/ui/part"

// NodesPage is the list of nodes. All strings are ready to print.
type NodesPage struct {
	Count   string // "100 of 1,234 nodes"
	Picks   []Pick
	Search  Search
	Chips   []part.Chip
	Note    string // under the chips; "" none
	Clear   string // URL without any filter; "" when none is set
	Back    string // where a star leads back to: the page
	Grid    part.Grid
	Rows    []NodeRow
	Pages   Paging
	Export  *Export         // nil when there is nothing to export
	Empty   string          // why there is no node at all; "" when there are some
	Nothing *PacketsNothing // in place of rows that the filters let through
}

// Pick is a row of links that choose one value of a filter.
type Pick struct {
	Name    string
	Choices []Choice
}

// Choice is a value to choose, with what it would show.
type Choice struct {
	Mark  *part.RoleMark // in place of Label
	State *part.State    // in place of Label
	Label string
	Count string
	Href  string
	On    bool
}

// Search is a field for a part of a name. The other parameters of the page go
// with it.
type Search struct {
	Action string
	Label  string
	Value  string // hostile: as asked
	Keep   []Kept
}

// Kept is a parameter that a form hands on.
type Kept struct{ Name, Value string }

// Paging leads through a list that can be ordered by anything.
type Paging struct {
	Say    string // "101–200 of 1,234"
	First  string // URL; "" on the first page
	Before string // URL; "" on the first page
	After  string // URL; "" on the last page
}

// Export leads to a list as files, with the filter in force.
type Export struct {
	Say       string // "All 1,234 nodes that match, as a file:"
	CSV, JSON string // URLs
	Text      string // URL of what people read, likewise Page; "" there is none
	Page      string
}

// KeyMark is a key in a list, with the part that stands in paths.
type KeyMark struct {
	Hop  string // upper case; "" when the hop width is not known
	Rest string // lower case
	Full string
}

// NodeRow is one node of the list.
type NodeRow struct {
	ID        string // of the element
	At        string // when it was last heard, Unix ms: its place in the usual order
	Star      StarMark
	Name      part.Named
	Namesakes part.Named // "1 of 3", with all that have its name; no Text: it has none
	Clock     string     // "clock 3 h behind"; "" it is right
	Role      part.RoleMark
	Key       KeyMark
	First     part.Moment // its first advert
	Advert    part.Moment
	Relayed   part.Moment
	Heard     part.Moment
	Adverts   string
	Scope     string // hostile: of its latest scoped advert; "" none known
	Position  string // "yes" or "no"
	Doubt     string // why the position is not believed; "" it is
	State     part.State
}
