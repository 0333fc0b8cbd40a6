package simmesh

import (
	"context"
	"time"
)

// Live is a mesh that goes on for ever. Its beginning is the corpus that
// [Generate] makes of the same Config: make that with Past, then go on with
// Next or Run. Without Past it begins at cfg.Start. It is not safe for
// concurrent use.
type Live struct {
	s    *sim
	out  []Message // made, not yet handed out
	rate float64   // packet messages a second
}

// maxOff is how far a message's time may be off the present in Run.
const maxOff = time.Minute

// NewLive builds a mesh. Its rate, in Next, is that of the Config's corpus:
// Observations in Hours.
func NewLive(cfg Config) (*Live, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	l := &Live{rate: float64(cfg.Observations) / (cfg.Hours * 3600)}
	l.s = newSim(cfg, nil)
	l.s.emit = func(r *record) error {
		l.out = append(l.out, r.message())
		return nil
	}
	l.s.perSession = max(0.01, l.s.trial.perSession)
	return l, nil
}

// Truth tells the mesh's nodes, links, channels and regions.
func (l *Live) Truth() Truth { return l.s.w.truth() }

// Past makes the corpus of the Config, byte for byte that of [Generate]; what
// comes after it continues it. It must be called first, or not at all. An
// error of emit ends it, and the mesh with it.
func (l *Live) Past(emit func(Message) error) error {
	measured := l.s.perSession
	l.s.perSession = l.s.cfg.PerTx
	keep := l.s.emit
	l.s.emit = func(r *record) error { return emit(r.message()) }
	err := l.s.run()
	l.s.emit, l.s.limit = keep, noLimit
	if l.s.begun < 200 { // not measured yet
		l.s.perSession = measured
	}
	return err
}

// Next is the next message to arrive at the broker; none arrives earlier than
// the one before it.
func (l *Live) Next() Message {
	for len(l.out) == 0 {
		l.s.step(1000 * l.s.perSession / l.rate)
	}
	m := l.out[0]
	l.out = l.out[1:]
	return m
}

// Run publishes messages when they are due: their times, and the clocks of the
// nodes that sent them, are those of the present. rate is the mean of packet
// messages a second over a day, which has busy and quiet hours; 0 leaves it as
// it is. Where the mesh is more than a minute away from the present, because
// its past ended elsewhere, or the computer slept, or its clock was set, it
// jumps there, as if nothing had happened in between.
//
// Run returns the first error of publish, or that of ctx.
func (l *Live) Run(ctx context.Context, rate float64, publish func(Message) error) error {
	if rate > 0 {
		l.rate = rate
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		m := l.Next()
		for wait := until(m); wait > 0 && wait <= maxOff; wait = until(m) {
			timer.Reset(wait)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-timer.C:
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if wait := until(m); wait > maxOff || wait < -maxOff {
			l.jump(time.Now())
			continue
		}
		if err := publish(m); err != nil {
			return err
		}
	}
}

// until is the time until a message is due, by the computer's clock: it may be
// set while the mesh runs, which the monotonic clock does not show.
func until(m Message) time.Duration { return m.At.Sub(time.Now().Round(0)) }

// jump goes to another time. What is under way is lost.
func (l *Live) jump(to time.Time) {
	l.out = nil
	l.s.jump(to.UnixMilli())
}
