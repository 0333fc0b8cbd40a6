package report

import (
	"context"
	"math"
	"slices"
	"strings"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// filter is a query with the store's numbers in place of names. The zero
// filter takes everything.
type filter struct {
	types     uint16          // bit n: payload type n; 0 all
	regions   *regionFilter   // nil all
	observers map[uint32]bool // nil all
	relay     []meshcore.Hop  // hops of the relay that is wanted; nil any, empty: it has none of its own
}

// regionFilter remembers which of the store's numbers stand for wanted regions.
type regionFilter struct {
	wanted []string
	name   func(uint16) string
	known  map[uint16]bool
}

func (r *regionFilter) match(n uint16) bool {
	is, ok := r.known[n]
	if !ok {
		is = n != 0 && slices.Contains(r.wanted, strings.ToUpper(r.name(n)))
		r.known[n] = is
	}
	return is
}

// filter looks the names of a query up. A name that is not known matches
// nothing; it does not switch the filter off.
func (p Packets) filter(q PacketQuery) (f filter) {
	for _, t := range q.Types {
		f.types |= 1 << (t & 15)
	}
	if len(q.Observers) > 0 {
		f.observers = map[uint32]bool{}
		for _, id := range q.Observers {
			if o, ok := p.Store.Observer(id); ok {
				f.observers[o.Num] = true
			}
		}
	}
	if q.Relay != nil {
		f.relay = []meshcore.Hop{}
		if p.Nodes != nil {
			f.relay = append(f.relay, p.Nodes.Hops(*q.Relay)...)
		}
	}
	if len(q.Regions) > 0 {
		f.regions = &regionFilter{q.Regions, p.Store.Region, map[uint16]bool{}}
	}
	return f
}

func (f filter) matchType(tx mesh.Transmission) bool {
	return f.types == 0 || f.types&(1<<(tx.Type&15)) != 0
}

// matchReception tells whether one reception is of the wanted region and
// observer at once.
func (f filter) matchReception(o mesh.Observation) bool {
	return (f.regions == nil || f.regions.match(o.Region)) && (f.observers == nil || f.observers[o.Observer])
}

// matchRelay tells whether the wanted relay is on a heard path.
func (f filter) matchRelay(tx mesh.Transmission) bool {
	return f.relay == nil || slices.ContainsFunc(tx.Observations, func(o mesh.Observation) bool {
		path, ok := o.Packet(nil).Heard()
		if !ok {
			return false
		}
		for _, hop := range path.All() {
			if slices.Contains(f.relay, hop) {
				return true
			}
		}
		return false
	})
}

func (f filter) match(tx mesh.Transmission) bool {
	return f.matchType(tx) && f.matchRelay(tx) && slices.ContainsFunc(tx.Observations, f.matchReception)
}

// without counts, for each filter in force, the packets that would match if it
// were lifted: among the newest that the budget allows.
func (p Packets) without(ctx context.Context, q PacketQuery, f filter) []Dropped {
	lifted := []struct {
		name string
		on   bool
		f    filter
	}{
		{"region", f.regions != nil, filter{types: f.types, observers: f.observers, relay: f.relay}},
		{"type", f.types != 0, filter{regions: f.regions, observers: f.observers, relay: f.relay}},
		{"obs", f.observers != nil, filter{types: f.types, regions: f.regions, relay: f.relay}},
		{"node", f.relay != nil, filter{types: f.types, regions: f.regions, observers: f.observers}},
		{"time", q.From != 0 || q.To != 0, f},
	}
	counts := make([]int, len(lifted))
	looked, exact := 0, true
	p.Store.Newest(mesh.Cursor{}, math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		if looked++; looked > searchBudget || ctx.Err() != nil {
			exact = false
			return false
		}
		inside := q.inside(tx.First())
		for i, l := range lifted {
			if l.on && (inside || l.name == "time") && l.f.match(tx) {
				counts[i]++
			}
		}
		return true
	})
	var out []Dropped
	for i, l := range lifted {
		if l.on {
			out = append(out, Dropped{Filter: l.name, Count: counts[i], Exact: exact})
		}
	}
	return out
}
