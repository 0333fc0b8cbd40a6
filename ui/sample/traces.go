package sample

import (
	"strconv"

	"hilltop/ui"
	"hilltop/ui/part"
)

func tracePages() []Page {
	return []Page{
		{"traces", ui.Traces(tracesUsual())},
		{"traces-nothing", ui.Traces(tracesNone())},
		{"traces-hostile", ui.Traces(tracesHostile())},
	}
}

func tracesUsual() ui.TracesPage {
	ridge := part.HopName{Hex: "5C", Name: "Ridge", Href: "/nodes/5c", Sure: "certain", Why: "no other known key begins so"}
	return ui.TracesPage{
		Count:  "2 shown · 1,234 packets of traces",
		Picks:  []ui.Pick{{Name: "Route", Choices: []ui.Choice{{Label: "all", Href: "/traces", On: true}, {Label: "ping", Href: "/traces?kind=ping"}, {Label: "longer", Href: "/traces?kind=trace"}}}},
		Search: ui.Search{Action: "/traces", Label: "Tag or its beginning"},
		Rows: []ui.TraceRow{
			{
				Tag: "93584318", Kind: "trace", Began: at(11), Done: "2 of 3", Copies: "5",
				Legs: []ui.TraceLeg{{Hop: ridge, SNR: "+5.25 dB", Done: true}, {Hop: part.HopName{Hex: "A3"}, SNR: "−7.50 dB", Done: true}, {Hop: ridge}},
				Stages: []ui.TraceStage{
					{Text: "0", Href: "/packets/1", Hint: "packet 1: 0 hops done, 1 copy"}, {Text: "1", Href: "/packets/2", Hint: "packet 2: 1 hop done, 2 copies"},
					{Text: "2", Href: "/packets/3", Hint: "packet 3: 2 hops done, 2 copies"},
				},
			},
			{Tag: "00000001", Kind: "ping", Began: at(9), Done: "0 of 0", Copies: "1", Stages: []ui.TraceStage{{Text: "0", Href: "/packets/4", Hint: "packet 4: 0 hops done, 1 copy"}}},
		},
		Notes: []string{"1 packet is too short to be of a trace: not listed."},
		Pages: part.Pager{Older: "/traces?after=1-2", OlderSay: "Older traces"},
	}
}

func tracesNone() ui.TracesPage {
	p := tracesUsual()
	p.Rows, p.Notes, p.Pages = nil, nil, part.Pager{}
	p.Chips, p.Clear = []part.Chip{{Name: "tag", Value: "FFFF", Without: "/traces"}}, "/traces"
	p.Nothing = &ui.PacketsNothing{Title: "No trace matches", Text: "None has this tag or kind among those looked at.", Ways: []part.Way{{Text: "All traces", Href: "/traces"}}}
	return p
}

// tracesHostile has the longest route that there is, along nodes of bad names.
func tracesHostile() ui.TracesPage {
	p := tracesUsual()
	long := ui.TraceRow{Tag: "FFFFFFFF", Kind: "trace", Began: at(7), Done: "63 of 63", Copies: "12,345"}
	for i := range 63 {
		long.Legs = append(long.Legs, ui.TraceLeg{Hop: part.HopName{Hex: "A1B2C3D4E5F60718", Name: Hostile, Href: "/nodes/a1", Sure: "certain"}, SNR: "−18.25 dB", Done: true})
		long.Stages = append(long.Stages, ui.TraceStage{Text: strconv.Itoa(i), Href: "/packets/9", Hint: "packet 9"})
	}
	p.Rows = append(p.Rows, long)
	return p
}
