package ui

import "hilltop/ui/part"

// TracesPage is the list of traces, each with all of its stages. All strings are
// ready to print.
type TracesPage struct {
	Count   string // "50 shown · 1,234 packets of traces held"
	Picks   []Pick
	Search  Search
	Chips   []part.Chip
	Clear   string // URL without any filter; "" when none is set
	Rows    []TraceRow
	Notes   []string // what was left out, or where the page ends
	Nothing *PacketsNothing
	Pages   part.Pager
	Export  *Export // nil when there is nothing to export
}

// TraceRow is one trace.
type TraceRow struct {
	Tag    string
	Kind   string // "trace" or "ping"
	Began  part.Moment
	Legs   []TraceLeg
	Done   string // "2 of 3"
	Stages []TraceStage
	Copies string
}

// TraceStage is a packet of a trace.
type TraceStage struct {
	Text string // hops done
	Hint string // "packet 3f2a90b1: 2 hops done, 3 copies"
	Href string
	Here bool // it is the packet of the page
}

// TraceBlock tells how far a trace has come.
type TraceBlock struct {
	Text   string
	Legs   []TraceLeg
	Stages []TraceStage // all that were received; none while the page does not know
	List   string       // URL of the list of traces with this tag
}

// TraceLeg is one node of the planned route.
type TraceLeg struct {
	Hop  part.HopName
	SNR  string // "" not reached
	Done bool
}
