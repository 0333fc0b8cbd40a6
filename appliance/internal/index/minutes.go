package index

// minutes counts what happened in each of the last sixty minutes.
type minutes struct {
	count [60]int32
	of    [60]int32 // the number of the minute that is counted, from 1970
}

func (m *minutes) add(at int64) {
	minute := int32(floorDiv(at, minuteMs))
	i := ((minute % 60) + 60) % 60
	switch {
	case m.of[i] == minute:
		m.count[i]++
	case m.of[i] < minute:
		m.of[i], m.count[i] = minute, 1
	}
}

// hour is the sum of the sixty minutes that end with the one of now.
func (m *minutes) hour(now int64) (sum int64) {
	last := int32(floorDiv(now, minuteMs))
	for i, minute := range m.of {
		if minute > last-60 && minute <= last {
			sum += int64(m.count[i])
		}
	}
	return sum
}
