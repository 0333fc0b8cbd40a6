package sample

import (
	"hilltop/ui"
	"hilltop/ui/part"
)

func observerRow(name string) ui.ObserverRow {
	return ui.ObserverRow{
		Listens: true, Star: ui.StarMark{Of: "observer:BEACON", Name: name, On: true},
		ID: "o-1", Name: part.Named{Text: name, Href: "/observers/BEACON"}, Region: "SEA", State: part.State{Tone: part.Good, Word: "delivering"},
		Packet: noon(), Status: noon(), Hour: "626", Day: "9,931", Share: "12.3 %", SNR: "+4.2 dB", SNRs: "n=318",
		Runs:    []ui.RunLine{{Text: "Heltec V3"}, {Text: "v1.13.0-1ce2f01"}, {Text: "meshcore-packet-capture/1.0.…", Full: "meshcore-packet-capture/1.0.8"}},
		Battery: "3.92 V", Noise: "−115.0 dBm", Clock: part.State{Tone: part.Half, Word: "5 h 0 m behind"},
	}
}

func observerList(rows ...ui.ObserverRow) ui.ObserversPage {
	p := ui.ObserversPage{
		Count: "12 observers", Rows: rows, Live: true, Note: "Receptions are counted by when they arrived here.",
		Feeds: []ui.FeedLine{{Name: "Embedded broker", State: part.State{Tone: part.Good, Word: "2 clients"}}, {Name: rows[0].Name.Text, State: part.State{Tone: part.Bad, Word: "not connected", Note: "for 4 m"}}},
		Fleet: []ui.FleetBlock{
			{ID: "firmwares", Title: "Firmware", Note: "of 12 observers", Bars: []part.Bar{{Label: "v1.13.0-1ce2f01", Share: 0.75, Value: "9", Note: "75.0 %"}, {Label: rows[0].Name.Text, Share: 0.25, Value: "3", Note: "25.0 %"}}},
			{ID: "models", Title: "Model", Note: "of 12 observers", Bars: []part.Bar{{Label: "Heltec V3", Share: 1, Value: "12", Note: "100.0 %"}}},
		},
		Picks:  []ui.Pick{{Name: "State", Choices: []ui.Choice{{Label: "all", Count: "12", Href: "/observers", On: true}, {Label: "✕ down", Count: "2", Href: "/observers?state=down"}}}},
		Search: ui.Search{Action: "/observers", Label: "Name or part of an id"},
		Grid:   part.Grid{ID: "observers", Caption: "Observers"},
	}
	for _, label := range []string{"Name", "Region", "State", "Last packet", "Last status", "1 h", "24 h", "Share", "SNR, mean", "Clock", "Battery", "Noise floor", "Runs"} {
		p.Grid.Columns = append(p.Grid.Columns, part.Column{Label: label})
	}
	return p
}

func observerPages() []Page {
	bare := observerRow("0151F8A2…")
	bare.ID = "o-2"
	bare.Region, bare.Status, bare.Share, bare.SNR, bare.SNRs, bare.Runs, bare.Battery, bare.Noise = "", part.Moment{}, "", "", "", nil, "", ""
	bare.State, bare.Clock = part.State{Tone: part.Bad, Word: "down"}, part.State{Tone: part.Quiet, Word: "not known"}
	hostile := observerRow(Hostile)
	hostile.Region, hostile.Runs = Hostile, []ui.RunLine{{Text: Hostile, Full: Hostile}}
	return []Page{
		{"observers", ui.Observers(observerList(observerRow("Beacon"), bare))},
		{"observers-hostile", ui.Observers(observerList(hostile))},
		{"observer", ui.Observer(usualObserver("Beacon"))},
		{"observer-bare", ui.Observer(ui.ObserverPage{Name: "0151F8A2…", State: part.State{Tone: part.Bad, Word: "down"}, Clock: part.State{Tone: part.Quiet, Word: "not known"}, RowsNo: "It has not reported any packet that is held."})},
		{"observer-hostile", ui.Observer(usualObserver(Hostile))},
		{"observer-404", ui.ObserverOffer(ui.ObserverChoice{Title: "No such observer", Text: "Nothing has arrived from an observer with this id.", Asked: Hostile, Rows: []part.Named{{Text: Hostile, Href: "/observers/BEACON"}}, Ways: []part.Way{{Text: "All observers", Href: "/observers"}}})},
	}
}

// usualObserver has this name for everything that it says of itself.
func usualObserver(name string) ui.ObserverPage {
	when := noon()
	return ui.ObserverPage{
		Link: "/observers/0151F8A2",
		Name: name, State: part.State{Tone: part.Good, Word: "delivering"}, StateWhy: "Packets and statuses arrive at its usual pace.",
		Node:     part.Named{Text: name, Href: "/nodes/" + nodeKey},
		Figures:  []part.Figure{{Label: "Receptions, 24 h", Value: "6,073", Exact: "6,073", Spark: &part.Spark{Title: "Receptions by hour", Values: []float64{0, 1, 4, 2}, First: "17:00", Last: "16:00 UTC"}}},
		Facts:    []part.Fact{{Name: "Name", Value: name, Alien: true}, {Name: "Firmware", Value: name, Alien: true}, {Name: "Relays packets", Note: "it has not said"}},
		Arrivals: []part.Fact{{Name: "Last packet", When: &when}},
		Clock:    part.State{Tone: part.Half, Word: "5 h 0 m behind"}, ClockSay: []string{"Even its quickest message arrived 5 h 0 m after the time that it stated."},
		Clocks:  []part.Fact{{Name: "Least delay", Value: "5 h 0 m"}},
		Metrics: []part.Fact{{Name: "Battery", Value: "3.92 V"}}, Charts: styleCharts()[1:2],
		Window: "24 h", Received: &ui.Received{
			Note: "24 h up to now, by the time at which they stand", Charts: styleCharts()[:1],
			Pick:  ui.Pick{Name: "Window", Choices: []ui.Choice{{Label: "24 h", Href: "/observers/0151F8A2#received", On: true}, {Label: "7 d", Href: "/observers/0151F8A2?w=7d#received"}}},
			Types: []part.Bar{{Type: &part.Type{Word: "Advert", Family: "identity"}, Share: 1, Value: "4,012", Note: "66.1 %"}, {Type: &part.Type{Word: "Path", Family: "control"}, Share: 0.5, Value: "2,061", Note: "33.9 %"}},
		},
		Gaps: []ui.GapLine{{From: noon(), What: "its source was not connected: " + name}},
		Rows: []ui.ObserverReception{{When: noon(), Late: "late +5 h", Type: part.Type{Word: "Path", Family: "control"}, Hash: "4d3c2b1a", Href: "/packets/4d3c2b1a00112233", Hops: "flood over 3 hops", Bars: 1, SNR: "−5.2 dB", RSSI: "−121 dBm"}},
		More: "/packets?obs=BEACON", Panels: judged(name)[1:], // an observer has a clock block of its own
	}
}
