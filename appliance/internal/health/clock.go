package health

import (
	"cmp"
	"math"
	"slices"
)

// Said is one advert: what the node's clock said, and when it was first heard
// by an observer whose clock had proven itself.
type Said struct {
	Heard     int64  // Unix ms
	Timestamp uint32 // Unix s
}

// Clock is how far a node's clock is off, and how fast it drifts. Offsets are
// in ms, positive when it is ahead. A flood takes seconds to be heard, so that
// a clock that is right seems a few seconds behind.
type Clock struct {
	Samples  int   // of the latest run between resets, that the rest is made from
	Offset   int64 // at At, ms; valid if Samples is not 0
	At       int64 // when the last of them was heard, Unix ms
	Spread   int64 // the median distance of a sample from the line, ms
	HasDrift bool
	Drift    float64 // seconds a day

	Resets  []Reset // jumps of the clock, oldest first
	Unset   int     // samples of a clock that had not been set
	Outlier int     // samples that fit neither what was before nor what came after: an old advert sent once more
}

// Reset is a jump of a clock.
type Reset struct {
	At       int64 // when it was first heard to have jumped, Unix ms
	From, To int64 // offsets, ms
}

// What clocks are judged by.
const (
	setFrom    = 1_577_836_800 // 2020: an earlier clock was never set
	setUntil   = 4_102_444_800 // 2100
	jump       = 60_000        // ms that a clock may be off between two adverts beside its drift
	mostDrift  = 20_000        // ms a day: more is no drift of a crystal
	driftLeast = 5             // samples
	driftSpan  = 6 * hourMs    // that they must span
	lineMost   = 200           // samples that a line is laid through, the latest
)

// JudgeClock judges a clock by what it said, in any order. The same timestamp
// heard again later is the same advert.
func JudgeClock(all []Said) (c Clock) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Said) int {
		return cmp.Or(cmp.Compare(a.Heard, b.Heard), cmp.Compare(a.Timestamp, b.Timestamp))
	})
	known := map[uint32]bool{}
	var list []sample
	for _, s := range all {
		switch {
		case known[s.Timestamp]:
		case s.Timestamp < setFrom || int64(s.Timestamp) > setUntil:
			c.Unset++
		default:
			list = append(list, sample{s.Heard, int64(s.Timestamp)*1000 - s.Heard})
		}
		known[s.Timestamp] = true
	}
	list, c.Outlier = withoutOutliers(list)
	run := 0
	for i := 1; i < len(list); i++ {
		if !list[i-1].leadsTo(list[i]) {
			c.Resets = append(c.Resets, Reset{list[i].at, list[i-1].offset, list[i].offset})
			run = i
		}
	}
	c.line(list[max(run, len(list)-lineMost):])
	return c
}

// sample is an offset at a time, both in ms.
type sample struct{ at, offset int64 }

// leadsTo tells whether a clock may get from one offset to a later one by
// drifting.
func (a sample) leadsTo(b sample) bool {
	d := b.offset - a.offset
	return max(d, -d) <= jump+int64(float64(b.at-a.at)/dayMs*mostDrift)
}

// withoutOutliers takes out the samples without which their neighbours agree.
func withoutOutliers(list []sample) (kept []sample, out int) {
	for i, s := range list {
		n := len(kept)
		if n > 0 && i+1 < len(list) && !kept[n-1].leadsTo(s) && !s.leadsTo(list[i+1]) && kept[n-1].leadsTo(list[i+1]) {
			out++
			continue
		}
		kept = append(kept, s)
	}
	return kept, out
}

// line lays a line through the samples: its slope is the median of the slopes
// between any two of them (Theil and Sen), so that less than 29 in 100 wrong
// ones change little.
func (c *Clock) line(list []sample) {
	if c.Samples = len(list); c.Samples == 0 {
		return
	}
	last := list[len(list)-1].at
	c.At = last
	slope := 0.0 // ms of offset by ms
	if len(list) >= driftLeast && last-list[0].at >= driftSpan {
		slopes := make([]float64, 0, len(list)*(len(list)-1)/2)
		for i, a := range list {
			for _, b := range list[i+1:] {
				if b.at > a.at {
					slopes = append(slopes, float64(b.offset-a.offset)/float64(b.at-a.at))
				}
			}
		}
		slope = median(slopes)
		c.HasDrift, c.Drift = true, slope*dayMs/1000
	}
	level := make([]float64, len(list))
	for i, s := range list {
		level[i] = float64(s.offset) - slope*float64(s.at-last)
	}
	mid := median(level)
	for i := range level {
		level[i] = math.Abs(level[i] - mid)
	}
	c.Offset, c.Spread = int64(math.Round(mid)), int64(math.Round(median(level)))
}

// median is the mean of the middle two of an even number; it orders the list.
func median(list []float64) float64 {
	slices.Sort(list)
	if n := len(list); n%2 == 0 {
		return (list[n/2-1] + list[n/2]) / 2
	}
	return list[len(list)/2]
}
