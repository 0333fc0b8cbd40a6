package index

import (
	"maps"
	"sync"
)

// Traffic counts observations and transmissions by hour, type and region, and
// by minute for the last hour. An observation counts where it stands, a
// transmission where its first copy stands.
type Traffic struct {
	mu      sync.RWMutex
	hours   buckets[Hour]     // guarded by mu
	minutes map[int64]*Minute // guarded by mu; by minutes since 1970
	newest  int64             // guarded by mu; the newest minute in minutes
}

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
	minuteMs    = 60_000
	minutesKept = 180 // so that "the last hour" stays whole while newer minutes come in
)

// NewTraffic returns an index without traffic.
func NewTraffic() *Traffic { return &Traffic{minutes: make(map[int64]*Minute)} }

// Apply counts one observation.
func (t *Traffic) Apply(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.observation(e)
	switch {
	case e.New:
		t.transmission(e, e.First, 1)
	case e.First != e.Was:
		t.transmission(e, e.Was, -1)
		t.transmission(e, e.First, 1)
	}
}

func (t *Traffic) observation(e Event) {
	h := t.hours.at(hourOf(e.Obs.At))
	h.Observations++
	h.ByType[e.Type&15].Observations++
	if h.ByRegion == nil {
		h.ByRegion = make(map[uint16]int64)
	}
	h.ByRegion[e.Obs.Region]++
	if m := t.minute(e.Obs.At); m != nil {
		m.Observations++
	}
}

func (t *Traffic) transmission(e Event, at, n int64) {
	h := t.hours.at(hourOf(at))
	h.Transmissions += n
	h.ByType[e.Type&15].Transmissions += n
	if m := t.minute(at); m != nil {
		m.Transmissions += n
	}
}

// minute gives the minute of a time, or nil if it is too long ago to be kept.
func (t *Traffic) minute(at int64) *Minute {
	n := floorDiv(at, minuteMs)
	switch {
	case n <= t.newest-minutesKept:
		return nil
	case n > t.newest:
		t.newest = n
		maps.DeleteFunc(t.minutes, func(m int64, _ *Minute) bool { return m <= n-minutesKept })
	}
	m := t.minutes[n]
	if m == nil {
		m = &Minute{Start: n * minuteMs}
		t.minutes[n] = m
	}
	return m
}

// Rate gives the 60 whole minutes before the one that now lies in, oldest
// first, quiet ones included.
func (t *Traffic) Rate(now int64) []Minute {
	t.mu.RLock()
	defer t.mu.RUnlock()
	list := make([]Minute, 60)
	end := floorDiv(now, minuteMs)
	for i := range list {
		n := end - 60 + int64(i)
		list[i].Start = n * minuteMs
		if m := t.minutes[n]; m != nil {
			list[i] = *m
		}
	}
	return list
}

// Hours gives every hour that overlaps from ≤ time < to (Unix ms) and had
// traffic, oldest first. Hours at the edges are whole.
func (t *Traffic) Hours(from, to int64) []Hour {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var list []Hour
	for _, b := range t.hours.between(hourOf(from), hourOf(to-1)+1) {
		h := b.v
		h.Start = int64(b.hour) * hourMs
		h.ByRegion = maps.Clone(h.ByRegion)
		list = append(list, h)
	}
	return list
}

// DropBefore forgets the hours before one, given in Unix ms.
func (t *Traffic) DropBefore(at int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hours.dropBefore(hourOf(at))
	maps.DeleteFunc(t.minutes, func(m int64, _ *Minute) bool { return m*minuteMs < at })
}
