package web

import (
	"math"
	"net/http"
	"slices"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
)

// apiDistances is the answer to GET /api/analytics/distance: of certain links
// of the last seven days between places that are believed, and of how far the
// floods of the latest survey's day went. A link is counted once, however much
// goes over it. What a relay measured nobody tells: signal is there only where
// an end is an observer.
type apiDistances struct {
	Summary struct {
		Hops  int     `json:"totalHops"`  // links
		Paths int64   `json:"totalPaths"` // floods with a leg
		Avg   float64 `json:"avgDist"`
		Max   float64 `json:"maxDist"`
		Far   int     `json:"rejected_geo_far"` // too long to be believed
		// Unsorted are floods of which figures by region lack some; left out if there are none.
		Unsorted int64 `json:"unsortedPaths,omitempty"`
	} `json:"summary"`
	TopHops   []apiLeg               `json:"topHops"`
	TopPaths  []apiWayGone           `json:"topPaths"`
	Stats     map[string]apiLegStats `json:"catStats"`
	Histogram apiHistogram           `json:"distHistogram"`
	OverTime  []apiLegHour           `json:"distOverTime"`
	From      string                 `json:"from"`
	To        string                 `json:"to"`
	PathsFrom string                 `json:"pathsFrom"` // of what is told of floods
	PathsTo   string                 `json:"pathsTo"`
}

// apiWayGone is the longest stretch of one flood's paths of which every leg is
// known.
type apiWayGone struct {
	Hash string       `json:"hash"`
	Dist float64      `json:"totalDist"`
	Hops int          `json:"hopCount"` // legs
	At   string       `json:"timestamp"`
	Legs []apiLegGone `json:"hops"`
}

// apiLegGone is one leg of it, from who sent to who heard that.
type apiLegGone struct {
	FromName string  `json:"fromName"`
	FromPk   string  `json:"fromPk"`
	ToName   string  `json:"toName"`
	ToPk     string  `json:"toPk"`
	Dist     float64 `json:"dist"`
}

// apiLegHour is how long the legs were over which the floods of an hour went.
type apiLegHour struct {
	Hour  string  `json:"hour"`
	Avg   float64 `json:"avg"`
	Count int64   `json:"count"` // of each flood each of its legs once
}

// apiLeg is a link with its length.
type apiLeg struct {
	FromName  string   `json:"fromName"`
	FromPk    string   `json:"fromPk"`
	ToName    string   `json:"toName"`
	ToPk      string   `json:"toPk"`
	Dist      float64  `json:"dist"`
	Type      string   `json:"type"` // R↔R, C↔R, C↔C: R is a repeater or room
	BestSNR   *float64 `json:"bestSnr"`
	MedianSNR *float64 `json:"medianSnr"`
	Count     int64    `json:"obsCount"`
	Hash      *string  `json:"hash"`      // of a packet that went over it last
	At        string   `json:"timestamp"` // when
}

type apiLegStats struct {
	Count  int     `json:"count"`
	Avg    float64 `json:"avg"`
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

type apiHistogram struct {
	Bins []apiBin `json:"bins"`
	Min  float64  `json:"min"`
	Max  float64  `json:"max"`
}

type apiBin struct {
	X     float64 `json:"x"`
	W     float64 `json:"w"`
	Count int     `json:"count"`
}

const (
	legsShown    = 20
	distanceBins = 25
)

// apiDistance is GET /api/analytics/distance.
func (s *Server) apiDistance(h held, r *http.Request) (any, error) {
	regions, err := apiRegions(r.URL.Query())
	if err != nil {
		return nil, err
	}
	if h.Links == nil || h.Index == nil || h.Board == nil {
		return nil, errIndexLoading
	}
	nodes := nodesOf(h)
	var there map[meshcore.PublicKey]bool
	if regions != nil {
		there = nodes.HeardIn(regions)
	}
	now := s.Now()
	from := daysBefore(now, 7)
	out := apiDistances{TopHops: []apiLeg{}, TopPaths: []apiWayGone{}, OverTime: []apiLegHour{}, Stats: map[string]apiLegStats{},
		From: apiTime(from), To: apiTime(now.UnixMilli()), PathsFrom: apiTime(h.Board.From), PathsTo: apiTime(h.Board.To)}
	var legs []report.Leg
	byType := map[string][]float64{}
	for _, e := range nodes.Legs(from, now.UnixMilli()+1, h.Board) {
		switch {
		case e.KM < 0, there != nil && !there[e.A.Key] && !there[e.B.Key]:
		case e.TooFar():
			out.Summary.Far++
		case !e.Doubted:
			legs = append(legs, e)
			byType[legType(e)] = append(byType[legType(e)], legLength(e))
		}
	}
	var all []float64
	for _, leg := range legs {
		all = append(all, legLength(leg))
	}
	legs = longest(legs, legsShown)
	measured := nodes.Measured(legs, from, now.UnixMilli()+1)
	edges := nodes.EdgesOf(legs, from, now.UnixMilli()+1)
	last := nodes.LastOver(edges)
	for i := range edges {
		leg := apiLegOf(&edges[i], measured[i])
		if last[i] != (meshcore.Hash{}) {
			leg.Hash = new(last[i].String())
		}
		out.TopHops = append(out.TopHops, leg)
	}
	sum := legStats(all)
	out.Summary.Hops, out.Summary.Avg, out.Summary.Max = sum.Count, sum.Avg, sum.Max
	for word, list := range byType {
		out.Stats[word] = legStats(list)
	}
	out.Histogram = histogram(all)
	out.gone(h, nodes.Distances(regions))
	return out, nil
}

// longest gives n of the legs, at most, the longest first; of as long ones those that come
// first.
func longest(legs []report.Leg, n int) (list []report.Leg) {
	for _, leg := range legs {
		if len(list) == n && legLength(leg) <= legLength(list[n-1]) {
			continue
		}
		at := len(list)
		for at > 0 && legLength(list[at-1]) < legLength(leg) {
			at--
		}
		list = slices.Insert(list, at, leg)
		list = list[:min(n, len(list))]
	}
	return list
}

// gone tells how far floods went.
func (out *apiDistances) gone(h held, d survey.Distances) {
	out.Summary.Paths, out.Summary.Unsorted = d.Floods, d.Unsorted
	name := func(key meshcore.PublicKey) string {
		n, _ := h.Store.Node(key)
		return n.Name
	}
	for _, way := range d.Ways {
		a := apiWayGone{Hash: way.Hash.String(), Dist: hundredth(way.KM), Hops: len(way.Legs), At: apiTime(way.First)}
		for i, km := range way.Legs {
			from, to := way.Radio[i], way.Radio[i+1]
			a.Legs = append(a.Legs, apiLegGone{name(from), from.String(), name(to), to.String(), hundredth(km)})
		}
		out.TopPaths = append(out.TopPaths, a)
	}
	for _, hour := range d.Hours {
		if hour.Legs > 0 {
			out.OverTime = append(out.OverTime, apiLegHour{apiTime(hour.Start), hundredth(hour.KM()), hour.Legs})
		}
	}
}

// hundredth is a number to two decimals: ten metres of km.
func hundredth(km float64) float64 { return math.Round(100*km) / 100 }

func apiLegOf(e *report.Edge, measured index.Spread) apiLeg {
	leg := apiLeg{FromName: e.A.Name, FromPk: e.A.Key.String(), ToName: e.B.Name, ToPk: e.B.Key.String(), Dist: legLength(e.Leg), Type: legType(e.Leg),
		Count: e.There.Count + e.Back.Count, At: apiTime(max(e.There.Last, e.Back.Last))}
	if median, ok := measured.Median4(); ok {
		leg.MedianSNR = new(hundredth(median / 4))
	}
	if n := e.There.SNR.Count + e.Back.SNR.Count; n > 0 {
		best := int8(math.MinInt8)
		for _, snr := range []report.Heard{e.There, e.Back} {
			if snr.SNR.Count > 0 {
				best = max(best, snr.SNR.Max)
			}
		}
		leg.BestSNR = new(float64(best) / 4)
	}
	return leg
}

func legLength(e report.Leg) float64 { return hundredth(e.KM) }

func legType(e report.Leg) string {
	switch {
	case e.A.CanRelay() && e.B.CanRelay():
		return "R↔R"
	case e.A.CanRelay() || e.B.CanRelay():
		return "C↔R"
	}
	return "C↔C"
}

// legStats sums lengths up.
func legStats(list []float64) apiLegStats {
	if len(list) == 0 {
		return apiLegStats{}
	}
	list = slices.Sorted(slices.Values(list))
	sum := 0.0
	for _, km := range list {
		sum += km
	}
	median := list[len(list)/2]
	if len(list)%2 == 0 {
		median = (median + list[len(list)/2-1]) / 2
	}
	return apiLegStats{len(list), hundredth(sum / float64(len(list))), hundredth(median), list[0], list[len(list)-1]}
}

// histogram counts lengths in bins of equal width, from the least to the
// greatest.
func histogram(list []float64) apiHistogram {
	out := apiHistogram{Bins: []apiBin{}}
	if len(list) == 0 {
		return out
	}
	out.Min, out.Max = slices.Min(list), slices.Max(list)
	width := (out.Max - out.Min) / distanceBins
	if width == 0 {
		width = 1.0 / distanceBins
	}
	for i := range distanceBins {
		out.Bins = append(out.Bins, apiBin{X: out.Min + float64(i)*width, W: width})
	}
	for _, km := range list {
		out.Bins[min(distanceBins-1, int((km-out.Min)/width))].Count++
	}
	return out
}
