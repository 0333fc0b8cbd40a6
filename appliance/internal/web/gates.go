package web

import (
	"fmt"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/report"
	"hilltop/ui"
)

// ready tells whether every gate is open.
func (s *Server) ready() bool {
	for _, g := range s.Gates {
		if !g.State().Ready {
			return false
		}
	}
	return true
}

// banners are what every page says on top.
func (s *Server) banners() []ui.Banner {
	var out []ui.Banner
	if s.Demo {
		out = append(out, ui.Banner{Tone: "demo", Title: "Simulated mesh.", Text: "Everything on this page is made up for a demonstration."})
	}
	for _, g := range s.Gates {
		if st := g.State(); !st.Ready {
			out = append(out, gateBanner(st))
		}
	}
	for _, n := range s.notices() {
		b := ui.Banner{Tone: n.Tone, Title: n.Title, Text: n.Text}
		if n.Href != "" {
			b.Action = &ui.Link{Text: n.Link, Href: n.Href}
		}
		out = append(out, b)
	}
	return out
}

// notices are what is wrong with this machine, whoever found it.
func (s *Server) notices() []report.Notice {
	var out []report.Notice
	if s.Sources != nil {
		out = append(out, report.SourceNotices(s.Sources())...)
	}
	if s.Broker != nil {
		out = append(out, report.BrokerNotices(s.Broker())...)
	}
	if st, ok := s.Store.Get(); ok {
		out = append(out, report.StoreNotices(st)...)
	}
	if s.Notices != nil {
		out = append(out, s.Notices()...)
	}
	return out
}

func gateBanner(st gate.State) ui.Banner {
	b := ui.Banner{Tone: "busy", Title: gateText(st), Meter: &ui.Meter{}}
	if st.Total > 0 {
		b.Meter = &ui.Meter{Value: fmt.Sprint(st.Done), Max: fmt.Sprint(st.Total)}
	}
	if st.Name == "clock" {
		b = ui.Banner{
			Tone: "warn", Title: "This machine does not know the time yet.",
			Text:   "What arrives waits in memory until it does.",
			Action: &ui.Link{Text: "See the clock", Href: "/system#clock"},
		}
	}
	if st.Err != "" {
		b.Tone, b.Text = "bad", "It did not work: "+clean(st.Err, 300)+"."
	}
	return b
}

// gateText says in words and numbers what is being made.
func gateText(st gate.State) string {
	words := map[string]string{
		"load": "Loading history", "clock": "Waiting for the time", "index": "Building lists and counts",
		"routes": "Counting routes", "relays": "Finding who relayed", "links": "Finding links", "names": "Naming hops",
	}[st.Name]
	if words == "" {
		words = "Preparing " + st.Name
	}
	if st.Total <= 0 {
		return words
	}
	percent := min(100, 100*float64(st.Done)/float64(st.Total))
	return fmt.Sprintf("%s: %s of %s (%d %%)", words, gateAmount(st.Name, st.Done), gateAmount(st.Name, st.Total), int(percent))
}

// gateAmount is a number of a gate's steps in their unit: history is read by
// the byte, everything else by the packet.
func gateAmount(name string, n int64) string {
	if name == "load" {
		return bytesOrNone(n)
	}
	return plural(n, "packet", "packets")
}
