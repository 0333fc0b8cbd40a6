package part

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func maxRows(g Grid) string {
	if g.Max == 0 {
		return "200"
	}
	return strconv.Itoa(g.Max)
}

func orderSign(c Column) string {
	if c.Sorted == "ascending" {
		return "▲"
	}
	return "▼"
}

func sortable(g Grid) bool {
	return slices.ContainsFunc(g.Columns, func(c Column) bool { return c.Href != "" })
}

func olderSay(p Pager) string {
	if p.OlderSay == "" {
		return "Older"
	}
	return p.OlderSay
}

// Columns of a sparkline, in units of its view box.
const (
	sparkHeight = 32
	sparkStep   = 4 // one column and the gap after it
	sparkColumn = 3
)

func sparkBox(s Spark) string {
	return fmt.Sprintf("0 0 %d %d", len(s.Values)*sparkStep, sparkHeight)
}

// sparkPath draws a column for each value, scaled to the largest. Any value
// above zero shows at least a line.
func sparkPath(s Spark) string {
	top := slices.Max(s.Values)
	var b strings.Builder
	for i, v := range s.Values {
		if !(v > 0) || !(top > 0) {
			continue
		}
		h := max(1, v/top*sparkHeight)
		fmt.Fprintf(&b, "M%d %dh%dv-%.1fh-%dz", i*sparkStep, sparkHeight, sparkColumn, h, sparkColumn)
	}
	return b.String()
}
