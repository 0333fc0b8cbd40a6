package ui

import "hilltop/ui/part"

// NamesBlock is how right names of hops were in the last day.
type NamesBlock struct {
	Wait    *part.Progress // in place of everything
	Warning string         // why names are provisional; "" they are not
	Say     string
	Facts   []part.Fact
}

// PathsPage is the report on names of hops.
type PathsPage struct {
	Chips  []part.Chip // filters of other pages, which change nothing here
	Names  NamesBlock
	Bins   []CalibrationRow
	Panels []Panel // about distances
	Heads  Heads
}

// CalibrationColumns head the table of what was said and what came of it.
func CalibrationColumns() []part.Column {
	return []part.Column{{Label: "Said to be likely by"}, {Label: "Hops", Numeric: true}, {Label: "On average", Numeric: true}, {Label: "Right", Numeric: true}}
}

// CalibrationRow compares what was said with what came of it.
type CalibrationRow struct {
	Range string // "90 to 95 %"
	Hops  string
	Said  string
	Right string
}
