package ui

import "strconv"

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "not yet"
}

func lastCount(n int) string {
	if n == 1 {
		return "one"
	}
	return strconv.Itoa(n)
}
