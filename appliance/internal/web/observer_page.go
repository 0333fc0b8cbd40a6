package web

import (
	"fmt"
	"net/url"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

func observerHref(id string) string { return "/observers/" + url.PathEscape(id) }

// observerPage makes the page of an observer.
func observerPage(d report.ObserverDetail, w observerWindow, now time.Time) ui.ObserverPage {
	p := ui.ObserverPage{
		Name: observerNamed(d.Observer).Text, Link: observerHref(d.ID), State: observerState(d.Stats.State), StateWhy: observerWhy(d.ObserverRow, now),
		Figures: observerFigures(d, now), Facts: observerFacts(d), Arrivals: observerArrivals(d, now),
		Clock: clockState(d.Clock), ClockSay: clockSays(d.Clock), Clocks: clockFacts(d.Clock, now),
		Metrics: metricFacts(d.Latest, now), Charts: metricCharts(d.Metrics, d.Rates, d.Gaps, w, now), Window: w.label,
		RowsNo: "It has not reported any packet that is held.",
	}
	if d.Node != nil {
		p.Node = nodeNamed(*d.Node)
	}
	for _, g := range d.Gaps {
		p.Gaps = append(p.Gaps, gapLine(g, now))
	}
	for _, r := range d.Receptions {
		p.Rows = append(p.Rows, observerReception(r, d.Radio.SF, now))
	}
	if len(p.Rows) > 0 {
		p.More = "/packets?" + url.Values{"obs": {d.ID}}.Encode()
	}
	return p
}

// observerWhy explains the state of one observer: also where it rests on what came
// before this machine was deaf, and where no packet ever came.
func observerWhy(o report.ObserverRow, now time.Time) string {
	means := observerMeans(o.Stats.State)
	if o.Stats.State == mesh.ObserverStatusOnly && o.Stats.LastPacket == 0 {
		means = "It sends statuses, and no packet of it has come yet: its radio may hear nothing, or not forward it."
	}
	switch {
	case o.Stats.Resumed == 0:
		return means
	case o.Stats.State != mesh.ObserverDown:
		means = "No longer than is usual for it. Before that: " + means
	}
	since := time.UnixMilli(o.Stats.Resumed)
	return fmt.Sprintf("Nothing has come from it in the %s since this machine receives again. %s", spanText(now.Sub(since)), means)
}

// observerMeans explains a state.
func observerMeans(s mesh.ObserverState) string {
	switch s {
	case mesh.ObserverDelivering:
		return "Packets and statuses arrive at its usual pace."
	case mesh.ObserverStatusOnly:
		return "It sends statuses, but no packets for longer than is usual for it: its radio may hear nothing, or not forward it."
	case mesh.ObserverPacketsOnly:
		return "It sends packets, but no statuses, or none lately. Some publishing software never sends any."
	}
	return "Nothing has arrived from it for longer than is usual for it, or it has said goodbye. Time in which this machine received nothing does not count."
}

func observerFigures(d report.ObserverDetail, now time.Time) []part.Figure {
	day := figure("Receptions, 24 h", d.Day, "by arrival")
	spark := &part.Spark{
		Title: "Receptions by hour of arrival, the current hour and the 23 before it",
		First: hourText(d.Stats.Day[0].Start, now), Last: hourText(d.Stats.Day[len(d.Stats.Day)-1].Start, now), Open: true,
	}
	for _, h := range d.Stats.Day {
		spark.Values = append(spark.Values, float64(h.Observations))
	}
	spark.Deaf = deafSpans(d.Gaps, d.Stats.Day[0].Start, d.Stats.Day[len(d.Stats.Day)-1].Start+time.Hour.Milliseconds(), now)
	day.Spark, day.Href = spark, receptionsHref("24h", d.ID)
	hour := figure("Receptions, 1 h", d.Stats.LastHour, "last sixty minutes, by arrival")
	hour.Href = receptionsHref("1h", d.ID)
	snr := part.Figure{Label: "SNR, mean", Value: dash, Note: "no reception had one"}
	if s := d.Stats.SNR; s.Count > 0 {
		snr = part.Figure{Label: "SNR, mean", Value: meanText(s.Mean4),
			Note: fmt.Sprintf("n=%s · %s to %s · all held", countText(s.Count), snrText(s.Min), snrText(s.Max))}
	}
	share := part.Figure{Label: "Share, 24 h", Value: orDash(shareText(d.ObserverRow)), Note: "of " + plural(d.OfDay, "reception", "receptions") + " of all observers"}
	return []part.Figure{
		hour, day, share, snr,
		figure("Receptions held", d.Stats.Observations, countText(d.Stats.Late)+" of them arrived late"),
	}
}

// receptionsHref leads to the receptions of a window, of one observer or "" of all.
func receptionsHref(window, observer string) string {
	v := url.Values{"view": {"receptions"}, "w": {window}}
	setOne(v, "obs", observer)
	return address("/packets", v)
}

func hourText(ms int64, now time.Time) string {
	return time.UnixMilli(ms).In(now.Location()).Format("15:04")
}

func orDash(s string) string {
	if s == "" {
		return dash
	}
	return s
}

func observerArrivals(d report.ObserverDetail, now time.Time) []part.Fact {
	when := func(name string, ms int64) part.Fact {
		m := momentOr(ms, now)
		return part.Fact{Name: name, When: &m}
	}
	return []part.Fact{
		when("Last packet", d.Stats.LastPacket), when("Last status", d.Status), when("First message", d.First),
		{Name: "Its last status said", Value: triWord(d.Online, "online", "offline")},
	}
}

func triWord(t mesh.Tri, yes, no string) string {
	switch t {
	case mesh.Yes:
		return yes
	case mesh.No:
		return no
	}
	return ""
}

func observerFacts(d report.ObserverDetail) []part.Fact {
	alien := func(name, value string) part.Fact {
		return part.Fact{Name: name, Value: clean(value, 120), Alien: true}
	}
	facts := []part.Fact{
		{Name: "Id", Value: clean(d.ID, 128), Code: true, Copy: true},
		alien("Name", d.Name), alien("Region", d.Region), alien("Model", d.Model), alien("Firmware", d.Firmware), alien("Client", d.Client),
		{Name: "Radio", Value: radioText(d.Radio)},
		{Name: "Relays packets", Value: triWord(d.Repeat, "yes", "no: it is never a hop of a path")},
	}
	if d.Repeat == mesh.Unknown {
		facts[len(facts)-1].Note = "it has not said"
	}
	return facts
}

// radioText is the setting of a modem, "" if it is not known.
func radioText(r mesh.Radio) string {
	if r == (mesh.Radio{}) {
		return ""
	}
	return fmt.Sprintf("%.3f MHz · SF%d · %g kHz · CR 4/%d", float64(r.FreqKHz)/1000, r.SF, float64(r.BWHz)/1000, r.CR)
}

// metricFacts are the latest measurements, as far as they were sent.
func metricFacts(m mesh.MetricsSample, now time.Time) (facts []part.Fact) {
	if m.At == 0 {
		return nil
	}
	at := moment(m.At, now)
	facts = append(facts, part.Fact{Name: "Received", When: &at})
	add := func(bit int, name, value, note string) {
		if m.Has>>bit&1 == 1 {
			facts = append(facts, part.Fact{Name: name, Value: value, Note: note})
		}
	}
	count := func(n uint32) string { return countText(int64(n)) }
	battery, note := batteryText(m), ""
	if battery == "" {
		note = "it says 0: no battery"
	}
	add(0, "Battery", battery, note)
	add(1, "Uptime", spanText(time.Duration(m.UptimeS)*time.Second), "since its last restart")
	add(2, "Noise floor", noiseText(m.NoiseDBm4), "")
	add(3, "Sending", airText(m.TxAirS, m), "")
	add(4, "Receiving", airText(m.RxAirS, m), "")
	add(5, "Packets sent", count(m.Sent), "since its last restart")
	add(6, "Packets received", count(m.Received), "since its last restart")
	add(7, "Receive errors", count(m.RecvErrors), "")
	add(8, "Queue", countText(int64(m.QueueLen)), "packets waiting to be sent")
	add(9, "Error flags", fmt.Sprintf("%#x", m.ErrorFlags), "a bit for each kind of fault that its firmware noted; 0x0: none")
	add(10, "Free memory", countText(int64(m.FreeHeap))+" B", "")
	return facts
}

// airText is time on air, with its share of the uptime if that is known.
func airText(seconds uint32, m mesh.MetricsSample) string {
	s := spanText(time.Duration(seconds)*time.Second) + " on air"
	if m.Has&2 != 0 && m.UptimeS > 0 && seconds <= m.UptimeS {
		s += fmt.Sprintf(", %.1f %% of its uptime", 100*float64(seconds)/float64(m.UptimeS))
	}
	return s
}

func gapLine(g mesh.Gap, now time.Time) ui.GapLine {
	what := gapWhat(g.Kind)
	if g.Lost > 0 {
		what += ", " + plural(g.Lost, "message", "messages") + " lost"
	}
	if g.Note != "" {
		what += ": " + clean(g.Note, 200)
	}
	return ui.GapLine{From: moment(g.From, now), To: momentOr(g.To, now), What: what}
}

func observerReception(r report.ObserverReception, sf uint8, now time.Time) ui.ObserverReception {
	row := ui.ObserverReception{
		When: moment(r.Obs.At, now), Type: packetType(r.Type), Hash: r.Hash.String()[:8],
		Href: packetHref(r.Hash), Hops: pathWords(r.Packet),
	}
	if r.Obs.SNR4 != mesh.NoSNR {
		row.SNR = snrText(r.Obs.SNR4)
		_, row.Bars, _ = snrMargin(r.Obs.SNR4, sf)
	}
	if r.Obs.RSSI != mesh.NoRSSI {
		row.RSSI = rssiText(r.Obs.RSSI)
	}
	if r.Obs.Flags&mesh.FlagLate != 0 {
		row.Late = "late +" + shortSpan(time.Duration(r.Obs.Arrived-r.Obs.At)*time.Millisecond)
	}
	return row
}

// pathWords sums up what the path bytes of a copy mean.
func pathWords(p meshcore.Packet) string {
	if heard, ok := p.Heard(); ok {
		if heard.Len() == 0 {
			return "flood, heard directly"
		}
		return "flood over " + plural(int64(heard.Len()), "hop", "hops")
	}
	if snrs, ok := p.TraceSNR(); ok {
		return "trace, " + plural(int64(snrs.Len()), "hop", "hops") + " done"
	}
	ahead, _ := p.Ahead()
	if ahead.Len() == 0 {
		return "direct, last leg"
	}
	return "direct, " + plural(int64(ahead.Len()), "hop", "hops") + " still to go"
}
