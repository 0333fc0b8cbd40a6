package web

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

// observerWindow is a span that an observer's page shows, and its steps.
type observerWindow struct {
	word, label string
	each        time.Duration
	steps       int
}

func observerWindows() []observerWindow {
	return []observerWindow{
		{"24h", "24 h", time.Hour, 24}, {"3d", "3 d", 2 * time.Hour, 36}, {"7d", "7 d", 4 * time.Hour, 42}, {"30d", "30 d", 24 * time.Hour, 30},
	}
}

func (w observerWindow) span() time.Duration { return time.Duration(w.steps) * w.each }

// parseObserverWindow reads w; the first window is the usual one.
func parseObserverWindow(v url.Values) (observerWindow, error) {
	word, err := single(v, "w")
	if err != nil {
		return observerWindow{}, err
	}
	for _, w := range observerWindows() {
		if w.word == word || word == "" {
			return w, nil
		}
	}
	return observerWindow{}, wrong("w", "%q is no window; take 24h, 3d, 7d or 30d", word)
}

// windowPick offers the windows.
func windowPick(now observerWindow, path string) ui.Pick {
	p := ui.Pick{Name: "Window"}
	for i, w := range observerWindows() {
		v := url.Values{}
		if i > 0 {
			v.Set("w", w.word)
		}
		p.Choices = append(p.Choices, ui.Choice{Label: w.label, Href: address(path, v) + "#received", On: w.word == now.word})
	}
	return p
}

// received words what an observer received within a window.
func (s *Server) received(ctx context.Context, h held, d report.ObserverDetail, w observerWindow, now time.Time) (*ui.Received, error) {
	got, err := s.observersOf(h).Span(ctx, d.Num, w.each, w.steps, now.UnixMilli())
	if err != nil {
		return nil, err
	}
	to := got.From + w.span().Milliseconds()
	var gaps []mesh.Gap
	for _, g := range h.Store.Gaps(got.From, to) {
		if g.Subject == "" || g.Subject == d.ID {
			gaps = append(gaps, g)
		}
	}
	first := time.UnixMilli(got.From).In(now.Location()).Format("2 Jan 15:04")
	deaf := deafSpans(gaps, got.From, to, now)
	chart := func(title, figure, note string, values []float64) part.Chart {
		most := 0.0
		for _, v := range values {
			most = max(most, v)
		}
		return part.Chart{
			Spark: part.Spark{Title: title, Values: values, First: first, Last: "now", Deaf: deaf, Open: true},
			Kind:  "columns", Size: "m", Scale: []part.Tick{{At: most, Text: countText(int64(most))}, {At: most / 2, Text: countText(int64(most / 2))}},
			Figure: figure, Note: note, Shown: true,
		}
	}
	out := &ui.Received{Note: w.label + " up to now, by the time at which they stand", Pick: windowPick(w, observerHref(d.ID))}
	if got.Total.Observations == 0 {
		out.None = "It has reported nothing that stands in this time and is held."
		return out, nil
	}
	nodes := make([]float64, len(got.Nodes))
	for i, n := range got.Nodes {
		nodes[i] = float64(n)
	}
	each := "by " + spanStep(w.each)
	out.Charts = []part.Chart{
		chart("Receptions", countText(got.Total.Observations), plural(got.Total.Transmissions, "packet", "packets")+" · "+each, floats(got.Receptions)),
		chart("Nodes heard", countText(int64(got.AllNodes)), "different ones, by their adverts · "+each, nodes),
	}
	if snr := snrChart(got); snr != nil {
		out.Charts = append(out.Charts, *snr)
	}
	for _, t := range got.Types {
		kind := packetType(t.Type)
		out.Types = append(out.Types, part.Bar{
			Type: &kind, Share: float64(t.Receptions) / float64(got.Types[0].Receptions), Value: countText(t.Receptions),
			Note: percent(float64(t.Receptions) / float64(got.Total.Observations)),
		})
	}
	return out, nil
}

// spanStep is a step for people: "2 hours".
func spanStep(d time.Duration) string {
	switch hours := int64(d.Hours()); {
	case hours == 1:
		return "the hour"
	case hours < 24:
		return countText(hours) + " hours"
	}
	return "24 hours"
}

// snrChart draws how receptions are spread over SNR; nil if none had one.
func snrChart(s report.ObserverSpan) *part.Chart {
	if len(s.SNR) == 0 {
		return nil
	}
	var values []float64
	var most, n int64
	for _, b := range s.SNR {
		values = append(values, float64(b.Receptions))
		most, n = max(most, b.Receptions), n+b.Receptions
	}
	least, greatest := s.SNR[0].Least, s.SNR[len(s.SNR)-1].Least+report.SNRBinWidth
	note := fmt.Sprintf("receptions in steps of %d dB · n=%s", report.SNRBinWidth, countText(n))
	if s.NoSNR > 0 {
		note += " · " + countText(s.NoSNR) + " had none"
	}
	return &part.Chart{
		Spark: part.Spark{Title: "SNR", Values: values, First: minus(fmt.Sprintf("%+d dB", least)), Last: minus(fmt.Sprintf("%+d dB", greatest))},
		Kind:  "columns", Size: "m", Scale: []part.Tick{{At: float64(most), Text: countText(most)}, {At: float64(most) / 2, Text: countText(most / 2)}},
		Note: note, Shown: true,
	}
}
