package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/report"
	"hilltop/ui"
)

// linksQuery is what the address of the page of a node's links says.
type linksQuery struct {
	Path   string
	Window string // one of linkWindows
	Way    string // "in", "out", "two"; "" any
	Least  int    // packets at least; 0 any
	Width  int    // bytes a hop; 0 any
}

// linkWindow is a span over which links are shown.
type linkWindow struct {
	Name string
	Days int64 // whole UTC days before this one
}

func linkWindows() []linkWindow { return []linkWindow{{"24h", 1}, {"7d", 7}, {"14d", 14}, {"30d", 30}} }

const windowUsual = "7d"

func parseLinksQuery(path string, v url.Values) (q linksQuery, err error) {
	q = linksQuery{Path: path, Window: windowUsual}
	var names []string
	for _, w := range linkWindows() {
		names = append(names, w.Name)
	}
	if s, err := apiChoice(v, "w", names...); err != nil {
		return q, err
	} else if s != "" {
		q.Window = s
	}
	if q.Way, err = apiChoice(v, "dir", "in", "out", "two"); err != nil {
		return q, err
	}
	if q.Least, err = number(v, "minobs", 0, 1_000_000_000); err != nil {
		return q, err
	}
	q.Width, err = number(v, "hb", 0, 3)
	return q, err
}

func (q linksQuery) at() string {
	v := url.Values{}
	if q.Window != windowUsual {
		v.Set("w", q.Window)
	}
	if q.Way != "" {
		v.Set("dir", q.Way)
	}
	if q.Least > 0 {
		v.Set("minobs", strconv.Itoa(q.Least))
	}
	if q.Width > 0 {
		v.Set("hb", strconv.Itoa(q.Width))
	}
	return address(q.Path, v)
}

func (q linksQuery) filtered() bool { return q.Way != "" || q.Least > 0 || q.Width > 0 }

// bare is the query without filters.
func (q linksQuery) bare() linksQuery { return linksQuery{Path: q.Path, Window: q.Window} }

func (q linksQuery) days() int64 {
	i := slices.IndexFunc(linkWindows(), func(w linkWindow) bool { return w.Name == q.Window })
	return linkWindows()[i].Days
}

// query is what is asked for: links are kept by UTC days, so the span begins
// with one.
func (q linksQuery) query(now time.Time) report.LinkQuery {
	return report.LinkQuery{From: daysBefore(now, q.days()), To: now.UnixMilli() + 1, Way: q.Way, Width: q.Width, Least: int64(q.Least)}
}

// daysBefore is the begin of the UTC day so many days before, Unix ms.
func daysBefore(now time.Time, days int64) int64 {
	const dayMs = 24 * 3_600_000
	return (now.UnixMilli()/dayMs - days) * dayMs
}

// picks are the windows and filters to choose.
func (q linksQuery) picks() []ui.Pick {
	choice := func(label string, on bool, change func(*linksQuery)) ui.Choice {
		with := q
		change(&with)
		return ui.Choice{Label: label, Href: with.at(), On: on}
	}
	windows := ui.Pick{Name: "Window"}
	for _, w := range linkWindows() {
		windows.Choices = append(windows.Choices, choice(strings.Replace(w.Name, "d", " d", 1), w.Name == q.Window, func(q *linksQuery) { q.Window = w.Name }))
	}
	windows.Choices[0].Label = "24 h"
	ways := ui.Pick{Name: "Direction"}
	for _, w := range [][2]string{{"", "all"}, {"two", "both ways"}, {"in", "it hears"}, {"out", "hear it"}} {
		ways.Choices = append(ways.Choices, choice(w[1], w[0] == q.Way, func(q *linksQuery) { q.Way = w[0] }))
	}
	widths := ui.Pick{Name: "Hop width"}
	for w, label := range []string{"all", "1 B", "2 B", "3 B"} {
		widths.Choices = append(widths.Choices, choice(label, w == q.Width, func(q *linksQuery) { q.Width = w }))
	}
	least := ui.Pick{Name: "Packets"}
	for _, n := range []int{0, 3, 10, 100} {
		label := "all"
		if n > 0 {
			label = "≥ " + strconv.Itoa(n)
		}
		least.Choices = append(least.Choices, choice(label, n == q.Least, func(q *linksQuery) { q.Least = n }))
	}
	return []ui.Pick{windows, ways, widths, least}
}
