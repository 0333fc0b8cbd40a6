package web

import (
	"fmt"
	"time"

	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

// sources is how the subscriptions stand, if there are any.
func (s *Server) sources() []report.SourceState {
	if s.Sources == nil {
		return nil
	}
	return s.Sources()
}

// broker is how the embedded broker stands.
func (s *Server) broker() report.BrokerState {
	if s.Broker == nil {
		return report.BrokerState{Off: true}
	}
	return s.Broker()
}

// feeds lists the ways in which messages come, in short.
func (s *Server) feeds(now time.Time) (lines []ui.FeedLine, none string) {
	if b := s.broker(); !b.Off {
		lines = append(lines, brokerLine(b))
	}
	for _, src := range s.sources() {
		lines = append(lines, ui.FeedLine{
			Name: clean(src.Name, nameLimit), Where: clean(src.URL, 200), State: sourceState(src, now),
			Rate: rateText(src.Rate), Last: timeOr(src.LastMsg, now), Error: currentError(src),
		})
	}
	return lines, "No source is configured, and the embedded broker is off"
}

func brokerLine(b report.BrokerState) ui.FeedLine {
	line := ui.FeedLine{
		Name: "Embedded broker", Where: b.Listening, Rate: rateText(b.Rate), Error: b.Error,
		State: part.State{Tone: part.Good, Word: plural(int64(len(b.Clients)), "client", "clients")},
	}
	switch {
	case b.Error != "":
		line.State = part.State{Tone: part.Bad, Word: "port not open"}
	case len(b.Clients) == 0:
		line.State.Tone = part.Quiet
	}
	return line
}

// sourceState is a subscription in a word.
func sourceState(src report.SourceState, now time.Time) part.State {
	since := ""
	if !src.Since.IsZero() {
		since = "for " + shortSpan(max(0, now.Sub(src.Since)))
	}
	switch {
	case !src.Connected:
		return part.State{Tone: part.Bad, Word: "not connected", Note: since}
	case len(src.Refused) > 0:
		return part.State{Tone: part.Half, Word: "some topics refused", Note: since}
	case src.LastMsg.IsZero():
		return part.State{Tone: part.Half, Word: "connected, silent", Note: since}
	}
	return part.State{Tone: part.Good, Word: "connected", Note: since}
}

// currentError is a source's last error as long as it matters.
func currentError(src report.SourceState) string {
	if src.Connected {
		return ""
	}
	return clean(src.LastError, 300)
}

func rateText(perMinute int) string {
	return fmt.Sprintf("%s in the last minute", plural(int64(perMinute), "message", "messages"))
}

func timeOr(t time.Time, now time.Time) part.Moment {
	if t.IsZero() {
		return part.Moment{}
	}
	return moment(t.UnixMilli(), now)
}
