package index

import (
	"maps"
	"slices"
	"sync"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Traffic counts observations and transmissions by hour, type and region, and
// by minute. An observation counts where it stands, a transmission where its
// first copy stands.
type Traffic struct {
	mu    sync.RWMutex
	hours map[uint32]*trafficHour // guarded by mu
}

// trafficHour is the traffic of the transmissions that are stored in an hour.
// Some of it stands shortly before or after.
type trafficHour struct {
	stands  [3]Hour // in the hour before, in the hour, in the hour after
	minutes [minutesOfPart]minuteCount
}

type minuteCount struct{ observations, transmissions int32 }

// Hour is the traffic of one hour.
type Hour struct {
	Start         int64 // Unix ms
	Observations  int64
	Transmissions int64
	ByType        [16]TypeCount
	ByRegion      map[uint16]int64 // observations by the store's number of the region; 0 is none
}

// TypeCount counts what had one payload type.
type TypeCount struct{ Observations, Transmissions int64 }

// Minute is the traffic of one minute.
type Minute struct {
	Start         int64 // Unix ms
	Observations  int64
	Transmissions int64
}

const (
	minuteMs      = 60_000
	minutesAround = lateFirst / minuteMs // before an hour and after it that its transmissions reach
	minutesOfPart = 60 + 2*minutesAround
)

// NewTraffic returns an index without traffic.
func NewTraffic() *Traffic { return &Traffic{hours: map[uint32]*trafficHour{}} }

func (t *Traffic) apply(e *Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.hours[e.Hour]
	if h == nil {
		h = &trafficHour{}
		t.hours[e.Hour] = h
	}
	h.observation(e.Hour, e.Type, e.Obs.At, e.Obs.Region)
	switch {
	case e.New:
		h.transmission(e.Hour, e.Type, e.First, 1)
	case e.First != e.Was:
		h.transmission(e.Hour, e.Type, e.Was, -1)
		h.transmission(e.Hour, e.Type, e.First, 1)
	}
}

func (h *trafficHour) add(hour uint32, t *mesh.Scanned) {
	for i := range t.Obs {
		h.observation(hour, t.Type, t.Obs[i].At, t.Obs[i].Region)
	}
	h.transmission(hour, t.Type, t.First, 1)
}

// at gives the counts for what stands at a time.
func (h *trafficHour) at(hour uint32, ms int64) (*Hour, *minuteCount) {
	start := mesh.HourStart(hour)
	i := min(max(floorDiv(ms-start, mesh.HourMS)+1, 0), int64(len(h.stands)-1))
	minute := min(max(floorDiv(ms-start, minuteMs)+minutesAround, 0), minutesOfPart-1)
	return &h.stands[i], &h.minutes[minute]
}

func (h *trafficHour) observation(hour uint32, typ meshcore.Type, at int64, region uint16) {
	s, m := h.at(hour, at)
	s.Observations++
	s.ByType[typ&15].Observations++
	if s.ByRegion == nil {
		s.ByRegion = make(map[uint16]int64)
	}
	s.ByRegion[region]++
	m.observations++
}

func (h *trafficHour) transmission(hour uint32, typ meshcore.Type, at, n int64) {
	s, m := h.at(hour, at)
	s.Transmissions += n
	s.ByType[typ&15].Transmissions += n
	m.transmissions += int32(n)
}

func (t *Traffic) put(hour uint32, h *trafficHour) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hours[hour] = h
}

func (t *Traffic) drop(hour uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.hours, hour)
}

// Rate gives the 60 whole minutes before the one that now lies in, oldest
// first, quiet ones included.
func (t *Traffic) Rate(now int64) []Minute {
	t.mu.RLock()
	defer t.mu.RUnlock()
	list := make([]Minute, 60)
	first := floorDiv(now, minuteMs) - int64(len(list))
	for i := range list {
		list[i].Start = (first + int64(i)) * minuteMs
	}
	for hour := int64(mesh.HourOf(first*minuteMs)) - 1; hour <= int64(mesh.HourOf(now))+1; hour++ {
		h := t.hours[uint32(hour)]
		if h == nil {
			continue
		}
		for m, c := range h.minutes {
			if i := hour*60 - minutesAround + int64(m) - first; i >= 0 && i < int64(len(list)) {
				list[i].Observations += int64(c.observations)
				list[i].Transmissions += int64(c.transmissions)
			}
		}
	}
	return list
}

// Hours gives every hour that overlaps from ≤ time < to (Unix ms) and had
// traffic, oldest first. Hours at the edges are whole.
func (t *Traffic) Hours(from, to int64) []Hour {
	t.mu.RLock()
	defer t.mu.RUnlock()
	sums := make(map[int64]*Hour)
	low, high := floorDiv(from, mesh.HourMS), floorDiv(to-1, mesh.HourMS)
	for part, h := range t.hours {
		for i := range h.stands {
			hour := int64(part) + int64(i) - 1
			s := &h.stands[i]
			if hour < low || hour > high || s.Observations == 0 && s.Transmissions == 0 {
				continue
			}
			if sums[hour] == nil {
				sums[hour] = &Hour{Start: hour * mesh.HourMS, ByRegion: make(map[uint16]int64)}
			}
			sums[hour].merge(s)
		}
	}
	var list []Hour
	for _, hour := range slices.Sorted(maps.Keys(sums)) {
		list = append(list, *sums[hour])
	}
	return list
}

// Stored counts the observations of what is stored in the hours of from ≤ hour < to,
// wherever they stand.
func (t *Traffic) Stored(from, to uint32) (n int64) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for hour, h := range t.hours {
		if hour >= from && hour < to {
			for i := range h.stands {
				n += h.stands[i].Observations
			}
		}
	}
	return n
}

func (h *Hour) merge(s *Hour) {
	h.Observations += s.Observations
	h.Transmissions += s.Transmissions
	for i, c := range s.ByType {
		h.ByType[i].Observations += c.Observations
		h.ByType[i].Transmissions += c.Transmissions
	}
	for region, n := range s.ByRegion {
		h.ByRegion[region] += n
	}
}
