package sample

import (
	"slices"
	"strings"

	"hilltop/ui"
	"hilltop/ui/part"
)

func toolsPages() []Page {
	return []Page{
		{"tools-empty", ui.Tools(toolsEmpty())},
		{"tools-frame", ui.Tools(toolsOne(toolsFrame()))},
		{"tools-refused", ui.Tools(toolsOne(ui.ToolsFrame{Error: &ui.ToolsError{Text: "Character 3, after 1 byte: not a hex digit.", Before: "15", At: "z", After: "z"}}))},
		{"tools-many", ui.Tools(toolsMany())},
		{"tools-key", ui.Tools(toolsKeyed())},
		{"tools-hostile", ui.Tools(toolsHostile())},
	}
}

func toolsEmpty() ui.ToolsPage {
	return ui.ToolsPage{
		Form: ui.ToolsForm{
			Presets:  []ui.FilterOption{{Value: "EU/UK narrow", Label: "EU/UK narrow (SF8, 62.5 kHz, CR 4/8)", On: true}, {Value: "Australia", Label: "Australia (SF10, 250 kHz, CR 4/5)"}},
			Limits:   "At most 50 lines at once.",
			Examples: []part.Way{{Text: "a text in Public", Href: "/tools?hex=1500"}, {Text: "a trace", Href: "/tools?hex=2602"}},
		},
		Airtime: ui.ToolsAirtime{Bytes: "64", Rows: []ui.AirtimeRow{
			{Name: "EU/UK narrow", Freq: "869.618 MHz", SF: "8", BW: "62.5 kHz", CR: "4/8", Time: "738.3 ms", On: true},
			{Name: "8/62.5/5", Freq: "—", SF: "8", BW: "62.5 kHz", CR: "4/5", Time: "492.5 ms"},
		}},
	}
}

// toolsFrame is a channel's text that a key has opened.
func toolsFrame() ui.ToolsFrame {
	p := packetUsual()
	return ui.ToolsFrame{
		Line: "Line 1", Type: p.Type, Summary: "flood · 2 hops", Message: p.Message, Say: ui.Preview{Tag: "#test", Who: part.Named{Text: "Ann"}, Text: "good morning"},
		Facts:  []part.Fact{{Name: "Hash", Value: "3f2a000000000001", Code: true, Href: "/packets/3f2a000000000001"}, {Name: "Time on air", Value: "508.9 ms"}},
		Legend: p.Legend, Dump: p.Dump, Raw: p.Raw, Fields: p.Fields, Plain: p.Plain, JSON: p.JSON, Bytes: "3 bytes",
	}
}

func toolsOne(f ui.ToolsFrame) ui.ToolsPage {
	p := toolsEmpty()
	p.Form.Frames, p.Form.Examples = "154142", nil
	p.Frames = []ui.ToolsFrame{f}
	return p
}

func toolsMany() ui.ToolsPage {
	p := toolsOne(toolsFrame())
	p.Alerts = []string{"The first 50 lines are decoded; 10 lines are left out."}
	p.Form.Channels, p.Form.Keys, p.Form.Regions, p.Form.Open = "#test", "friends=00112233445566778899AABBCCDDEEFF", "#europe", true
	first, refused, wrong, link := toolsFrame(), toolsFrame(), ui.ToolsFrame{Line: "Line 4", Error: &ui.ToolsError{Text: "Character 1, after 0 bytes: not a hex digit.", At: "z", After: "z"}}, ui.ToolsFrame{}
	first.ID, first.Alone = "l1-", "/tools?hex=154142"
	refused.ID, refused.Line, refused.Message = "l2-", "Line 2", nil
	refused.Type, refused.Summary, refused.Alerts = part.Type{Word: "Refused", Family: "control"}, "a radio drops this frame", []string{"A radio drops this frame: truncated path at byte 4."}
	refused.Say, refused.Fields = ui.Preview{Note: "truncated path at byte 4"}, slices.Clone(refused.Fields[:1])
	refused.Fields[0].ID = "l2-f0"
	wrong.ID = "l3-"
	link.ID, link.Line, link.LinkNote, link.Say = "l4-", "Line 5", "Link of a contact", ui.Preview{Who: part.Named{Text: "Beacon Hill"}}
	link.Facts = []part.Fact{{Name: "Name", Value: "Beacon Hill", Alien: true}, {Name: "Role", Value: "repeater"}}
	p.Frames = []ui.ToolsFrame{first, refused, wrong, link}
	return p
}

func toolsKeyed() ui.ToolsPage {
	p := toolsEmpty()
	p.Form.Derive = "test"
	p.Key = &ui.ToolsKey{Facts: []part.Fact{
		{Name: "Name", Value: "#test", Alien: true}, {Name: "Channel key", Value: "9CD8FCF22A47333B591D96A2B848B73F", Code: true, Copy: true},
		{Name: "Hash byte", Value: "D9", Code: true},
	}}
	return p
}

func toolsHostile() ui.ToolsPage {
	p := toolsMany()
	end := "</textarea>" + Hostile
	p.Form.Frames, p.Form.Channels, p.Form.Keys, p.Form.Regions, p.Form.Derive = end, end, end, end, "\">"+Hostile
	p.Alerts = []string{Hostile}
	f := &p.Frames[0]
	f.Summary, f.Message, f.Facts = "flood · scope "+Hostile, &ui.MessageBlock{Channel: Hostile, Sender: Hostile, Text: Hostile}, []part.Fact{{Name: "Scope", Value: Hostile, Alien: true}}
	f.Say, f.JSON = ui.Preview{Tag: Hostile, Who: part.Named{Text: Hostile}, Text: Hostile}, Hostile
	f.Fields[1].Value, f.Fields[1].Note, f.Fields[1].Code = Hostile, strings.Repeat("W", 400), false
	p.Frames[2].Error = &ui.ToolsError{Text: "Character 1", Before: Hostile, At: "<", After: Hostile}
	p.Frames[3].Facts = []part.Fact{{Name: "Name", Value: Hostile, Alien: true}}
	return p
}
