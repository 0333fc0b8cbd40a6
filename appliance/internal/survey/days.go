package survey

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"slices"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
)

// days collects what is believed by the day.
type days struct {
	names index.Naming
	by    map[uint32]*believer
	kept  map[uint32]*believed // of days that are as they were
}

func (d days) of(hour uint32) *believer {
	day := hour / dayHours
	if d.by[day] == nil {
		d.by[day] = newBeliever(d.names)
	}
	return d.by[day]
}

func (d days) done() map[uint32]*believed {
	for day, b := range d.by {
		b.out.inOrder()
		d.kept[day] = b.out
	}
	return d.kept
}

// past is what earlier surveys counted of whole days, and from what.
type past struct {
	before map[uint32]counted
	now    map[uint32]counted
	to     int64 // of the survey in before
}

// counted is a day's links, and the state of what they follow from.
type counted struct {
	state uint64
	sure  bool // the state was the same a survey of another hour before: all that came late is named
	links *believed
}

// begin begins a survey up to a time. What one before it counted is there; one of
// the same hour is made once more because something came in.
func (p *past) begin(to int64) {
	if p.now != nil && to != p.to {
		p.before = p.now
	}
	p.now, p.to = map[uint32]counted{}, to
}

// recall gives a day's links if they follow from the same state.
func (p *past) recall(day uint32, state uint64) (*believed, bool) {
	if p == nil {
		return nil, false
	}
	c, ok := p.before[day]
	ok = ok && c.state == state && c.sure
	if ok {
		p.now[day] = c
	}
	return c.links, ok
}

// keep keeps a day's links.
func (p *past) keep(day uint32, state uint64, links *believed) {
	if p == nil {
		return
	}
	links.inOrder()
	c, known := p.before[day]
	p.now[day] = counted{state, !known || c.state == state, links}
}

// believedBefore collects what is believed of the hours before the day. Days that
// lie before it whole are counted once for each state.
func (s Sources) believedBefore(ctx context.Context, b *Board, names index.Naming, held []uint32) days {
	out := days{names, map[uint32]*believer{}, map[uint32]*believed{}}
	if s.Named == nil {
		return out
	}
	hours := map[uint32][]uint32{} // by day
	for _, hour := range held {
		if int64(hour)*hourMs < b.From {
			hours[hour/dayHours] = append(hours[hour/dayHours], hour)
		}
	}
	if s.past != nil {
		s.past.begin(b.To)
	}
	relays := s.relaysNow()
	for day, list := range hours {
		whole := (int64(day)+1)*dayMs <= b.From
		state := s.stateOf(relays, list)
		if links, ok := s.past.recall(day, state); ok && whole {
			out.kept[day] = links
			continue
		}
		for _, hour := range list {
			var floods []flood
			s.Past.Pick(hour).Each(func(t *mesh.Scanned) bool {
				floods = s.floods(floods, t)
				return ctx.Err() == nil
			})
			tell(ctx, floods, s.Named, out.of(hour))
		}
		if whole && ctx.Err() == nil {
			s.past.keep(day, state, out.of(list[0]).out)
		}
	}
	return out
}

// relaysNow tells states of who can relay apart: which hops are certain follows
// from it.
func (s Sources) relaysNow() uint64 {
	var sum uint64
	s.Nodes.Each(func(_ int, n *index.NodeStats) {
		if n.CanRelay {
			h := fnv.New64a()
			h.Write(n.Node.Key[:])
			sum += h.Sum64() // in no order
		}
	})
	return sum
}

// stateOf tells apart what a day's links follow from: who can relay, what was
// decided of it and how often once more, and what its hours hold.
func (s Sources) stateOf(relays uint64, hours []uint32) uint64 {
	h := fnv.New64a()
	put := func(v uint64) { h.Write(binary.LittleEndian.AppendUint64(nil, v)) }
	put(relays)
	if s.again != nil {
		put(uint64(s.again()))
	}
	slices.Sort(hours)
	for _, hour := range hours {
		put(uint64(hour))
	}
	for _, count := range []func(from, to uint32) int64{s.held, s.told} {
		if count != nil {
			put(uint64(count(hours[0], hours[len(hours)-1]+1)))
		}
	}
	return h.Sum64()
}
