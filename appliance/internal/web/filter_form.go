package web

import (
	"slices"
	"time"

	"hilltop/ui"
)

// regionOptions are the regions that a form offers: those that there are, and
// those that are asked for.
func (f filter) regionOptions(c choices) (out []ui.FilterOption) {
	for _, r := range union(c.Regions, f.Regions) {
		out = append(out, ui.FilterOption{Value: r, Label: clean(r, nameLimit), On: hasRegion(f.Regions, r)})
	}
	return out
}

// observerOptions are the observers likewise.
func (f filter) observerOptions(c choices) (out []ui.FilterOption) {
	known, called := map[string]bool{}, map[string]int{}
	for _, o := range c.Observers {
		called[orKey(o.Name, o.ID).Text]++
	}
	for _, o := range c.Observers {
		known[o.ID] = true
		label := orKey(o.Name, o.ID).Text
		if called[label] > 1 { // only their ids tell them apart
			label += " " + orKey("", o.ID).Text
		}
		out = append(out, ui.FilterOption{Value: o.ID, Label: label, On: slices.Contains(f.Observers, o.ID)})
	}
	for _, id := range f.Observers {
		if !known[id] {
			out = append(out, ui.FilterOption{Value: id, Label: orKey("", id).Text, On: true})
		}
	}
	return out
}

// timeFields are the fields of a form that say when.
func (f filter) timeFields(now time.Time) ui.TimeFields {
	out := ui.TimeFields{From: fieldTime(f.From, now), To: fieldTime(f.To, now), Zone: now.Format("MST")}
	for _, w := range filterWindows {
		if w.offered || f.Window == w.word {
			out.Windows = append(out.Windows, ui.FilterOption{Value: w.word, Label: windowSay(w.word), On: f.Window == w.word})
		}
	}
	return out
}

// fieldTime is a time as a form's field has it, in the viewer's zone.
func fieldTime(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(now.Location()).Format("2006-01-02T15:04")
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !hasRegion(out, s) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}
