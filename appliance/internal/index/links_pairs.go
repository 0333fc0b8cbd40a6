package index

import (
	"slices"

	"hilltop/firmware-bridge/meshcore"
)

// LinkEnds are the ends of a link.
type LinkEnds struct {
	From     meshcore.PublicKey
	To       meshcore.PublicKey // zero if an observer received
	Observer uint32             // the store's number; valid if To is zero
}

// builtKeys are the different keys of some built days. They never change.
type builtKeys struct {
	of   [][]linkKey // days
	keys []linkKey
}

// Pairs gives the ends of the links that List gives of a span, each once and in
// no order, for much less: what went over them is not added up.
func (x *Links) Pairs(names Naming, from, to int64) (list []LinkEnds) {
	days := x.overlapping(from, to)
	slices.Sort(days)
	ends := newLinkEnds(names)
	var built [][]linkKey
	var live []linkKey
	for _, day := range days {
		x.mu.RLock()
		if d := x.days[day]; d != nil {
			if len(d.keys) > 0 {
				built = append(built, d.keys)
			}
			for k := range d.live {
				live = append(live, k)
			}
		}
		ends.nodes = x.nodes.keys
		x.mu.RUnlock()
	}
	different := x.different(built)
	seen := make(map[linkPair]struct{}, len(different))
	for _, keys := range [...][]linkKey{different, live} {
		for _, k := range keys {
			pair, _, ok := ends.ends(k)
			if !ok {
				continue
			}
			if _, known := seen[pair]; known {
				continue
			}
			seen[pair] = struct{}{}
			l := ends.link(pair)
			list = append(list, LinkEnds{l.From, l.To, l.Observer})
		}
	}
	return list
}

// different gives the different keys of built days, which are remembered of the
// days that were asked for last.
func (x *Links) different(days [][]linkKey) []linkKey {
	same := func(a, b []linkKey) bool { return len(a) == len(b) && &a[0] == &b[0] }
	if have := x.built.Load(); have != nil && slices.EqualFunc(have.of, days, same) {
		return have.keys
	}
	keys := slices.Concat(days...)
	slices.Sort(keys)
	keys = slices.Clip(slices.Compact(keys))
	x.built.Store(&builtKeys{days, keys})
	return keys
}
