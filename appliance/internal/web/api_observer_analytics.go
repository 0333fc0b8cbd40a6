package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"hilltop/appliance/internal/report"
)

// apiObserverAnalytics is the answer to GET /api/observers/{id}/analytics: what
// the observer received in some days up to now, by steps that begin at multiples
// of their length.
type apiObserverAnalytics struct {
	Timeline      []apiLabelled     `json:"timeline"`               // observations
	PacketTypes   map[string]int64  `json:"packetTypes"`            // observations by payload type
	NodesTimeline []apiLabelled     `json:"nodesTimeline,omitzero"` // different nodes that sent an advert that it received, or certainly relayed what it did
	SNR           []apiSNRBin       `json:"snrDistribution"`
	NoSNR         int64             `json:"withoutSnr"`
	Recent        []apiTransmission `json:"recentPackets"`
	Total         int64             `json:"totalObservations"`
	From          string            `json:"from"`
	Days          int               `json:"days"`
}

type apiLabelled struct {
	Label string `json:"label"` // where the step begins
	Count int64  `json:"count"`
}

type apiSNRBin struct {
	Range string `json:"range"` // dB: from the first to below the second
	Count int64  `json:"count"`
}

// observerSteps are the steps of so many days.
func observerSteps(days int) (each time.Duration, steps int) {
	switch {
	case days <= 1:
		return time.Hour, 24 * days
	case days <= 7:
		return 4 * time.Hour, 6 * days
	}
	return 24 * time.Hour, days
}

// apiObserverAnalytics is GET /api/observers/{id}/analytics.
func (s *Server) apiObserverAnalytics(h held, r *http.Request) (any, error) {
	o, ok := anyCase(h.Store, r.PathValue("id"))
	if !ok {
		return nil, notFound("no such observer")
	}
	days, err := apiDays(r.URL.Query(), 7, analyticsDaysMost)
	if err != nil {
		return nil, err
	}
	each, steps := observerSteps(days)
	ask := s.observersOf(h).SpanOfAll
	if h.Index == nil {
		ask = s.observersOf(h).Span
	}
	got, err := ask(r.Context(), o.Num, each, steps, s.Now().UnixMilli())
	if err != nil {
		return nil, err
	}
	out := apiObserverAnalytics{Timeline: []apiLabelled{}, PacketTypes: map[string]int64{}, SNR: []apiSNRBin{}, NoSNR: got.NoSNR, Recent: []apiTransmission{},
		Total: got.Total.Observations, From: apiTime(got.From), Days: days}
	for i, n := range got.Receptions {
		label := apiTime(got.From + int64(i)*each.Milliseconds())
		out.Timeline = append(out.Timeline, apiLabelled{label, n})
		if h.Index != nil {
			out.NodesTimeline = append(out.NodesTimeline, apiLabelled{label, int64(got.Nodes[i])})
		}
	}
	for _, t := range got.Types {
		out.PacketTypes[strconv.Itoa(int(t.Type))] = t.Receptions
	}
	for _, b := range got.SNR {
		out.SNR = append(out.SNR, apiSNRBin{fmt.Sprintf("%d to %d", b.Least, b.Least+report.SNRBinWidth), b.Receptions})
	}
	found, err := s.packetsOf(h).Search(r.Context(), report.PacketSearch{Observers: []string{o.ID}, Limit: recentShown})
	for _, p := range found.Rows {
		out.Recent = append(out.Recent, s.apiSent(p, h.Index != nil))
	}
	return out, err
}
