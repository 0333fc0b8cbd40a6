package record

import (
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/observer"
)

// All in ms.
const (
	proofWithin  = 2_000     // least delay of a clock that has proven itself
	lateAfter    = 10_000    // beyond the least delay: the message was kept somewhere
	proofHour    = 3_600_000 // the hour with live messages over which the least delay counts
	proofMaxAge  = 48 * proofHour
	proofSlot    = 600_000
	claimPast    = 48 * proofHour // a claimed time is believed so far before the arrival
	claimFuture  = 120_000        // and so far after it
	zoneEast     = 14 * 3_600_000 // the zone that is furthest ahead of UTC
	zonesKept    = 9
	zonesToLearn = 5
	earlyKept    = 256 // stamps of before the zone was learned
)

// claimed is the time that a message claims, as the writer understands it.
type claimed struct {
	at    int64 // Unix ms UTC; valid if known
	known bool  // the time is believable
	stamp int64 // what tells two messages apart, Unix ms
	has   bool  // there is a stamp
}

// claimOf reads a message's time. One that comes again has the stamp that it
// had at first, whatever was learned of its observer's zone meanwhile.
func (o *observerState) claimOf(m *observer.Message, arrived int64) claimed {
	c := o.readTime(m.Time, arrived)
	if !m.Time.Naive || !c.has {
		return c
	}
	if stamp, again := o.early[m.Time.Stamp]; again {
		c.stamp = stamp
	} else if !o.facts.Clock.ZoneOK {
		if o.early == nil || len(o.early) >= earlyKept {
			o.early = make(map[int64]int64)
		}
		o.early[m.Time.Stamp] = c.stamp
	}
	return c
}

// readTime takes a naive time whose zone the message does not give away in the
// zone that was learned of its observer.
func (o *observerState) readTime(t observer.ClaimedTime, arrived int64) (c claimed) {
	switch {
	case t.Certainty != observer.Receipt:
		at := t.At.UnixMilli()
		return claimed{at: at, known: true, stamp: at, has: t.Stamp != 0}
	case t.Stamp == 0:
		return claimed{}
	case t.Naive && o.facts.Clock.ZoneOK:
		at := t.Stamp - int64(o.facts.Clock.ZoneMin)*60_000
		known := at >= arrived-claimPast && at <= arrived+claimFuture
		return claimed{at: at, known: known, stamp: at, has: true}
	}
	return claimed{stamp: t.Stamp, has: true}
}

// fromFuture is the delay of a live message that claims a time later than its
// arrival that is not believed, in whatever zone it may be: below -claimFuture; 0
// of any other.
func fromFuture(m *observer.Message, arrived int64) int64 {
	t := m.Time
	if t.Certainty != observer.Receipt || t.Stamp == 0 || m.Retained {
		return 0
	}
	at := t.Stamp
	if t.Naive {
		at -= zoneEast
	}
	if at <= arrived+claimFuture {
		return 0
	}
	return arrived - at
}

// learnZone takes the offset that a live message of a naive clock speaks for.
func (o *observerState) learnZone(m *observer.Message) {
	if !m.Time.Naive || !m.Time.HasZone || m.Retained {
		return
	}
	o.zones = append(o.zones, int16(m.Time.Zone.Minutes()))
	if n := len(o.zones); n > zonesKept {
		o.zones = slices.Delete(o.zones, 0, n-zonesKept)
	}
	if len(o.zones) < zonesToLearn {
		return
	}
	sorted := slices.Clone(o.zones)
	slices.Sort(sorted)
	zone := sorted[len(sorted)/2]
	if c := &o.facts.Clock; !c.ZoneOK || c.ZoneMin != zone {
		c.ZoneMin, c.ZoneOK = zone, true
		o.dirty = true
	}
}

// learnClock learns from what a message claims, believed or from the future, and
// tells whether the message is late.
func (o *observerState) learnClock(m *observer.Message, c claimed, arrived int64) (late bool) {
	if c.known {
		return o.observeClock(arrived-c.at, arrived, m.Retained)
	}
	if delay := fromFuture(m, arrived); delay != 0 {
		o.observeClock(delay, arrived, false)
	}
	return false
}

// observeClock learns from a message's claimed time how far the observer's
// clock is off, and tells whether the message is late: kept somewhere for more
// than ten seconds longer than the quickest of late.
//
// A message cannot arrive before it was heard, so the least delay of live
// messages shows the clock's error. The clock has proven itself if that is
// within two seconds; one claim from the future is enough that it has not, but
// tells nothing of how long others took. A message that arrives within two seconds of its claimed
// time is never late: if others before it seemed quicker, the clock was ahead
// and has been set right.
func (o *observerState) observeClock(delay, arrived int64, retained bool) (late bool) {
	c := &o.facts.Clock
	if c.LeastAt != 0 && arrived-lastSample(c) > proofMaxAge {
		c.Recent, c.LeastAt, c.Least = nil, 0, 0
	}
	quickest, known := quickest(c)
	late = known && delay > quickest+lateAfter && delay > proofWithin
	if !late && !retained {
		addSample(c, mesh.ClockSample{At: arrived, Delay: delay})
	}
	proven := c.LeastAt != 0 && c.Least >= -proofWithin && c.Least <= proofWithin
	if proven != c.Proven {
		c.Proven, o.dirty = proven, true
	}
	o.stale = true
	return late
}

func lastSample(c *mesh.Clock) int64 {
	if n := len(c.Recent); n > 0 {
		return max(c.LeastAt, c.Recent[n-1].At)
	}
	return c.LeastAt
}

// quickest is the least delay of the last hour with live messages, but of claims
// from the future; false if there is none.
func quickest(c *mesh.Clock) (least int64, known bool) {
	for _, s := range c.Recent {
		if !isFuture(s) && (!known || s.Delay < least) {
			least, known = s.Delay, true
		}
	}
	return least, known
}

// isFuture tells whether a sample is of a time that could not be believed.
func isFuture(s mesh.ClockSample) bool { return s.Delay < -claimFuture }

// addSample takes the delay of a live message into its slot of ten minutes, where
// claims from the future have a place of their own, and forgets what lies more than
// an hour before it.
func addSample(c *mesh.Clock, s mesh.ClockSample) {
	i := len(c.Recent) - 1
	for i >= 0 && isFuture(c.Recent[i]) != isFuture(s) {
		i--
	}
	switch {
	case i < 0 || s.At/proofSlot > c.Recent[i].At/proofSlot:
		c.Recent = append(c.Recent, s)
	case s.Delay < c.Recent[i].Delay:
		c.Recent[i] = s
	}
	c.Recent = slices.DeleteFunc(c.Recent, func(have mesh.ClockSample) bool { return s.At-have.At > proofHour })
	least := c.Recent[0]
	for _, have := range c.Recent[1:] {
		if have.Delay < least.Delay {
			least = have
		}
	}
	c.Least, c.LeastAt = least.Delay, least.At
}
