package replay

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// maxMs is the end of the year 9999 in Unix milliseconds: what lies beyond is
// no time, and many formats cannot say it.
const maxMs = 253402300799999

// milliseconds reads Unix milliseconds, whole or with a fraction.
func milliseconds(b []byte) (time.Time, error) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		f, err := strconv.ParseFloat(string(b), 64)
		if err != nil || !(f >= 0 && f <= maxMs) {
			return time.Time{}, errTime
		}
		n = int64(math.Round(f))
	}
	if n < 0 || n > maxMs {
		return time.Time{}, errTime
	}
	return time.UnixMilli(n).UTC(), nil
}

// mosquittoTime reads the time of mosquitto_sub: local time with a fraction
// and its offset from UTC. Version 2 puts a Z before the offset
// (2026-11-24T15:27:12.679057Z+0000), which does not mean UTC; older ones do
// not.
func mosquittoTime(b []byte) (time.Time, error) {
	s := string(b)
	if i := strings.IndexByte(s, 'Z'); i >= 0 && i < len(s)-1 {
		s = s[:i] + s[i+1:]
	}
	for _, layout := range []string{"2006-01-02T15:04:05-0700", time.RFC3339} { // both take a fraction
		if t, err := time.Parse(layout, s); err == nil && t.UnixMilli() >= 0 && t.UnixMilli() <= maxMs {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errTime
}
