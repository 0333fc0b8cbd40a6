package survey

import (
	"cmp"
	"slices"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Link is a certain link whose ends are at known places: one radio heard the
// other. SNR is of the receiver, and only an observer tells it.
type Link struct {
	index.Link
	KM    float64
	Doubt health.Doubt // of the position of an end; Believed if of neither
}

// Reach is the length beyond which a link is not believed, in km: one of the
// places is wrong, or both ends were taken for others.
const Reach = 300.0

// longestKept is how many links a list has.
const longestKept = 20

// spot is where a node says it is, and whether that is doubted.
type spot struct {
	place mesh.Place
	doubt health.Doubt
}

// lengths gives the longest links between places that are believed, and those
// that are too long by what their ends say, the longest first, and how many
// there are of either.
func lengths(links []index.Link, at map[meshcore.PublicKey]spot, nodeOf func(uint32) (meshcore.PublicKey, bool)) (longest, beyond []Link, counts [2]int) {
	for _, l := range links {
		x, ok := located(l, at, nodeOf)
		if !ok {
			continue
		}
		switch {
		case x.KM > Reach:
			beyond = append(beyond, x)
		case x.Doubt == health.Believed:
			longest = append(longest, x)
		}
	}
	counts = [2]int{len(longest), len(beyond)}
	return longestOf(longest), longestOf(beyond), counts
}

func longestOf(list []Link) []Link {
	slices.SortStableFunc(list, func(a, b Link) int { return cmp.Compare(b.KM, a.KM) })
	return list[:min(len(list), longestKept)]
}

// located is a link with its length, false if the place of an end is not known.
func located(l index.Link, at map[meshcore.PublicKey]spot, nodeOf func(uint32) (meshcore.PublicKey, bool)) (Link, bool) {
	to := l.To
	if to == (meshcore.PublicKey{}) {
		to, _ = nodeOf(l.Observer)
	}
	a, fromOK := at[l.From]
	b, toOK := at[to]
	return Link{l, health.DistanceKM(a.place, b.place), cmp.Or(a.doubt, b.doubt)}, fromOK && toOK && l.From != to
}

// possible gives the links without those that are too long though both places
// are believed: somebody else has the hop.
func possible(links []index.Link, at map[meshcore.PublicKey]spot, nodeOf func(uint32) (meshcore.PublicKey, bool)) []index.Link {
	return slices.DeleteFunc(slices.Clone(links), func(l index.Link) bool {
		x, ok := located(l, at, nodeOf)
		return ok && x.KM > Reach && x.Doubt == health.Believed
	})
}
