package observer

import "time"

// Certainty tells what a claimed time rests on.
type Certainty uint8

// The certainties.
const (
	Receipt Certainty = iota // no usable claim: the time is the arrival
	Learned                  // a naive time, by the offset learned of this observer
	Derived                  // a naive time whose zone follows from the message
	Exact                    // with zone, or an epoch
)

var certaintyNames = [...]string{"receipt", "learned", "derived", "exact"}

// String is "exact", "derived", "learned" or "receipt".
func (c Certainty) String() string { return certaintyNames[c&3] }

// ClaimedTime is when the message says that it happened.
type ClaimedTime struct {
	// At is the time in UTC, to the millisecond; with certainty Receipt it is
	// the arrival.
	At        time.Time
	Certainty Certainty
	Naive     bool // the timestamp named no zone

	// Stamp is the timestamp as written, in Unix ms as if UTC where naive. Two
	// copies of one message have the same, at any delay and even if the time is
	// not believed. 0: none, or what an unset clock sends.
	Stamp int64

	// Zone is the offset that this message speaks for, east of UTC positive, to
	// 15 minutes; valid if HasZone. A median over live messages is worth
	// learning, one message is not.
	Zone    time.Duration
	HasZone bool
}

// How far a claimed time may lie from the arrival.
const (
	utcTolerance  = 120 * time.Second // a naive time this close is UTC in effect
	maxFuture     = 120 * time.Second
	maxPast       = 48 * time.Hour
	maxFutureRX   = 10 * time.Minute
	maxPastRX     = 30 * 24 * time.Hour
	zoneResidual  = 20 * time.Second // between a local clock and one in UTC, beyond whole quarters of an hour
	lateAfter     = 120 * time.Second
	futureAfter   = 10 * time.Second
	radioClockOff = 120 * time.Second
	quarterHour   = 15 * time.Minute
)

// window is how far before and after the arrival a time is believed.
type window struct{ past, future time.Duration }

var (
	feedWindow   = window{maxPast, maxFuture}
	clientWindow = window{maxPastRX, maxFutureRX}
)

// claim is what a message says of its time.
type claim struct {
	stamp   text // "timestamp", as text or number
	clock   text // "time": HH:MM:SS
	date    text // "date": day/month/year
	dialect Dialect
}

// settle decides what the message's time is worth.
func (m *Message) settle(c claim, w window, arrived time.Time, learned func(string) (time.Duration, bool)) {
	m.Time = receiptTime(arrived)
	stamp, ok := parseStamp(c.stamp)
	if !ok {
		return
	}
	m.Time.Naive = stamp.naive
	if isSentinel(stamp) {
		m.warn(WarnClockSentinel)
		return
	}
	if !clockUnset(stamp.t) {
		m.Time.Stamp = stamp.t.UnixMilli()
	}
	at, certainty := stamp.t, Exact
	if stamp.naive {
		at, certainty = m.resolveNaive(stamp.t, c, arrived, learned)
	}
	m.believe(at, certainty, w, arrived)
}

// snapshotTime notes the timestamp of a message that is no event: a retained
// one may be weeks old, and a last will bears the time of the connection.
func (m *Message) snapshotTime(c claim, arrived time.Time) {
	m.Time = receiptTime(arrived)
	if s, ok := parseStamp(c.stamp); ok && !isSentinel(s) && !clockUnset(s.t) {
		m.Time.Naive, m.Time.Stamp = s.naive, s.t.UnixMilli()
	}
}

func receiptTime(arrived time.Time) ClaimedTime {
	return ClaimedTime{At: arrived.UTC().Truncate(time.Millisecond)}
}

// resolveNaive finds the zone of a local time: UTC in effect, or derived from
// the second clock of the message, or learned.
func (m *Message) resolveNaive(local time.Time, c claim, arrived time.Time, learned func(string) (time.Duration, bool)) (time.Time, Certainty) {
	m.Time.Zone, m.Time.HasZone = plausibleZone(local.Sub(arrived), utcTolerance)
	if d := local.Sub(arrived); d.Abs() <= utcTolerance {
		return local, Derived
	}
	radio, haveRadio := parseRadioClock(c.date, c.clock)
	if haveRadio {
		off, ok := plausibleZone(local.Sub(radio), zoneResidual)
		near := radio.Sub(arrived).Abs() <= radioClockOff
		if ok && (c.dialect == DialectFirmware || near) && !clockUnset(radio) {
			m.Time.Zone, m.Time.HasZone = off, true
			return local.Add(-off), Derived
		}
	}
	if learned != nil && m.Observer != "" {
		if off, ok := learned(m.Observer); ok {
			return local.Add(-off), Learned
		}
	}
	switch {
	case clockUnset(local):
		return local, Derived // refused for what it is
	case haveRadio && clockUnset(radio):
		m.warn(WarnRadioClockUnset)
	default:
		m.warn(WarnNaiveTime)
	}
	return arrived, Receipt
}

// believe takes a time that is plausible.
func (m *Message) believe(at time.Time, certainty Certainty, w window, arrived time.Time) {
	if certainty == Receipt {
		return
	}
	late := arrived.Sub(at)
	switch {
	case late > w.past || late < -w.future:
		m.warn(WarnClockImplausible)
		m.Time.HasZone = false
		return
	case late > lateAfter:
		m.warn(WarnLate)
	case late < -futureAfter:
		m.warn(WarnFuture)
	}
	m.Time.At, m.Time.Certainty = at.UTC().Truncate(time.Millisecond), certainty
}

// plausibleZone rounds a difference of clocks to quarters of an hour and
// accepts what a zone can be if the rest is within the tolerance.
func plausibleZone(d, tolerance time.Duration) (time.Duration, bool) {
	off := d.Round(quarterHour)
	if off < -12*time.Hour || off > 14*time.Hour || (d-off).Abs() > tolerance {
		return 0, false
	}
	return off, true
}

// isSentinel recognises what the observer firmware sends when its clock failed.
func isSentinel(s stamp) bool {
	return s.naive && s.t.Equal(time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC))
}

// clockUnset recognises times before the firmware existed, among them the
// defaults of unset clocks (1970, 15 May 2024), and the end of 32 bits.
func clockUnset(t time.Time) bool {
	return t.Year() < 2025 || t.Unix() == 1<<32-1
}
