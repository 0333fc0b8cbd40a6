package ui

import (
	"slices"

	"hilltop/ui/part"
)

// HomePage is the box and the mesh in one look.
type HomePage struct {
	Title string
	Note  string
	SetUp *SetUp         // in place of the mesh, until anything has arrived
	Wait  *part.Progress // in place of the mesh, while history is loading
	Mesh  *HomeMesh
	Feeds []FeedLine
	Box   []part.Fact // how this machine is doing; empty while history is loading
	NoFed string      // why there are no feeds
}

// HomeMesh is what is known of the mesh.
type HomeMesh struct {
	Stars        []StarRow // what the viewer has starred
	Figures      []part.Figure
	Roles        []RoleCount
	NodesNote    string
	Observers    []HomeObserver
	ObserversSay string // "8 of 12 deliver"
	Messages     []ChannelMessage
	NoMessages   string
	Relays       []HomeCount    // the busiest
	RelaysWait   *part.Progress // instead of Relays, while they are being counted
	Channels     []HomeCount    // the busiest
}

// HomeCount is something with how much of it there was.
type HomeCount struct {
	Name  part.Named
	Count string
	Share float64 // of the most, 0 to 1
}

// FeedLine is one way in which messages come.
type FeedLine struct {
	Name  string
	Where string // URL or address
	State part.State
	Rate  string
	Last  part.Moment
	Error string // the last one, "" none
}

// RoleCount is how many nodes have a role.
type RoleCount struct {
	Mark   part.RoleMark
	Count  string
	Active string
	Href   string
	Share  float64 // of the most frequent role, 0 to 1
}

// HomeObserver is one observer in short.
type HomeObserver struct {
	Name   part.Named
	Region string
	State  part.State
	Day    string // receptions in the last 24 hours
	Last   part.Moment
	Spark  part.Spark
}

// SetUp says how to point publishers at this machine.
type SetUp struct {
	Host     string
	Broker   string // port; "" when none is open
	Web      string // port
	Here     bool   // the page was asked for on the machine itself
	Since    part.Moment
	Recipes  []Recipe
	Check    string // command that sends a first message
	Demo     string // command that starts the demo beside this
	BadPort  string // why the broker's port is not open
	NoBroker bool   // no port is wanted
}

// Recipe is how one publisher is pointed here.
type Recipe struct {
	Name  string
	Where string // file or place
	Text  string
	Note  string
}

// starsWithoutCard are the favourites that have a line alone.
func starsWithoutCard(all []StarRow) []StarRow {
	return slices.DeleteFunc(slices.Clone(all), func(s StarRow) bool { return s.Card != nil })
}

func roleBars(all []RoleCount) (bars []part.Bar) {
	for _, r := range all {
		bars = append(bars, part.Bar{Role: &r.Mark, Href: r.Href, Share: r.Share, Value: r.Count, Note: r.Active})
	}
	return bars
}

func countBars(all []HomeCount) (bars []part.Bar) {
	for _, c := range all {
		bars = append(bars, part.Bar{Label: c.Name.Text, Href: c.Name.Href, Share: c.Share, Value: c.Count})
	}
	return bars
}
