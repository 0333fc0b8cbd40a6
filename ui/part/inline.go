package part

import "strconv"

func barsClass(level int) string { return "bars-" + strconv.Itoa(min(level, 4)) }

func barsLabel(level int) string {
	return "signal " + strconv.Itoa(min(level, 4)) + " of 4"
}
