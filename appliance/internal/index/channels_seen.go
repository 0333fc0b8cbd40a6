package index

import "hilltop/appliance/internal/mesh"

// Since counts, for each of these channels, the texts that stand after a time,
// Unix ms. Channels without any are left out.
func (x *Channels) Since(times map[string]int64) map[string]int {
	counts := make(map[string]int)
	least := int64(-1)
	for _, at := range times {
		if least < 0 || at < least {
			least = at
		}
	}
	x.eachHour(func(hour uint32, h *channelHour) bool {
		if mesh.HourStart(hour)+mesh.HourMS <= least || least < 0 {
			return false
		}
		h.since(hour, times, counts)
		return true
	})
	return counts
}

func (h *channelHour) since(hour uint32, times map[string]int64, counts map[string]int) {
	after := make([]int64, len(h.names))
	for i, name := range h.names {
		after[i] = 1<<63 - 1
		if at, ok := times[name]; ok {
			after[i] = at
		}
	}
	for i := range h.texts {
		r := &h.texts[i]
		if mesh.HourStart(hour)+int64(r.first) > after[r.channel] {
			counts[h.names[r.channel]]++
		}
	}
}
