package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/naming"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/resolve"
	"hilltop/ui"
	"hilltop/ui/part"
)

const (
	candidatesShown = 8
	leastShown      = 0.001 // less likely candidates explain nothing
)

// relayedBlock tells who relayed the selected reception, and why it is thought
// so; nil where there is nothing to tell.
func relayedBlock(d report.PacketDetail, now time.Time) *ui.RelayedBlock {
	sel := d.Receptions[d.Selected]
	if len(d.Relayed.Hops) == 0 || len(d.Relayed.Hops) != len(sel.Path.Hops) {
		return nil
	}
	b := &ui.RelayedBlock{Note: "hop by hop, of the selected reception"}
	least := percentText(d.Relayed.Least)
	if d.Relayed.Decided == 0 {
		b.Text = "Names are provisional: more copies may still come in. A node is named when it is likely by " + least + " or more."
	} else {
		pass := ""
		if d.Relayed.Passed {
			pass = " after the day's pass,"
		}
		b.Text = fmt.Sprintf("Names were decided at %s,%s from the copies that were in. A node is named when it was likely by %s or more. The evidence is as it stands now.",
			moment(d.Relayed.Decided, now).Full, pass, least)
	}
	names := hopNames(sel.Path.Hops)
	for i, c := range d.Relayed.Hops {
		h := ui.RelayedHop{Number: strconv.Itoa(i + 1), Hop: names[i], Verdict: verdict(sel.Path.Hops[i])}
		for _, one := range c.List {
			if len(h.Candidates) == candidatesShown || one.P < leastShown && len(h.Candidates) > 0 {
				break
			}
			h.Candidates = append(h.Candidates, relayCandidate(d, c, one))
		}
		b.Hops = append(b.Hops, h)
	}
	return b
}

func verdict(h report.Hop) string {
	words := "ambiguous"
	switch {
	case h.Node != nil:
		words = "named, " + percentText(h.P)
	case h.P == 0:
		words = "nobody who is known"
	}
	if h.Provisional {
		words += ", provisional"
	}
	return words
}

func relayCandidate(d report.PacketDetail, c naming.Candidates, one resolve.Candidate) ui.RelayCandidate {
	out := ui.RelayCandidate{P: percentText(one.P)}
	switch key := strings.ToUpper(one.Key.String()); {
	case one.Relay == 0:
		out.Who = part.Named{Text: "someone nobody knows"}
	case one.Phantom:
		out.Who = part.Named{Text: key[:2*min(one.Bytes, len(one.Key))] + "…", Code: true}
		out.Note = "known by longer hops alone"
	default:
		out.Who = nodeNamed(d.Relayed.Node(one.Key))
		if !one.Known {
			out.Note = "never heard an advert of it"
		}
	}
	for _, r := range one.Reasons {
		out.Evidence = append(out.Evidence, relayEvidence(d, c, r))
	}
	return out
}

func relayEvidence(d report.PacketDetail, c naming.Candidates, r resolve.Reason) ui.RelayEvidence {
	e := ui.RelayEvidence{Odds: oddsText(r.Odds)}
	if key, ok := c.Keys[r.Other]; ok && r.Other != 0 {
		e.About = nodeNamed(d.Relayed.Node(key))
	}
	seen := fmt.Sprintf("in %s of %s packets, %s certain", amount(r.Seen), amount(r.Of), amount(r.Certain))
	if !math.IsNaN(r.Km) {
		seen += fmt.Sprintf(", %.1f km apart", r.Km)
	}
	switch r.Kind {
	case resolve.ReasonRepeats:
		e.Text = "repeats the one before it " + seen
	case resolve.ReasonRepeated:
		e.Text = "is repeated by the next one " + seen
	case resolve.ReasonHeard:
		e.Text = "is heard by this observer " + seen
		if !math.IsNaN(r.SNR) && !math.IsNaN(r.UsualSNR) {
			e.Text += minus(fmt.Sprintf("; now at %+.1f dB, usually at %+.1f dB", r.SNR, r.UsualSNR))
		}
		for _, got := range d.Receptions {
			if got.Obs.Observer == r.Observer {
				e.About = observerNamed(got.Observer)
				break
			}
		}
	case resolve.ReasonElsewhere:
		e.Text = "is likely elsewhere among the copies, and repeats a packet once"
	case resolve.ReasonOnly:
		e.Text = "no other known relay has this prefix"
	case resolve.ReasonSilent:
		e.Text = "nothing certain was heard of it around then"
	}
	return e
}

// amount is a count that fades.
func amount(n float64) string { return countText(int64(math.Round(n))) }

// oddsText words how much evidence favours one against the others.
func oddsText(odds float64) string {
	switch {
	case math.IsNaN(odds) || odds > 0.95 && odds < 1.05 || odds <= 0:
		return ""
	case odds > 1:
		return "for it, " + oddsNumber(odds) + " to 1"
	}
	return "against it, " + oddsNumber(1/odds) + " to 1"
}

func oddsNumber(n float64) string {
	switch {
	case n > 1000:
		return "over 1,000"
	case n < 10:
		return strconv.FormatFloat(n, 'f', 1, 64)
	}
	return strconv.Itoa(int(math.Round(n)))
}
