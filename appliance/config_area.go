package main

import (
	"cmp"
	"fmt"

	"hilltop/appliance/internal/health"
)

// AreaConfig is one area by which lists can be filtered: a polygon or a box.
type AreaConfig struct {
	Name    string      `toml:"name" comment:"As it stands in addresses (area=NAME): lower-case letters, digits, - and _."`
	Label   string      `toml:"label" comment:"As pages call it; none: its name."`
	Polygon [][]float64 `toml:"polygon" comment:"Its corners in order, [latitude, longitude] each, at least three; it may cross the antimeridian."`
	Box     []float64   `toml:"box" comment:"In place of a polygon: [south, west, north, east]. West beyond east crosses the antimeridian."`
}

// areasMost is how many areas make sense: every one stands on pages as a choice.
const areasMost = 64

// completeAreas gives areas without a label their name, and checks all.
func (c *Config) completeAreas(check checker) {
	check(len(c.Areas) <= areasMost, "area", "want %d areas at most, have %d", areasMost, len(c.Areas))
	names := map[string]bool{}
	for i := range c.Areas {
		a, key := &c.Areas[i], fmt.Sprintf("area.%d", i)
		a.Label = cmp.Or(a.Label, a.Name)
		check(!names[a.Name], key+".name", "the name %q stands there twice", a.Name)
		names[a.Name] = true
		_, err := a.area()
		check(err == nil, key, "%q: %w", a.Name, err)
	}
}

// area is the area that is meant.
func (a AreaConfig) area() (health.Area, error) {
	switch {
	case len(a.Polygon) > 0 && len(a.Box) > 0:
		return health.Area{}, fmt.Errorf("it has a polygon and a box; leave one out")
	case len(a.Box) == 4:
		return health.NewBox(a.Name, a.Label, a.Box[0], a.Box[1], a.Box[2], a.Box[3])
	case len(a.Box) > 0:
		return health.Area{}, fmt.Errorf("a box is [south, west, north, east], four numbers, this has %d", len(a.Box))
	case len(a.Polygon) == 0:
		return health.Area{}, fmt.Errorf("it has neither polygon nor box; give one, such as box = [47.2, -123.0, 48.1, -121.7]")
	}
	var corners []health.Degrees
	for i, c := range a.Polygon {
		if len(c) != 2 {
			return health.Area{}, fmt.Errorf("corner %d of the polygon: want [latitude, longitude], have %d numbers", i+1, len(c))
		}
		corners = append(corners, health.Degrees{Lat: c[0], Lon: c[1]})
	}
	return health.NewArea(a.Name, a.Label, corners)
}

// areas are those of a configuration that was checked.
func (c Config) areas() (list []health.Area) {
	for _, a := range c.Areas {
		if area, err := a.area(); err == nil {
			list = append(list, area)
		}
	}
	return list
}
