package report

import (
	"time"

	"hilltop/appliance/internal/index"
)

// Observations counts those that stand in a span which ends about now: by
// minutes when it is an hour or shorter, else by whole hours with the current one.
func Observations(t *index.Traffic, from, to time.Time) int64 {
	var n int64
	if to.Sub(from) <= time.Hour {
		for _, m := range t.Rate(to.UnixMilli()) {
			n += m.Observations
		}
		return n
	}
	for _, h := range t.Hours(from.UnixMilli(), to.UnixMilli()) {
		n += h.Observations
	}
	return n
}
