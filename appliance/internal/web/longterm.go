package web

import (
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/ui/part"
)

// deafShown is the shortest gap that a chart of days shows.
const deafShown = time.Hour

// longTermCharts draws packets and receptions by the day; none before there are
// two days.
func longTermCharts(days []report.DayActivity, gaps []mesh.Gap, now time.Time) (charts []part.Chart) {
	if len(days) < 2 {
		return nil
	}
	from, to := days[0].Begins, days[len(days)-1].Begins.AddDate(0, 0, 1)
	var long []mesh.Gap
	for _, g := range gaps {
		if end := g.To; end == 0 && now.UnixMilli()-g.From >= deafShown.Milliseconds() || end-g.From >= deafShown.Milliseconds() {
			long = append(long, g)
		}
	}
	deaf := deafSpans(long, from.UnixMilli(), to.UnixMilli(), now)
	for _, c := range []struct {
		title, one, many string
		value            func(report.DayActivity) int64
	}{
		{"Packets a day", "packet", "packets", func(d report.DayActivity) int64 { return d.Transmissions }},
		{"Receptions a day", "reception", "receptions", func(d report.DayActivity) int64 { return d.Observations }},
	} {
		var most, total int64
		values := make([]float64, len(days))
		for i, d := range days {
			n := c.value(d)
			values[i] = float64(n)
			total += n
			most = max(most, n)
		}
		charts = append(charts, part.Chart{
			Spark: part.Spark{Title: c.title, Values: values, First: from.Format("2 Jan 2006"), Last: "today", Deaf: deaf, Open: true},
			Kind:  "columns", Size: "m",
			Scale:  []part.Tick{{At: float64(most), Text: countText(most)}, {At: float64(most) / 2, Text: countText(most / 2)}},
			Figure: plural(total, c.one, c.many),
			Note:   plural(int64(len(days)), "day", "days") + " (UTC) · the most in one: " + countText(most),
			Shown:  true,
		})
	}
	return charts
}
