package health

import (
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"hilltop/appliance/internal/mesh"
)

// Area is a stretch of land that the operator has named. Its sides are straight
// in degrees, as on a map by Mercator, and belong to it.
type Area struct {
	Key     string // as addresses have it: lower-case letters, digits, - and _
	Label   string // as people know it
	Polygon []Degrees
	Box     bool // Polygon is a box: its corners from the south-west on, anticlockwise

	ring  orb.Ring // millionths of a degree, east first; longitudes go on across the antimeridian
	bound orb.Bound
}

// Degrees is a place, in degrees north and east.
type Degrees struct{ Lat, Lon float64 }

// Limits of an area.
const (
	areaKeyMost   = 32   // bytes of a key
	areaLabelMost = 64   // bytes of a label
	cornersMost   = 1000 // corners of a polygon
	turn          = 360e6
)

// NewArea makes an area of the corners of a polygon, in order around it; the
// last is joined to the first. A side goes the shorter way around the earth, so a
// polygon may cross the antimeridian, but not go around a pole.
func NewArea(key, label string, corners []Degrees) (Area, error) {
	a := Area{Key: key, Label: label, Polygon: corners}
	if err := a.named(); err != nil {
		return Area{}, err
	}
	if n := len(corners); n > 1 && corners[0] == corners[n-1] { // said twice, as many formats do
		corners = corners[:n-1]
		a.Polygon = corners
	}
	if len(corners) < 3 || len(corners) > cornersMost {
		return Area{}, fmt.Errorf("a polygon has 3 to %d corners [latitude, longitude], this has %d", cornersMost, len(corners))
	}
	for i, c := range corners {
		if err := c.check(); err != nil {
			return Area{}, fmt.Errorf("corner %d: %w", i+1, err)
		}
		p := c.point()
		if i > 0 {
			p[0] = nearer(p[0], a.ring[i-1][0])
		}
		a.ring = append(a.ring, p)
	}
	if b := a.ring.Bound(); nearer(a.ring[0][0], a.ring[len(a.ring)-1][0]) != a.ring[0][0] || b.Max[0]-b.Min[0] > turn {
		return Area{}, fmt.Errorf("the polygon goes around a pole; take a box from longitude -180 to 180")
	}
	if i, j, crossed := crossing(a.ring); crossed {
		return Area{}, fmt.Errorf("the side from corner %d crosses or touches that from corner %d; list the corners in order around the area", i+1, j+1)
	}
	return a.closed(), nil
}

// NewBox makes an area of everything between two latitudes and two longitudes. A
// west that is east of east means a box that crosses the antimeridian.
func NewBox(key, label string, south, west, north, east float64) (Area, error) {
	a := Area{Key: key, Label: label, Box: true, Polygon: []Degrees{{south, west}, {south, east}, {north, east}, {north, west}}}
	if err := a.named(); err != nil {
		return Area{}, err
	}
	for _, c := range a.Polygon {
		if err := c.check(); err != nil {
			return Area{}, err
		}
	}
	switch {
	case south >= north:
		return Area{}, fmt.Errorf("a box is [south, west, north, east], and south %g is not below north %g", south, north)
	case west == east:
		return Area{}, fmt.Errorf("a box is [south, west, north, east], and west and east are both %g", west)
	}
	for _, c := range a.Polygon {
		p := c.point()
		if west > east && c.Lon == east {
			p[0] += turn
		}
		a.ring = append(a.ring, p)
	}
	return a.closed(), nil
}

// named checks key and label.
func (a Area) named() error {
	switch {
	case a.Key == "" || len(a.Key) > areaKeyMost || strings.Trim(a.Key, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "":
		return fmt.Errorf("the name %q stands in addresses: 1 to %d lower-case letters, digits, - and _", a.Key, areaKeyMost)
	case len(a.Label) > areaLabelMost:
		return fmt.Errorf("the label has %d bytes, at most %d make sense", len(a.Label), areaLabelMost)
	}
	return nil
}

func (d Degrees) check() error {
	switch {
	case !(d.Lat >= -90 && d.Lat <= 90):
		return fmt.Errorf("latitude %g: want -90 to 90, latitude first, then longitude", d.Lat)
	case !(d.Lon >= -180 && d.Lon <= 180):
		return fmt.Errorf("longitude %g: want -180 to 180", d.Lon)
	}
	return nil
}

// point is a place in whole millionths of a degree, as adverts have places.
func (d Degrees) point() orb.Point {
	return orb.Point{math.Round(d.Lon * 1e6), math.Round(d.Lat * 1e6)}
}

// nearer is a longitude, whole turns added, that is at most half a turn from
// another.
func nearer(lon, to float64) float64 {
	for lon-to > turn/2 {
		lon -= turn
	}
	for to-lon > turn/2 {
		lon += turn
	}
	return lon
}

func (a Area) closed() Area {
	a.ring = append(a.ring, a.ring[0])
	a.bound = a.ring.Bound()
	return a
}

// Has tells whether a place lies in the area or on its edge.
func (a Area) Has(p mesh.Place) bool {
	lat, lon := float64(p.LatE6), float64(p.LonE6)
	if lat < a.bound.Min[1] || lat > a.bound.Max[1] {
		return false
	}
	for lon > a.bound.Min[0] {
		lon -= turn
	}
	for ; lon <= a.bound.Max[0]; lon += turn {
		if at := (orb.Point{lon, lat}); lon >= a.bound.Min[0] && planar.RingContains(a.ring, at) {
			return true
		}
	}
	return false
}

// crossing finds two sides that have a point in common, by their first corners,
// neighbours but for the corner between them. The ring is not closed.
func crossing(ring orb.Ring) (i, j int, found bool) {
	n := len(ring)
	for i := range n {
		a, b := ring[i], ring[(i+1)%n]
		if a == b {
			return i, (i + 1) % n, true
		}
		for j := i + 1; j < n; j++ {
			c, d := ring[j], ring[(j+1)%n]
			switch {
			case j == i+1 && (onSide(d, a, b) || onSide(a, c, d)), (j+1)%n == i && (onSide(c, a, b) || onSide(b, c, d)): // back along the side
				return i, j, true
			case j == i+1 || (j+1)%n == i:
			case meet(a, b, c, d):
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

// side tells on which side of the line from a to b a point is: 1 left, -1 right,
// 0 on it.
func side(p, a, b orb.Point) int {
	// Whole numbers whose differences are below 2^29: int64 holds the products.
	x := int64(b[0]-a[0])*int64(p[1]-a[1]) - int64(b[1]-a[1])*int64(p[0]-a[0])
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// onSide tells whether a point is between two others on a line.
func onSide(p, a, b orb.Point) bool {
	return side(p, a, b) == 0 && orb.MultiPoint{a, b}.Bound().Contains(p)
}

// meet tells whether two sides have a point in common.
func meet(a, b, c, d orb.Point) bool {
	if side(c, a, b)*side(d, a, b) < 0 && side(a, c, d)*side(b, c, d) < 0 {
		return true
	}
	return onSide(c, a, b) || onSide(d, a, b) || onSide(a, c, d) || onSide(b, c, d)
}
