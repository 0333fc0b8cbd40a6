package observer

import (
	"math"
	"strconv"
)

// text is a value of JSON as text: the content of a string or the digits of a
// number; empty if absent, null or of another type.
type text = string

// parseNumber reads a decimal number as publishers write it: with blanks
// around it and perhaps a unit behind it. Hex, NaN, infinities and a decimal
// comma are no numbers.
func parseNumber(s text) (float64, bool) {
	s = trimBlanks(s)
	s = trimUnit(s)
	if s == "" || len(s) > 40 {
		return 0, false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && !math.IsInf(v, 0)
}

// trimUnit cuts the unit off a number, in any case: dBm, dB, mV, ms, s or %.
func trimUnit(s string) string {
	end := len(s)
	for end > 0 && isUnitByte(s[end-1]) {
		end--
	}
	if end == len(s) || end == 0 {
		return s
	}
	switch unit := s[end:]; len(unit) {
	case 1:
		if unit == "%" || unit == "s" || unit == "S" {
			return trimBlanks(s[:end])
		}
	case 2, 3:
		for _, known := range [...]string{"db", "mv", "ms", "dbm"} {
			if equalFold(unit, known) {
				return trimBlanks(s[:end])
			}
		}
	}
	return s
}

func isUnitByte(c byte) bool {
	return c == '%' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// equalFold compares ASCII text with a lower-case word.
func equalFold(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func trimBlanks(s string) string {
	for s != "" && isBlank(s[0]) {
		s = s[1:]
	}
	for s != "" && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
