package part

import (
	"math"
	"strings"
	"testing"
)

// Whatever the numbers, a column is drawn for what is above zero, and only then.
func TestSparkPath(t *testing.T) {
	for _, c := range []struct {
		values  []float64
		columns int
	}{
		{[]float64{0, 0}, 0}, {[]float64{1}, 1}, {[]float64{0, 1, 1e9, 0.001}, 3},
		{[]float64{-1, math.NaN(), math.Inf(-1)}, 0}, {[]float64{-5, 2}, 1},
	} {
		path := sparkPath(Spark{Values: c.values})
		if n := strings.Count(path, "M"); n != c.columns || strings.Contains(path, "NaN") || strings.Contains(path, "Inf") {
			t.Errorf("%v: want %d columns, have %q", c.values, c.columns, path)
		}
	}
}
