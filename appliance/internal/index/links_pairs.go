package index

import (
	"maps"
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
	of   map[uint32][]linkKey // by days since 1970
	keys []linkKey
}

// sameKeys tells whether the keys of a day are the very ones: built days do not
// change, others take their place.
func sameKeys(a, b []linkKey) bool { return len(a) == len(b) && &a[0] == &b[0] }

// Pairs gives the ends of the links that List gives of a span, each once and in
// no order, for much less: what went over them is not added up.
func (x *Links) Pairs(names Naming, from, to int64) (list []LinkEnds) {
	days := x.overlapping(from, to)
	slices.Sort(days)
	ends := newLinkEnds(names)
	built := map[uint32][]linkKey{}
	var live []linkKey
	for _, day := range days {
		x.mu.RLock()
		if d := x.days[day]; d != nil {
			if len(d.keys) > 0 {
				built[day] = d.keys
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
// days that were asked for last, as long as these are what is held.
func (x *Links) different(days map[uint32][]linkKey) []linkKey {
	x.mu.RLock()
	have := x.built
	x.mu.RUnlock()
	if have != nil && maps.EqualFunc(have.of, days, sameKeys) {
		return have.keys
	}
	keys := slices.Concat(slices.Collect(maps.Values(days))...)
	slices.Sort(keys)
	keys = slices.Clip(slices.Compact(keys))
	x.mu.Lock()
	defer x.mu.Unlock()
	for day, of := range days {
		if d := x.days[day]; d == nil || len(d.keys) == 0 || !sameKeys(d.keys, of) {
			return keys // one has gone meanwhile
		}
	}
	x.built = &builtKeys{days, keys}
	return keys
}
