package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// nodesPage makes the list of nodes.
func nodesPage(l report.NodeList, q nodesQuery, areas []health.Area, own prefs, now time.Time) ui.NodesPage {
	if l.Known == 0 {
		return ui.NodesPage{Empty: fmt.Sprintf("Nodes appear with their first valid advert; rejected so far: %s.", countText(l.Rejected))}
	}
	p := ui.NodesPage{
		Count:  listCount(len(l.Rows), l.Matching, l.Known, "node", "nodes"),
		Picks:  nodePicks(l, q, areas),
		Search: ui.Search{Action: "/nodes", Label: "Name or beginning of a key", Value: clean(q.Text, textMost), Keep: keep(q.without("q").values())},
		Chips:  nodeChips(q, areas, now),
		Grid:   nodeGrid(q),
		Back:   q.at(),
		Pages:  paging(q.listQuery, l.Matching, func(page int) string { q := q; q.Page = page; return q.at() }),
	}
	if q.filtered() {
		p.Clear = q.without("").at()
	}
	if len(q.Areas) > 0 {
		p.Note = areaNote(l.Standing, "node", "nodes")
	}
	for _, r := range l.Rows {
		row := nodeLine(r, now)
		row.Star.On = own.starred(r.Node.Key.String())
		p.Rows = append(p.Rows, row)
	}
	if l.Matching > 0 {
		p.Export = exportLinks("nodes", q.values(), l.Matching, "node", "nodes")
	}
	if len(l.Rows) == 0 {
		p.Nothing = nodesNothing(l, q)
	}
	return p
}

// listCount says how many of how many rows are on the page.
func listCount(shown, matching, known int, one, many string) string {
	all := plural(int64(known), one, many)
	switch {
	case matching == known && shown == known:
		return all
	case matching == known:
		return fmt.Sprintf("%s of %s", countText(int64(shown)), all)
	case shown == matching:
		return fmt.Sprintf("%s of %s match", countText(int64(matching)), all)
	}
	return fmt.Sprintf("%s shown · %s of %s match", countText(int64(shown)), countText(int64(matching)), all)
}

// keep is what a form hands on beside its own fields.
func keep(v map[string][]string) (out []ui.Kept) {
	for name, values := range v {
		for _, value := range values {
			out = append(out, ui.Kept{Name: name, Value: value})
		}
	}
	slices.SortFunc(out, func(a, b ui.Kept) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// paging leads to the pages around one.
func paging(q listQuery, matching int, at func(page int) string) (p ui.Paging) {
	first := q.offset() + 1
	last := min(q.offset()+q.Rows, matching)
	if first > matching {
		first = matching
	}
	p.Say = fmt.Sprintf("%s–%s of %s", countText(int64(first)), countText(int64(last)), countText(int64(matching)))
	if q.Page > 1 {
		p.First, p.Before = at(1), at(min(q.Page-1, max(1, (matching+q.Rows-1)/q.Rows)))
	}
	if last < matching {
		p.After = at(q.Page + 1)
	}
	return p
}

// heads are the columns of a sortable list in the order shown. A click on the
// one that rules turns the order round.
func heads(all []column, shown []string, q listQuery, at func(sort string, ascending bool) string) (out []part.Column) {
	for _, name := range shown {
		i := slices.IndexFunc(all, func(c column) bool { return c.name == name })
		if i < 0 {
			out = append(out, part.Column{Label: name})
			continue
		}
		c := part.Column{Label: all[i].label}
		ascending := all[i].ascending
		if q.Sort == name {
			c.Sorted = "descending"
			if q.Ascending {
				c.Sorted = "ascending"
			}
			ascending = !q.Ascending
		}
		c.Href = at(name, ascending)
		out = append(out, c)
	}
	return out
}

func nodeGrid(q nodesQuery) part.Grid {
	shown := []string{"name", "state", "role", "key", "heard", "advert", "relayed", "first", "adverts", "scope", "position"}
	g := part.Grid{ID: "nodes", Caption: "Nodes", Live: q.live(), Max: rowsMost}
	g.Columns = heads(nodeColumns(), shown, q.listQuery, func(sort string, ascending bool) string {
		q := q
		q.Sort, q.Ascending, q.Page = sort, ascending, 1
		return q.at()
	})
	help := map[string]string{
		"State":        "active, quiet or silent by what is usual for its role",
		"Key":          "capitals: what stands in paths, by the hop width of its latest flood advert",
		"Last heard":   "the later of its last advert and its last certain relaying",
		"Last relayed": "when a hop of a heard path fitted this key alone",
		"Position":     "whether it sent one; a doubted one cannot be right",
		"First advert": "that this machine received",
		"Scope":        "of its latest advert of the last day that had one whose name is known",
		"Adverts":      "of what is held, however often each was heard",
	}
	for i := range g.Columns {
		g.Columns[i].Help = help[g.Columns[i].Label]
		g.Columns[i].Numeric = g.Columns[i].Label == "Adverts"
		g.Columns[i].Width = []string{"22%", "8%", "10%", "9%", "8%", "8%", "9%", "8%", "6%", "6%", "6%"}[i]
	}
	return g
}

// live tells whether a node that was just heard belongs on top. Whether it was
// heard in a region is not known from one event.
func (q nodesQuery) live() bool {
	return q.Sort == "heard" && !q.Ascending && q.Page == 1 && len(q.Regions) == 0
}

func nodeChips(q nodesQuery, areas []health.Area, now time.Time) []part.Chip {
	chips := q.chips(filterSay{now: now, areas: areas, when: "last heard"}, func(f filter) string { q := q; q.filter, q.Page = f, 1; return q.at() })
	chips = textChip(chips, "name or key", q.Text, q.without("q").at())
	return textChip(chips, "name is", q.Name, q.without("name").at())
}

// nodePicks are the roles and states to choose, with what each would show
// beside the other filters.
func nodePicks(l report.NodeList, q nodesQuery, areas []health.Area) []ui.Pick {
	roles := ui.Pick{Name: "Role", Choices: []ui.Choice{{Label: "all", Href: q.without("role").at(), On: len(q.Roles) == 0}}}
	all := 0
	for _, r := range nodeRoles() {
		n := l.Roles[r]
		all += n
		on := slices.Contains(q.Roles, r)
		if n == 0 && !on {
			continue
		}
		with, mark := q.without("role"), roleMark(r)
		with.Roles = []meshcore.Role{r}
		roles.Choices = append(roles.Choices, ui.Choice{Mark: &mark, Count: countText(int64(n)), Href: with.at(), On: on})
	}
	roles.Choices[0].Count = countText(int64(all))
	states := ui.Pick{Name: "State", Choices: []ui.Choice{{Label: "all", Href: q.without("state").at(), On: len(q.States) == 0}}}
	all = 0
	for _, s := range nodeStates() {
		with := q.without("state")
		with.States = []string{string(s)}
		all += l.States[s]
		state := nodeState(s)
		states.Choices = append(states.Choices, ui.Choice{
			State: &state, Count: countText(int64(l.States[s])), Href: with.at(), On: slices.Contains(q.States, string(s)),
		})
	}
	states.Choices[0].Count = countText(int64(all))
	picks := []ui.Pick{roles, states, heardPick(l, q)}
	if areas := areaPick(areas, q.Areas, l.Beside, l.Standing, func(keys []string) string {
		q := q.without("area")
		q.Areas = keys
		return q.at()
	}); areas != nil {
		picks = append(picks, *areas)
	}
	return picks
}

// heardPick are the spans in which nodes were last heard.
func heardPick(l report.NodeList, q nodesQuery) ui.Pick {
	return windowsPick("Last heard", q.filter, q.windows(), l.Within, func(f filter) string {
		q := q.first()
		q.filter = f
		return q.at()
	})
}

// windowsPick offers windows up to now, with how much each would leave where that
// is counted.
func windowsPick(name string, f filter, words []string, counts []int, at func(filter) string) ui.Pick {
	f.NotApplied = nil
	ever := f
	ever.lift("time")
	p := ui.Pick{Name: name, Choices: []ui.Choice{{Label: "ever", Href: at(ever), On: !f.timed()}}}
	for i, word := range words {
		with := ever
		with.Window = word
		c := ui.Choice{Label: spanWord(word), Href: at(with), On: f.Window == word}
		if counts != nil {
			c.Count = countText(int64(counts[i]))
		}
		p.Choices = append(p.Choices, c)
	}
	return p
}

// spanWord is a span such as "24h" for people.
func spanWord(word string) string { return word[:len(word)-1] + " " + word[len(word)-1:] }

// regionPick offers the regions, of which any number may be chosen at once, with
// how much is in each where that is counted, by region in upper case; nil if there
// are fewer than two.
func regionPick(all, chosen []string, counts map[string]int, at func([]string) string) *ui.Pick {
	if len(all) < 2 && len(chosen) == 0 {
		return nil
	}
	p := &ui.Pick{Name: "Region", Choices: []ui.Choice{{Label: "all", Href: at(nil), On: len(chosen) == 0}}}
	if counts != nil {
		every := 0
		for _, n := range counts {
			every += n
		}
		p.Choices[0].Count = countText(int64(every))
	}
	for _, r := range all[:min(len(all), regionPicks)] {
		code := strings.ToUpper(r)
		on := slices.Contains(chosen, code)
		with := slices.DeleteFunc(slices.Clone(chosen), func(c string) bool { return c == code })
		if !on {
			with = append(with, code)
		}
		c := ui.Choice{Label: clean(r, 12), Href: at(with), On: on}
		if counts != nil {
			c.Count = countText(int64(counts[code]))
		}
		p.Choices = append(p.Choices, c)
	}
	return p
}

func nodesNothing(l report.NodeList, q nodesQuery) *ui.PacketsNothing {
	if l.Matching > 0 {
		return &ui.PacketsNothing{Title: "The list ends before this page", Ways: []part.Way{{Text: "First page", Href: q.first().at()}}}
	}
	return nothingOf(plural(int64(l.Known), "node", "nodes"), l.Without, func(names ...string) string { return lifted(q, names).at() })
}

func nodeLine(r report.NodeRow, now time.Time) ui.NodeRow {
	n := r.Node
	name := nodeNamed(n)
	return ui.NodeRow{
		Star: ui.StarMark{Of: string(starNode) + ":" + n.Key.String()[:starDigits], Name: name.Text}, First: momentOr(n.FirstAdvert, now), Scope: clean(r.Scope, nameLimit),
		ID: "n-" + n.Key.String(), At: fmt.Sprint(r.LastHeard), Name: name, Namesakes: namesakesOf(r), Clock: clockBadge(n),
		Role: roleMark(n.Role), Key: keyMark(n), Advert: momentOr(n.LastAdvert, now), Relayed: momentOr(r.LastRelayed, now),
		Heard: momentOr(r.LastHeard, now), Adverts: countText(r.FloodAdverts + r.ZeroHopAdverts),
		Position: yesNo(n.HasPosition), Doubt: doubtText(r.Doubt), State: nodeState(r.State),
	}
}

// namesakesOf leads to all nodes that carry the name.
func namesakesOf(r report.NodeRow) part.Named {
	if r.Namesakes == 0 {
		return part.Named{}
	}
	return part.Named{
		Text: fmt.Sprintf("1 of %d", r.Namesakes+1), Href: address("/nodes", url.Values{"name": {r.Node.Name}}), Hint: namesakes(r.Namesakes),
	}
}

// clockNoticed is how far a node's clock may be off at its latest advert before
// a list says so.
const clockNoticed = 5 * time.Minute

// clockBadge says in short that a node's clock is wrong; "" if it is not.
func clockBadge(n mesh.Node) string {
	off := time.Duration(int64(n.Timestamp)*1000-n.LastAdvert) * time.Millisecond
	text, _ := nodeClock(n)
	if off > -clockNoticed && off < clockNoticed {
		return ""
	}
	return "clock " + text
}

// namesakes warns of a name that several keys carry: only keys identify.
func namesakes(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "Another node has this name too."
	}
	return countText(int64(n)) + " other nodes have this name too"
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// momentOr is a moment, none for 0.
func momentOr(ms int64, now time.Time) part.Moment {
	if ms == 0 {
		return part.Moment{}
	}
	return moment(ms, now)
}

// roleMark is a role by shape, letter and word.
func roleMark(r meshcore.Role) part.RoleMark {
	switch r {
	case meshcore.RoleRepeater:
		return part.RoleMark{Class: "repeater", Letter: "R", Word: "repeater"}
	case meshcore.RoleCompanion:
		return part.RoleMark{Class: "companion", Letter: "C", Word: "companion"}
	case meshcore.RoleRoom:
		return part.RoleMark{Class: "room", Letter: "M", Word: "room"}
	case meshcore.RoleSensor:
		return part.RoleMark{Class: "sensor", Letter: "S", Word: "sensor"}
	}
	return part.RoleMark{Class: "other", Letter: "?", Word: r.String()}
}

// keyMark is the first eight digits of a key, with what stands in paths apart.
func keyMark(n mesh.Node) ui.KeyMark {
	s := n.Key.String()
	digits := min(2*int(n.HopWidth), 6)
	return ui.KeyMark{Hop: strings.ToUpper(s[:digits]), Rest: s[digits:8], Full: s}
}

func nodeState(s mesh.NodeState) part.State {
	tones := map[mesh.NodeState]part.Tone{mesh.NodeActive: part.Good, mesh.NodeQuiet: part.Half, mesh.NodeSilent: part.Quiet}
	return part.State{Tone: tones[s], Word: string(s)}
}
