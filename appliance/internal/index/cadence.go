package index

import (
	"slices"

	"hilltop/appliance/internal/mesh"
)

// How long an observer may be silent before that counts, ms.
const (
	patience      = 5 // times its usual pace
	leastPatience = 15 * 60_000
	mostPatience  = 6 * mesh.HourMS
	usualStatus   = 20 * 60_000 // pace of statuses while it is not known: 1 to 60 minutes are usual
)

// state tells what arrives from the observer, by its own cadence: silence
// counts when it is a multiple of what is usual for it, while it could have been
// received.
func (o *observer) state(s *observerSum) mesh.ObserverState {
	packets := s.LastPacket > 0 && s.at.Since(s.LastPacket) <= s.packetPatience()
	status := o.lastStatus > 0 && s.at.Since(o.lastStatus) <= o.statusPatience()
	if o.offline {
		return mesh.ObserverDown
	}
	switch {
	case packets && status:
		return mesh.ObserverDelivering
	case packets:
		return mesh.ObserverPacketsOnly
	case status:
		return mesh.ObserverStatusOnly
	}
	return mesh.ObserverDown
}

// packetPatience follows from how many observations came in the last 24 hours
// with any.
func (s *observerSum) packetPatience() int64 {
	var n, hours int64
	for _, count := range s.recent {
		if n += count; count > 0 {
			hours++
		}
	}
	if n == 0 {
		return mostPatience
	}
	return patienceFor(hours * mesh.HourMS / n)
}

func (o *observer) statusPatience() int64 {
	if len(o.statusGaps) == 0 {
		return patienceFor(usualStatus)
	}
	gaps := slices.Clone(o.statusGaps)
	slices.Sort(gaps)
	return patienceFor(gaps[len(gaps)/2])
}

func patienceFor(pace int64) int64 {
	return min(max(patience*pace, leastPatience), mostPatience)
}
