package health

import "hilltop/appliance/internal/mesh"

// Rate is what an observer's counters say of the time between two of its
// samples.
type Rate struct {
	From, To int64 // arrivals of the samples, Unix ms
	// Rebooted tells that the counters began anew in between: nothing else is
	// then known of the time.
	Rebooted bool
	// Shares are of the time, 0 to 1; -1 unknown.
	Tx, Rx float64
	// Errors is the share of receptions that were broken; -1 unknown.
	Errors float64
}

// The bits of mesh.MetricsSample.Has.
const (
	hasUptime = 1 << 1
	hasTx     = 1 << 3
	hasRx     = 1 << 4
	hasRecv   = 1 << 6
	hasErrors = 1 << 7
)

const unknown = -1

// uptimeSlack is how much less than the time between two arrivals an uptime may
// have grown, in ms: statuses are delayed.
const uptimeSlack = 60_000

// Rates gives the rates between each two neighbouring samples, which are in
// order of arrival.
func Rates(samples []mesh.MetricsSample) []Rate {
	if len(samples) < 2 {
		return nil
	}
	list := make([]Rate, 0, len(samples)-1)
	for i := 1; i < len(samples); i++ {
		if a, b := &samples[i-1], &samples[i]; b.At > a.At {
			list = append(list, rateOf(a, b))
		}
	}
	return list
}

func rateOf(a, b *mesh.MetricsSample) Rate {
	r := Rate{From: a.At, To: b.At, Tx: unknown, Rx: unknown, Errors: unknown}
	both := a.Has & b.Has
	if r.Rebooted = rebooted(a, b, both); r.Rebooted {
		return r
	}
	seconds := float64(b.At-a.At) / 1000
	if both&hasTx != 0 {
		r.Tx = min(float64(b.TxAirS-a.TxAirS)/seconds, 1)
	}
	if both&hasRx != 0 {
		r.Rx = min(float64(b.RxAirS-a.RxAirS)/seconds, 1)
	}
	if both&hasRecv != 0 && both&hasErrors != 0 {
		good, bad := float64(b.Received-a.Received), float64(b.RecvErrors-a.RecvErrors)
		if good+bad > 0 {
			r.Errors = bad / (good + bad)
		}
	}
	return r
}

// rebooted tells whether any counter stands lower than it did, or the uptime
// is shorter than the time between: then it began anew although it has since
// passed where it stood.
func rebooted(a, b *mesh.MetricsSample, both uint16) bool {
	for _, c := range [...]struct {
		bit         uint16
		before, now uint32
	}{
		{hasUptime, a.UptimeS, b.UptimeS}, {hasTx, a.TxAirS, b.TxAirS}, {hasRx, a.RxAirS, b.RxAirS},
		{1 << 5, a.Sent, b.Sent}, {hasRecv, a.Received, b.Received}, {hasErrors, a.RecvErrors, b.RecvErrors},
	} {
		if both&c.bit != 0 && c.now < c.before {
			return true
		}
	}
	return b.Has&hasUptime != 0 && int64(b.UptimeS)*1000+uptimeSlack < b.At-a.At
}

// Metered sums up rates over a time.
type Metered struct {
	Tx, Rx, Errors float64 // weighted by the times known; -1 unknown
	Known          int64   // ms of the time in which the counters did not begin anew
	Reboots        []int64 // arrivals of the first samples after them, Unix ms
}

// Sum sums rates up.
func Sum(list []Rate) Metered {
	var tx, rx, errs mean
	var m Metered
	for _, r := range list {
		if r.Rebooted {
			m.Reboots = append(m.Reboots, r.To)
			continue
		}
		span := float64(r.To - r.From)
		m.Known += r.To - r.From
		tx.add(r.Tx, span)
		rx.add(r.Rx, span)
		errs.add(r.Errors, span)
	}
	m.Tx, m.Rx, m.Errors = tx.value(), rx.value(), errs.value()
	return m
}

// mean is a weighted mean of what is known.
type mean struct{ sum, weight float64 }

func (m *mean) add(v, weight float64) {
	if v != unknown {
		m.sum += v * weight
		m.weight += weight
	}
}

func (m *mean) value() float64 {
	if m.weight == 0 {
		return unknown
	}
	return m.sum / m.weight
}
