package broker

import "time"

// bucket allows rate events a second, and a second's worth at once. The zero
// time counts as full.
type bucket struct {
	rate   float64
	tokens float64
	last   time.Time
}

// take books one event and returns how long it has to wait.
func (b *bucket) take(now time.Time) time.Duration {
	if b.last.IsZero() {
		b.tokens = b.rate
	} else if passed := now.Sub(b.last).Seconds(); passed > 0 {
		b.tokens = min(b.rate, b.tokens+passed*b.rate)
	}
	b.last = now
	b.tokens--
	if b.tokens >= 0 {
		return 0
	}
	return time.Duration(-b.tokens / b.rate * float64(time.Second))
}

// meter counts events of the last minute in steps of a second.
type meter struct {
	second [60]int64 // Unix time that the count of the same place is of
	count  [60]int
}

func (m *meter) add(now time.Time) {
	s := now.Unix()
	i := ((s % 60) + 60) % 60
	if m.second[i] != s {
		m.second[i], m.count[i] = s, 0
	}
	m.count[i]++
}

func (m *meter) lastMinute(now time.Time) int {
	sum := 0
	for i, s := range m.second {
		if age := now.Unix() - s; age >= 0 && age < 60 {
			sum += m.count[i]
		}
	}
	return sum
}
