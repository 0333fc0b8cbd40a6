package resolve

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestTableIsAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var tab table[int]
	want := map[uint64]int{}
	for i := range 20_000 {
		a, b := int32(r.Uint32N(200)), int32(r.Uint32N(200))
		*tab.at(a, b) += i
		want[key(a, b)] += i
		if i == 15_000 {
			tab.keep(func(a, _ int32, _ *int) bool { return a%3 > 0 })
			for k := range want {
				if a, _ := unkey(k); a%3 == 0 {
					delete(want, k)
				}
			}
		}
	}
	for a := range int32(200) {
		for b := range int32(200) {
			v, ok := want[key(a, b)]
			if got := tab.get(a, b); ok != (got != nil) || ok && *got != v {
				t.Fatalf("%d, %d: %v, want %v", a, b, got, v)
			}
		}
	}
}

func TestBinsAreThoseOfTheEdges(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		d := math.Exp(r.Float64()*14 - 4) // 0.02 to 22,000 km
		d2 := float32(d * d)
		want := 0
		for want < len(binEdges) && float64(d2) >= binEdges[want]*binEdges[want] {
			want++
		}
		if got := bin(d2); got != want {
			t.Fatalf("%v km is in bin %d, want %d", d, got, want)
		}
	}
	if bin(0) != 0 {
		t.Error("no distance is not the nearest")
	}
}

// The chord must agree with the way over ground, also across the 180th meridian.
func TestDistances(t *testing.T) {
	for _, c := range []struct{ latA, lonA, latB, lonB, km float64 }{
		{47, -122, 48, -122, 111.19},
		{47, -122, 47, -123, 75.83},
		{-17, 179.9, -17, -179.9, 21.27},
		{60, 10, 60, 10, 0},
	} {
		a := entity{located: true, pos: onSphere(c.latA, c.lonA)}
		b := entity{located: true, pos: onSphere(c.latB, c.lonB)}
		d2, ok := apart(&a, &b)
		if got := math.Sqrt(float64(d2)); !ok || math.Abs(got-c.km) > 0.02 {
			t.Errorf("%v: %v km", c, got)
		}
	}
	if _, ok := apart(&entity{located: true}, &entity{}); ok {
		t.Error("a distance without a position")
	}
}

func TestCalibrationIsMonotoneAndFollowsTheAudit(t *testing.T) {
	var c calibration
	r := rand.New(rand.NewPCG(5, 6))
	for range 200_000 { // believes too much: says p, is right p²
		p := r.Float64()
		c.count(p, r.Float64() < p*p)
	}
	c.fit()
	last := -1.0
	for i, v := range c.curve {
		if v < last || v > 1 {
			t.Fatalf("bin %d: %v after %v", i, v, last)
		}
		last = v
	}
	for _, p := range []float64{0.3, 0.5, 0.8, 0.95} {
		if got := c.apply(p); math.Abs(got-p*p) > 0.02 {
			t.Errorf("%v is calibrated to %v, want %v", p, got, p*p)
		}
	}
}
