package mesh

import "math"

// HourMS is an hour, in ms.
const HourMS = 3_600_000

// HourOf is the number of the hour in which a time lies, Unix ms, counted from 1970.
// Times before that lie in hour 0; those that an int32 cannot number, in the last that it can.
func HourOf(ms int64) uint32 { return uint32(min(max(ms, 0)/HourMS, math.MaxInt32-1)) }

// HourStart is where an hour begins, Unix ms.
func HourStart(hour uint32) int64 { return int64(hour) * HourMS }
