package store

import (
	"fmt"
	"slices"
	"strconv"

	"hilltop/appliance/internal/mesh"
)

const dayMS = 24 * mesh.HourMS

func metricsKey(num uint32, at int64) string {
	return fmt.Sprintf("m/%08x/%08x", num, uint32(max(at, 0)/dayMS))
}

// AddMetrics stores a set of measurements of an observer, which is known from
// now on. The caller keeps mesh.Observer.Latest.
func (s *Store) AddMetrics(id string, m mesh.MetricsSample) {
	num := s.ObserverNum(id)
	if num == 0 {
		return
	}
	s.w.Lock()
	defer s.w.Unlock()
	key, more := metricsKey(num, m.At), pack(&m, (*codec).sample)
	old, _ := s.value(key)
	s.pending.append(key, len(old), more)
	s.set(key, old+more)
}

// Metrics lists the measurements of an observer between from and to, Unix ms,
// in the order they came.
func (s *Store) Metrics(id string, from, to int64) (list []mesh.MetricsSample) {
	o, ok := s.Observer(id)
	if !ok {
		return nil
	}
	s.span(metricsKey(o.Num, from), metricsKey(o.Num, to), func(_, value string) {
		for c := (codec{b: bytesOf(value)}); c.more(); {
			c.version()
			start := c.off
			var at int64
			if c.varint(&at); at < from || at >= to {
				c.skip(sampleFields - 1)
				continue
			}
			if c.off = start; len(list) == cap(list) {
				list = slices.Grow(list, 1+(len(value)-start)/sampleLeast)
			}
			list = list[:len(list)+1] // read where it is to stay
			list[len(list)-1] = mesh.MetricsSample{}
			if c.sample(&list[len(list)-1]); c.err != nil {
				list = list[:len(list)-1]
			}
		}
	})
	return list
}

// sampleLeast is about how many bytes a sample takes.
const sampleLeast = 20

// evictMetrics deletes the days that ended before a time.
func (s *Store) evictMetrics(before int64) {
	var old []string
	s.under("m/", func(key, _ string) {
		day, err := strconv.ParseUint(key[len("m/00000000/"):], 16, 32)
		if err == nil && int64(day+1)*dayMS <= before {
			old = append(old, key)
		}
	})
	s.deleteBoth(old)
}
