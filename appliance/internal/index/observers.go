package index

import (
	"slices"
	"sync"

	"hilltop/appliance/internal/mesh"
)

// Observers counts what each observer reported and knows when it was last
// heard from. Counts are by hour of arrival, for the state of an observer is
// about delivery.
type Observers struct {
	mu   sync.RWMutex
	list map[uint32]*observer // guarded by mu; by the store's number
}

type observer struct {
	hours      buckets[reception]
	minutes    minutes
	lastPacket int64
	lastStatus int64
	offline    bool    // its last status said so
	statusGaps []int64 // ms between its latest live statuses, at most statusesKept
}

// reception is what one observer reported in an hour.
type reception struct {
	observations int64
	late         int64
	snrs         int64
	snrSum       int64 // quarter dB
	snrMin       int8
	snrMax       int8
	lastArrived  int64
}

// SNR sums up signal to noise ratios.
type SNR struct {
	Count    int64
	Mean4    float64 // quarter dB; 0 without Count
	Min, Max int8    // quarter dB; valid iff Count is not 0
}

// ObserverHour is one hour of an observer.
type ObserverHour struct {
	Start        int64 // Unix ms
	Observations int64
}

// ObserverStats is what messages say of an observer.
type ObserverStats struct {
	Num          uint32
	Observations int64            // over all that is held
	Late         int64            // of these
	LastPacket   int64            // arrival of its last observation, Unix ms; 0 none
	LastStatus   int64            // arrival of its last live status, Unix ms; 0 none
	SNR          SNR              // over all that is held
	LastHour     int64            // observations that arrived in the last sixty minutes
	Day          [24]ObserverHour // the last 24 hours by arrival, oldest first, the current one last
	State        mesh.ObserverState
}

const statusesKept = 9

// NewObservers returns an index without observers.
func NewObservers() *Observers { return &Observers{list: make(map[uint32]*observer)} }

func (x *Observers) get(num uint32) *observer {
	o := x.list[num]
	if o == nil {
		o = &observer{}
		x.list[num] = o
	}
	return o
}

// Apply counts one observation.
func (x *Observers) Apply(e Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	o := x.get(e.Obs.Observer)
	o.lastPacket = max(o.lastPacket, e.Obs.Arrived)
	o.minutes.add(e.Obs.Arrived)
	r := o.hours.at(hourOf(e.Obs.Arrived))
	r.observations++
	r.lastArrived = max(r.lastArrived, e.Obs.Arrived)
	if e.Obs.Flags&mesh.FlagLate != 0 {
		r.late++
	}
	if snr := e.Obs.SNR4; snr != mesh.NoSNR {
		if r.snrs == 0 {
			r.snrMin, r.snrMax = snr, snr
		}
		r.snrMin, r.snrMax = min(r.snrMin, snr), max(r.snrMax, snr)
		r.snrs++
		r.snrSum += int64(snr)
	}
}

// Put takes over an observer's facts.
func (x *Observers) Put(m mesh.Observer) {
	x.mu.Lock()
	defer x.mu.Unlock()
	o := x.get(m.Num)
	if o.lastStatus > 0 && m.Status > o.lastStatus {
		o.heardStatus(m.Status - o.lastStatus)
	}
	o.lastStatus, o.offline = m.Status, m.Online == mesh.No
}

func (o *observer) heardStatus(gap int64) {
	o.statusGaps = append(o.statusGaps, gap)
	if n := len(o.statusGaps); n > statusesKept {
		o.statusGaps = slices.Delete(o.statusGaps, 0, n-statusesKept)
	}
}

// learnCadence takes the arrivals of an observer's stored measurements, oldest
// first, for those of its statuses.
func (x *Observers) learnCadence(num uint32, arrivals []int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	o := x.get(num)
	for i := 1; i < len(arrivals); i++ {
		if gap := arrivals[i] - arrivals[i-1]; gap > 0 {
			o.heardStatus(gap)
		}
	}
}

// Get tells what is known of an observer; now is in Unix ms.
func (x *Observers) Get(num uint32, now int64) ObserverStats {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := ObserverStats{Num: num, State: mesh.ObserverDown}
	if o := x.list[num]; o != nil {
		s = o.stats(num, now)
	}
	return s
}

// List tells what is known of every observer, in order of their numbers.
func (x *Observers) List(now int64) []ObserverStats {
	x.mu.RLock()
	defer x.mu.RUnlock()
	list := make([]ObserverStats, 0, len(x.list))
	for num, o := range x.list {
		list = append(list, o.stats(num, now))
	}
	slices.SortFunc(list, func(a, b ObserverStats) int { return int(int64(a.Num) - int64(b.Num)) })
	return list
}

func (o *observer) stats(num uint32, now int64) ObserverStats {
	s := ObserverStats{Num: num, LastPacket: o.lastPacket, LastStatus: o.lastStatus, State: o.state(now), LastHour: o.minutes.hour(now)}
	var sum int64
	for _, b := range o.hours {
		r := b.v
		s.Observations += r.observations
		s.Late += r.late
		if r.snrs == 0 {
			continue
		}
		if s.SNR.Count == 0 {
			s.SNR.Min, s.SNR.Max = r.snrMin, r.snrMax
		}
		s.SNR.Min, s.SNR.Max = min(s.SNR.Min, r.snrMin), max(s.SNR.Max, r.snrMax)
		s.SNR.Count += r.snrs
		sum += r.snrSum
	}
	if s.SNR.Count > 0 {
		s.SNR.Mean4 = float64(sum) / float64(s.SNR.Count)
	}
	first := hourOf(now) - int32(len(s.Day)) + 1
	for i := range s.Day {
		s.Day[i].Start = int64(first+int32(i)) * hourMs
	}
	for _, b := range o.hours.between(first, first+int32(len(s.Day))) {
		s.Day[b.hour-first].Observations = b.v.observations
	}
	return s
}

// DropBefore forgets the hours before a time, Unix ms.
func (x *Observers) DropBefore(at int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, o := range x.list {
		o.hours.dropBefore(hourOf(at))
		if len(o.hours) == 0 {
			o.lastPacket = 0
		}
	}
}
