package web

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
)

func TestLongTermCharts(t *testing.T) {
	begins := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	day := func(n int, packets, receptions int64) report.DayActivity {
		return report.DayActivity{Begins: begins.AddDate(0, 0, n), Transmissions: packets, Observations: receptions}
	}
	now := begins.Add(75 * time.Hour)
	if c := longTermCharts([]report.DayActivity{day(0, 1, 1)}, nil, now); len(c) > 0 {
		t.Errorf("of one day: %+v", c)
	}
	gap := func(hour, length int) mesh.Gap {
		from := begins.Add(time.Duration(hour) * time.Hour)
		return mesh.Gap{Kind: "off", From: from.UnixMilli(), To: from.Add(time.Duration(length) * time.Minute).UnixMilli()}
	}
	charts := longTermCharts([]report.DayActivity{day(0, 10, 1500), day(1, 0, 0), day(2, 30, 9000), day(3, 1, 2)}, []mesh.Gap{gap(24, 24*60), gap(50, 59)}, now)
	if len(charts) != 2 {
		t.Fatalf("%d charts", len(charts))
	}
	c := charts[1]
	if !slices.Equal(c.Values, []float64{1500, 0, 9000, 2}) || c.First != "1 Mar 2026" || !c.Open || !strings.Contains(c.Figure, "10,502 receptions") || !strings.Contains(c.Note, "4 days") {
		t.Errorf("got %+v", c)
	}
	if len(c.Deaf) != 1 || c.Deaf[0].From != 0.25 || c.Deaf[0].To != 0.5 || !strings.Contains(c.Deaf[0].Reason, "2 Mar 2026 00:00") {
		t.Errorf("deaf %+v", c.Deaf)
	}
}
