package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// filterSay is what chips need to word filters. A list that is nil is not
// known: then nothing is said to be unknown.
type filterSay struct {
	now       time.Time
	regions   []string
	areas     []health.Area // none: none is known
	observers []mesh.Observer
	channels  []string
	nodes     []mesh.Node // that are meant by the filter for a node
	when      string      // what has to have been then; "" it was received
}

// chips are the filters in force, each with the address of the page without it:
// at gives that of a page with a filter.
func (f filter) chips(say filterSay, at func(filter) string) (chips []part.Chip) {
	for _, field := range utcFields {
		less := f
		less.lift(field.name)
		for _, c := range f.chipsOf(field.name, say) {
			c.Without = at(less)
			chips = append(chips, c)
		}
	}
	bare := f
	bare.NotApplied = nil
	for _, name := range f.NotApplied {
		chips = append(chips, part.Chip{Name: parameterWord(name), Value: "does not apply to this page", Without: at(bare), Ignored: true})
	}
	return chips
}

// parameterWord is what a chip calls a parameter that its page does not take.
func parameterWord(name string) string {
	switch name {
	case "w":
		return "time"
	case "obs":
		return "observer"
	case "via":
		return "relayed by"
	case "from_node":
		return "sent by"
	case "hb":
		return "hop width"
	case "snr", "snr_from", "snr_to":
		return "SNR"
	}
	return name
}

// notKnown is what a chip says that nothing can match.
const notKnown = "not known here"

// chipsOf words one filter; none if it is not set.
func (f filter) chipsOf(name string, say filterSay) []part.Chip {
	one := func(name string, values []string, note string) []part.Chip {
		if len(values) == 0 {
			return nil
		}
		return []part.Chip{{Name: name, Value: strings.Join(values, " or "), Note: note}}
	}
	var values []string
	switch name {
	case "hash":
		if f.Hash != "" {
			return one("hash", []string{f.Hash + "…"}, "")
		}
	case "type":
		for _, t := range f.Types {
			values = append(values, packetType(t).Word)
		}
		return one("type", values, "")
	case "route":
		return one("route", routeSay(f), "")
	case "hb":
		for _, w := range f.Widths {
			values = append(values, strconv.Itoa(w)+" B")
		}
		return one("hop width", values, "")
	case "snr":
		if words := f.SNR.say(); words != "" {
			return one("SNR", []string{words}, "")
		}
	case "channel":
		return f.channelChip(say)
	case "sender":
		if f.Sender != "" {
			return one("name", []string{clean(f.Sender, nameLimit)}, "")
		}
	case "node":
		return f.nodeChip(say)
	case "role":
		return one("role", roleWords(f.Roles), "")
	case "state":
		return one("state", f.States, "")
	case "region":
		note := ""
		if say.regions != nil && !slices.ContainsFunc(f.Regions, func(code string) bool { return hasRegion(say.regions, code) }) {
			note = notKnown
		}
		return one("region", cleaned(f.Regions), note)
	case "area":
		labels, some := areaLabels(say.areas, f.Areas)
		note := ""
		if !some {
			note = notKnown
		}
		return one("area", labels, note)
	case "obs":
		note := ""
		if say.observers != nil {
			note = notKnown
		}
		for _, id := range f.Observers {
			name := ""
			if i := slices.IndexFunc(say.observers, func(o mesh.Observer) bool { return o.ID == id }); i >= 0 {
				name, note = say.observers[i].Name, ""
			}
			values = append(values, orKey(name, id).Text)
		}
		return one("observer", values, note)
	case "time":
		if words := f.timeWords(say.now); len(words) > 0 {
			return []part.Chip{{Name: cmp.Or(say.when, "received"), Value: strings.Join(words, ", ")}}
		}
	}
	return nil
}

func hasRegion(list []string, code string) bool {
	return slices.ContainsFunc(list, func(r string) bool { return strings.EqualFold(r, code) })
}

// routeSay words routes: a name for both with scope and without.
func routeSay(f filter) (words []string) {
	for _, r := range []struct {
		plain, scoped meshcore.Route
		word          string
	}{{meshcore.Flood, meshcore.TransportFlood, "flood"}, {meshcore.Direct, meshcore.TransportDirect, "direct"}} {
		switch plain, scoped := slices.Contains(f.Routes, r.plain), slices.Contains(f.Routes, r.scoped); {
		case plain && scoped:
			words = append(words, r.word)
		case plain:
			words = append(words, r.word+" without scope")
		case scoped:
			words = append(words, r.word+" with scope")
		}
	}
	return words
}

func (f filter) channelChip(say filterSay) []part.Chip {
	if f.Channel == "" {
		return nil
	}
	c := part.Chip{Name: "channel", Value: clean(f.Channel, nameLimit)}
	hash, locked := report.LockedRef(f.Channel)
	switch {
	case locked:
		c.Name, c.Value = "locked channel", hashByteText(hash)
	case say.channels != nil && !slices.Contains(say.channels, f.Channel):
		c.Note = notKnown
	}
	return []part.Chip{c}
}

func (f filter) nodeChip(say filterSay) []part.Chip {
	if f.Node == "" {
		return nil
	}
	c := part.Chip{Name: []string{"sent or relayed by", "certainly relayed by", "sent by"}[f.Part], Value: clean(f.Node, nameLimit)}
	switch len(say.nodes) {
	case 0:
		c.Note = notKnown
	case 1:
		c.Value = orKey(say.nodes[0].Name, say.nodes[0].Key.String()).Text
	default:
		c.Note = "any of " + countText(int64(len(say.nodes))) + " nodes"
		if list := keyList(f.Node); list != nil {
			c.Value, c.Note = orKey(say.nodes[0].Name, say.nodes[0].Key.String()).Text+" and "+plural(int64(len(list)-1), "other", "others"), ""
		}
	}
	return []part.Chip{c}
}

// textChip adds the chip of a search in names.
func textChip(chips []part.Chip, name, text, without string) []part.Chip {
	if text == "" {
		return chips
	}
	return append(chips, part.Chip{Name: name, Value: clean(text, nameLimit), Without: without})
}

// anyOf says what a filter lets through when it is lifted.
var anyOf = map[string]string{
	"hash": "any hash", "type": "any type", "route": "any route", "hb": "any hop width", "snr": "any SNR", "channel": "any channel", "node": "any node", "role": "any role", "state": "any state",
	"region": "any region", "area": "any area", "obs": "any observer", "time": "any time", "q": "any text", "name": "any name", "sender": "any sender",
}

// nothingOf says that filters take all away, and what lifting each of them brings,
// that which brings most first; where none does, which two do together. without is the
// address of the page less some filters, "" being all.
func nothingOf(all string, drops []report.Dropped, without func(names ...string) string) *ui.PacketsNothing {
	n := &ui.PacketsNothing{Title: "0 of " + all, Text: "The filters take all of them away. Lifting one alone brings:"}
	drops = slices.Clone(drops)
	slices.SortStableFunc(drops, func(a, b report.Dropped) int { return cmp.Compare(b.Count, a.Count) })
	switch {
	case len(drops) < 2:
		n.Text = "The filter takes all of them away."
	case drops[0].Count == 0:
		n.Text = "The filters take all of them away. Lifting one alone does not help."
	case drops[0].With != "":
		n.Text = "The filters take all of them away. Lifting one alone does not help, lifting two does:"
	}
	for _, d := range drops {
		if d.Count == 0 {
			continue
		}
		names := []string{d.Filter}
		if d.With != "" {
			names = append(names, d.With)
		}
		var words []string
		for _, name := range names {
			words = append(words, cmp.Or(anyOf[name], "any "+name))
		}
		n.Ways = append(n.Ways, part.Way{Text: strings.Join(words, " and ") + ": " + countText(int64(d.Count)), Href: without(names...)})
	}
	if len(drops) != 1 || drops[0].Count == 0 {
		n.Ways = append(n.Ways, part.Way{Text: "no filter at all", Href: without("")})
	}
	return n
}

// lifted is a query less some filters.
func lifted[Q interface{ without(name string) Q }](q Q, names []string) Q {
	for _, name := range names {
		q = q.without(name)
	}
	return q
}
