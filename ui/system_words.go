package ui

import (
	"strconv"

	"hilltop/ui/part"
)

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

func countColumns(source bool) []part.Column {
	c := []part.Column{{Label: "Reason"}}
	if source {
		c = append(c, part.Column{Label: "Source"})
	}
	return append(c, part.Column{Label: "Times", Numeric: true})
}
