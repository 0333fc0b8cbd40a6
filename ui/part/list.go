package part

import (
	"slices"
	"strconv"
)

func maxRows(g Grid) string {
	if g.Max == 0 {
		return "200"
	}
	return strconv.Itoa(g.Max)
}

// OrderSign shows the direction in which a column that is sorted by runs.
func OrderSign(c Column) string {
	if c.Sorted == "ascending" {
		return "▲"
	}
	return "▼"
}

func sortable(g Grid) bool {
	return slices.ContainsFunc(g.Columns, func(c Column) bool { return c.Href != "" })
}

// widthsSet tells whether the widths of all columns are given.
func widthsSet(g Grid) bool {
	return len(g.Columns) > 0 && !slices.ContainsFunc(g.Columns, func(c Column) bool { return c.Width == "" })
}

func helped(g Grid) bool {
	return slices.ContainsFunc(g.Columns, func(c Column) bool { return c.Help != "" })
}

// orderedBy says how a list is ordered, where its heads are hidden.
func orderedBy(g Grid) string {
	for _, c := range g.Columns {
		if c.Sorted != "" {
			return "Ordered by " + c.Label + " " + OrderSign(c)
		}
	}
	return "Order"
}

func olderSay(p Pager) string {
	if p.OlderSay == "" {
		return "Older"
	}
	return p.OlderSay
}
