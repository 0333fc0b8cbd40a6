package ui

import "hilltop/ui/part"

// ObserverPage is one observer. All strings are ready to print.
type ObserverPage struct {
	Star     *Star
	Name     string // hostile; what stands for it when it has none
	Link     string // URL of this page
	State    part.State
	StateWhy string
	Node     part.Named // its page as a node; no Text: it is not known as one
	Figures  []part.Figure
	Facts    []part.Fact
	Arrivals []part.Fact
	Clock    part.State
	ClockSay []string // explained, a sentence each
	Clocks   []part.Fact
	Metrics  []part.Fact
	Charts   []part.Chart
	Panels   []Panel
	Window   string    // that measurements, gaps and what it received are of: "24 h"
	Received *Received // nil: it is not shown again
	Gaps     []GapLine
	Rows     []ObserverReception
	RowsNo   string // why there are none
	More     string // URL of all its packets
	Heads    Heads
}

// ObserverReceptionColumns head the table of an observer's receptions.
func ObserverReceptionColumns() []part.Column {
	return []part.Column{{Label: "Time"}, {Label: "Type"}, {Label: "Packet"}, {Label: "Path"}, {Label: "SNR"}, {Label: "RSSI", Numeric: true}}
}

// Received is what an observer received within a window.
type Received struct {
	Note   string
	Pick   Pick // of windows
	Charts []part.Chart
	Types  []part.Bar
	None   string // why there is nothing
}

// GapLine is a time in which something of it was not received.
type GapLine struct {
	From, To part.Moment // no To while it lasts
	What     string
}

// ObserverReception is a packet as the observer received it.
type ObserverReception struct {
	When part.Moment
	Late string
	Type part.Type
	Hash string
	Href string
	Hops string // "3 hops", "direct", "still to go: 2"
	Bars int
	SNR  string
	RSSI string
}

// ObserverChoice offers observers in place of one that is not known.
type ObserverChoice struct {
	Title string
	Text  string
	Asked string // hostile
	Rows  []part.Named
	Ways  []part.Way
}
