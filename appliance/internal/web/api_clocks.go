package web

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
)

// apiSkew is how far a node's clock is off. Seconds; ahead is positive.
type apiSkew struct {
	PublicKey   string   `json:"pubkey"`
	Name        string   `json:"nodeName"`
	Role        string   `json:"nodeRole"`
	SampleCount int      `json:"sampleCount"`         // adverts since the last reset
	MedianSec   *float64 `json:"medianSkewSec"`       // at the last of them, off the line of its drift
	RecentSec   *float64 `json:"recentMedianSkewSec"` // the same
	LastHeard   *string  `json:"lastObservedTS"`
	DriftPerDay *float64 `json:"driftPerDaySec"` // null while too few adverts tell
	Severity    string   `json:"severity"`       // ok, warning, critical, absurd, no_clock
	Calibrated  bool     `json:"calibrated"`     // always: only proven clocks are asked
	Resets      int      `json:"resets"`
	Unset       int      `json:"unsetSamples"`

	Samples []apiSkewSample `json:"samples,omitempty"` // of one node alone, oldest first
}

// apiSkewSample is what one advert said.
type apiSkewSample struct {
	At      string  `json:"ts"`
	SkewSec float64 `json:"skew"`
}

// severityOf words how bad an offset is, in the field's classes.
func severityOf(c health.Clock) string {
	off := max(c.Offset, -c.Offset) / 1000
	const day = 86_400
	switch {
	case c.Samples == 0, off >= 365*day:
		return "no_clock"
	case off >= 30*day:
		return "absurd"
	case off >= 3600:
		return "critical"
	case off >= 300:
		return "warning"
	}
	return "ok"
}

func apiSkewOf(n mesh.Node, c health.Clock) apiSkew {
	out := apiSkew{
		PublicKey: n.Key.String(), Name: n.Name, Role: n.Role.String(),
		SampleCount: c.Samples, Severity: severityOf(c), Calibrated: true, Resets: len(c.Resets), Unset: c.Unset,
	}
	if c.Samples > 0 {
		off := float64(c.Offset) / 1000
		out.MedianSec, out.RecentSec, out.LastHeard = &off, &off, apiTimeOr(c.At)
	}
	if c.HasDrift {
		out.DriftPerDay = new(math.Round(c.Drift*100) / 100)
	}
	return out
}

// apiSkews is GET /api/nodes/clock-skew: the worst first.
func (s *Server) apiSkews(h held, r *http.Request) (any, error) {
	in, err := h.apiAreas(r.URL.Query())
	if err != nil {
		return nil, err
	}
	if h.Index == nil {
		return nil, errIndexLoading
	}
	out := []apiSkew{}
	for key, c := range h.Index.Nodes.Clocks() {
		if n, ok := h.Store.Node(key); ok && n.FirstAdvert != 0 && in.Has(&n) {
			out = append(out, apiSkewOf(n, c))
		}
	}
	off := func(a apiSkew) float64 {
		if a.MedianSec == nil {
			return math.Inf(1)
		}
		return math.Abs(*a.MedianSec)
	}
	slices.SortFunc(out, func(a, b apiSkew) int {
		return cmp.Or(cmp.Compare(off(b), off(a)), cmp.Compare(a.PublicKey, b.PublicKey))
	})
	return out, nil
}

// apiNodeSkew is GET /api/nodes/{key}/clock-skew.
func (s *Server) apiNodeSkew(h held, r *http.Request) (any, error) {
	row, err := s.nodeByKey(h, r.PathValue("key"))
	if err != nil {
		return nil, err
	}
	if h.Index == nil {
		return nil, errIndexLoading
	}
	var said []health.Said
	var samples []apiSkewSample
	for _, a := range h.Index.Nodes.Sent(row.Node.Key) {
		if a.Heard == 0 {
			continue
		}
		said = append(said, health.Said{Heard: a.Heard, Timestamp: a.Stamp})
		samples = append(samples, apiSkewSample{apiTime(a.Heard), float64(int64(a.Stamp)*1000-a.Heard) / 1000})
	}
	out := apiSkewOf(row.Node, health.JudgeClock(said))
	out.Samples = samples
	return out, nil
}

// apiObserverSkew is how far an observer's clock is off.
type apiObserverSkew struct {
	ID        string  `json:"observerID"`
	OffsetSec float64 `json:"offsetSec"` // ahead is positive; at most: its quickest message took some time too
	Samples   int     `json:"samples"`   // slots of ten minutes that it was seen in
}

// apiObserverSkews is GET /api/observers/clock-skew: the worst first.
func (s *Server) apiObserverSkews(h held, _ *http.Request) (any, error) {
	out := []apiObserverSkew{}
	for _, o := range h.Store.Observers() {
		if o.Clock.LeastAt != 0 {
			out = append(out, apiObserverSkew{strings.ToUpper(o.ID), float64(-o.Clock.Least) / 1000, len(o.Clock.Recent)})
		}
	}
	slices.SortFunc(out, func(a, b apiObserverSkew) int {
		return cmp.Or(cmp.Compare(math.Abs(b.OffsetSec), math.Abs(a.OffsetSec)), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// apiStatus is the answer to GET /api/nodes/network-status.
type apiStatus struct {
	Total      int            `json:"total"`
	Active     int            `json:"active"`
	Degraded   int            `json:"degraded"` // quiet
	Silent     int            `json:"silent"`
	RoleCounts map[string]int `json:"roleCounts"`
}

// apiNetworkStatus is GET /api/nodes/network-status: each node by its own
// cadence.
func (s *Server) apiNetworkStatus(h held, _ *http.Request) (any, error) {
	if h.Index == nil {
		return nil, errIndexLoading
	}
	out := apiStatus{RoleCounts: map[string]int{}}
	for _, n := range nodesOf(h).All(s.Now().UnixMilli()) {
		out.Total++
		out.RoleCounts[n.Node.Role.String()]++
		switch n.State {
		case mesh.NodeActive:
			out.Active++
		case mesh.NodeQuiet:
			out.Degraded++
		default:
			out.Silent++
		}
	}
	return out, nil
}

// apiBattery is the answer to GET /api/nodes/{key}/battery.
type apiBattery struct {
	PublicKey  string             `json:"public_key"`
	Days       int                `json:"days"`
	Samples    []apiBatterySample `json:"samples"`
	LatestMV   *int               `json:"latest_mv"`
	LatestTS   *string            `json:"latest_ts"`
	Status     string             `json:"status"` // ok, low, critical, unknown
	Thresholds struct {
		LowMV      int `json:"low_mv"`
		CriticalMV int `json:"critical_mv"`
	} `json:"thresholds"`
}

type apiBatterySample struct {
	At string `json:"timestamp"`
	MV int    `json:"battery_mv"`
}

// The voltages of a lithium cell that the field warns at.
const (
	batteryLow      = 3300 // mV
	batteryCritical = 3000
	batteryDaysMost = 365
)

// apiNodeBattery is GET /api/nodes/{key}/battery: of nodes that are observers;
// adverts have none.
func (s *Server) apiNodeBattery(h held, r *http.Request) (any, error) {
	row, err := s.nodeByKey(h, r.PathValue("key"))
	if err != nil {
		return nil, err
	}
	days, err := apiDays(r.URL.Query(), 7, batteryDaysMost)
	if err != nil {
		return nil, err
	}
	out := apiBattery{PublicKey: row.Node.Key.String(), Days: days, Samples: []apiBatterySample{}, Status: "unknown"}
	out.Thresholds.LowMV, out.Thresholds.CriticalMV = batteryLow, batteryCritical
	now := s.Now()
	for _, m := range h.Store.Metrics(strings.ToUpper(out.PublicKey), now.Add(-time.Duration(days)*24*time.Hour).UnixMilli(), now.UnixMilli()+1) {
		if m.Has&1 != 0 && m.BatteryMV > 0 {
			out.Samples = append(out.Samples, apiBatterySample{apiTime(m.At), int(m.BatteryMV)})
			out.LatestMV, out.LatestTS = new(int(m.BatteryMV)), apiTimeOr(m.At)
		}
	}
	if out.LatestMV != nil {
		out.Status = batteryStatus(*out.LatestMV)
	}
	return out, nil
}

func batteryStatus(mv int) string {
	switch {
	case mv < batteryCritical:
		return "critical"
	case mv < batteryLow:
		return "low"
	}
	return "ok"
}
