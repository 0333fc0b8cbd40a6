package ui

import "hilltop/ui/part"

// ToolsPage takes frames apart and works out keys and times on air.
type ToolsPage struct {
	Form    ToolsForm
	Alerts  []string // about the input as a whole
	Frames  []ToolsFrame
	Key     *ToolsKey
	Airtime ToolsAirtime
}

// ToolsForm is what was entered, to be changed and sent again.
type ToolsForm struct {
	Frames   string // hostile
	Channels string // hostile
	Keys     string // hostile; a secret of whoever sent it
	Regions  string // hostile
	Presets  []FilterOption
	Limits   string     // how much fits
	Examples []part.Way // frames to try
	Open     bool       // the keys are shown
	Derive   string     // name whose keys are asked for, hostile
}

// ToolsFrame is one line of the input: a frame, a link, or neither.
type ToolsFrame struct {
	ID       string // anchor; "" when it is the only one
	Line     string // "Line 3"
	Error    *ToolsError
	Type     part.Type // of a frame
	Summary  string
	Say      Preview
	Message  *MessageBlock
	Alerts   []string
	Facts    []part.Fact
	Legend   []HexMark
	Dump     []HexLine
	Raw      string // upper-case hex
	Fields   []FieldRow
	Plain    []FieldRow // of what was decrypted
	JSON     string
	Alone    string // URL of this frame by itself
	Bytes    string // "37 B"
	LinkNote string // what a link is; it has facts and no bytes
}

// ToolsError says why a line is no frame, and shows the place.
type ToolsError struct {
	Text   string
	Before string // hostile; the line around the place
	At     string // hostile
	After  string // hostile
}

// ToolsKey is what a name stands for.
type ToolsKey struct{ Facts []part.Fact }

// ToolsAirtime is how long a frame takes by each preset.
type ToolsAirtime struct {
	Bytes string
	Rows  []AirtimeRow
}

// AirtimeRow is one preset.
type AirtimeRow struct {
	Name, Freq, SF, BW, CR, Time string
	On                           bool // the one that was chosen
}

// one tells that the input was a single frame: its parts are the page.
func (p ToolsPage) one() bool { return len(p.Frames) == 1 }

func toolsGrid() part.Grid {
	return part.Grid{ID: "frames-table", Caption: "Frames that were entered", Columns: []part.Column{
		{Label: "Line"}, {Label: "Type"}, {Label: "Says"}, {Label: "Way"}, {Label: "Size", Numeric: true},
	}}
}

func airtimeGrid() part.Grid {
	return part.Grid{ID: "airtime-table", Caption: "Time on air by preset", Columns: []part.Column{
		{Label: "Preset"}, {Label: "Frequency", Numeric: true}, {Label: "SF", Numeric: true, Help: "spreading factor"},
		{Label: "Bandwidth", Numeric: true}, {Label: "CR", Numeric: true, Help: "coding rate: 4 bits in so many"}, {Label: "Time on air", Numeric: true},
	}}
}

// orNone is what stands in a cell of a table: a dash for nothing.
func orNone(text string) string {
	if text == "" {
		return "—"
	}
	return text
}
