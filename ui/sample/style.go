package sample

import (
	"fmt"
	"math"

	"hilltop/ui"
	"hilltop/ui/part"
)

// Style is the page of the design system, without links to the pages in their
// states: those are the server's.
func Style() ui.StylePage {
	types := []part.Type{
		{Word: "Advert", Family: "identity", Means: "A node makes itself known, signed"}, channelMsg(),
		{Word: "Request", Family: "exchange"}, {Word: "ACK", Family: "control"}, {Word: "Trace", Family: "trace"},
	}
	roles := []part.RoleMark{
		repeater(), {Class: "companion", Letter: "C", Word: "companion"}, {Class: "room", Letter: "M", Word: "room"},
		{Class: "sensor", Letter: "S", Word: "sensor"}, {Class: "other", Letter: "?", Word: "none"},
	}
	states := []part.State{
		{Tone: part.Good, Word: "active", Note: "now"}, {Tone: part.Half, Word: "quiet", Note: "26 h"},
		{Tone: part.Quiet, Word: "silent", Note: "12 d"}, {Tone: part.Bad, Word: "down", Note: "since 12:04"},
	}
	grid := nodeList().Grid
	grid.ID, grid.Live = "style-nodes", false
	return ui.StylePage{
		Types: types, Roles: roles, States: states, Moment: noon(),
		Name: part.Named{Text: "Bald Peak", Href: "/style"}, Foreign: part.Named{Text: Hostile, Href: "/style"},
		Hops:    []part.HopName{{Hex: "A3F1", Name: "Bald Peak", Href: "/style"}, {Hex: "7F00", Name: "Larch Mtn", Sure: "likely"}, {Hex: "1C", Name: "Selah", Sure: "guess"}, {Hex: "D9"}},
		Figures: styleFigures(), Charts: styleCharts(), Heat: styleHeat(),
		Bars: []part.Bar{
			{Type: &types[0], Share: 0.41, Value: "41.0 %", Note: "3,211"}, {Type: &types[1], Share: 0.322, Value: "32.2 %", Note: "2,520"},
			{Role: &roles[0], Share: 1, Value: "122", Note: "120 active", Href: "/style"}, {Label: "others", Share: 0.0008, Value: "<0.1 %", Note: "6"},
		},
		Facts: []part.Fact{
			{Name: "Public key", Value: nodeKey, Code: true, Copy: true}, {Name: "Name", Value: Hostile, Alien: true}, {Name: "Received", When: &part.Moment{ISO: noon().ISO, Text: noon().Text, Full: noon().Full}},
			{Name: "SNR", Value: "+6.5 dB", Note: "n=318 · 7 d · 20 s old"}, {Name: "Observer", Value: "Rooftop", Href: "/style"}, {Name: "Battery"},
		},
		Grid: grid, Rows: []ui.NodeRow{nodeRow("Ridge"), nodeRow("Bald Peak")}[:1], Packets: []ui.PacketRow{packetRow(1), packetRow(2)},
		Posts: samplePosts("Ann", "good morning"),
		Chips: []part.Chip{
			{Name: "type", Value: "Advert", Without: "/style"}, {Name: "region", Value: "SEA", Without: "/style"}, {Name: "window", Value: "does not apply here", Without: "/style", Ignored: true},
		},
		Pick: ui.Pick{Name: "State", Choices: []ui.Choice{
			{Label: "all", Count: "237", Href: "/style", On: true}, {State: &states[0], Count: "219", Href: "/style"}, {Mark: &roles[3], Count: "7", Href: "/style"},
		}},
		Options: []ui.Option{{Value: "", Label: "System", On: true}, {Value: "light", Label: "Light"}, {Value: "dark", Label: "Dark"}},
		Banners: []ui.Banner{
			{Tone: "demo", Title: "Simulated mesh.", Text: "Everything on this page is made up for a demonstration."},
			{Tone: "busy", Title: "Loading history: 12 MB of 50 MB (24 %)", Meter: &ui.Meter{Value: "24", Max: "100"}},
			{Tone: "warn", Title: "The clock is not certain.", Text: "What arrives waits in memory.", Action: &ui.Link{Text: "See the clock", Href: "/system#clock"}},
			{Tone: "bad", Title: "What arrives is not being saved.", Text: "The disk is full.", Action: &ui.Link{Text: "See the disk", Href: "/system#disk"}},
		},
		Progress: part.Progress{What: "The list of nodes", Text: "Loading history: 1,240,000 of 5,000,000 receptions (24 %)", Value: "1240000", Max: "5000000"},
		Unknown:  part.Progress{What: "The list of channels", Text: "Reading the first file"},
		Ways:     []part.Way{{Text: "418 without region", Href: "/style"}, {Text: "12,345 without all", Href: "/style"}},
		Paging:   ui.Paging{Say: "101–200 of 1,234", First: "/style", Before: "/style", After: "/style"},
	}
}

func wave(n int, f func(x float64) float64) (out []float64) {
	for i := range n {
		out = append(out, f(float64(i)))
	}
	return out
}

func daily(x float64) float64 { return 120 + 90*math.Sin((x-9)*math.Pi/12) + 14*math.Sin(x*2.1) }

func styleFigures() []part.Figure {
	day := &part.Spark{Title: "Packets by hour, the last 24 h", Values: wave(24, daily), First: "24 h ago", Last: "now", Open: true}
	deaf := &part.Spark{Title: "Receptions by hour, the last 24 h", Values: wave(24, func(x float64) float64 {
		if x >= 8 && x < 11 {
			return 0
		}
		return daily(x)
	}), First: "24 h ago", Last: "now", Deaf: []part.Deaf{{From: 8.0 / 24, To: 11.0 / 24, Reason: "20:05 to 23:01: this machine was off"}}}
	return []part.Figure{
		{Label: "Packets", Value: "7,806", Note: "last 24 h", Href: "/style", Spark: day},
		{Label: "Receptions", Value: "1.2 M", Exact: "1,234,567", Note: "last 24 h · ×3.6 a packet", Spark: deaf},
		{Label: "Nodes", Value: "235", Note: "217 active", Of: new(217.0 / 235)},
		{Label: "Observers", Value: "60", Note: "0 delivering", Of: new(0.0)},
		{Label: "SNR, mean", Value: "+4.2 dB", Note: "n=318 · 7 d · 20 s old"},
		{Label: "Noise floor", Value: "—", Note: "none was sent"},
	}
}

func styleCharts() []part.Chart {
	return []part.Chart{
		{Spark: part.Spark{Title: "Packets an hour", Values: wave(48, daily), Open: true, Marks: []part.Mark{{At: 0.62, Reason: "restarted before 05:10"}}, Deaf: []part.Deaf{{From: 0.4, To: 0.47, Reason: "21:10 to 00:40: this machine was off"}, {From: 0.8, To: 0.81, Reason: "16:02 to 16:20: messages came too fast"}}},
			Kind: "columns", Size: "m", High: 240, Scale: []part.Tick{{At: 100, Text: "100"}, {At: 200, Text: "200"}}, Labels: []string{"Wed 00:00", "12:00", "Thu 00:00", "12:00", "now"},
			Figure: "5,760", Note: "48 h · n=5,760", Shown: true},
		{Spark: part.Spark{Title: "Battery", Values: wave(60, func(x float64) float64 {
			if x > 25 && x < 31 {
				return math.NaN()
			}
			return 3.9 + 0.15*math.Sin(x/9)
		}), First: "24 h ago", Last: "now"},
			Kind: "line", Size: "m", Low: 3.4, High: 4.2, Scale: []part.Tick{{At: 3.5, Text: "3.5 V"}, {At: 4, Text: "4.0 V"}}, Figure: "3.92 V", Note: "n=54 · a gap where none was sent", Shown: true},
		{Spark: part.Spark{Title: "SNR of receptions", Values: []float64{1, 4, 9, 22, 41, 68, 92, 88, 61, 35, 18, 9, 3}}, Kind: "columns", Size: "m",
			Labels: []string{"−12", "−6", "0", "+6", "+12 dB"}, Figure: "+1.4 dB", Note: "mean · n=451 · bins of 2 dB", Shown: true},
	}
}

func styleHeat() part.Heat {
	return part.Heat{Title: "Activity by hour of day", Values: wave(24, daily), First: "00:00", Last: "23:00", Deaf: []part.Deaf{{From: 3.0 / 24, To: 4.0 / 24, Reason: "03:00 to 04:00: its source was not connected"}}}
}

func morePages() []Page {
	settings := ui.SettingsPage{
		Theme:    []ui.Option{{Label: "System", On: true}, {Value: "light", Label: "Light"}, {Value: "dark", Label: "Dark"}},
		Contrast: []ui.Option{{Label: "System", On: true}, {Value: "more", Label: "More"}},
		Density:  []ui.Option{{Label: "Comfortable", On: true}, {Value: "compact", Label: "Compact"}},
		Times:    []ui.Option{{Label: "3 min ago", On: true}, {Value: "clock", Label: "12:04:11"}},
		Units:    []ui.Option{{Label: "Auto", On: true}, {Value: "km", Label: "km"}, {Value: "mi", Label: "miles"}},
		Zones:    []ui.Option{{Label: "As the browser", On: true}, {Value: "UTC", Label: "UTC"}},
		Sample:   []part.Fact{{Name: "Distance", Value: "12.4 km"}},
	}
	kept := settings
	kept.Saved, kept.Browser = true, "Europe/Berlin"
	for i, name := range []string{"Ridge", Hostile} {
		kept.Stars = append(kept.Stars, ui.StarRow{Key: fmt.Sprintf("%016x", i), Name: part.Named{Text: name, Href: "/nodes/" + nodeKey}, Mark: repeater()})
	}
	kept.Stars = append(kept.Stars, ui.StarRow{Key: "00112233aabbccdd", Name: part.Named{Text: "00112233…", Code: true}, Note: "not known here"})
	quiet := part.State{Tone: part.Quiet, Word: "silent"}
	kept.Stars = append(kept.Stars,
		ui.StarRow{Kind: "channel", Key: Hostile, Icon: "i-channels", Name: part.Named{Text: Hostile, Href: "/channels/x"}, Count: "12 new", When: noon()},
		ui.StarRow{Kind: "observer", Key: "A1", Icon: "i-observers", Name: part.Named{Text: "Rooftop", Href: "/observers/A1"}, State: &quiet, When: noon()})
	kept.Moved = ui.Moved{Link: "http://hilltop.lan/settings?set=theme%3Ddark", Set: "theme=dark", Offer: []part.Fact{{Name: "Theme", Value: "dark"}, {Name: "Starred nodes", Value: "2"}}}
	found := ui.SearchPage{Asked: Hostile, Groups: []ui.FoundGroup{
		{Title: "Nodes", Rows: []ui.Found{{Text: Hostile, Href: "/nodes/" + nodeKey, Note: "repeater · a3f1c2d3"}}, More: "All 12 nodes", Href: "/nodes?q=x"},
		{Title: "Packets", Rows: []ui.Found{{Text: "3f2a000000000001", Href: "/packets/3f2a000000000001", Note: "Channel Msg", Code: true}}},
	}}
	return []Page{
		{"settings", ui.Settings(settings)},
		{"settings-kept", ui.Settings(kept)},
		{"help", ui.Help(ui.HelpPage{Types: []part.Type{channelMsg()}, Roles: []part.RoleMark{repeater()}, Nodes: []ui.Meaning{{State: part.State{Tone: part.Good, Word: "active"}, Means: "heard within 24 h"}}})},
		{"search", ui.SearchResults(ui.SearchPage{})},
		{"search-found", ui.SearchResults(found)},
		{"search-nothing", ui.SearchResults(ui.SearchPage{Asked: Hostile})},
		{"style", ui.Style(Style())},
	}
}
