package simmesh

import "math"

// hear is the radio's report: it decides whether, when, how often and in what
// state a frame reaches the broker.
func (s *sim) hear(o *observer, f *frame, atMs int64, snr float64, tx bool) {
	if !s.r.chance(s.trial.capture*o.quality) || o.down(atMs) {
		return
	}
	rec := record{rxMs: atMs, o: o, f: f}
	if tx {
		rec.kind = recordTX
	} else {
		rec.rssi = int16(math.Round(math.Min(o.n.noiseDBm+snr, -22)))
		rec.snr = float32(math.Round(math.Min(snr, 12.5+0.5*s.r.NormFloat64())*4) / 4)
	}
	delay := o.latency * math.Exp(0.35*s.r.NormFloat64())
	if s.r.chance(0.004) { // a stalled connection
		delay += s.r.ExpFloat64() * 60e3
	}
	rec.at = atMs + int64(delay)
	if s.r.chance(s.cfg.Malformed) {
		rec.fault, rec.entry = Fault(1+s.r.IntN(int(faultKinds)-1)), uint16(s.r.Uint32())
	}
	s.push(rec)
	if s.r.chance(s.cfg.Duplicates) {
		rec.at += s.r.msBetween(5, 3000)
		s.push(rec)
	}
}

func (s *sim) push(r record) {
	s.seq++
	r.seq = s.seq
	s.queue.push(r)
}

func (s *sim) planStatuses(after int64) {
	for _, o := range s.w.observers {
		s.traffic.later(after+o.statusMs, func(at int64) { s.status(o, at) })
	}
}

// status sends an observer's periodic message and plans its next outage.
func (s *sim) status(o *observer, at int64) {
	if at >= o.downTo {
		o.planOutage(s.r, at)
		if s.r.chance(0.5) {
			o.bootMs = at // it was a reboot
		}
	}
	rec := record{at: at, o: o, kind: recordOnline, entry: uint16(s.r.Uint32())}
	switch {
	case !o.down(at):
		s.push(rec)
	case at-o.downFrom < statusEvery: // the broker publishes its last will, once
		rec.kind = recordOffline
		s.push(rec)
	}
	s.traffic.later(at+statusEvery, func(at int64) { s.status(o, at) })
}
