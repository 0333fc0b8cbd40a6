package mqtt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v4"

	"hilltop/firmware-bridge/observer"
)

// Source is a subscription to one foreign broker.
type Source struct {
	endpoint
	log    *slog.Logger
	ledger ledger
	retry  func() backoff.BackOff
}

// shortLife is how long a connection has to last to count as a sound one.
const shortLife = 10 * time.Second

// New checks the configuration; its errors begin with the name of the field
// that is wrong. It does not connect.
func New(cfg Config, log *slog.Logger) (*Source, error) {
	e, err := newEndpoint(cfg)
	if err != nil {
		return nil, fmt.Errorf("source %q: %w", cfg.Name, err)
	}
	s := &Source{endpoint: e, log: log.With("source", cfg.Name), retry: retryPace}
	s.ledger.state = State{Name: cfg.Name, URL: e.url.Redacted(), ClientID: e.ClientID, Insecure: cfg.Insecure, Since: time.Now()}
	return s, nil
}

// retryPace begins at about a second and ends at about a minute, with jitter,
// so that the clients of a broker that restarts do not all come at once.
func retryPace() backoff.BackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(time.Second), backoff.WithMultiplier(2), backoff.WithRandomizationFactor(0.5),
		backoff.WithMaxInterval(time.Minute), backoff.WithMaxElapsedTime(0))
}

// Run stays connected until ctx is done and then returns nil. It hands every
// message to deliver, which must not block, since keep-alives wait behind it;
// false means that the message was dropped, which is counted.
func (s *Source) Run(ctx context.Context, deliver func(observer.Envelope) bool) error {
	pace := s.retry()
	for ctx.Err() == nil {
		began := time.Now()
		err := s.session(ctx, deliver)
		if ctx.Err() != nil {
			break
		}
		subscribed := s.State().Connected
		lasted := time.Since(began) >= shortLife
		if subscribed && lasted || errors.Is(err, errSilent) {
			pace.Reset()
		}
		s.ledger.lost(time.Now(), explain(err).String(), subscribed && !lasted && !errors.Is(err, errSilent))
		wait := pace.NextBackOff()
		s.log.Warn("source is not connected", "err", err, "retry_in", wait.Round(time.Millisecond))
		pause(ctx, wait)
	}
	s.ledger.lost(time.Now(), s.State().LastError, false)
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// errSilent ends a connection over which nothing comes any more.
var errSilent = errors.New("nothing came for too long")

// session is one connection from dialling to its end.
func (s *Source) session(ctx context.Context, deliver func(observer.Envelope) bool) error {
	c, err := s.connect(ctx, func(e observer.Envelope) { s.take(e, deliver) })
	if err != nil {
		return err
	}
	defer c.close()
	granted, refused, err := c.subscribe(ctx, s.Topics)
	if err != nil {
		return err
	}
	now := time.Now()
	s.ledger.connected(now, granted, refused)
	s.log.Info("source is connected", "topics", granted)
	return s.watch(ctx, c, now)
}

func (s *Source) take(e observer.Envelope, deliver func(observer.Envelope) bool) {
	s.ledger.message(e.Arrived, e.Retained, deliver(e))
}

// watch waits for the end of the connection. A source that has ever delivered
// and is silent for too long gets a new connection: some brokers forget a
// subscription, and some networks a connection, without a word.
func (s *Source) watch(ctx context.Context, c *connection, since time.Time) error {
	timer := time.NewTimer(s.Silence)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-c.lost:
			return fmt.Errorf("connection lost: %w", err)
		case <-timer.C:
		}
		last := s.State().LastMsg
		quiet := time.Since(later(last, since))
		if !last.IsZero() && quiet >= s.Silence {
			return fmt.Errorf("%w: %s", errSilent, quiet.Round(time.Millisecond))
		}
		if last.IsZero() {
			quiet = 0
		}
		timer.Reset(s.Silence - quiet)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
