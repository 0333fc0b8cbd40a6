package index

import (
	"cmp"
	"slices"
	"sync"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
)

// Observers counts what each observer reported and knows when it was last
// heard from. Counts are by hour of arrival, for the state of an observer is
// about delivery.
type Observers struct {
	mu    sync.RWMutex
	hours map[uint32]*observerHour // guarded by mu
	list  map[uint32]*observer     // guarded by mu; by the store's number

	// sums are of all hours, by the store's number; nil: to be added up anew.
	// What it leads to does not change but with mu held for writing.
	sums map[uint32]*allTime // guarded by mu
}

// allTime is what an observer reported, over all that is held.
type allTime struct {
	observations, late int64
	lastPacket         int64
	snr                SNR // without the mean
	snrSum             int64
}

// observer is what statuses say.
type observer struct {
	lastStatus int64
	offline    bool    // its last status said so
	statusGaps []int64 // ms between its latest live statuses, at most statusesKept
}

// observerHour is who reported the transmissions that are stored in an hour:
// by observer, then by hour of arrival.
type observerHour struct {
	keys   []uint64 // observer in the high half, hour of arrival in the low one; ascending
	list   []*reception
	latest int32 // hour of arrival; valid if there are any
}

// reception is what one observer reported in an hour of arrival.
type reception struct {
	observer     uint32
	hour         int32 // of arrival
	observations uint32
	late         uint32
	snrs         uint32
	snrSum       int32 // quarter dB
	snrMin       int8
	snrMax       int8
	lastArrived  int64
	minutes      [60]uint16 // observations
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
	LastDay      int64            // and in the last 24 hours, to the minute likewise
	Day          [24]ObserverHour // the last 24 hours by arrival, oldest first, the current one last
	State        mesh.ObserverState
	Resumed      int64 // where reception began again after its last message, Unix ms; 0 it went on
}

const statusesKept = 9

// NewObservers returns an index without observers.
func NewObservers() *Observers {
	return &Observers{hours: make(map[uint32]*observerHour), list: make(map[uint32]*observer)}
}

func (x *Observers) get(num uint32) *observer {
	o := x.list[num]
	if o == nil {
		o = &observer{}
		x.list[num] = o
	}
	return o
}

func (x *Observers) apply(e *Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	h := x.hours[e.Hour]
	if h == nil {
		h = &observerHour{}
		x.hours[e.Hour] = h
	}
	h.at(e.Obs.Observer, int32(mesh.HourOf(e.Obs.Arrived))).add(e.Obs.Arrived, e.Obs.SNR4, e.Obs.Flags)
	if x.sums != nil {
		one := reception{}
		one.hour = int32(mesh.HourOf(e.Obs.Arrived))
		one.add(e.Obs.Arrived, e.Obs.SNR4, e.Obs.Flags)
		x.sum(e.Obs.Observer).add(&one)
	}
}

// sum gives the sum of an observer, made if need be. Call it with mu held for
// writing.
func (x *Observers) sum(num uint32) *allTime {
	s := x.sums[num]
	if s == nil {
		s = &allTime{}
		x.sums[num] = s
	}
	return s
}

func (s *allTime) add(r *reception) {
	s.observations += int64(r.observations)
	s.late += int64(r.late)
	s.lastPacket = max(s.lastPacket, r.lastArrived)
	if r.snrs == 0 {
		return
	}
	if s.snr.Count == 0 {
		s.snr.Min, s.snr.Max = r.snrMin, r.snrMax
	}
	s.snr.Min, s.snr.Max = min(s.snr.Min, r.snrMin), max(s.snr.Max, r.snrMax)
	s.snr.Count += int64(r.snrs)
	s.snrSum += int64(r.snrSum)
}

// read calls fn with mu held for reading and sums up to date.
func (x *Observers) read(fn func()) {
	x.mu.RLock()
	if x.sums != nil {
		defer x.mu.RUnlock()
		fn()
		return
	}
	x.mu.RUnlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.sums == nil {
		x.sums = make(map[uint32]*allTime, len(x.list))
		for _, h := range x.hours {
			for _, r := range h.list {
				x.sum(r.observer).add(r)
			}
		}
	}
	fn()
}

func (h *observerHour) add(t *mesh.Scanned) {
	for i := range t.Obs {
		o := &t.Obs[i]
		h.at(o.Observer, int32(mesh.HourOf(o.Arrived))).add(o.Arrived, o.SNR4, o.Flags)
	}
}

// at gives the counts of an observer and an hour of arrival, made if there are
// none.
func (h *observerHour) at(num uint32, hour int32) *reception {
	key := uint64(num)<<32 | uint64(uint32(hour))
	i, found := slices.BinarySearch(h.keys, key)
	if !found {
		h.keys = slices.Insert(h.keys, i, key)
		if len(h.list) == 0 || hour > h.latest {
			h.latest = hour
		}
		h.list = slices.Insert(h.list, i, &reception{observer: num, hour: hour})
	}
	return h.list[i]
}

func (r *reception) add(arrived int64, snr4 int8, flags mesh.Flag) {
	r.observations++
	r.lastArrived = max(r.lastArrived, arrived)
	minute := min(max(floorDiv(arrived, minuteMs)-int64(r.hour)*60, 0), int64(len(r.minutes)-1))
	if m := &r.minutes[minute]; *m < 1<<16-1 {
		*m++
	}
	if flags&mesh.FlagLate != 0 {
		r.late++
	}
	if snr4 == mesh.NoSNR {
		return
	}
	if r.snrs == 0 {
		r.snrMin, r.snrMax = snr4, snr4
	}
	r.snrMin, r.snrMax = min(r.snrMin, snr4), max(r.snrMax, snr4)
	r.snrs++
	r.snrSum += int32(snr4)
}

func (x *Observers) put(hour uint32, h *observerHour) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.hours[hour], x.sums = h, nil
}

func (x *Observers) drop(hour uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.hours, hour)
	x.sums = nil
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

// Get tells what is known of an observer; its state is that at a moment.
func (x *Observers) Get(num uint32, at health.Listening) (s ObserverStats) {
	x.read(func() {
		sum := x.begin(num, at)
		for _, h := range x.recent(at.Now()) {
			i, _ := slices.BinarySearch(h.keys, uint64(num)<<32)
			for ; i < len(h.list) && h.list[i].observer == num; i++ {
				sum.add(h.list[i])
			}
		}
		s = sum.stats(x.list[num])
	})
	return s
}

// List tells what is known of every observer, in order of their numbers.
func (x *Observers) List(at health.Listening) (list []ObserverStats) {
	x.read(func() {
		sums := make(map[uint32]*observerSum, len(x.list))
		for num := range x.list {
			sums[num] = x.begin(num, at)
		}
		for num := range x.sums {
			if sums[num] == nil {
				sums[num] = x.begin(num, at)
			}
		}
		for _, h := range x.recent(at.Now()) {
			var sum *observerSum
			for _, r := range h.list {
				if sum == nil || sum.Num != r.observer {
					sum = sums[r.observer]
				}
				sum.add(r)
			}
		}
		list = make([]ObserverStats, 0, len(sums))
		for num, sum := range sums {
			list = append(list, sum.stats(x.list[num]))
		}
	})
	slices.SortFunc(list, func(a, b ObserverStats) int { return cmp.Compare(a.Num, b.Num) })
	return list
}

// recent are the hours of which something arrived in the last day. mu is held.
func (x *Observers) recent(now int64) (list []*observerHour) {
	for _, h := range x.hours {
		if len(h.list) > 0 && h.latest > int32(mesh.HourOf(now))-recentHours {
			list = append(list, h)
		}
	}
	return list
}

// recentHours is how many hours of arrival are looked at one by one, the current
// one and those before.
const recentHours = 25

// observerSum adds up what an observer reported lately.
type observerSum struct {
	ObserverStats
	at     health.Listening
	now    int64 // of at
	snrSum int64
	recent [recentHours]int64 // observations by hour of arrival, the current one last
}

// begin is a sum that has what is of all time. mu is held, and sums are up to
// date.
func (x *Observers) begin(num uint32, at health.Listening) *observerSum {
	s := &observerSum{ObserverStats: ObserverStats{Num: num}, at: at, now: at.Now()}
	if all := x.sums[num]; all != nil {
		s.Observations, s.Late, s.LastPacket, s.SNR, s.snrSum = all.observations, all.late, all.lastPacket, all.snr, all.snrSum
	}
	return s
}

// add adds what arrived lately.
func (s *observerSum) add(r *reception) {
	if i := int(r.hour) - int(mesh.HourOf(s.now)) + len(s.recent) - 1; i >= 0 && i < len(s.recent) {
		s.recent[i] += int64(r.observations)
	}
	last := floorDiv(s.now, minuteMs)
	s.LastHour += r.within(last-60, last)
	s.LastDay += r.within(last-24*60, last)
}

// within counts what arrived in the minutes of the Unix clock that come after one, up
// to another with it.
func (r *reception) within(after, last int64) (n int64) {
	first := int64(r.hour) * 60
	switch end := first + int64(len(r.minutes)) - 1; {
	case end <= after || first > last:
		return 0
	case first > after && end <= last:
		return int64(r.observations)
	}
	for i, of := range r.minutes {
		if m := first + int64(i); m > after && m <= last {
			n += int64(of)
		}
	}
	return n
}

// stats is the sum, with what statuses say; o is nil if nothing.
func (s *observerSum) stats(o *observer) ObserverStats {
	if s.SNR.Count > 0 {
		s.SNR.Mean4 = float64(s.snrSum) / float64(s.SNR.Count)
	}
	for i := range s.Day {
		s.Day[i] = ObserverHour{Start: int64(int(mesh.HourOf(s.now))+1-len(s.Day)+i) * mesh.HourMS, Observations: s.recent[i+1]}
	}
	if s.State = mesh.ObserverDown; o != nil {
		s.LastStatus = o.lastStatus
	} else {
		o = &observer{}
	}
	s.State, s.Resumed = o.state(s), s.at.Resumed(max(s.LastPacket, s.LastStatus))
	return s.ObserverStats
}
