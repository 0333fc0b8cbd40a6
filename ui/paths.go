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
	Names  NamesBlock
	Bins   []CalibrationRow
	Panels []Panel // about distances
}

// CalibrationRow compares what was said with what came of it.
type CalibrationRow struct {
	Range string // "90 to 95 %"
	Hops  string
	Said  string
	Right string
}
