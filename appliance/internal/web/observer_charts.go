package web

import (
	"fmt"
	"math"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/ui/part"
)

// Steps of a chart of a day's measurements: as long as most publishers take
// from status to status, many times over.
const (
	chartStep  = 30 * time.Minute
	chartSteps = 48
	chartLeast = 3 // measurements from which on a chart says more than its figure
)

// metricCharts draws what changes over a day: battery and noise floor, each by
// the means of half hours. A half hour without a measurement is a gap.
func metricCharts(all []mesh.MetricsSample, gaps []mesh.Gap, now time.Time) (charts []part.Chart) {
	for _, c := range []struct {
		name, unit string
		digits     int
		grain      float64 // ends of the scale lie on its multiples
		value      func(mesh.MetricsSample) (float64, bool)
	}{
		{"Battery", "V", 2, 0.1, func(m mesh.MetricsSample) (float64, bool) {
			return float64(m.BatteryMV) / 1000, m.Has&1 != 0 && m.BatteryMV > 0
		}},
		{"Noise floor", "dBm", 1, 5, func(m mesh.MetricsSample) (float64, bool) { return float64(m.NoiseDBm4) / 4, m.NoiseDBm4 != 0 }},
	} {
		s := stepped(all, now, c.value)
		if s.count < chartLeast {
			continue
		}
		text := func(v float64) string { return minus(fmt.Sprintf("%.*f", c.digits, v)) }
		low, high := math.Floor(s.low/c.grain)*c.grain, math.Ceil(s.high/c.grain)*c.grain
		if high <= low {
			high = low + c.grain
		}
		from := now.Add(-chartSteps * chartStep)
		charts = append(charts, part.Chart{
			Spark: part.Spark{
				Title:  c.name + ", 24 h",
				Values: s.means, First: "24 h ago", Last: "now",
				Deaf: deafSpans(gaps, from.UnixMilli(), now.UnixMilli(), now),
			},
			Kind: "line", Size: "m", Low: low, High: high,
			Scale:  []part.Tick{{At: low, Text: text(low)}, {At: (low + high) / 2, Text: text((low + high) / 2)}},
			Figure: text(s.last) + " " + c.unit,
			Note:   fmt.Sprintf("%s to %s %s · n=%s", text(s.low), text(s.high), c.unit, countText(int64(s.count))),
			Shown:  true,
		})
	}
	return charts
}

// steps are the means of equal spans that end now.
type steps struct {
	means           []float64 // NaN: no measurement
	low, high, last float64   // of single measurements
	count           int
}

func stepped(all []mesh.MetricsSample, now time.Time, value func(mesh.MetricsSample) (float64, bool)) steps {
	s := steps{means: make([]float64, chartSteps), low: math.Inf(1), high: math.Inf(-1)}
	counts := make([]int, chartSteps)
	var newest int64
	for _, m := range all {
		v, ok := value(m)
		age := now.Sub(time.UnixMilli(m.At))
		if !ok || age < 0 || age >= chartSteps*chartStep {
			continue
		}
		i := chartSteps - 1 - int(age/chartStep)
		s.means[i] += v
		counts[i]++
		s.count++
		s.low, s.high = min(s.low, v), max(s.high, v)
		if m.At >= newest {
			newest, s.last = m.At, v
		}
	}
	for i, n := range counts {
		if n == 0 {
			s.means[i] = math.NaN()
			continue
		}
		s.means[i] /= float64(n)
	}
	return s
}
