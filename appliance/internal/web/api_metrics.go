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
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// apiMetrics is the answer to GET /api/observers/{id}/metrics.
type apiMetrics struct {
	ID      string      `json:"observer_id"`
	Name    string      `json:"observer_name"`
	Reboots []string    `json:"reboots"` // first samples after counters began anew
	Metrics []apiMetric `json:"metrics"`
}

// apiMetric is one sample. Shares are of the time since the one before, in
// percent; null where counters began anew or that is long ago.
type apiMetric struct {
	At         string   `json:"timestamp"`
	NoiseFloor *float64 `json:"noise_floor"` // dBm
	BatteryMV  *int     `json:"battery_mv"`
	TxAirtime  *float64 `json:"tx_airtime_pct"`
	RxAirtime  *float64 `json:"rx_airtime_pct"`
	Errors     *float64 `json:"recv_error_rate"`
	Reboot     bool     `json:"is_reboot_sample,omitempty"`
}

// resolutions are how far apart samples are.
var resolutions = map[string]time.Duration{"5m": 5 * time.Minute, "1h": time.Hour, "1d": 24 * time.Hour}

// apiObserverMetrics is GET /api/observers/{id}/metrics.
func (s *Server) apiObserverMetrics(h held, r *http.Request) (any, error) {
	v := r.URL.Query()
	now := s.Now().UnixMilli()
	since, err := apiInstant(v, "since")
	if err != nil {
		return nil, err
	}
	until, err := apiInstant(v, "until")
	if err != nil {
		return nil, err
	}
	word, err := apiChoice(v, "resolution", "5m", "1h", "1d")
	if err != nil {
		return nil, err
	}
	known, ok := anyCase(h.Store, r.PathValue("id"))
	if !ok {
		return nil, notFound("no such observer")
	}
	if until == 0 {
		until = now + 1
	}
	if since == 0 {
		since = until - (24 * time.Hour).Milliseconds()
	}
	if since >= until {
		return nil, wrong("since", "it is not before until")
	}
	each := resolutions[cmp.Or(word, "5m")]
	samples := lastOfEach(h.Store.Metrics(known.ID, since, until), each.Milliseconds())
	return apiMetricsOf(known, samples, each), nil
}

// lastOfEach keeps the last sample of every span of a length, ms.
func lastOfEach(all []mesh.MetricsSample, span int64) (list []mesh.MetricsSample) {
	for _, m := range all {
		if n := len(list); n > 0 && list[n-1].At/span == m.At/span {
			list[n-1] = m
		} else {
			list = append(list, m)
		}
	}
	return list
}

func apiMetricsOf(o mesh.Observer, samples []mesh.MetricsSample, each time.Duration) apiMetrics {
	out := apiMetrics{ID: strings.ToUpper(o.ID), Name: o.Name, Reboots: []string{}, Metrics: []apiMetric{}}
	rates := map[int64]health.Rate{}
	for _, rate := range health.Rates(samples) {
		rates[rate.To] = rate
	}
	for _, m := range samples {
		a := apiMetric{At: apiTime(m.At), NoiseFloor: noiseOf(m.NoiseDBm4)}
		if m.Has&1 != 0 && m.BatteryMV > 0 {
			a.BatteryMV = new(int(m.BatteryMV))
		}
		if rate, ok := rates[m.At]; ok {
			if a.Reboot = rate.Rebooted; rate.Rebooted {
				out.Reboots = append(out.Reboots, a.At)
			} else if rate.To-rate.From <= 2*each.Milliseconds() {
				a.TxAirtime, a.RxAirtime, a.Errors = percentOr(rate.Tx), percentOr(rate.Rx), percentOr(rate.Errors)
			}
		}
		out.Metrics = append(out.Metrics, a)
	}
	return out
}

// percentOr is a share in percent to a hundredth; nil if it is not known.
func percentOr(share float64) *float64 {
	if share < 0 {
		return nil
	}
	return new(math.Round(10_000*share) / 100)
}

// noiseOf is a noise floor in dBm, by quarters of it; nil if it is not known.
func noiseOf(dBm4 int16) *float64 {
	if dBm4 == 0 {
		return nil
	}
	return new(float64(dBm4) / 4)
}

// apiMetricsSummary is the answer to GET /api/observers/metrics/summary.
type apiMetricsSummary struct {
	Observers []apiMetricsRow `json:"observers"`
}

// apiMetricsRow is one observer over the window; "24h" in names is the window,
// whatever it is.
type apiMetricsRow struct {
	ID      string     `json:"observer_id"`
	Name    string     `json:"observer_name"`
	IATA    *string    `json:"iata"`
	Noise   *float64   `json:"current_noise_floor"`
	Average *float64   `json:"avg_noise_floor_24h"`
	Most    *float64   `json:"max_noise_floor_24h"`
	Battery *int       `json:"battery_mv"`
	Samples int        `json:"sample_count"`
	Spark   []*float64 `json:"sparkline"` // noise floor by 24 equal parts, null where none was sent
}

const sparkParts = 24

// apiMetricsSummary is GET /api/observers/metrics/summary: the noisiest first.
func (s *Server) apiMetricsSummary(h held, r *http.Request) (any, error) {
	v := r.URL.Query()
	now := s.Now()
	from, to, err := apiWindow(v, now)
	if err != nil {
		return nil, err
	}
	regions, err := apiRegions(v)
	if err != nil {
		return nil, err
	}
	if to == 0 {
		to = now.UnixMilli() + 1
	}
	if from == 0 {
		from = to - (24 * time.Hour).Milliseconds()
	}
	out := apiMetricsSummary{Observers: []apiMetricsRow{}}
	for _, o := range h.Store.Observers() {
		if regions != nil && !slices.Contains(regions, strings.ToUpper(o.Region)) {
			continue
		}
		if row := metricsRow(h.Store, o, from, to); row.Samples > 0 {
			out.Observers = append(out.Observers, row)
		}
	}
	slices.SortFunc(out.Observers, func(a, b apiMetricsRow) int {
		return cmp.Or(cmp.Compare(valueOr(b.Most), valueOr(a.Most)), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// valueOr is a noise floor; below all if there is none.
func valueOr(x *float64) float64 {
	if x == nil {
		return math.Inf(-1)
	}
	return *x
}

// metricsRow sums an observer up.
func metricsRow(st *store.Store, o mesh.Observer, from, to int64) apiMetricsRow {
	row := apiMetricsRow{ID: strings.ToUpper(o.ID), Name: o.Name, IATA: textOr(o.Region), Spark: make([]*float64, sparkParts)}
	sum, most, n := 0.0, 0.0, 0
	battery, latest := 0, int16(0)
	var parts [sparkParts]int16 // quarter dBm; 0: none
	st.EachMetrics(o.ID, from, to, func(m *mesh.MetricsSample) {
		row.Samples++
		if m.Has&1 != 0 && m.BatteryMV > 0 {
			battery = int(m.BatteryMV)
		}
		if m.NoiseDBm4 == 0 {
			return
		}
		noise := float64(m.NoiseDBm4) / 4
		if n == 0 || noise > most {
			most = noise
		}
		latest, sum, n = m.NoiseDBm4, sum+noise, n+1
		parts[min(sparkParts-1, int((m.At-from)*sparkParts/(to-from)))] = m.NoiseDBm4
	})
	if battery > 0 {
		row.Battery = &battery
	}
	for i, noise := range parts {
		row.Spark[i] = noiseOf(noise)
	}
	if n > 0 {
		row.Noise, row.Most, row.Average = noiseOf(latest), &most, new(math.Round(100*sum/float64(n))/100)
	}
	return row
}

// apiRoles is the answer to GET /api/analytics/roles.
type apiRoles struct {
	Total int       `json:"totalNodes"`
	Roles []apiRole `json:"roles"`
}

// apiRole is how the clocks of the nodes of a role stand.
type apiRole struct {
	Role     string   `json:"role"`
	Nodes    int      `json:"nodeCount"`
	WithSkew int      `json:"withSkew"`
	Mean     *float64 `json:"meanAbsSkewSec"`
	Median   *float64 `json:"medianAbsSkewSec"`
	OK       int      `json:"okCount"`
	Warning  int      `json:"warningCount"`
	Critical int      `json:"criticalCount"`
	Absurd   int      `json:"absurdCount"`
	NoClock  int      `json:"noClockCount"`
}

// apiRolesOf is GET /api/analytics/roles: every node whose clock was told is in
// one of the counts.
func (s *Server) apiRolesOf(h held, _ *http.Request) (any, error) {
	if h.Index == nil {
		return nil, errIndexLoading
	}
	clocks := h.Index.Nodes.Clocks()
	by := map[meshcore.Role]*apiRole{}
	off := map[meshcore.Role][]float64{}
	out := apiRoles{Roles: []apiRole{}}
	for _, n := range nodesOf(h).All(s.Now().UnixMilli()) {
		role := by[n.Node.Role]
		if role == nil {
			role = &apiRole{Role: n.Node.Role.String()}
			by[n.Node.Role] = role
		}
		out.Total++
		role.Nodes++
		c, told := clocks[n.Node.Key]
		if !told || c.Samples == 0 && c.Unset == 0 {
			continue
		}
		*map[string]*int{"ok": &role.OK, "warning": &role.Warning, "critical": &role.Critical, "absurd": &role.Absurd, "no_clock": &role.NoClock}[severityOf(c)]++
		if c.Samples > 0 {
			role.WithSkew++
			off[n.Node.Role] = append(off[n.Node.Role], math.Abs(float64(c.Offset)/1000))
		}
	}
	for key, role := range by {
		if list := off[key]; len(list) > 0 {
			sum := legStats(list)
			role.Mean, role.Median = &sum.Avg, &sum.Median
		}
		out.Roles = append(out.Roles, *role)
	}
	slices.SortFunc(out.Roles, func(a, b apiRole) int {
		return cmp.Or(cmp.Compare(b.Nodes, a.Nodes), cmp.Compare(a.Role, b.Role))
	})
	return out, nil
}
