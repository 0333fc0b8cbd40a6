package part

import (
	"math"
	"strings"
	"testing"
)

// Whatever the numbers, a column is drawn for what is above zero, and only then.
func TestColumns(t *testing.T) {
	for _, c := range []struct {
		values  []float64
		columns int
	}{
		{[]float64{0, 0}, 0}, {[]float64{1}, 1}, {[]float64{0, 1, 1e9, 0.001}, 3},
		{[]float64{-1, math.NaN(), math.Inf(-1)}, 0}, {[]float64{-5, 2}, 1}, {[]float64{math.Inf(1), 3}, 1}, {nil, 0},
	} {
		low, high := Chart{Spark: Spark{Values: c.values}}.ends()
		path := columnPath(c.values, 0, low, high)
		if n := strings.Count(path, "M"); n != c.columns || odd(path) {
			t.Errorf("%v: want %d columns, have %q", c.values, c.columns, path)
		}
	}
}

// A line breaks where a value is missing, and its ground with it.
func TestLines(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		values []float64
		pieces int
	}{
		{[]float64{1, 2, 3}, 1}, {[]float64{nan, 1, 2, nan, 3, 4, nan}, 2}, {[]float64{nan, math.Inf(1)}, 0}, {nil, 0}, {[]float64{7}, 1},
	} {
		low, high := Chart{Spark: Spark{Values: c.values}}.ends()
		for _, ground := range []bool{false, true} {
			path := linePath(c.values, low, high, ground)
			closed := 0
			if ground {
				closed = c.pieces
			}
			if strings.Count(path, "M") != c.pieces || strings.Count(path, "Z") != closed || odd(path) {
				t.Errorf("%v, ground %v: want %d pieces, have %q", c.values, ground, c.pieces, path)
			}
		}
	}
}

func odd(path string) bool {
	return strings.Contains(path, "NaN") || strings.Contains(path, "Inf") || strings.Contains(path, "--")
}

// The step that is not over yet is drawn apart from the others.
func TestOpenStep(t *testing.T) {
	s := Spark{Values: []float64{1, 2, 3}, Open: true}
	if len(s.whole()) != 2 || len(s.begun()) != 1 || s.begun()[0] != 3 {
		t.Errorf("want two whole steps and 3 begun, have %v and %v", s.whole(), s.begun())
	}
	if none := (Spark{Open: true}); len(none.whole())+len(none.begun()) != 0 {
		t.Error("an empty chart has steps")
	}
}

// A heat strip keeps its darkest colour for the largest value and its palest for
// none at all.
func TestHeatStep(t *testing.T) {
	for _, c := range []struct {
		v, most float64
		want    int
	}{{0, 10, 0}, {0.001, 10, 1}, {3, 10, 2}, {9.99, 10, 4}, {10, 10, 4}, {11, 10, 4}, {1, 0, 0}, {math.NaN(), 10, 0}, {math.Inf(1), 10, 0}, {-3, 10, 0}} {
		if have := heatStep(c.v, c.most); have != c.want {
			t.Errorf("%g of %g: want %d, have %d", c.v, c.most, c.want, have)
		}
	}
}
