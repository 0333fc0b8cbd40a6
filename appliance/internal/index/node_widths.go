package index

import "hilltop/firmware-bridge/meshcore"

// AdvertWindow is how far back a node's adverts tell of its hop width, in ms.
const AdvertWindow = 7 * dayMs

// HopWidths is what a node's adverts of the last seven days say of the width
// of its hops.
type HopWidths struct {
	Latest int   // bytes a hop of the latest; 0 unknown
	Seen   []int // all widths, ascending
	// Flapping tells that the width goes back and forth: at least two changes
	// among three adverts or more, and not settled in the last three.
	Flapping bool
	Floods   int // adverts that were flooded
}

// Widths tells of the hop widths of every node that sent an advert since
// AdvertWindow before now, Unix ms.
func (x *Nodes) Widths(now int64) map[meshcore.PublicKey]HopWidths {
	x.mu.RLock()
	defer x.mu.RUnlock()
	all := make(map[meshcore.PublicKey]HopWidths, len(x.nodes))
	for key, n := range x.nodes {
		if len(n.sent) > 0 {
			all[key] = n.widths(now - AdvertWindow)
		}
	}
	return all
}

// WidthsOf is what Widths tells of one node.
func (x *Nodes) WidthsOf(key meshcore.PublicKey, now int64) HopWidths {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if n := x.nodes[key]; n != nil {
		return n.widths(now - AdvertWindow)
	}
	return HopWidths{}
}

func (n *node) widths(since int64) (h HopWidths) {
	var last [3]uint8 // the newest three, the newest first
	var samples, changes int
	var seen [4]bool
	for _, s := range n.sent { // by arrival
		if s.at < since {
			continue
		}
		if s.flood {
			h.Floods++
		}
		if s.width == 0 || s.width > 3 {
			continue
		}
		if samples > 0 && last[0] != s.width {
			changes++
		}
		samples++
		last = [3]uint8{s.width, last[0], last[1]}
		seen[s.width] = true
	}
	for width := 1; width <= 3; width++ {
		if seen[width] {
			h.Seen = append(h.Seen, width)
		}
	}
	h.Latest = int(last[0])
	settled := last[0] == last[1] && last[1] == last[2]
	h.Flapping = samples >= 3 && changes >= 2 && !settled
	return h
}
