package web

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// apiAnalytics is the answer to GET /api/nodes/{key}/analytics: of adverts that
// the node sent and packets that it certainly relayed, in whole hours up to now.
type apiAnalytics struct {
	Node      apiNode `json:"node"`
	TimeRange struct {
		From string `json:"from"`
		To   string `json:"to"`
		Days int    `json:"days"`
	} `json:"timeRange"`
	Activity  []apiActivity    `json:"activityTimeline"`
	SNRTrend  []apiTrendPoint  `json:"snrTrend"` // where an observer heard the node itself: the latest, oldest first
	SNRTotal  int64            `json:"snrTrendTotal"`
	Types     []apiTypeCount   `json:"packetTypeBreakdown"`
	Coverage  []apiCovered     `json:"observerCoverage"` // observers that heard the node itself
	Hops      []apiHopsCount   `json:"hopDistribution"`  // observations by relays passed
	Peers     []apiPeer        `json:"peerInteractions"` // radios that it certainly heard or that heard it
	PeerTotal int              `json:"peerTotal"`
	Heatmap   []apiHeat        `json:"uptimeHeatmap"`
	Stats     apiComputedStats `json:"computedStats"`
	Skew      *apiSkew         `json:"clockSkew"`
}

type apiActivity struct {
	Bucket string `json:"bucket"`
	Count  int64  `json:"count"` // packets
}

type apiTrendPoint struct {
	At           string   `json:"timestamp"`
	SNR          *float64 `json:"snr"`
	RSSI         *int16   `json:"rssi"`
	ObserverID   string   `json:"observer_id"`
	ObserverName string   `json:"observer_name"`
}

type apiTypeCount struct {
	Type  int   `json:"payload_type"`
	Count int64 `json:"count"`
}

type apiCovered struct {
	apiHearer
	FirstSeen string `json:"firstSeen"`
	LastSeen  string `json:"lastSeen"`
}

type apiHopsCount struct {
	Hops  string `json:"hops"` // "0" to "3", "4+"
	Count int64  `json:"count"`
}

type apiPeer struct {
	Key         string `json:"peer_key"` // an observer's ID if it has no key
	Name        string `json:"peer_name"`
	Count       int64  `json:"messageCount"` // packets that went over the link, both directions
	LastContact string `json:"lastContact"`
}

type apiHeat struct {
	Day   int   `json:"dayOfWeek"` // 0: Sunday, UTC
	Hour  int   `json:"hour"`
	Count int64 `json:"count"`
}

// apiComputedStats are figures of the same packets.
type apiComputedStats struct {
	Availability   float64  `json:"availabilityPct"` // of the hours, those with a packet
	SilenceMs      int64    `json:"longestSilenceMs"`
	SilenceStart   *string  `json:"longestSilenceStart"`
	Grade          string   `json:"signalGrade"` // "" where no observer heard the node itself
	SNRMean        *float64 `json:"snrMean"`
	SNRDeviation   *float64 `json:"snrStdDev"`
	RelayPct       float64  `json:"relayPct"` // of the observations with a relay, those with more
	TotalPackets   int64    `json:"totalPackets"`
	Observers      int      `json:"uniqueObservers"`
	Peers          int      `json:"uniquePeers"`
	PacketsPerDay  float64  `json:"avgPacketsPerDay"`
	ObservationAll int64    `json:"totalObservations"`
}

const (
	analyticsDaysMost = 365
	trendShown        = 200
	peersShown        = 20
)

// apiNodeAnalytics is GET /api/nodes/{key}/analytics.
func (s *Server) apiNodeAnalytics(h held, r *http.Request) (any, error) {
	row, err := s.nodeByKey(h, r.PathValue("key"))
	if err != nil {
		return nil, err
	}
	days, err := apiDays(r.URL.Query(), 7, analyticsDaysMost)
	if err != nil {
		return nil, err
	}
	if h.Index == nil || h.Relays == nil || h.Links == nil {
		return nil, errIndexLoading
	}
	now := s.Now()
	got, err := s.packetsOf(h).NodeSpan(r.Context(), row.Node.Key, 24*days, trendShown, now.UnixMilli())
	if err != nil {
		return nil, err
	}
	out := apiAnalyticsOf(got, days)
	out.Node = apiNodeOf(h, row, oneWidth(h, row.Node.Key, now), now)
	out.Node.relayed(row, relayCountOf(h, row, now))
	out.TimeRange.From, out.TimeRange.To, out.TimeRange.Days = apiTime(got.From), apiTime(now.UnixMilli()), days
	links := nodesOf(h).LinksOf(row.Node, report.LinkQuery{From: got.From, To: now.UnixMilli() + 1, Certain: true}, h.Board)
	out.Peers, out.PeerTotal = apiPeersOf(links.Certain), len(links.Certain)
	out.Stats.Peers = out.PeerTotal
	if c, ok := h.Index.Nodes.Clock(row.Node.Key); ok {
		skew := apiSkewOf(row.Node, c)
		out.Skew = &skew
	}
	return out, nil
}

func apiAnalyticsOf(got report.NodeSpan, days int) apiAnalytics {
	out := apiAnalytics{Activity: []apiActivity{}, SNRTrend: []apiTrendPoint{}, SNRTotal: got.SNR.N, Types: []apiTypeCount{}, Coverage: []apiCovered{}, Heatmap: []apiHeat{}}
	heat := map[[2]int]int64{}
	for i, n := range got.ByHour {
		if n == 0 {
			continue
		}
		at := time.UnixMilli(got.From).Add(time.Duration(i) * time.Hour).UTC()
		out.Activity = append(out.Activity, apiActivity{apiTime(at.UnixMilli()), n})
		heat[[2]int{int(at.Weekday()), at.Hour()}] += n
	}
	for day := range 7 {
		for hour := range 24 {
			if n := heat[[2]int{day, hour}]; n > 0 {
				out.Heatmap = append(out.Heatmap, apiHeat{day, hour, n})
			}
		}
	}
	for _, x := range slices.Backward(got.Latest) {
		o := mesh.Observation{SNR4: x.SNR4, RSSI: x.RSSI}
		out.SNRTrend = append(out.SNRTrend, apiTrendPoint{apiTime(x.At), snrOf(o), rssiOf(o), strings.ToUpper(x.Observer.ID), x.Observer.Name})
	}
	for kind, n := range got.Types {
		if n > 0 {
			out.Types = append(out.Types, apiTypeCount{kind, n})
		}
	}
	slices.SortStableFunc(out.Types, func(a, b apiTypeCount) int { return cmp.Compare(b.Count, a.Count) })
	for _, x := range got.Hearers {
		out.Coverage = append(out.Coverage, apiCovered{apiHearer{ID: strings.ToUpper(x.Observer.ID), Name: x.Observer.Name, AvgSNR: meanSNR(x.SNR.N, x.SNR.Mean()),
			AvgRSSI: meanOf(report.Mean{Sum: float64(x.RSSI.Sum), Count: x.RSSI.N}), Count: x.Receptions}, apiTime(x.First), apiTime(x.Last)})
	}
	var relayed, more int64
	for passed, n := range got.Passed {
		if passed >= 1 {
			relayed += n
		}
		if passed >= 2 {
			more += n
		}
	}
	var rest int64
	for _, n := range got.Passed[4:] {
		rest += n
	}
	for passed, n := range got.Passed[:4] {
		out.Hops = append(out.Hops, apiHopsCount{strconv.Itoa(passed), n})
	}
	out.Hops = append(out.Hops, apiHopsCount{"4+", rest})
	out.Stats = apiComputedStats{TotalPackets: got.Packets(), ObservationAll: got.Receptions, Observers: len(got.Hearers),
		PacketsPerDay: math.Round(100*float64(got.Packets())/float64(days)) / 100, RelayPct: percentOf(more, relayed),
		Availability: percentOf(int64(len(out.Activity)), int64(len(got.ByHour))), Grade: signalGrade(got.SNR)}
	if got.SNR.N > 0 {
		out.Stats.SNRMean, out.Stats.SNRDeviation = meanSNR(got.SNR.N, got.SNR.Mean()), new(math.Round(25*got.SNR.Deviation())/100)
	}
	if from, ms := longestSilence(got); ms > 0 {
		out.Stats.SilenceMs, out.Stats.SilenceStart = ms, new(apiTime(from))
	}
	return out
}

// percentOf is a share in percent, to one decimal; 0 of nothing.
func percentOf(n, all int64) float64 {
	if all == 0 {
		return 0
	}
	return math.Round(1000*float64(n)/float64(all)) / 10
}

// longestSilence is the longest row of hours without a packet after one with a
// packet, Unix ms and its length in ms. That which is not over counts too.
func longestSilence(got report.NodeSpan) (from, ms int64) {
	heard, hour := -1, time.Hour.Milliseconds()
	silent := func(until int) {
		if n := int64(until-heard-1) * hour; heard >= 0 && n > ms {
			from, ms = got.From+int64(heard+1)*hour, n
		}
	}
	for i, n := range got.ByHour {
		if n > 0 {
			silent(i)
			heard = i
		}
	}
	silent(len(got.ByHour))
	return from, ms
}

// signalGrade is the field's grade of how an observer hears a node itself, by
// the mean and the deviation of its SNR.
func signalGrade(s report.Spread) string {
	mean, deviation := s.Mean()/4, s.Deviation()/4
	switch {
	case s.N == 0:
		return ""
	case mean > 15 && deviation < 2:
		return "A"
	case mean > 15:
		return "A-"
	case mean > 12 && deviation < 3:
		return "B+"
	case mean > 8:
		return "B"
	case mean > 3:
		return "C"
	}
	return "D"
}

// apiPeersOf words the links over which most went.
func apiPeersOf(links []report.Neighbour) []apiPeer {
	out := []apiPeer{}
	for _, n := range links {
		p := apiPeer{Count: n.In.Count + n.Out.Count, LastContact: apiTime(max(n.In.Last, n.Out.Last))}
		if n.Observer != nil {
			p.Key, p.Name = strings.ToUpper(n.Observer.ID), n.Observer.Name
		}
		if n.Key != (meshcore.PublicKey{}) {
			p.Key = n.Key.String()
		}
		if n.Node != nil {
			p.Name = n.Node.Name
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b apiPeer) int { return cmp.Compare(b.Count, a.Count) })
	return out[:min(peersShown, len(out))]
}
