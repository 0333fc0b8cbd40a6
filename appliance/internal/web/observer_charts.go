package web

import (
	"fmt"
	"math"
	"strings"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/ui/part"
)

// Charts of measurements have so many steps, whatever their window: in that of a
// day a step is as long as most publishers take from status to status, many times
// over.
const (
	chartSteps = 48
	chartLeast = 3 // measurements from which on a chart says more than its figure
)

// point is one measurement.
type point struct {
	at int64 // Unix ms
	v  float64
}

// metric is something measured that is drawn.
type metric struct {
	name, unit string
	digits     int
	grain      float64 // ends of the scale lie on its multiples
	points     []point
}

// metricsOf are what there are charts of.
func metricsOf(all []mesh.MetricsSample, rates []health.Rate) []metric {
	list := []metric{
		{name: "Battery", unit: "V", digits: 2, grain: 0.1}, {name: "Noise floor", unit: "dBm", digits: 1, grain: 5},
		{name: "Sending", unit: "%", digits: 1, grain: 5}, {name: "Receiving", unit: "%", digits: 1, grain: 5},
		{name: "Broken receptions", unit: "%", digits: 1, grain: 5}, {name: "Queue", digits: 0, grain: 4},
	}
	add := func(i int, at int64, v float64, known bool) {
		if known {
			if list[i].points == nil {
				list[i].points = make([]point, 0, len(all))
			}
			list[i].points = append(list[i].points, point{at, v})
		}
	}
	for _, m := range all {
		add(0, m.At, float64(m.BatteryMV)/1000, m.Has&1 != 0 && m.BatteryMV > 0)
		add(1, m.At, float64(m.NoiseDBm4)/4, m.NoiseDBm4 != 0)
		add(5, m.At, float64(m.QueueLen), m.Has>>8&1 != 0)
	}
	for _, r := range rates {
		for i, share := range []float64{r.Tx, r.Rx, r.Errors} {
			add(2+i, r.To, 100*share, !r.Rebooted && share >= 0)
		}
	}
	return list
}

// metricCharts draws what changes over a window, each by the means of its steps.
// A step without a measurement is a gap.
func metricCharts(all []mesh.MetricsSample, rates []health.Rate, gaps []mesh.Gap, w observerWindow, now time.Time) (charts []part.Chart) {
	from := now.Add(-w.span())
	restarts := restartMarks(rates, from, now)
	for _, c := range metricsOf(all, rates) {
		s := stepped(c.points, w.span()/chartSteps, now)
		if s.count < chartLeast || c.name == "Queue" && s.high == 0 {
			continue
		}
		text := func(v float64) string { return minus(fmt.Sprintf("%.*f", c.digits, v)) }
		low, high := math.Floor(s.low/c.grain)*c.grain, math.Ceil(s.high/c.grain)*c.grain
		if high <= low {
			high = low + c.grain
		}
		charts = append(charts, part.Chart{
			Spark: part.Spark{
				Title:  c.name + ", " + w.label,
				Values: s.means, First: w.label + " ago", Last: "now",
				Deaf: deafSpans(gaps, from.UnixMilli(), now.UnixMilli(), now), Marks: restarts,
			},
			Kind: "line", Size: "m", Low: low, High: high,
			Scale:  []part.Tick{{At: low, Text: text(low)}, {At: (low + high) / 2, Text: text((low + high) / 2)}},
			Figure: strings.TrimSpace(text(s.last) + " " + c.unit),
			Note:   strings.TrimSpace(fmt.Sprintf("%s to %s %s", text(s.low), text(s.high), c.unit)) + " · n=" + countText(int64(s.count)),
			Shown:  true,
		})
	}
	return charts
}

// restartMarks are when an observer began anew, as far as its counters tell: at the
// latest before the measurement that shows it.
func restartMarks(rates []health.Rate, from, now time.Time) (marks []part.Mark) {
	for _, r := range rates {
		if at := time.UnixMilli(r.To); r.Rebooted && at.After(from) && !at.After(now) {
			marks = append(marks, part.Mark{At: float64(at.Sub(from)) / float64(now.Sub(from)), Reason: "restarted before " + minuteText(at, now)})
		}
	}
	return marks
}

// steps are the means of equal spans that end now.
type steps struct {
	means           []float64 // NaN: no measurement
	low, high, last float64   // of single measurements
	count           int
}

func stepped(all []point, each time.Duration, now time.Time) steps {
	s := steps{means: make([]float64, chartSteps), low: math.Inf(1), high: math.Inf(-1)}
	counts := make([]int, chartSteps)
	var newest int64
	for _, p := range all {
		age := now.Sub(time.UnixMilli(p.at))
		if age < 0 || age >= chartSteps*each {
			continue
		}
		i := chartSteps - 1 - int(age/each)
		s.means[i] += p.v
		counts[i]++
		s.count++
		s.low, s.high = min(s.low, p.v), max(s.high, p.v)
		if p.at >= newest {
			newest, s.last = p.at, p.v
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
