package index

import (
	"slices"

	"hilltop/firmware-bridge/meshcore"
)

// LinkPair are two ends of a link: To heard From.
type LinkPair struct {
	From meshcore.PublicKey
	To   LinkEnd
}

// pairKey is a key under which days have what went over a pair.
type pairKey struct {
	key   linkKey
	pair  int
	width int // bytes a hop; 0 where no hop was needed
}

// Between gives what went over each pair for certain, in the UTC days that overlap
// from ≤ time < to (Unix ms), as List does: what To sent on as a relay, and what
// it received as an observer. A link that nothing went over has no Count.
func (x *Links) Between(names Naming, pairs []LinkPair, from, to int64) (sentOn, received []Link) {
	keys := x.pairKeys(names, pairs)
	sums := make([][2]linkSum, len(pairs))
	for _, day := range x.overlapping(from, to) {
		for part := range slices.Chunk(keys, linksAtOnce/4) {
			x.between(day, part, sums)
		}
	}
	for i, p := range pairs {
		sums[i][0].From, sums[i][0].To = p.From, p.To.Key
		sums[i][1].From, sums[i][1].Observer = p.From, p.To.Observer
		sentOn, received = append(sentOn, sums[i][0].link()), append(received, sums[i][1].link())
	}
	return sentOn, received
}

// pairKeys are the keys of pairs.
func (x *Links) pairKeys(names Naming, pairs []LinkPair) (keys []pairKey) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	alone := func(key meshcore.PublicKey, width int) bool {
		only, ok := names.One(key.Hop(width))
		return ok && only == key
	}
	for i, p := range pairs {
		if p.From == p.To.Key {
			continue
		}
		number, sends := x.nodes.of[p.From]
		if sends && p.To.Observer != 0 {
			keys = append(keys, pairKey{makeLink(nodeToObserver, number, p.To.Observer), i, 0})
		}
		for width := 1; width <= certainWidth; width++ {
			a, b := uint32(codeOf(p.From.Hop(width))), uint32(codeOf(p.To.Key.Hop(width)))
			from, to := alone(p.From, width), alone(p.To.Key, width)
			if from && to {
				keys = append(keys, pairKey{makeLink(hopToHop, a, b), i, width})
			}
			if sends && to {
				keys = append(keys, pairKey{makeLink(nodeToHop, number, b), i, width})
			}
			if from && p.To.Observer != 0 {
				keys = append(keys, pairKey{makeLink(hopToObserver, a, p.To.Observer), i, width})
			}
		}
	}
	return keys
}

// between adds what a day has under some keys.
func (x *Links) between(day uint32, keys []pairKey, sums [][2]linkSum) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	d := x.days[day]
	if d == nil {
		return
	}
	for _, k := range keys {
		sum := &sums[k.pair][0]
		if k.key.received() {
			sum = &sums[k.pair][1]
		}
		if s, g, ok := d.built(k.key); ok {
			sum.add(day, k.width, *s, g)
		}
		if l := d.live[k.key]; l != nil && k.key.received() {
			sum.add(day, k.width, l.sightings, &l.signals)
		} else if l != nil {
			sum.add(day, k.width, l.sightings, nil)
		}
	}
}

// Measured gives what observers measured of each pair, of what Between says that they
// received.
func (x *Links) Measured(names Naming, pairs []LinkPair, from, to int64) []Spread {
	var keys []pairKey
	for _, k := range x.pairKeys(names, pairs) {
		if k.key.received() {
			keys = append(keys, k)
		}
	}
	sums := make([]Spread, len(pairs))
	for _, day := range x.overlapping(from, to) {
		for part := range slices.Chunk(keys, linksAtOnce/4) {
			x.measured(day, part, sums)
		}
	}
	return sums
}

// measured adds what a day has under some keys of links that observers received.
func (x *Links) measured(day uint32, keys []pairKey, sums []Spread) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	d := x.days[day]
	if d == nil {
		return
	}
	for _, k := range keys {
		if _, g, ok := d.place(k.key); ok {
			sums[k.pair].add(d.spreads[g])
		}
		if l := d.live[k.key]; l != nil {
			sums[k.pair].add(l.spread)
		}
	}
}
