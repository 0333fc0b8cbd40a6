package simmesh

import (
	"math"
	"sort"
)

// Kilometres of a degree of latitude, and of longitude at 47° N.
const (
	kmPerLat = 111
	kmPerLon = 76
)

type city struct {
	iata     string
	lat, lon float64
	weight   float64 // of its population
	spreadKm float64
}

var cities = []city{
	{"SEA", 47.61, -122.33, 30, 17}, {"PDX", 45.52, -122.67, 18, 16}, {"YVR", 49.22, -122.98, 14, 15},
	{"GEG", 47.66, -117.42, 6, 12}, {"YKM", 46.60, -120.51, 4, 10}, {"PAE", 47.98, -122.18, 6, 10},
	{"OLM", 47.04, -122.88, 5, 11}, {"BLI", 48.75, -122.48, 4, 9}, {"YYJ", 48.46, -123.40, 4, 9},
	{"EUG", 44.05, -123.09, 4, 10}, {"PSC", 46.24, -119.20, 3, 12}, {"SLE", 44.94, -123.03, 3, 9},
	{"EAT", 47.42, -120.31, 2, 8}, {"ALW", 46.06, -118.34, 1, 6},
}

func cityWeights() weighted {
	weights := make([]float64, len(cities))
	for i, c := range cities {
		weights[i] = c.weight
	}
	return newWeighted(weights)
}

// nearCity draws one of the three cities nearest to another.
func nearCity(r rng, from int) int {
	type cand struct {
		i int
		d float64
	}
	var list []cand
	for i, c := range cities {
		if i != from {
			list = append(list, cand{i, distanceKm(c.lat, c.lon, cities[from].lat, cities[from].lon)})
		}
	}
	sort.Slice(list, func(a, b int) bool { return list[a].d < list[b].d })
	return list[r.IntN(3)].i
}

// distanceKm is the great-circle distance by the haversine formula.
func distanceKm(lat1, lon1, lat2, lon2 float64) float64 {
	const rad = math.Pi / 180
	dLat, dLon := (lat2-lat1)*rad, (lon2-lon1)*rad
	a := math.Sin(dLat/2)*math.Sin(dLat/2) + math.Cos(lat1*rad)*math.Cos(lat2*rad)*math.Sin(dLon/2)*math.Sin(dLon/2)
	return 2 * 6371 * math.Asin(math.Sqrt(math.Min(1, a)))
}
