package web

import (
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

// observerPanels are the blocks about what is judged of an observer.
func observerPanels(d report.ObserverDetail, h report.ObserverHealth, w observerWindow, now time.Time) []ui.Panel {
	panels := []ui.Panel{hearingPanel(d, h, now), meterPanel(h, w, now)}
	if d.Past != nil {
		alien := func(s string) ui.Cell { return ui.Cell{Alien: clean(s, nameLimit)} }
		still := d.Stats.State != mesh.ObserverDown
		regions := spellTable("regions", "Regions", "Region", d.Past.Regions, sayer{still, d.LastMessage()}, now, alien)
		firmwares := spellTable("firmwares", "Firmwares", "Firmware", d.Past.Firmwares, sayer{still, d.Status}, now, alien)
		for _, t := range []*ui.PanelTable{&regions, &firmwares} {
			t.Columns = t.Columns[:3]
			for i := range t.Rows {
				t.Rows[i] = t.Rows[i][:3]
			}
		}
		panels = append(panels, ui.Panel{ID: "past", Title: "Regions and firmwares over time", Tables: []ui.PanelTable{regions, firmwares}})
	}
	return panels
}

// hearingPanel tells what an observer hears that others do not, and the other
// way round.
func hearingPanel(d report.ObserverDetail, h report.ObserverHealth, now time.Time) ui.Panel {
	p := ui.Panel{ID: "hearing", Title: "What it hears", Note: asOf(h.Survey, now)}
	if h.Survey == nil {
		p.Says = []string{unsurveyed}
		return p
	}
	p.Facts = []part.Fact{
		{Name: "Packets", Value: countText(h.Heard.Transmissions), Note: "that it heard any copy of"},
		{Name: "Heard by it alone", Value: countText(h.Heard.Alone), Note: ofText(h.Heard.Alone, h.Heard.Transmissions, "of these")},
	}
	if h.OfRegion > 0 {
		p.Facts = append(p.Facts, part.Fact{Name: "Of its region's packets", Value: percent(float64(h.InRegion) / float64(h.OfRegion)),
			Note: countText(h.InRegion) + " of " + countText(h.OfRegion) + " that any observer in " + clean(d.Region, nameLimit) + " heard"})
	}
	p.Says = []string{"What it alone hears is lost when it goes; a low share of its region's packets is a poor place, a deaf radio or a region without limits."}
	return p
}

func ofText(n, of int64, what string) string {
	if of == 0 {
		return ""
	}
	return percent(float64(n)/float64(of)) + " " + what
}

// meterPanel tells what an observer's counters say of a window.
func meterPanel(h report.ObserverHealth, w observerWindow, now time.Time) ui.Panel {
	p := ui.Panel{ID: "air", Title: "Its air", Note: w.label + ", between its own samples"}
	m := h.Metered
	if m.Known == 0 && len(m.Reboots) == 0 {
		p.Says = []string{"It sent fewer than two sets of measurements."}
		return p
	}
	share := func(name string, v float64, note string) {
		f := part.Fact{Name: name, Note: "not sent"}
		if v >= 0 {
			f = part.Fact{Name: name, Value: percent(v), Note: note}
		}
		p.Facts = append(p.Facts, f)
	}
	share("Sending", m.Tx, "of the time")
	share("Receiving", m.Rx, "of the time")
	share("Broken receptions", m.Errors, "of all receptions")
	p.Facts = append(p.Facts, part.Fact{Name: "Restarts", Value: countText(int64(len(m.Reboots))), Note: "its counters began anew"})
	if n := len(m.Reboots); n > 0 {
		last := moment(m.Reboots[n-1], now)
		p.Facts = append(p.Facts, part.Fact{Name: "Last restart", When: &last, Note: "at the latest"})
	}
	p.Says = []string{"Known of " + spanText(ms(m.Known)) + ". A time in which a counter began anew is left out."}
	return p
}
