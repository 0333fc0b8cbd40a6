package sample

import (
	"strings"

	"hilltop/ui"
	"hilltop/ui/part"
)

func noon() part.Moment {
	return part.Moment{ISO: "2026-05-01T12:04:11.000Z", Text: "12:04:11", Full: "2026-05-01 12:04:11.000 UTC"}
}

const nodeKey = "a3f1c2d3e4f5061728394a5b6c7d8e9f00112233445566778899aabbccddeeff"

func repeater() part.RoleMark { return part.RoleMark{Class: "repeater", Letter: "R", Word: "repeater"} }

func nodeRow(name string) ui.NodeRow {
	return ui.NodeRow{
		ID: "n-" + nodeKey, At: "1777637051000", Name: part.Named{Text: name, Href: "/nodes/" + nodeKey, Hint: nodeKey}, Role: repeater(),
		Key:  ui.KeyMark{Hop: "A3F1", Rest: "c2d3", Full: nodeKey},
		Star: ui.StarMark{Of: "node:" + nodeKey[:16], Name: name}, First: noon(), Scope: "#pnw",
		Advert: noon(), Heard: noon(), Adverts: "12", Position: "yes", State: part.State{Tone: part.Good, Word: "active"},
	}
}

func nodeList(rows ...ui.NodeRow) ui.NodesPage {
	mark := repeater()
	return ui.NodesPage{
		Count: "100 of 1,234 nodes", Rows: rows,
		Picks: []ui.Pick{
			{Name: "Role", Choices: []ui.Choice{{Label: "all", Count: "1,234", Href: "/nodes", On: true}, {Mark: &mark, Count: "300", Href: "/nodes?role=repeater"}}},
			{Name: "State", Choices: []ui.Choice{{Label: "all", Count: "1,234", Href: "/nodes", On: true}, {Label: "○ silent", Count: "0", Href: "/nodes?state=silent"}}},
			{Name: "Last heard", Choices: []ui.Choice{{Label: "ever", Href: "/nodes", On: true}, {Label: "24 h", Count: "830", Href: "/nodes?w=24h"}}},
			{Name: "Region", Choices: []ui.Choice{{Label: "all", Href: "/nodes"}, {Label: "SEA", Href: "/nodes", On: true}, {Label: "YVR", Href: "/nodes?region=SEA,YVR"}}},
		},
		Search: ui.Search{Action: "/nodes", Label: "Name or beginning of a key", Keep: []ui.Kept{{Name: "sort", Value: "name:asc"}}},
		Grid: part.Grid{ID: "nodes", Caption: "Nodes", Live: true, Columns: []part.Column{
			{Label: "Name", Href: "/nodes?sort=name:asc"}, {Label: "State"}, {Label: "Role"}, {Label: "Key"},
			{Label: "Last heard", Href: "/nodes?sort=heard:asc", Sorted: "descending"}, {Label: "Last advert"}, {Label: "Last relayed"}, {Label: "First advert"},
			{Label: "Adverts", Numeric: true}, {Label: "Scope"}, {Label: "Position"},
		}},
		Export: &ui.Export{Say: "All 1,234 nodes that match, as a file:", CSV: "/export/nodes.csv?sort=name:asc", JSON: "/export/nodes.json?sort=name:asc"},
		Pages:  ui.Paging{Say: "101–200 of 1,234", First: "/nodes", Before: "/nodes", After: "/nodes?page=3"},
	}
}

func nodePages() []Page {
	hostile := nodeRow(Hostile)
	hostile.Namesakes = part.Named{Text: "1 of 4", Href: "/nodes?name=%3Cb%3E", Hint: "3 other nodes have this name too"}
	hostile.Clock = "clock 3 h behind"
	hostile.Doubt = "no other node with a position is within 400 km"
	attacked := nodeList(hostile)
	attacked.Search.Value, attacked.Chips, attacked.Clear = Hostile, []part.Chip{{Name: "name or key", Value: Hostile, Without: "/nodes"}}, "/nodes"
	nothing := nodeList()
	nothing.Nothing = &ui.PacketsNothing{Title: "0 of 1,234 nodes", Text: "Nothing matches all filters.", Ways: []part.Way{{Text: "300 without state", Href: "/nodes?role=repeater"}}}
	return []Page{
		{"nodes-empty", ui.Nodes(ui.NodesPage{Empty: "Nodes appear with their first valid advert; rejected so far: 3."})},
		{"nodes", ui.Nodes(nodeList(nodeRow("Ridge")))},
		{"nodes-nothing", ui.Nodes(nothing)},
		{"nodes-hostile", ui.Nodes(attacked)},
		{"node", ui.Node(usualNode())},
		{"node-bare", ui.Node(bareNode())},
		{"node-hostile", ui.Node(hostileNode())},
		{"node-ambiguous", ui.NodeOffer(ui.NodeChoice{Title: "2 nodes have a key that begins so", Text: "More digits tell them apart.", Asked: nodeKey[:8], List: "Nodes with this beginning", Rows: []ui.NodeRow{nodeRow("Ridge"), hostile}})},
		{"node-404", ui.NodeOffer(ui.NodeChoice{Title: "No such node", Text: "No node with this key is known.", Asked: Hostile, Ways: []part.Way{{Text: "All nodes", Href: "/nodes"}}})},
	}
}

func usualNode() ui.NodePage {
	when := noon()
	packet := ui.NodePacket{When: noon(), Type: part.Type{Word: "Advert", Family: "identity", Means: "A node makes itself known, signed"}, Hash: "4d3c2b1a", Href: "/packets/4d3c2b1a00112233", Route: "zero-hop", Width: "2 B", Copies: "1", Observers: "1", By: part.Named{Text: "Beacon", Href: "/observers/BEACON"}, Bars: 2, SNR: "−1.2 dB", RSSI: "−112 dBm"}
	return ui.NodePage{
		Link: "/nodes/" + nodeKey, Short: "/nodes/" + nodeKey[:8],
		Contact: &ui.Contact{URI: "meshcore://contact/add?name=Ridge&public_key=" + nodeKey + "&type=2", Code: "/nodes/" + nodeKey + "/contact.svg"},
		Name:    "Ridge", Role: repeater(), State: part.State{Tone: part.Good, Word: "active"}, StateWhy: "Repeaters and rooms usually advert every 12 to 24 hours.", Observer: "/observers/" + strings.ToUpper(nodeKey), Links: "/nodes/" + nodeKey + "/links",
		Identity: []part.Fact{{Name: "Public key", Value: nodeKey, Code: true, Copy: true}, {Name: "Hop width", Value: "2 B", Note: "in its latest flood advert"}},
		Times:    []part.Fact{{Name: "Last heard", When: &when}, {Name: "Last relayed", When: &part.Moment{}}},
		Figures:  []part.Figure{{Label: "Adverts", Value: "24", Exact: "24", Note: "of all held"}, {Label: "Relayed copies", Value: "1.2 M", Exact: "1,234,567"}},
		Relaying: "Relayed copies are receptions whose heard path has a hop that fits this key alone.",
		Direct:   []ui.DirectRow{{Observer: part.Named{Text: "Beacon", Href: "/observers/BEACON"}, Region: "SEA", Copies: "14", Bars: 3, SNR: "−0.2 dB", Range: "−3.8 to +3.2 dB", Last: noon()}},
		PathsSay: "the latest 1 of 48 paths, by 311 packets",
		Paths:    []ui.NodePath{{Hops: []part.HopName{{Hex: "B7", Name: "Hill", Sure: "certain", Href: "/nodes/" + nodeKey}, {Hex: "A3", Name: "Ridge", Sure: "self"}, {Hex: "0C"}}, Packets: "12", Last: noon(), Sample: "4d3c2b1a", Href: "/packets/4d3c2b1a00112233"}},
		Adverts:  []ui.NodePacket{packet}, Relayed: []ui.NodePacket{packet}, Panels: judged("Ridge"),
	}
}

func bareNode() ui.NodePage {
	return ui.NodePage{
		Name: "a3f1c2d3…", Role: part.RoleMark{Class: "other", Letter: "?", Word: "none"}, State: part.State{Tone: part.Quiet, Word: "silent"},
		DirectNo: "No observer has heard one of its adverts without a relay between.", RelayNo: "It is not known to relay.",
	}
}

func hostileNode() ui.NodePage {
	p := usualNode()
	p.Name, p.FullName, p.NameHint = Hostile, Hostile, "another node has this name too"
	p.Identity = append(p.Identity, part.Fact{Name: "Name", Value: Hostile, Alien: true})
	p.Direct[0].Observer.Text, p.Direct[0].Region = Hostile, Hostile
	p.Panels = judged(Hostile)
	return p
}
