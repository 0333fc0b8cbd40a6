package web

import (
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

// clockRows sets the clocks of the selected reception side by side: when it
// arrived here, when its observer says it heard it, and when the sender says
// it sent it. Differences are against the time at which the packet stands.
func clockRows(d report.PacketDetail, sel report.Reception, now time.Time) []ui.ClockRow {
	o := sel.Obs
	heardStands := o.Flags&mesh.FlagHeardStands != 0
	rows := []ui.ClockRow{{
		Name: "received", Whose: "this machine", When: moment(o.Arrived, now), Stands: !heardStands,
		Differ: differText(o.Arrived-o.At, time.Millisecond),
	}}
	if o.Flags&mesh.FlagClaimed != 0 {
		row := claimedRow("claimed", "the observer", o.Claimed, now)
		row.Stands = heardStands
		if row.Text == "" {
			row.Differ = differText(o.Claimed-o.At, time.Millisecond)
		}
		rows = append(rows, row)
	}
	if sent, ok := sentTime(d.Content); ok {
		row := claimedRow("sent", "the sender, in the packet", int64(sent)*1000, now)
		if row.Text == "" {
			row.Differ = differText(int64(sent)*1000-o.At, time.Second)
		}
		rows = append(rows, row)
	}
	return rows
}

// sentTime is the sender's clock in the payload, Unix s.
func sentTime(c report.Content) (uint32, bool) {
	switch {
	case c.Advert != nil:
		return c.Advert.Timestamp, true
	case c.Group != nil && c.Group.Text != nil:
		return c.Group.Text.Timestamp, true
	}
	return 0, false
}

// claimedRow shows what a clock said, and says when it is absurd.
func claimedRow(name, whose string, ms int64, now time.Time) ui.ClockRow {
	row := ui.ClockRow{Name: name, Whose: whose, When: moment(ms, now)}
	switch {
	case ms < 946_684_800_000: // the year 2000: no radio of the mesh is so old
		row.Text = row.When.Full + ": the clock is not set"
	case ms > now.Add(24*time.Hour).UnixMilli():
		row.Text = row.When.Full + ": the clock is ahead"
	}
	return row
}

// differText is a signed difference, no finer than the coarser clock.
func differText(ms int64, unit time.Duration) string {
	d := time.Duration(ms) * time.Millisecond
	switch {
	case d > -unit && d < unit:
		if unit == time.Second {
			return "within 1 s"
		}
		return "same"
	case d > 0:
		return spanText(d) + " later"
	}
	return spanText(-d) + " earlier"
}

// claimedMoment is a sender's clock with its full form.
func claimedMoment(unix uint32, now time.Time) part.Moment { return moment(int64(unix)*1000, now) }

func unixText(unix uint32) string {
	return time.Unix(int64(unix), 0).UTC().Format("2006-01-02 15:04:05 UTC")
}
