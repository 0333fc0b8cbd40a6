package simmesh

import "math"

// calibration is what a trial run in a copy of the world finds.
type calibration struct {
	capture    float64 // share of what it hears that an observer of quality 1 reports
	perSession float64 // observations per session, then
}

// calibrate runs some traffic and chooses the share that observers report, so
// that a heard transmission has cfg.PerTx observations on average.
func calibrate(cfg Config) calibration {
	w := newWorld(cfg)
	var sums []float64 // by transmission: qualities of those that heard it
	radio := newRadio(w, newRNG(cfg.Seed, 0xB8A7E), func(o *observer, _ *frame, _ int64, _ float64, _ bool) {
		sums[len(sums)-1] += o.quality
	})
	t := newTraffic(w, newRNG(cfg.Seed, 0xCA11), radio)
	t.onSend = func() { sums = append(sums, 0) }
	sessions := 0
	for at := cfg.Start.UnixMilli() + 1000; t.sent < 1500; at += 1000 {
		t.newSession(at)
		sessions++
		for len(t.jobs) > 0 && t.jobs[0].at < at+1000 {
			j := t.jobs.pop()
			j.run(j.at)
		}
	}
	lo, hi := 0.0, 1.0
	for range 40 {
		if mid := (lo + hi) / 2; meanHeard(sums, mid) < cfg.PerTx {
			lo = mid
		} else {
			hi = mid
		}
	}
	total := 0.0
	for _, s := range sums {
		total += hi * s
	}
	return calibration{capture: hi, perSession: total / float64(sessions)}
}

// meanHeard is the observations of a transmission that is heard at all, at a
// share of capture; Poisson.
func meanHeard(sums []float64, capture float64) float64 {
	obs, heard := 0.0, 0.0
	for _, s := range sums {
		obs += capture * s
		heard += 1 - math.Exp(-capture*s)
	}
	if heard == 0 {
		return 0
	}
	return obs / heard
}
