package ui

import "hilltop/ui/part"

// SettingsPage is what a viewer can set for this browser.
type SettingsPage struct {
	Saved bool // the form was just sent
	Theme []Option
	Contrast,
	Density,
	Times,
	Units []Option
	Zones   []Option
	Browser string // the zone that the browser says it is in; "" not known
	Sample  []part.Fact
	Stars   []StarRow
	Moved   Moved
	Taken   bool   // settings were just taken over
	Wrong   string // why a zone was not taken
}

// Option is a value to choose for a setting.
type Option struct {
	Value, Label string
	On           bool
}

// StarRow is a starred node, channel or observer.
type StarRow struct {
	Kind  string // "" a node, "channel" or "observer"
	Key   string // hostile: the first digits, name or id
	Name  part.Named
	Note  string        // "not known here"
	Mark  part.RoleMark // of a node
	Icon  string        // of all others
	State *part.State
	Count string // "12 new messages"
	When  part.Moment
	Card  *StarCard // of a node or an observer that is known
}

// StarCard is what matters most of something that is starred.
type StarCard struct {
	Figures []CardFigure
	Spark   part.Spark // no values: there is nothing to draw
}

// CardFigure is one figure of it.
type CardFigure struct {
	Label, Value string
	Bars         int // of a signal
	Href         string
}

// Moved is settings on their way to another browser, or from one.
type Moved struct {
	Link  string      // an address that offers them; "" nothing is set
	Offer []part.Fact // what an address offers; nil: none does
	Set   string      // the same, as it stands in the address
}

func starsNote(all []StarRow) string {
	if len(all) == 0 {
		return ""
	}
	return lastCount(len(all))
}
