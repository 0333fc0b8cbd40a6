package record

import (
	"context"
	"sync"
	"time"

	"hilltop/appliance/internal/gate"
)

// Clock is the machine's clock and whether it is to be believed: a small
// computer without battery clock boots in 1970, or last week.
type Clock struct {
	now     func() time.Time
	synced  func() bool
	built   time.Time
	gate    *gate.Gate[Trust]
	confirm chan struct{}
	once    sync.Once
}

// Trust says since when and why the clock is believed.
type Trust struct {
	At  time.Time
	Why string
}

// The reasons to believe the clock.
const (
	TrustPlausible = "not before this program was built, nor before what is stored"
	TrustKernel    = "the system says that it is synchronised"
	TrustOperator  = "confirmed by the operator"
	TrustRecording = "times come from a recording"
)

const (
	clockSlack = 2 * time.Minute // that the time may lie before the newest stored arrival
	clockEvery = time.Second     // between two looks
)

// ClockOptions are what a clock needs; nil functions are the machine's.
type ClockOptions struct {
	Built        time.Time        // when the program was built; zero: not known
	Now          func() time.Time // with a monotonic reading, if it has one
	Synchronised func() bool      // whether the kernel says so
}

// NewClock makes a clock that is not yet believed. Its gate is called "clock".
func NewClock(o ClockOptions) *Clock {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Synchronised == nil {
		o.Synchronised = kernelSynchronised
	}
	return &Clock{now: o.Now, synced: o.Synchronised, built: o.Built,
		gate: gate.New[Trust]("clock"), confirm: make(chan struct{})}
}

// Now is the machine's time, right or wrong.
func (c *Clock) Now() time.Time { return c.now() }

// Gate opens when the clock is believed.
func (c *Clock) Gate() *gate.Gate[Trust] { return c.gate }

// Confirm is the operator's word that the machine's time is right.
func (c *Clock) Confirm() { c.once.Do(func() { close(c.confirm) }) }

// settle returns when the clock can be believed: newest is the newest stored
// arrival in Unix ms, 0 if there is none.
func (c *Clock) settle(ctx context.Context, newest int64) error {
	tick := time.NewTicker(clockEvery)
	defer tick.Stop()
	for {
		if why := c.reason(newest); why != "" {
			c.gate.Set(&Trust{At: c.now(), Why: why})
			return nil
		}
		select {
		case <-tick.C:
		case <-c.confirm:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// reason tells why the clock can be believed now, "" if it cannot.
func (c *Clock) reason(newest int64) string {
	select {
	case <-c.confirm:
		return TrustOperator
	default:
	}
	now := c.now()
	switch {
	case c.synced():
		return TrustKernel
	case now.Before(c.built) || now.Before(time.UnixMilli(newest).Add(-clockSlack)):
		return ""
	}
	return TrustPlausible
}
