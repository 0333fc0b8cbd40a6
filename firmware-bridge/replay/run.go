package replay

import (
	"context"
	"errors"
	"io"
	"time"

	"hilltop/firmware-bridge/observer"
)

// Run plays the recording to its end: each message goes to out when it is due.
// speed is a multiple of the recorded pace; 0 is as fast as out takes them.
// Where the recorded time goes back, as between files, the pace starts anew.
//
// Run returns the first error of out, or that of ctx. Files that cannot be
// read, or not to their end, do not stop it; their errors come joined.
func (r *Recording) Run(ctx context.Context, speed float64, out func(observer.Envelope) error) error {
	defer r.Close()
	p := pace{speed: speed}
	var broken []error
	for {
		e, err := r.Next()
		if err == io.EOF {
			return errors.Join(broken...)
		}
		if err != nil {
			broken = append(broken, err)
			continue
		}
		if err := p.wait(ctx, e.Arrived); err != nil {
			return err
		}
		if err := out(e); err != nil {
			return err
		}
	}
}

// pace tells when messages are due.
type pace struct {
	speed   float64
	begun   time.Time // when the message of time first was played
	first   time.Time
	last    time.Time
	started bool
}

// wait returns when a message of that time is due, or with ctx's error.
func (p *pace) wait(ctx context.Context, at time.Time) error {
	if err := ctx.Err(); err != nil || p.speed <= 0 {
		return err
	}
	if !p.started || at.Before(p.last) {
		p.begun, p.first, p.started = time.Now(), at, true
	}
	p.last = at
	d := time.Until(p.begun.Add(p.after(at)))
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// after is how long after the first message one is due; a span too long to
// express is the longest one.
func (p *pace) after(at time.Time) time.Duration {
	d := float64(at.Sub(p.first)) / p.speed
	if d >= 1<<62 {
		return 1 << 62
	}
	return time.Duration(d)
}
