package index

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"hilltop/appliance/internal/mesh"
)

// Follower keeps an index in step with the store: every change is in it once,
// whether it came before, during or after the building of its hour.
//
// The store takes a change in before the follower hears of it. So what is heard
// about a unit that nobody has begun to build is in the pick to come; about one
// that is being built it waits, and is applied if it is newer than the pick;
// about one that is built it is applied at once. A part may be built once more
// while it is in use; it then goes on taking changes until the new one is put
// in its place.
type Follower struct {
	x    Index
	span uint32

	mu      sync.Mutex
	units   map[uint32]*unit    // guarded by mu
	noticed map[uint32]struct{} // guarded by mu; units that changes were about and that nobody has built
	again   map[uint32]struct{} // guarded by mu; units to be built once more
	whole   bool                // guarded by mu; all is built: a unit that is not in units is empty
	dead    bool                // guarded by mu; building failed for good
}

// unit is a part that is being built, in use, or both.
type unit struct {
	built  bool
	picked map[uint32]uint64 // hours that are in it, with the Seq of their picks; 0: nothing was picked
	making *making
}

// making is a part on its way.
type making struct {
	part   Part
	picked map[uint32]uint64
	gone   bool // one of its hours was dropped
	placed bool // Put: changes only wait
	queue  []Event
	lost   bool // the queue was full
}

const (
	queueMost  = 1 << 14 // changes that wait for a part; more of them, and it is built once more
	queueBatch = 32      // changes applied without letting the writer in between
)

// NewFollower makes a follower of an empty index.
func NewFollower(x Index) *Follower {
	return &Follower{x: x, span: x.Span(), units: map[uint32]*unit{}, noticed: map[uint32]struct{}{}, again: map[uint32]struct{}{}}
}

// Apply hears of an observation that was just stored.
func (f *Follower) Apply(e *Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.dead:
	case e.Improved && !f.x.Improves():
	case e.Improved:
		f.rebuild(e.Hour / f.span)
	default:
		f.change(e)
	}
}

// change takes something in. mu is held.
func (f *Follower) change(e *Event) {
	id := e.Hour / f.span
	u := f.units[id]
	if u == nil {
		if !f.whole {
			f.noticed[id] = struct{}{}
			return
		}
		u = &unit{built: true, picked: map[uint32]uint64{}}
		f.units[id] = u
	}
	if m := u.making; m != nil {
		m.wait(e)
		if m.placed {
			return
		}
	}
	if !u.built {
		return
	}
	f.do(u, e)
}

// wait has a change wait for the part.
func (m *making) wait(e *Event) {
	if len(m.queue) >= queueMost {
		m.queue, m.lost = nil, true
	}
	if m.lost {
		return
	}
	m.queue = append(m.queue, e.keep())
}

// do applies a change, if the pick did not have it. mu is held.
func (f *Follower) do(u *unit, e *Event) {
	picked, known := u.picked[e.Hour]
	if !known {
		u.picked[e.Hour] = 0
	}
	if e.Seq > picked {
		f.x.Apply(e)
	}
}

// rebuild asks for a unit to be built once more, unless its building is still
// to come. mu is held.
func (f *Follower) rebuild(id uint32) {
	if f.units[id] == nil && !f.whole {
		f.noticed[id] = struct{}{}
		return
	}
	f.again[id] = struct{}{}
}

// DropBefore hears that the store has let go of the hours before one.
func (f *Follower) DropBefore(hour uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, u := range f.units {
		if id*f.span >= hour {
			continue
		}
		had := len(u.picked)
		maps.DeleteFunc(u.picked, func(h uint32, _ uint64) bool { return h < hour })
		if m := u.making; m != nil {
			m.gone = true
		}
		switch {
		case u.built && len(u.picked) == 0:
			f.forget(id, u)
		case u.built && len(u.picked) < had:
			f.again[id] = struct{}{}
		}
	}
}

// forget drops a unit's part; what is being made of it goes on. mu is held.
func (f *Follower) forget(id uint32, u *unit) {
	f.x.Drop(id)
	u.built, u.picked = false, map[uint32]uint64{}
	if u.making == nil {
		delete(f.units, id)
		delete(f.again, id)
	}
}

// begin starts to make the part of a unit.
func (f *Follower) begin(id uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.noticed, id)
	delete(f.again, id)
	u := f.units[id]
	if u == nil {
		u = &unit{picked: map[uint32]uint64{}}
		f.units[id] = u
	}
	u.making = &making{part: f.x.Begin(id), picked: map[uint32]uint64{}}
}

// pick notes which moment of an hour a unit's part is made from.
func (f *Follower) pick(id, hour uint32, seq uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.units[id].making.picked[hour] = seq
}

// add takes a transmission into the part that is being made.
func (f *Follower) add(p Part, hour uint32, t *mesh.Scanned) (err error) {
	defer recovered(&err)
	p.Add(hour, t)
	return nil
}

// recovered makes an error of a panic.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("%v", v)
	}
}

// part is what is being made of a unit.
func (f *Follower) part(id uint32) Part {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.units[id].making.part
}

// install puts a finished part in place and has it catch up.
func (f *Follower) install(id uint32) (err error) {
	defer recovered(&err)
	f.part(id).Finish()
	for more := f.place(id); more; {
		more = f.catchUp(id)
	}
	return nil
}

// place puts the part in place, if it is to be used.
func (f *Follower) place(id uint32) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.units[id]
	m := u.making
	if m.lost || m.gone {
		u.making = nil
		if !u.built {
			delete(f.units, id)
		}
		f.again[id] = struct{}{}
		return false
	}
	m.part.Put()
	u.built, u.picked, m.placed = true, m.picked, true
	return true
}

// catchUp applies some of what waits; false when nothing does.
func (f *Follower) catchUp(id uint32) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.units[id]
	m := u.making
	if !u.built { // dropped since
		u.making = nil
		delete(f.units, id)
		f.again[id] = struct{}{}
		return false
	}
	n := min(len(m.queue), queueBatch)
	for i := range m.queue[:n] {
		f.do(u, &m.queue[i])
	}
	if m.queue = m.queue[n:]; m.lost {
		f.again[id] = struct{}{}
	}
	if len(m.queue) > 0 {
		return true
	}
	u.making = nil
	if len(u.picked) == 0 {
		f.forget(id, u)
	}
	return false
}

// missing lists the units, newest first, that are to be built: those of the
// hours, those noticed, those wanted again. If there are none, what was not
// built so far is empty from now on.
func (f *Follower) missing(hours []uint32) []uint32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return nil
	}
	set := map[uint32]struct{}{}
	if !f.whole {
		for _, hour := range hours {
			if f.units[hour/f.span] == nil {
				set[hour/f.span] = struct{}{}
			}
		}
		for id := range f.noticed {
			set[id] = struct{}{}
		}
	}
	for id := range f.again {
		set[id] = struct{}{}
	}
	list := make([]uint32, 0, len(set))
	for id := range set {
		list = append(list, id)
	}
	if f.whole = f.whole || len(list) == 0; f.whole {
		clear(f.noticed)
	}
	slices.Sort(list)
	slices.Reverse(list)
	return list
}

// tidy asks for the units to be built once more that took more than so many
// entries since they were.
func (f *Follower) tidy(most int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, u := range f.units {
		if u.built && u.making == nil && f.x.Loose(id) > most {
			f.again[id] = struct{}{}
		}
	}
}

// retry asks for a unit to be built once more.
func (f *Follower) retry(id uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.again[id] = struct{}{}
}

// abandon lets go of the part that is being made; an older one stays in use.
func (f *Follower) abandon(id uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if u := f.units[id]; u != nil {
		u.making = nil
		if !u.built {
			delete(f.units, id)
		}
	}
}

// reset forgets everything, to begin once more.
func (f *Follower) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, u := range f.units {
		if u.built {
			f.x.Drop(id)
		}
	}
	clear(f.units)
	clear(f.noticed)
	clear(f.again)
	f.whole = false
}

// giveUp forgets everything for good.
func (f *Follower) giveUp() {
	f.reset()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
}
