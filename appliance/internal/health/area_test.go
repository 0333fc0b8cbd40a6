package health

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/mesh"
)

// winds is how often a polygon goes around a point, in whole millionths of a
// degree: a second way to tell what is inside. edge: the point is on a side.
func winds(polygon [][2]int64, x, y int64) (n int, edge bool) {
	for i, a := range polygon {
		b := polygon[(i+1)%len(polygon)]
		left := (b[0]-a[0])*(y-a[1]) - (b[1]-a[1])*(x-a[0])
		if left == 0 && min(a[0], b[0]) <= x && x <= max(a[0], b[0]) && min(a[1], b[1]) <= y && y <= max(a[1], b[1]) {
			return 0, true
		}
		switch {
		case a[1] <= y && b[1] > y && left > 0:
			n++
		case a[1] > y && b[1] <= y && left < 0:
			n--
		}
	}
	return n, false
}

// What an area has is what its polygon winds around, or has on a side, wherever on
// the earth it lies: also across the antimeridian.
func TestAreaHasWhatItsPolygonWindsAround(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 11))
	in, out, edges, across := 0, 0, 0, 0
	for range 3000 {
		// Corners on a coarse grid, so that points meet corners and sides.
		grid := []int64{1_000_000, 1, 250_000}[rnd.IntN(3)]
		lon0, lat0 := rnd.Int64N(361)-180, rnd.Int64N(141)-70
		n := 3 + rnd.IntN(6)
		var corners []Degrees
		var flat [][2]int64
		for range n {
			x, y := lon0*1_000_000+(rnd.Int64N(17)-8)*grid, lat0*1_000_000+(rnd.Int64N(17)-8)*grid
			flat = append(flat, [2]int64{x, y})
			corners = append(corners, Degrees{float64(y) / 1e6, float64(wrap(x)) / 1e6})
		}
		a, err := NewArea("x", "", corners)
		if err != nil {
			continue // its sides cross
		}
		if slices.ContainsFunc(flat, func(c [2]int64) bool { return wrap(c[0]) != c[0] }) {
			across++
		}
		for range 40 {
			x, y := lon0*1_000_000+(rnd.Int64N(21)-10)*grid, lat0*1_000_000+(rnd.Int64N(21)-10)*grid
			n, edge := winds(flat, x, y)
			want := edge || n != 0
			if have := a.Has(mesh.Place{LatE6: int32(y), LonE6: int32(wrap(x))}); have != want {
				t.Fatalf("%v: %d %d: has it %t, want %t (edge %t)", corners, y, x, have, want, edge)
			}
			switch {
			case edge:
				edges++
			case want:
				in++
			default:
				out++
			}
		}
	}
	if in < 1000 || out < 1000 || edges < 300 || across < 20 {
		t.Errorf("%d in, %d out, %d on a side, %d areas across the antimeridian: the test shows little", in, out, edges, across)
	}
}

// wrap brings a longitude to -180 to 180, millionths.
func wrap(x int64) int64 {
	for x > 180_000_000 {
		x -= 360_000_000
	}
	for x < -180_000_000 {
		x += 360_000_000
	}
	return x
}

// A box has what lies between its bounds, also across the antimeridian.
func TestBoxHasWhatLiesBetween(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 5))
	for range 500 {
		s, w, n, e := rnd.IntN(180)-90, rnd.IntN(361)-180, rnd.IntN(181)-90, rnd.IntN(361)-180
		a, err := NewBox("x", "", float64(s), float64(w), float64(n), float64(e))
		if s >= n || w == e {
			if err == nil {
				t.Fatalf("%d %d %d %d is taken", s, w, n, e)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			lat, lon := rnd.IntN(181)-90, rnd.IntN(361)-180
			between := w < e && lon >= w && lon <= e || w > e && (lon >= w || lon <= e)
			// Both names of the antimeridian are one place.
			between = between || (lon == 180 || lon == -180) && (w == -180 || e == 180 || w > e || w == 180 || e == -180)
			want := lat >= s && lat <= n && between
			if have := a.Has(mesh.Place{LatE6: int32(lat) * 1e6, LonE6: int32(lon) * 1e6}); have != want {
				t.Fatalf("%d %d %d %d: %d %d: has it %t, want %t", s, w, n, e, lat, lon, have, want)
			}
		}
	}
}

func TestAreasThatMakeNoSenseAreRefused(t *testing.T) {
	for _, c := range []struct {
		key     string
		corners []Degrees
		why     string
	}{
		{"", []Degrees{{1, 1}, {2, 1}, {2, 2}}, "lower-case"},
		{"North", []Degrees{{1, 1}, {2, 1}, {2, 2}}, "lower-case"},
		{"a,b", []Degrees{{1, 1}, {2, 1}, {2, 2}}, "lower-case"},
		{"x", []Degrees{{1, 1}, {2, 1}}, "3 to 1000 corners"},
		{"x", []Degrees{{1, 1}, {2, 1}, {1, 1}}, "3 to 1000 corners"},
		{"x", []Degrees{{1, 1}, {-122, 47}, {2, 2}}, "corner 2: latitude -122"},
		{"x", []Degrees{{1, 1}, {2, 181}, {2, 2}}, "corner 2: longitude 181"},
		{"x", []Degrees{{80, 0}, {80, 120}, {80, -120}}, "around a pole"},
		{"x", []Degrees{{0, 0}, {1, 1}, {0, 1}, {1, 0}}, "side from corner 1 crosses"},
		{"x", []Degrees{{0, 0}, {0, 1}, {0, 2}}, "crosses or touches"},
		{"x", []Degrees{{0, 0}, {0, 0}, {0, 2}, {1, 1}}, "crosses or touches"},
	} {
		if _, err := NewArea(c.key, "", c.corners); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%q %v: %v, want %s", c.key, c.corners, err, c.why)
		}
	}
	closed := []Degrees{{1, 1}, {2, 1}, {2, 2}, {1, 1}}
	if a, err := NewArea("x", "", closed); err != nil || len(a.Polygon) != 3 {
		t.Errorf("a polygon that says its first corner twice: %v, %v", a.Polygon, err)
	}
}
