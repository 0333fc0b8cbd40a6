package ui

import "hilltop/ui/part"

// StylePage shows the design system: every part in every state.
type StylePage struct {
	Types     []part.Type
	Roles     []part.RoleMark
	States    []part.State
	Name      part.Named
	Foreign   part.Named // hostile
	Hops      []part.HopName
	Moment    part.Moment
	Figures   []part.Figure
	Charts    []part.Chart
	Bars      []part.Bar
	Heat      part.Heat
	Facts     []part.Fact
	Grid      part.Grid
	Rows      []NodeRow
	Packets   []PacketRow
	Posts     []ChannelMessage
	Chips     []part.Chip
	Pick      Pick
	Options   []Option
	Banners   []Banner
	Progress  part.Progress
	Unknown   part.Progress // how far is not known
	Ways      []part.Way
	Paging    Paging
	Pages     []StateLink
	PageCount string
}

// StateLink leads to a page in one of its states.
type StateLink struct{ Name, Href string }

// Palette is colours that belong together, by the names of their tokens.
type Palette struct {
	Title  string
	Tokens []string
}

// Palettes are all colours of the style sheet.
func Palettes() []Palette {
	return []Palette{
		{"Grounds", []string{"ground", "surface", "raised", "sunken"}},
		{"Lines", []string{"hair", "line", "edge"}},
		{"Text", []string{"text", "text-soft", "text-faint"}},
		{"Accent", []string{"accent", "accent-strong", "accent-ground", "accent-line", "on-accent", "beacon", "focus"}},
		{"States", []string{"good", "warn", "warn-ground", "off", "bad", "bad-ground", "on-bad"}},
		{"Payload families", []string{"identity", "identity-ground", "message", "message-ground", "exchange", "exchange-ground", "control", "control-ground", "trace", "trace-ground"}},
		{"Charts", []string{"chart", "chart-soft", "chart-grid", "deaf", "heat-0", "heat-1", "heat-2", "heat-3", "heat-4"}},
		{"Roles", []string{"role-ink", "role-repeater", "role-companion", "role-room", "role-sensor", "role-other"}},
		{"Who writes", []string{"who-1", "who-2", "who-3", "who-4", "who-5", "who-6", "who-7", "who-8"}},
		{"Bytes", []string{"byte-red", "byte-orange", "byte-yellow", "byte-green", "byte-teal", "byte-blue", "byte-purple", "byte-grey"}},
	}
}

// icons are the symbols of the sprite that stand for things and actions.
func icons() []string {
	return []string{
		"home", "packets", "channels", "nodes", "observers", "system", "settings", "help", "more", "search", "dark", "light",
		"star", "copy", "filter", "close", "back", "next", "warn", "info", "lock", "out",
	}
}
