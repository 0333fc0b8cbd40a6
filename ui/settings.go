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
	Wrong   string // why a zone was not taken
}

// Option is a value to choose for a setting.
type Option struct {
	Value, Label string
	On           bool
}

// StarRow is a starred node.
type StarRow struct {
	Key  string // the first digits
	Name part.Named
	Note string // "not known here"
	Mark part.RoleMark
}

func starsNote(all []StarRow) string {
	if len(all) == 0 {
		return ""
	}
	return lastCount(len(all))
}
