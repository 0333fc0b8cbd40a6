package web

import (
	"bytes"
	"cmp"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
)

// apiHearer is an observer that heard a node itself: no relay was between.
type apiHearer struct {
	ID       string   `json:"observer_id"`
	Name     string   `json:"observer_name"`
	AvgSNR   *float64 `json:"avgSnr"`  // dB
	AvgRSSI  *float64 `json:"avgRssi"` // dBm
	Count    int64    `json:"packetCount"`
	CanRelay *bool    `json:"can_relay,omitempty"`
}

func apiHearersOf(list []report.NodeObserver) []apiHearer {
	out := make([]apiHearer, 0, len(list))
	for _, o := range list {
		x := apiHearer{ID: strings.ToUpper(o.Observer.ID), Name: o.Observer.Name, Count: o.Count, AvgSNR: meanSNR(o.SNR.Count, o.SNR.Mean4)}
		if o.RSSI.Count > 0 {
			x.AvgRSSI = new(math.Round(100*o.RSSI.Mean) / 100)
		}
		if o.Observer.Repeat != mesh.Unknown {
			x.CanRelay = new(o.Observer.Repeat == mesh.Yes)
		}
		out = append(out, x)
	}
	return out
}

// meanSNR is a mean of quarter dB in dB, nil of none.
func meanSNR(n int64, mean4 float64) *float64 {
	if n == 0 {
		return nil
	}
	return new(math.Round(25*mean4) / 100)
}

// apiHealthStats is what a node sent, over all that is held.
type apiHealthStats struct {
	Transmissions int64    `json:"totalTransmissions"` // adverts that it sent, and packets that it certainly relayed
	Observations  int64    `json:"totalObservations"`  // of its adverts, and of copies that came by way of it
	Packets       int64    `json:"totalPackets"`       // as totalTransmissions
	Today         int64    `json:"packetsToday"`       // of these, since midnight UTC
	AvgSNR        *float64 `json:"avgSnr"`             // of the observers that heard it itself
	AvgHops       int64    `json:"avgHops"`            // relays that its observations passed, rounded
	LastHeard     *string  `json:"lastHeard"`
}

func apiHealthStatsOf(h report.NodeSums) apiHealthStats {
	return apiHealthStats{
		Transmissions: h.Packets, Packets: h.Packets, Observations: h.Receptions, Today: h.Today,
		AvgSNR: meanSNR(h.SNR.Count, h.SNR.Mean4), AvgHops: int64(math.Round(h.Hops)), LastHeard: apiTimeOr(h.LastHeard),
	}
}

// apiHealth is the answer to GET /api/nodes/{key}/health.
type apiHealth struct {
	Node      apiNode           `json:"node"`
	Observers []apiHearer       `json:"observers"`
	Stats     apiHealthStats    `json:"stats"`
	Recent    []apiTransmission `json:"recentPackets"`
}

// recentShown is how many packets are listed with figures.
const recentShown = 20

// apiNodeHealth is GET /api/nodes/{key}/health.
func (s *Server) apiNodeHealth(h held, r *http.Request) (any, error) {
	row, err := s.nodeByKey(h, r.PathValue("key"))
	if err != nil {
		return nil, err
	}
	if h.Index == nil || h.Relays == nil || h.Links == nil {
		return nil, errIndexLoading
	}
	now := s.Now()
	nodes := nodesOf(h)
	list, err := nodes.Sums(r.Context(), []report.NodeRow{row}, now.UnixMilli())
	if err != nil {
		return nil, err
	}
	out := apiHealth{Node: apiNodeOf(h, row, oneWidth(h, row.Node.Key, now), now), Observers: apiHearersOf(list[0].Observers), Stats: apiHealthStatsOf(list[0])}
	out.Node.relayed(row, relayCountOf(h, row, now))
	out.Recent = s.apiRecent(h, nodes.Recent(row.Node.Key, recentShown))
	return out, nil
}

// apiRecent words packets by their numbers.
func (s *Server) apiRecent(h held, ids []uint64) []apiTransmission {
	out := make([]apiTransmission, 0, len(ids))
	for _, p := range s.packetsOf(h).Episodes(ids, false) {
		out = append(out, s.apiSent(p, h.Index != nil))
	}
	return out
}

// apiHealthRow is one node in the answer to GET /api/nodes/bulk-health.
type apiHealthRow struct {
	PublicKey string         `json:"public_key"`
	Name      string         `json:"name"`
	Role      string         `json:"role"`
	Lat       *float64       `json:"lat"`
	Lon       *float64       `json:"lon"`
	Stats     apiHealthStats `json:"stats"`
	Observers []apiHearer    `json:"observers"`
}

const bulkHealthMost = 200

// apiBulkHealth is GET /api/nodes/bulk-health: the last heard first.
func (s *Server) apiBulkHealth(h held, r *http.Request) (any, error) {
	v := r.URL.Query()
	limit, err := apiLimit(v, apiRowsUsual, bulkHealthMost)
	if err != nil {
		return nil, err
	}
	regions, err := apiRegions(v)
	if err != nil {
		return nil, err
	}
	in, err := h.apiAreas(v)
	if err != nil {
		return nil, err
	}
	if h.Index == nil || h.Relays == nil || h.Links == nil {
		return nil, errIndexLoading
	}
	heard := s.nodesHeard(h, regions)
	rows := make([]*report.NodeRow, 0, len(heard)) // a row is long: these are put in order instead
	for i := range heard {
		if in.Has(&heard[i].Node) {
			rows = append(rows, &heard[i])
		}
	}
	slices.SortFunc(rows, func(a, b *report.NodeRow) int {
		return cmp.Or(cmp.Compare(b.LastHeard, a.LastHeard), bytes.Compare(a.Node.Key[:], b.Node.Key[:]))
	})
	shown := make([]report.NodeRow, min(limit, len(rows)))
	for i := range shown {
		shown[i] = *rows[i]
	}
	list, err := nodesOf(h).Sums(r.Context(), shown, s.Now().UnixMilli())
	if err != nil {
		return nil, err
	}
	out := make([]apiHealthRow, 0, len(list))
	for _, n := range list {
		end := apiEndOf(n.Node)
		out = append(out, apiHealthRow{end.PublicKey, end.Name, end.Role, end.Lat, end.Lon, apiHealthStatsOf(n), apiHearersOf(n.Observers)})
	}
	return apiStream(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Total-Count", strconv.Itoa(len(rows))) // a list has no member that could say it
		s.writeAPI(w, r, http.StatusOK, out)
	}), nil
}
