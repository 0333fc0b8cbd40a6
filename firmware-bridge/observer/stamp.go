package observer

import (
	"math"
	"time"
)

// stamp is a time as written. Without zone, t reads it as UTC.
type stamp struct {
	t     time.Time
	naive bool
}

// parseStamp reads every form of timestamp that publishers use: ISO 8601 with
// or without zone and fraction, with a space for the T, and Unix seconds or,
// from 10^11, milliseconds.
func parseStamp(s text) (stamp, bool) {
	s = trimBlanks(s)
	if len(s) >= 19 && s[4] == '-' && (s[10] == 'T' || s[10] == 't' || s[10] == ' ') {
		return parseISO(s)
	}
	v, ok := parseNumber(s)
	if !ok || v <= 0 || v >= 1e14 {
		return stamp{}, false
	}
	if v < 1e11 {
		v *= 1000
	}
	return stamp{t: time.UnixMilli(int64(math.Round(v))).UTC()}, true
}

// parseISO reads YYYY-MM-DDTHH:MM:SS[.fraction][zone].
func parseISO(s string) (stamp, bool) {
	if s[7] != '-' || s[13] != ':' || s[16] != ':' {
		return stamp{}, false
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	date, ok4 := dayOf(year, month, day)
	clock, ok5 := parseClock(s[11:19])
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		return stamp{}, false
	}
	fraction, rest, ok := cutFraction(s[19:])
	if !ok {
		return stamp{}, false
	}
	out := stamp{t: date.Add(clock + fraction), naive: rest == ""}
	offset, ok := parseOffset(rest)
	out.t = out.t.Add(-offset)
	return out, ok
}

// dayOf is midnight UTC of a day that exists.
func dayOf(year, month, day int) (time.Time, bool) {
	if year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t, t.Day() == day
}

// parseClock reads HH:MM:SS; single digits will do.
func parseClock(s string) (time.Duration, bool) {
	var n [3]int
	for i := range n {
		part := s
		if i < 2 {
			at := indexByte(s, ':')
			if at < 0 {
				return 0, false
			}
			part, s = s[:at], s[at+1:]
		}
		v, ok := digits(part)
		if !ok || len(part) > 2 {
			return 0, false
		}
		n[i] = v
	}
	if n[0] > 23 || n[1] > 59 || n[2] > 59 {
		return 0, false
	}
	return time.Duration(n[0])*time.Hour + time.Duration(n[1])*time.Minute + time.Duration(n[2])*time.Second, true
}

// cutFraction splits a fraction of seconds off the front, exact to nanoseconds.
func cutFraction(s string) (time.Duration, string, bool) {
	if s == "" || s[0] != '.' {
		return 0, s, true
	}
	s = s[1:]
	var f, unit time.Duration = 0, time.Second
	i := 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		unit /= 10
		f += time.Duration(s[i]-'0') * unit
	}
	return f, s[i:], i > 0
}

// parseOffset reads Z, +HH:MM, +HHMM, +HH, or nothing.
func parseOffset(s string) (time.Duration, bool) {
	switch {
	case s == "", s == "Z", s == "z":
		return 0, true
	case s[0] != '+' && s[0] != '-':
		return 0, false
	}
	sign, s := s[0], s[1:]
	if len(s) == 5 && s[2] == ':' {
		s = s[:2] + s[3:]
	}
	if len(s) == 2 {
		s += "00"
	}
	n, ok := digits(s)
	if !ok || len(s) != 4 || n/100 > 18 || n%100 > 59 {
		return 0, false
	}
	off := time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
	if sign == '-' {
		off = -off
	}
	return off, true
}

// parseRadioClock reads day/month/year, padded or not, and HH:MM:SS.
func parseRadioClock(date, clock text) (time.Time, bool) {
	first := indexByte(date, '/')
	if first < 0 {
		return time.Time{}, false
	}
	second := indexByte(date[first+1:], '/')
	if second < 0 {
		return time.Time{}, false
	}
	second += first + 1
	day, ok1 := digits(date[:first])
	month, ok2 := digits(date[first+1 : second])
	year, ok3 := digits(date[second+1:])
	t, ok4 := dayOf(year, month, day)
	d, ok5 := parseClock(clock)
	return t.Add(d), ok1 && ok2 && ok3 && ok4 && ok5
}

// digits reads 1 to 9 decimal digits and nothing else.
func digits(s string) (int, bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

func indexByte(s string, c byte) int {
	for i := range len(s) {
		if s[i] == c {
			return i
		}
	}
	return -1
}
