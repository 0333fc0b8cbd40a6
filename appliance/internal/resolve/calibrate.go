package resolve

import "math"

// Bins of probability: of logit(p), a sixteenth wide. The last ones hold what
// is as good as certain.
const (
	calBins  = 400
	calFirst = -3.0
	calWidth = 1.0 / 16
)

func calBin(p float64) int {
	if !(p > 0) {
		return 0
	}
	p = min(p, 1-1e-9)
	return max(1, min(calBins-1, int((math.Log(p/(1-p))-calFirst)/calWidth)+1))
}

// calMiddle is the probability in the middle of a bin.
func calMiddle(i int) float64 {
	return 1 / (1 + math.Exp(-((float64(i)-0.5)*calWidth + calFirst)))
}

// calibration maps the decoder's beliefs to how often they are right, as the
// audit shows it.
type calibration struct {
	right, wrong [calBins]float64 // audited hops, older ones fading
	curve        [calBins]float64 // by bin; increasing
	fitted       bool
}

func (c *calibration) apply(p float64) float64 {
	if !c.fitted {
		return p
	}
	return c.curve[calBin(p)]
}

func (c *calibration) count(p float64, right bool) {
	if right {
		c.right[calBin(p)]++
	} else {
		c.wrong[calBin(p)]++
	}
}

// block is neighbouring bins that share one estimate.
type block struct {
	right, all float64
	middle     float64 // mean bin, times all
}

func (b block) share() float64 { return b.right / b.all }

// fit makes the curve: pool adjacent violators over the bins, each with the
// weight of two hops at its own probability; between the middles of the blocks
// it is a straight line.
func (c *calibration) fit() {
	var stack []block
	for i := 1; i < calBins; i++ {
		all := c.right[i] + c.wrong[i] + 2
		stack = append(stack, block{c.right[i] + 2*calMiddle(i), all, float64(i) * all})
		for n := len(stack); n > 1 && stack[n-2].share() >= stack[n-1].share(); n = len(stack) {
			a, b := stack[n-2], stack[n-1]
			stack = append(stack[:n-2], block{a.right + b.right, a.all + b.all, a.middle + b.middle})
		}
	}
	next := 0 // the first block whose middle is not below i
	for i := 1; i < calBins; i++ {
		for next < len(stack) && stack[next].middle/stack[next].all < float64(i) {
			next++
		}
		switch {
		case next == 0:
			c.curve[i] = stack[0].share()
		case next == len(stack):
			c.curve[i] = stack[next-1].share()
		default:
			a, b := stack[next-1], stack[next]
			x, y := a.middle/a.all, b.middle/b.all
			c.curve[i] = a.share() + (b.share()-a.share())*(float64(i)-x)/(y-x)
		}
	}
	c.curve[0] = 0
	c.fitted = true
}

// fade makes older audits count less.
func (c *calibration) fade() {
	for i := range c.right {
		c.right[i] *= 0.95
		c.wrong[i] *= 0.95
	}
}
