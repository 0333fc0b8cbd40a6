package health

import (
	"math"

	"hilltop/appliance/internal/mesh"
)

// DistanceKM is the length of the great circle between two places, on a sphere
// of 6,371 km (haversine).
func DistanceKM(a, b mesh.Place) float64 {
	rad := func(e6 int32) float64 { return float64(e6) / 1e6 * math.Pi / 180 }
	lat1, lat2 := rad(a.LatE6), rad(b.LatE6)
	s, t := math.Sin((lat2-lat1)/2), math.Sin((rad(b.LonE6)-rad(a.LonE6))/2)
	h := s*s + math.Cos(lat1)*math.Cos(lat2)*t*t
	return 2 * 6371 * math.Asin(math.Sqrt(min(h, 1)))
}

// Doubt is why a position is not believed.
type Doubt string

// The doubts. Believed is none.
const (
	Believed   Doubt = ""
	DoubtJump  Doubt = "impossible jump"             // it is too far from where the node was
	DoubtFar   Doubt = "far from everyone"           // no other node is near
	DoubtHeard Doubt = "far from those who heard it" // who certainly heard it directly is elsewhere
)

// What positions are judged by.
const (
	fastKMh   = 1000.0 // nothing that carries a node is faster
	jumpLeast = 100.0  // km: less may be a better fix
	farKM     = 400.0  // from the nearest other node: no link of LoRa is as long in practice
	heardKM   = 300.0  // from the nearest of those who heard it directly
	othersMin = 8      // nodes with a position; fewer are no mesh to be far from
)

// Around is what the position of a node is held against.
type Around struct {
	Others []mesh.Place // believed positions of other nodes
	Heard  []mesh.Place // of those who certainly heard the node with no relay between
}

// JudgePlace judges the latest of a node's places.
func JudgePlace(places []mesh.Spell[mesh.Place], around Around) Doubt {
	if len(places) == 0 {
		return Believed
	}
	here := places[len(places)-1]
	if near, ok := nearest(here.Value, around.Heard); ok && near > heardKM {
		return DoubtHeard
	}
	if near, ok := nearest(here.Value, around.Others); ok && len(around.Others) >= othersMin && near > farKM {
		return DoubtFar
	}
	if jumped(places) {
		return DoubtJump
	}
	return Believed
}

// jumped tells whether the latest place cannot be reached from the one before
// in time, and was not held for longer since than that one was.
func jumped(places []mesh.Spell[mesh.Place]) bool {
	if len(places) < 2 {
		return false
	}
	was, is := places[len(places)-2], places[len(places)-1]
	km := DistanceKM(was.Value, is.Value)
	hours := float64(is.From-was.To) / hourMs
	return km > jumpLeast && km > fastKMh*max(hours, 0) && is.To-is.From <= was.To-was.From
}

func nearest(p mesh.Place, list []mesh.Place) (km float64, ok bool) {
	for i, o := range list {
		if d := DistanceKM(p, o); i == 0 || d < km {
			km = d
		}
	}
	return km, len(list) > 0
}
