package ui

import "hilltop/ui/part"

// ReportPage is a report made of panels. All strings are ready to print.
type ReportPage struct {
	Title, Note string
	Others      []Choice // the reports there are, this one on
	Pick        *Pick    // the times that panels are shown of; nil: one alone
	Ask         *Asking
	Chips       []part.Chip // filters of other pages, which change nothing here
	Panels      []Panel     // one below the other
}

// Asking is a form of a report.
type Asking struct {
	Action string
	Button string
	Fields []AskField
	Error  string // what of the answers makes no sense; "" nothing
}

// AskField is one line of it.
type AskField struct {
	Name, Label, Hint string
	Value             string // hostile: as asked
}

// ReportLinks leads from one report to the others.
func ReportLinks(here string) (all []Choice) {
	for _, r := range [][2]string{{"Hop names and distances", "/reports/paths"}, {"Hops that clash", "/reports/identity"}, {"What relays are worth", "/reports/graph"}, {"Air and scopes", "/reports/traffic"}} {
		all = append(all, Choice{Label: r[0], Href: r[1], On: r[1] == here})
	}
	return all
}
