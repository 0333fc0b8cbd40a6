package simmesh

import (
	"errors"
	"math"
)

// ErrDeaf says that no observer of a mesh hears anything: it needs more nodes,
// more observers, a higher RelayDegree, or another Seed.
var ErrDeaf = errors.New("simulated mesh: no observer hears anything")

// deafAfter is how many sessions without a message make a mesh deaf.
const deafAfter = 20_000

const noLimit = math.MaxInt

// sim runs a world and emits records in order of arrival.
type sim struct {
	cfg     Config
	w       *world
	r       rng
	traffic *traffic
	trial   calibration
	queue   heap[record]
	seq     uint64
	emit    func(*record) error
	err     error // of emit; nothing is emitted after it

	at         float64 // now, ms
	begun      int     // sessions
	packets    int     // packet messages emitted
	limit      int     // packet messages after which nothing is emitted
	perSession float64 // observations per session, measured as it goes
}

func newSim(cfg Config, emit func(*record) error) *sim {
	s := &sim{
		cfg: cfg, w: newWorld(cfg), r: newRNG(cfg.TrafficSeed, 0x5EED), emit: emit,
		at: float64(cfg.Start.UnixMilli()), limit: noLimit, perSession: cfg.PerTx, trial: calibrate(cfg),
	}
	s.traffic = newTraffic(s.w, newRNG(cfg.TrafficSeed, 0x7AFF1C), newRadio(s.w, newRNG(cfg.TrafficSeed, 0x0ADD10), s.hear))
	s.planStatuses(cfg.Start.UnixMilli())
	if s.w.linksAfter != nil {
		half := 0.5 * float64(s.end()-cfg.Start.UnixMilli())
		s.traffic.later(cfg.Start.UnixMilli()+int64(half), func(int64) { s.w.move() })
	}
	return s
}

// end is when the span of a corpus ends, ms.
func (s *sim) end() int64 { return s.cfg.Start.UnixMilli() + int64(s.cfg.Hours*3600e3) }

// run simulates until the wanted number of packet messages is out. It aims at
// the end of the span: what is left goes over the time that is left.
func (s *sim) run() error {
	s.limit = s.cfg.Observations
	for s.packets < s.limit && s.err == nil {
		left := float64(s.limit - s.packets - len(s.queue))
		gap := (float64(s.end()) - s.at) / math.Max(1, left/s.perSession)
		s.step(math.Max(gap, 0.5))
		if s.begun == deafAfter && s.packets == 0 {
			return ErrDeaf
		}
	}
	return s.err
}

// step goes on to the next session, gap ms on average from now, and begins it.
func (s *sim) step(gap float64) {
	s.at += s.r.ExpFloat64() * gap / busyness(int64(s.at))
	now := int64(s.at)
	for len(s.traffic.jobs) > 0 && s.traffic.jobs[0].at <= now && s.emitting() {
		j := s.traffic.jobs.pop()
		j.run(j.at)
		s.release(min(j.at, now))
	}
	s.release(now)
	s.traffic.newSession(now)
	s.begun++
	if s.begun%200 == 0 {
		s.perSession = math.Max(0.01, float64(s.packets+len(s.queue))/float64(s.begun))
	}
}

func (s *sim) emitting() bool { return s.packets < s.limit && s.err == nil }

// jump goes to another time and forgets what is under way.
func (s *sim) jump(to int64) {
	s.at, s.queue, s.traffic.jobs = float64(to), nil, nil
	for _, o := range s.w.observers {
		o.planOutage(s.r, to)
	}
	s.planStatuses(to)
}

// release emits what arrived before t: nothing that is still to come can be
// earlier.
func (s *sim) release(t int64) {
	for len(s.queue) > 0 && s.queue[0].at < t && s.emitting() {
		r := s.queue.pop()
		if !r.isStatus() {
			s.packets++
		}
		s.err = s.emit(&r)
	}
}

// busyness is the time of day's effect on traffic, with a mean of 1: most of
// it comes at 18 o'clock, UTC-8.
func busyness(ms int64) float64 {
	hour := float64(ms%86400000)/3600e3 - 8
	return 1 + 0.5*math.Cos(2*math.Pi*(hour-18)/24)
}
