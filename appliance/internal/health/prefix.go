package health

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Relay is a node that relays, as far as its hops matter. A packet says how
// many bytes a hop of its path has, and every relay puts as much of its key
// there: so two relays clash at a width whatever their own packets have.
type Relay struct {
	Key      meshcore.PublicKey
	Width    uint8 // bytes a hop of its own packets; 0 unknown
	HasPlace bool
	Place    mesh.Place           // believed; valid if HasPlace
	Near     []meshcore.PublicKey // whom it certainly hears or is heard by
}

// Nearness is how near to one another relays with one hop are.
type Nearness string

// The nearnesses, the worst first.
const (
	NearLinked  Nearness = "linked"  // one hears the other, or somebody hears both: paths are ambiguous there
	NearBy      Nearness = "near"    // less than NearKM apart
	NearUnknown Nearness = "unknown" // one of them has no position, and no link tells
	NearApart   Nearness = "apart"   // far from one another
)

// NearKM is within what two relays are in one neighbourhood. Half of it is
// about the longest link that is common.
const NearKM = 100.0

// Collision is a hop that several relays have.
type Collision struct {
	Hop     meshcore.Hop
	Relays  []meshcore.PublicKey // ascending
	Sending int                  // of them whose own packets have hops of this width
	Nearest Nearness             // of the worst pair
	KM      float64              // between the nearest two whose places are known; -1 unknown
}

// Matters tells whether paths cannot tell the relays apart where they are.
func (c Collision) Matters() bool { return c.Nearest == NearLinked || c.Nearest == NearBy }

// Collisions lists the hops of a width, in bytes, that several of the relays
// have: those that matter first, then those with more relays, then by hop.
func Collisions(relays []Relay, width int) []Collision {
	by := map[meshcore.Hop][]*Relay{}
	for i := range relays {
		hop := relays[i].Key.Hop(width)
		by[hop] = append(by[hop], &relays[i])
	}
	var list []Collision
	for hop, group := range by {
		if len(group) > 1 {
			list = append(list, collisionOf(hop, group))
		}
	}
	slices.SortFunc(list, func(a, b Collision) int {
		return cmp.Or(cmp.Compare(rank(a.Nearest), rank(b.Nearest)), cmp.Compare(len(b.Relays), len(a.Relays)), bytes.Compare(a.Hop.Bytes(), b.Hop.Bytes()))
	})
	return list
}

func rank(n Nearness) int {
	return slices.Index([]Nearness{NearLinked, NearBy, NearUnknown, NearApart}, n)
}

func collisionOf(hop meshcore.Hop, group []*Relay) Collision {
	slices.SortFunc(group, func(a, b *Relay) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	c := Collision{Hop: hop, Nearest: NearApart, KM: -1}
	for i, a := range group {
		c.Relays = append(c.Relays, a.Key)
		if int(a.Width) == hop.Width() {
			c.Sending++
		}
		for _, b := range group[i+1:] {
			n, km := nearnessOf(a, b)
			if rank(n) < rank(c.Nearest) {
				c.Nearest = n
			}
			if km >= 0 && (c.KM < 0 || km < c.KM) {
				c.KM = km
			}
		}
	}
	return c
}

func nearnessOf(a, b *Relay) (n Nearness, km float64) {
	km = -1
	if a.HasPlace && b.HasPlace {
		km = DistanceKM(a.Place, b.Place)
	}
	linked := slices.Contains(a.Near, b.Key) || slices.Contains(b.Near, a.Key) ||
		slices.ContainsFunc(a.Near, func(k meshcore.PublicKey) bool { return slices.Contains(b.Near, k) })
	switch {
	case linked:
		return NearLinked, km
	case km < 0:
		return NearUnknown, km
	case km < NearKM:
		return NearBy, km
	}
	return NearApart, km
}

// Free is a beginning of a key that is free around a place.
type Free struct {
	Hop meshcore.Hop
	KM  float64 // to the nearest relay that has it; +Inf if none with a position does
}

// FreeHops lists at most n hops of a width, in bytes, that no relay has within
// NearKM of a place, nor any whose place is not known: those of nobody first,
// then those farthest away, then by value. Hops that begin with 00 or FF are
// reserved by the firmware's tools and left out.
func FreeHops(relays []Relay, place mesh.Place, width, n int) []Free {
	taken := map[meshcore.Hop]float64{}
	for _, r := range relays {
		km := 0.0
		if r.HasPlace {
			km = DistanceKM(place, r.Place)
		}
		hop := r.Key.Hop(width)
		if before, ok := taken[hop]; !ok || km < before {
			taken[hop] = km
		}
	}
	var list []Free
	for v := 0; v < 1<<(8*width) && len(list) < n; v++ {
		first := byte(v >> (8 * (width - 1)))
		hop := meshcore.NewHop([]byte{first, byte(v >> max(8*(width-2), 0)), byte(v)}[:width])
		if _, has := taken[hop]; !has && !reserved(first) {
			list = append(list, Free{hop, math.Inf(1)})
		}
	}
	if len(list) == n {
		return list
	}
	far := len(list)
	for hop, km := range taken {
		if km >= NearKM && !reserved(hop.Bytes()[0]) {
			list = append(list, Free{hop, km})
		}
	}
	slices.SortFunc(list[far:], func(a, b Free) int {
		return cmp.Or(cmp.Compare(b.KM, a.KM), bytes.Compare(a.Hop.Bytes(), b.Hop.Bytes()))
	})
	return list[:min(n, len(list))]
}

// reserved tells whether the firmware's tools keep clear of keys that begin so.
func reserved(first byte) bool { return first == 0x00 || first == 0xFF }
