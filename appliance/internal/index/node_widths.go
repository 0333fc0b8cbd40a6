package index

import (
	"maps"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// AdvertWindow is how far back a node's adverts tell of its hop width, in ms.
const AdvertWindow = 7 * 24 * mesh.HourMS

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

// howSent tells what the first copy of an advert says of how it was sent.
func howSent(at int64, header, pathLen byte) advertSent {
	s := advertSent{at: at, width: pathLen>>6 + 1, flood: meshcore.Route(header & 3).IsFlood()}
	if s.width > 3 || !s.flood && pathLen&63 == 0 {
		s.width = 0 // the firmware does not set the bits of a packet that goes no hop
	}
	return s
}

// Widths tells of the hop widths of every node that sent an advert since
// AdvertWindow before now, Unix ms.
func (x *Nodes) Widths(now int64) map[meshcore.PublicKey]HopWidths {
	x.mu.RLock()
	nodes := slices.Collect(maps.Values(x.nodes))
	x.mu.RUnlock()
	out := make(map[meshcore.PublicKey]HopWidths, len(nodes))
	for some := range slices.Chunk(nodes, nodesAtOnce) {
		x.mu.RLock()
		for _, n := range some {
			if w, any := n.widths(now - AdvertWindow); any {
				out[n.Key] = w
			}
		}
		x.mu.RUnlock()
	}
	return out
}

// WidthsOf is what Widths tells of one node.
func (x *Nodes) WidthsOf(key meshcore.PublicKey, now int64) (w HopWidths) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if n := x.nodes[key]; n != nil {
		w, _ = n.widths(now - AdvertWindow)
	}
	return w
}

// widths tells of a node's hop widths by its adverts since a time; false if there
// are none. Call it with mu held.
func (n *node) widths(since int64) (w HopWidths, any bool) {
	var c widthCount
	sent := n.sent[n.since(since):]
	for i := range sent {
		c.add(sent[i].width(), sent[i].flood())
	}
	return c.sum(), len(sent) > 0
}

// eachSent calls fn for the adverts that stand at since or later, the oldest
// hour first.
func (x *Nodes) eachSent(since int64, fn func(*sentAdvert)) {
	x.mu.RLock()
	hours := newestFirst(x.hours)
	x.mu.RUnlock()
	slices.Reverse(hours)
	inHours(&x.mu, x.hours, hours, func(hour uint32, h *nodeHour) bool {
		if mesh.HourStart(hour)+mesh.HourMS <= since {
			return true
		}
		for i := range h.sent {
			if h.sent[i].at >= since {
				fn(&h.sent[i])
			}
		}
		return true
	})
}

// widthCount takes a node's adverts, oldest first.
type widthCount struct {
	last             [3]uint8 // the newest three widths, the newest first
	samples, changes int
	seen             [4]bool
	floods           int
}

func (c *widthCount) add(width uint8, flood bool) {
	if flood {
		c.floods++
	}
	if width == 0 {
		return
	}
	if c.samples > 0 && c.last[0] != width {
		c.changes++
	}
	c.samples++
	c.last = [3]uint8{width, c.last[0], c.last[1]}
	c.seen[width] = true
}

func (c *widthCount) sum() HopWidths {
	h := HopWidths{Latest: int(c.last[0]), Floods: c.floods}
	for width := 1; width <= 3; width++ {
		if c.seen[width] {
			h.Seen = append(h.Seen, width)
		}
	}
	settled := c.last[0] == c.last[1] && c.last[1] == c.last[2]
	h.Flapping = c.samples >= 3 && c.changes >= 2 && !settled
	return h
}
