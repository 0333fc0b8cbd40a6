package sample

import (
	"fmt"
	"strings"

	"hilltop/ui"
	"hilltop/ui/part"
)

func packetPages() []Page {
	return []Page{
		{"packets-empty", ui.Packets(ui.PacketsPage{Live: true, Nothing: &ui.PacketsNothing{
			Title: "No packet received yet", Text: "The first one appears here by itself.",
			Ways: []part.Way{{Text: "State of the sources", Href: "/system"}},
		}})},
		{"packets-usual", ui.Packets(packetsUsual())},
		{"packets-nothing", ui.Packets(packetsNothing())},
		{"packets-receptions", ui.Packets(packetsReceptions())},
		{"packets-extreme", ui.Packets(packetsExtreme())},
		{"packets-hostile", ui.Packets(packetsHostile())},
		{"packet-usual", ui.PacketDetail(packetUsual())},
		{"packet-locked", ui.PacketDetail(packetLocked())},
		{"packet-sealed", ui.PacketDetail(packetSealed())},
		{"packet-direct", ui.PacketDetail(packetDirect())},
		{"packet-trace", ui.PacketDetail(packetTrace())},
		{"packet-extreme", ui.PacketDetail(packetExtreme())},
		{"packet-hostile", ui.PacketDetail(packetHostile())},
		{"packet-missing", ui.PacketNotHeld(ui.PacketMissing{Asked: "3f2a000000000000", Text: "No packet held has this hash.", Near: []ui.PacketRow{packetRow(1)}})},
		{"packet-choice", ui.PacketChoices(ui.PacketChoice{Asked: "3f2a", More: "2 packets", Rows: []ui.PacketRow{packetRow(1), packetRow(2)}})},
	}
}

func at(second int) part.Moment {
	text := fmt.Sprintf("14:30:%02d", second)
	return part.Moment{ISO: "2026-05-01T" + text + ".250Z", Text: text, Full: "2026-05-01 " + text + ".250 UTC"}
}

func channelMsg() part.Type {
	return part.Type{Word: "Channel Msg", Family: "message", Means: "Text to everybody who has the channel's key"}
}

func heardPath() ui.PathCell {
	return ui.PathCell{Kind: "heard", Hops: []part.HopName{{Hex: "A3", Name: "Beacon Hill", Href: "/nodes/a3"}, {Hex: "7F"}}}
}

func packetRow(n int) ui.PacketRow {
	return ui.PacketRow{
		ID: fmt.Sprintf("p%d", n), At: fmt.Sprint(int64(1_777_645_800_000) + int64(n)), Href: fmt.Sprintf("/packets/3f2a0000000000%02x", n), Hash: "3f2a0000",
		Stripe: "hsl(88 70% 50%)", When: at(n), Type: channelMsg(), Route: "flood", Size: "62 B", Width: "1 B",
		Observer: part.Named{Text: "Rooftop", Href: "/observers/AB"}, Others: "and 1 more", Regions: []string{"SEA", "PDX"}, Signal: "+6.5 dB",
		Path: heardPath(), Copies: "×2", Say: ui.Preview{Tag: "#test", TagHref: "/channels/%23test", Who: part.Named{Text: "Ann"}, Text: "good morning"},
		Unfold: "/packets?hash=3f2a000000000001&open=1",
		Receptions: []ui.ReceptionLine{
			{Href: "/packets/3f2a?obs=1.0", When: at(n), Delay: "first", Observer: part.Named{Text: "Rooftop"}, Region: "SEA", SNR: "+6.5 dB", RSSI: "−97 dBm", Path: heardPath()},
			{Href: "/packets/3f2a?obs=1.1", When: at(n), Delay: "+1.2 s", Observer: part.Named{Text: "Garage"}, Region: "PDX", SNR: "—", RSSI: "—", Path: heardPath(), Late: "late +5 h"},
		},
	}
}

// packetHead is the head over rows, in order of their SNR.
func packetHead() []ui.HeadCell {
	order := func(label, sorted string) part.Column {
		return part.Column{Label: label, Href: "/packets?sort=" + strings.ReplaceAll(strings.ToLower(label), " ", "-"), Sorted: sorted}
	}
	return []ui.HeadCell{
		{order("Copies", "")}, {order("Received", ""), {Label: "Hash"}}, {order("Type", ""), {Label: "Route"}, order("size", ""), order("hop width", "")},
		{order("First received by", ""), order("Regions", ""), order("SNR", "descending")}, {{Label: "What it says"}, order("Path", "")},
	}
}

// packetOrders are the orders of these heads.
func packetOrders() (out []part.Column) {
	for _, cell := range packetHead() {
		for _, c := range cell {
			if c.Href != "" {
				out = append(out, c)
			}
		}
	}
	return out
}

func packetMix() *ui.PacketMix {
	parts := []ui.MixPart{
		{Type: channelMsg(), Count: "10,000", Percent: "81 %", Href: "/packets?type=5", X: "0", Width: "81"},
		{Type: part.Type{Word: "Trace", Family: "trace"}, Count: "2,345", Percent: "19 %", Href: "/packets?type=9", X: "81", Width: "19"},
	}
	return &ui.PacketMix{Parts: parts}
}

func packetsUsual() ui.PacketsPage {
	single := packetRow(3)
	single.Receptions, single.Unfold, single.Copies, single.Others = nil, "", "×1", ""
	single.Path = ui.PathCell{Kind: "ahead", Lead: "still to go", Hops: []part.HopName{{Hex: "5C"}}}
	single.Say = ui.Preview{Note: "20 → FD"}
	trace := packetRow(4)
	trace.Width, trace.Path = "", ui.PathCell{Kind: "trace", Lead: "SNR", Hops: []part.HopName{{Hex: "+5.25 dB"}}}
	locked := packetRow(5)
	locked.Receptions, locked.More, locked.MoreHref = nil, "all 2 receptions", locked.Href
	locked.Scope, locked.Say = "#portland", ui.Preview{Tag: "94", Locked: true, Note: "no key"}
	return ui.PacketsPage{
		Count: "5 of 12,345 packets held", Live: true, Older: "/packets?after=1-2",
		Views: []ui.Pick{{Name: "Rows", Choices: []ui.Choice{{Label: "packets", Href: "/packets", On: true}, {Label: "receptions", Href: "/packets?view=receptions"}}}},
		Mix:   packetMix(), Head: packetHead(), Orders: packetOrders(),
		Filter: ui.PacketFilter{
			Types:   []ui.FilterOption{{Value: "5", Label: "Channel Msg", Badge: &part.Type{Word: "Channel Msg", Family: "message"}}},
			Regions: []ui.FilterOption{{Value: "SEA", Label: "SEA"}}, Observers: []ui.FilterOption{{Value: "AB", Label: "Rooftop"}},
			Time: ui.TimeFields{Windows: []ui.FilterOption{{Value: "1h", Label: "1h"}}, Zone: "UTC"}, Routes: []ui.FilterOption{{Value: "1", Label: "flood"}},
			Widths: []ui.FilterOption{{Value: "1", Label: "1 B", On: true}, {Value: "2", Label: "2 B"}}, SNRFrom: "-7.25",
			Channels: []ui.FilterOption{{Value: "#test", Label: "#test"}}, NodeName: "node", NodeLabel: "Node that sent or relayed",
		},
		Rows: []ui.PacketRow{packetRow(1), packetRow(2), single, trace, locked},
	}
}

// packetsReceptions has a row for each reception.
func packetsReceptions() ui.PacketsPage {
	r := packetRow(1)
	r.Each, r.Copies, r.Others, r.Unfold, r.Receptions, r.Signal, r.Regions = true, "+1.2 s", "", "", nil, "+6.5 dB", []string{"SEA"}
	return ui.PacketsPage{Count: "1 of 2 receptions of 1 packet", Each: true, Rows: []ui.PacketRow{r}, Pages: &ui.Paging{Say: "1–1 of 2", After: "/packets?page=2"}}
}

func packetsNothing() ui.PacketsPage {
	return ui.PacketsPage{
		Count:   "0 shown · 0 match, of 12,345 packets held",
		Loading: "Complete for the last 31 h.",
		Filter: ui.PacketFilter{
			Chips: []part.Chip{{Name: "hash", Value: "3f…", Without: "/packets?type=4"}, {Name: "type", Value: "Advert", Without: "/packets?hash=3f", Ignored: true}, {Name: "region", Value: "ZZZ", Note: "not known here", Without: "/packets"}},
			Clear: "/packets", Ignored: "A search by hash looks at every packet held: the other filters do not count.",
			Hash: "3f", NodeName: "via", NodeLabel: "Node that certainly relayed", Node: "Nobody", Keep: []ui.Kept{{Name: "n", Value: "200"}},
			Time: ui.TimeFields{Windows: []ui.FilterOption{{Value: "1h", Label: "1h", On: true}}, From: "2026-05-01T00:00", To: "2026-05-02T00:00", Zone: "UTC"},
		},
		Nothing: &ui.PacketsNothing{Title: "0 of 12,345 packets", Text: "The filter takes all of them away.", Ways: []part.Way{{Text: "any type: 34", Href: "/packets"}}},
		Newest:  "/packets?type=4",
	}
}

// packetsExtreme has the longest path, the most regions and the longest text
// that a packet can have.
func packetsExtreme() ui.PacketsPage {
	r := packetRow(1)
	for i := range 57 {
		r.Path.Rest = append(r.Path.Rest, part.HopName{Hex: fmt.Sprintf("%02X", i), Name: strings.Repeat("Mount Rainier ", 3)})
	}
	r.Path.More = "and 998 more paths"
	r.Copies, r.More, r.MoreHref = "×12,345", "all 12,345 receptions", r.Href
	r.Regions = []string{"SEA", "PDX", "+17"}
	r.Say.Text = strings.Repeat("wide", 40) + "…"
	r.Late = "late +12 d"
	r.Signal = "−31.75 dB"
	return ui.PacketsPage{Count: "1 of 9,999,999 packets held", Head: packetHead(), Orders: packetOrders(), Rows: []ui.PacketRow{r}, Older: "/packets?after=1-2", OlderSay: "Older packets"}
}

func packetsHostile() ui.PacketsPage {
	r := packetRow(1)
	r.Observer, r.Regions, r.Scope = part.Named{Text: Hostile, Href: "/observers/%3Cscript%3E", Hint: Hostile}, []string{Hostile}, Hostile
	r.Path.Hops[0].Name = Hostile
	r.Say = ui.Preview{Tag: Hostile, TagHref: "/channels/x", Who: part.Named{Text: Hostile}, Text: Hostile, Role: repeater(), Note: Hostile}
	r.Receptions[0].Observer.Text, r.Receptions[0].Region = Hostile, Hostile
	return ui.PacketsPage{Rows: []ui.PacketRow{r}, Filter: ui.PacketFilter{
		Chips: []part.Chip{{Name: "region", Value: Hostile, Without: "/packets?region=%3Cscript%3E"}}, Hash: Hostile, Time: ui.TimeFields{From: Hostile}, Node: Hostile, Channels: []ui.FilterOption{{Value: Hostile, Label: Hostile, On: true}},
		Regions: []ui.FilterOption{{Value: Hostile, Label: Hostile, On: true}},
	}}
}

func packetUsual() ui.PacketPage {
	first, second := at(1), at(2)
	return ui.PacketPage{
		Link: "/packets/3f2a91c4d7e05b18", LinkHere: "/packets/3f2a91c4d7e05b18?obs=7.2",
		Hash: "3f2a000000000001", Stripe: "hsl(88 70% 50%)", Type: channelMsg(), Summary: "flood · 2 hops · 2 copies", Fresh: true,
		Message: &ui.MessageBlock{Channel: "#test", Href: "/channels/%23test", Sender: "Ann", Text: "good morning", Facts: "2 hops · +6.5 dB"},
		Facts: []part.Fact{
			{Name: "Route", Value: "flood", Note: "every relay repeats it"}, {Name: "Received", When: &first},
			{Name: "Observer", Value: "Rooftop", Href: "/observers/AB", Alien: true}, {Name: "Key", Value: "a3b4", Code: true},
		},
		Clocks: []ui.ClockRow{
			{Name: "received", Whose: "this machine", When: first, Differ: "0.1 s later"},
			{Name: "claimed", Whose: "the observer", When: second, Stands: true},
			{Name: "sent", Whose: "the sender", Text: "1970-01-01 00:00:10.000 UTC: the clock is not set"},
		},
		Spread:   []part.Fact{{Name: "Copies", Value: "2", Note: "receptions by 2 observers"}, {Name: "Spread", Value: "≤ 1 s"}},
		Episodes: []string{"1: 2026-05-01 14:30:01.250 UTC, 1 copy", "2: 2026-05-01 15:30:01.250 UTC, 1 copy"},
		Selected: "Reception 1 of 2", Next: "/packets/3f2a000000000001?obs=1.1",
		Receptions: []ui.ReceptionRow{
			{Number: "1", Href: "?obs=1.0", Selected: true, When: first, Delay: "first", Observer: part.Named{Text: "Rooftop", Href: "/observers/AB"}, Region: "SEA", Hops: "2", SNR: "+6.5 dB", Bars: 4, Margin: "16.5 dB above the limit of SF8", RSSI: "−97 dBm", Score: "0.86", Path: heardPath(), Episode: "1"},
			{Number: "2", Href: "?obs=1.1", When: second, Delay: "+1.0 s", Observer: part.Named{Text: "Garage"}, Hops: "2", SNR: "—", RSSI: "—", Score: "—", Path: heardPath(), Late: "late +5 h", Episode: "2"},
		},
		Tree: []ui.TreeLine{
			{Origin: true}, {Depth: 1, Hops: []part.HopName{{Hex: "A3", Name: "Beacon Hill"}, {Hex: "7F"}}, Heard: []ui.TreeHeard{{Observer: part.Named{Text: "Rooftop"}, SNR: "+6.5 dB", Href: "?obs=1.0", Selected: true}}},
			{Depth: 1, Hops: []part.HopName{{Hex: "12"}}, Heard: []ui.TreeHeard{{Observer: part.Named{Text: "Garage"}, Href: "?obs=1.1"}}},
		},
		Relayed: &ui.RelayedBlock{Note: "hop by hop, of the selected reception", Text: "Names were decided at 2026-05-01 14:30:16.250 UTC. The evidence is as it stands now.",
			Hops: []ui.RelayedHop{
				{Number: "1", Hop: part.HopName{Hex: "A3", Name: "Beacon Hill"}, Verdict: "named, 98 %", Candidates: []ui.RelayCandidate{
					{Who: part.Named{Text: "Beacon Hill", Href: "/nodes/A3"}, P: "98 %", Evidence: []ui.RelayEvidence{
						{Text: "heard by this observer in 40 of 120 packets, 12 of them certain;", About: part.Named{Text: "Rooftop", Href: "/observers/AB"}, Odds: "for it, 30 to 1"}}},
					{Who: part.Named{Text: "someone nobody knows"}, P: "2 %"}}},
				{Number: "2", Hop: part.HopName{Hex: "7F"}, Verdict: "ambiguous", Candidates: []ui.RelayCandidate{{Who: part.Named{Text: "7F01…", Code: true}, Note: "known by longer hops alone", P: "55 %"}}},
			}},
		TreeNote: "2 paths of 2 flooded copies on 2 observers.",
		Legend:   []ui.HexMark{{Class: "header", Name: "Header", Bytes: "1 B"}, {Class: "payload", Name: "Encrypted", Bytes: "3 B"}},
		Dump:     []ui.HexLine{{Offset: "0000", ASCII: ".AB", Cells: []ui.HexRun{{Class: "header", Title: "header", Field: "f0", Bytes: "15"}, {Class: "payload", Bytes: "41 42"}}}},
		HexNote:  "The bytes that Rooftop received, 3 bytes.", Raw: "154142",
		Fields: []ui.FieldRow{
			{ID: "f0", Class: "header", Head: "Header", Offset: "0", Length: "1 B", Name: "header", Value: "15", Code: true, Note: "GRP_TXT, FLOOD", Bits: []ui.BitRow{{Bits: "......01", Name: "route", Value: "1 FLOOD"}}},
			{ID: "f1", Class: "payload", Offset: "1", Length: "2 B", Name: "ciphertext", Value: "4142", Code: true},
		},
		Plain: []ui.FieldRow{{Class: "name", Head: "Text", Offset: "5", Length: "12 B", Name: "text", Value: "Ann: good morning"}},
		JSON:  "{\n  \"hash\": \"3F2A000000000001\"\n}", Back: "/packets",
	}
}

// packetSealed is one that a key of the browser may open.
func packetSealed() ui.PacketPage {
	p := packetLocked()
	m := *p.Message
	m.Sealed = &ui.Sealed{Payload: "94c3d1354d619bae9590e4d177db7eeaf982f5", Crypto: "/c.js"}
	p.Message, p.Plain = &m, nil
	return p
}

func packetLocked() ui.PacketPage {
	p := packetUsual()
	p.Fresh, p.Plain, p.Tree, p.Episodes, p.Relayed = false, nil, nil, nil, nil
	p.Message = &ui.MessageBlock{Locked: true, Channel: "channel with hash byte 94", Why: "Locked: no key here has the hash byte 94."}
	return p
}

func packetDirect() ui.PacketPage {
	p := packetUsual()
	p.Message, p.Tree = nil, nil
	p.Type = part.Type{Word: "Request", Family: "exchange"}
	p.Line = []part.Fact{
		{Name: "from", Value: "20", Code: true, Href: "/reports/identity?prefix=20", Note: "first byte of the sender's key: who may have it"},
		{Name: "to", Value: "FD", Code: true, Href: "/reports/identity?prefix=FD", Note: "first byte of the recipient's key: who may have it"},
	}
	p.Say = ui.Preview{Note: "20 → FD"}
	p.Direct = &ui.DirectBlock{Text: "A direct packet: its path is the route still to go (1 relay).", Path: ui.PathCell{Kind: "ahead", Lead: "still to go", Hops: []part.HopName{{Hex: "5C"}}}}
	return p
}

func packetTrace() ui.PacketPage {
	p := packetUsual()
	p.Message, p.Tree = nil, nil
	p.Type = part.Type{Word: "Trace", Family: "trace"}
	p.Say = ui.Preview{Note: "tag 93584318, route 5C → A3"}
	p.Trace = &ui.TraceBlock{Text: "1 of 2 hops of the planned route done.", Legs: []ui.TraceLeg{
		{Hop: part.HopName{Hex: "5C", Name: "Ridge", Href: "/nodes/5c", Sure: "certain", Why: "no other known key begins so"}, SNR: "+5.25 dB", Done: true}, {Hop: part.HopName{Hex: "A3"}},
	}, Stages: []ui.TraceStage{{Text: "0", Href: "/packets/1"}, {Text: "1", Here: true, Href: "/packets/2", Hint: "packet 2: 1 hop done"}}, List: "/traces?q=93584318"}
	return p
}

// packetExtreme has the most that the air allows, and a reception that is gone.
func packetExtreme() ui.PacketPage {
	p := packetUsual()
	p.Missing = "The reception in this address is not held any more; the first one is shown."
	p.Alerts = []string{"A trace that was sent as a flood: the firmware does not process it.", "The payload cannot be read: payload too short at byte 12."}
	p.Raw = strings.Repeat("FF", 254)
	p.Message.Text = strings.Repeat("wide", 40)
	for i := range 63 {
		p.Tree = append(p.Tree, ui.TreeLine{Depth: min(i, 8), Hops: []part.HopName{{Hex: fmt.Sprintf("%02X", i)}}})
	}
	return p
}

func packetHostile() ui.PacketPage {
	p := packetUsual()
	p.Summary, p.Alerts = "flood · scope "+Hostile, []string{Hostile}
	p.Line = []part.Fact{{Name: "from", Value: Hostile, Href: "/nodes/a3", Alien: true}}
	p.Message = &ui.MessageBlock{Channel: Hostile, Sender: Hostile, Text: Hostile}
	p.Facts = []part.Fact{{Name: "Observer", Value: Hostile, Alien: true, Note: Hostile}}
	p.Receptions[0].Observer, p.Receptions[0].Region = part.Named{Text: Hostile, Href: "/observers/x"}, Hostile
	p.Tree[1].Heard[0].Observer.Text, p.Tree[1].Hops[0].Name = Hostile, Hostile
	p.Fields[1].Value, p.Fields[1].Note, p.Fields[1].Code = Hostile, Hostile, false
	p.JSON, p.HexNote = Hostile, Hostile
	return p
}
