package part

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Spark is a small chart of equal steps in time.
type Spark struct {
	Title  string    // what it shows, in words: its accessible name
	Values []float64 // NaN or less than 0: nothing, in a chart of columns
	First  string    // label of the left end
	Last   string    // label of the right end
	Deaf   []Deaf    // when nothing could have been received
	Open   bool      // the last step is not over yet
	Marks  []Mark    // moments that explain what is seen
}

// Mark is a moment in a chart.
type Mark struct {
	At     float64 // of the chart's width, 0 to 1
	Reason string  // "restarted 14:05"
}

// Deaf is a span in which the collector heard nothing, whatever there was to
// hear.
type Deaf struct {
	From, To float64 // of the chart's width, 0 to 1
	Reason   string  // "14:05 to 14:20: this machine was off"
}

// Chart is a larger chart, with a scale.
type Chart struct {
	Spark
	Kind      string  // "columns", or "line" with the ground below it
	Size      string  // "m" or "l"
	Low, High float64 // ends of the scale; both 0: from zero to the largest
	Scale     []Tick
	Labels    []string // below, evenly; in place of First and Last
	Figure    string   // what it comes to, beside the title
	Note      string   // number of samples, window, age
	Shown     bool     // the title stands above it, not only for readers of the screen
}

// Tick is a line across a chart.
type Tick struct {
	At   float64
	Text string
}

// Bar is one row of a chart of horizontal bars.
type Bar struct {
	Label string // hostile
	Href  string
	Type  *Type     // in place of Label
	Role  *RoleMark // in place of Label
	Share float64   // of the full length, 0 to 1
	Value string
	Note  string
}

// Heat is a strip of equal steps, the more the darker.
type Heat struct {
	Title       string
	Values      []float64 // NaN: not measured
	First, Last string
	Deaf        []Deaf
}

// Units of a chart's own view box: a step and its column, and the height.
const (
	step   = 5
	column = 4
	height = 100
)

func chartBox(n int) string { return fmt.Sprintf("0 0 %d %d", max(n, 1)*step, height) }

// ends are the values at the bottom and the top of a chart, bottom below top.
func (c Chart) ends() (low, high float64) {
	low, high = c.Low, c.High
	if low == 0 && high == 0 {
		for _, v := range c.Values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				high = max(high, v)
			}
		}
	}
	if high <= low {
		high = low + 1
	}
	return low, high
}

// rise is how high a value stands, 0 to height; false where there is none.
func rise(v, low, high float64) (float64, bool) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	return height * min(1, max(0, (v-low)/(high-low))), true
}

// columnPath draws a column for each value above the bottom. Any such value
// shows at least a line.
func columnPath(values []float64, first int, low, high float64) string {
	var b strings.Builder
	for i, v := range values {
		h, ok := rise(v, low, high)
		if !ok || v <= low {
			continue
		}
		fmt.Fprintf(&b, "M%d %dh%dv-%.4gh-%dz", (first+i)*step, height, column, max(2.5, h), column)
	}
	return b.String()
}

// linePath joins the values that there are; where one is missing, the line has
// a gap. With ground it is closed along the bottom.
func linePath(values []float64, low, high float64, ground bool) string {
	var b strings.Builder
	open, from, last := false, 0, 0
	end := func() {
		switch {
		case open && ground:
			fmt.Fprintf(&b, "L%d %dL%d %dZ", last, height, from, height)
		case open && from == last:
			b.WriteString("h.01") // a value alone is a dot
		}
		open = false
	}
	for i, v := range values {
		h, ok := rise(v, low, high)
		if !ok {
			end()
			continue
		}
		x := i*step + step/2
		if open {
			fmt.Fprintf(&b, "L%d %.4g", x, height-h)
		} else {
			fmt.Fprintf(&b, "M%d %.4g", x, height-h)
			open, from = true, x
		}
		last = x
	}
	end()
	return b.String()
}

// whole and begun part the values of a chart into the steps that are over and
// the one that is not.
func (s Spark) whole() []float64 {
	if s.Open && len(s.Values) > 0 {
		return s.Values[:len(s.Values)-1]
	}
	return s.Values
}

func (s Spark) begun() []float64 { return s.Values[len(s.whole()):] }

// percent is a share as a length.
func percent(share float64) string {
	if math.IsNaN(share) {
		share = 0
	}
	return fmt.Sprintf("%.4g%%", 100*min(1, max(0, share)))
}

// tickAt is how far below the top a line of the scale lies.
func (c Chart) tickAt(t Tick) string {
	low, high := c.ends()
	h, _ := rise(t.At, low, high)
	return percent(1 - h/height)
}

// heatStep is the colour of a value, 0 to 4, by its share of the largest.
func heatStep(v, most float64) int {
	switch {
	case !(v > 0) || !(most > 0) || math.IsInf(v, 0):
		return 0
	case v >= most:
		return 4
	}
	return 1 + int(v/most*3.999)
}

func (h Heat) most() (most float64) {
	for _, v := range h.Values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			most = max(most, v)
		}
	}
	return most
}

// deafWords are the reasons for the gaps of a chart, each once.
// marksShown is how many marks are told in words; all are drawn.
const marksShown = 3

// markWords say what marks mean, the latest first.
func markWords(all []Mark) string {
	if len(all) == 0 {
		return ""
	}
	var words []string
	for _, m := range slices.Backward(all) {
		if len(words) == marksShown {
			words = append(words, fmt.Sprintf("and %d before", len(all)-marksShown))
			break
		}
		words = append(words, m.Reason)
	}
	return strings.Join(words, ", ")
}

func deafWords(all []Deaf) (out []string) {
	seen := map[string]bool{}
	for _, d := range all {
		if d.Reason != "" && !seen[d.Reason] {
			seen[d.Reason] = true
			out = append(out, d.Reason)
		}
	}
	return out
}
