package figure

import (
	"sync"

	"hilltop/appliance/internal/store"
)

// Tally is how many transmissions of an hour match a selection: those that
// stand in the hour, and those that stand before it, as a copy that came late
// was heard earlier.
type Tally struct{ Early, Main int }

// Total is all of them.
func (t Tally) Total() int { return t.Early + t.Main }

// Tallies remembers how many rows of sealed hours match. What it remembers has
// no age: it is of one state of an hour's rows and lists, and is not found again
// when these change. The zero Tallies is ready.
type Tallies struct {
	mu      sync.Mutex
	clock   uint64
	size    int                     // guarded by mu; of all selections
	selects map[string]*tallySelect // guarded by mu; by Selector.key
}

// tallyMost bounds what is remembered, in hours and parts, each of which takes
// some tallyBytes; a selection itself counts as selectSize of them, and its key,
// which may be as long as an address, as what it takes.
const (
	tallyMost  = 1 << 16
	tallyBytes = 60
	selectSize = 64
	mixSize    = 2
)

// selectionSize is what a selection of a key takes without hours and parts.
func selectionSize(key string) int { return selectSize + (len(key)+tallyBytes-1)/tallyBytes }

type tallySelect struct {
	used   uint64
	hours  map[uint32]hourTally
	open   map[uint32]openTally
	mixes  map[uint32]hourMix
	rows   map[uint32]hourRows
	hashes Hashes
}

type hourTally struct {
	Version
	early, main uint32
}

type hourMix struct {
	Version
	Mix
}

// KnownMix gives the mix of the rows of hours, of those views where it says so.
func (x *Tallies) KnownMix(c *Selector, views []store.View, into []Mix) (known []bool) {
	known = make([]bool, len(views))
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.of(c.key)
	for i := range views {
		if have, ok := s.mixes[views[i].Hour]; ok && have.Version == c.Version(&views[i]) {
			into[i], known[i] = have.Mix, true
		}
	}
	return known
}

// RememberMix keeps the mix of an hour's rows.
func (x *Tallies) RememberMix(c *Selector, of Version, m Mix) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.of(c.key)
	if _, ok := s.mixes[of.hour]; !ok {
		x.size += mixSize
	}
	s.mixes[of.hour] = hourMix{of, m}
	x.trim()
}

// Version is the state of an hour's rows and lists that a tally is of. It must
// be taken before what it is of is looked at: then a change in between only
// makes the tally forgotten.
type Version struct {
	hour           uint32
	sealed, of, in uint64
}

// Version is the state that an hour is in.
func (c *Selector) Version(v *store.View) Version {
	at := Version{hour: v.Hour, sealed: v.Sealed}
	if c.of != nil {
		at.of = c.of.Relayed.Version(v.Hour)
	}
	if c.lists != nil {
		at.in = c.lists.Version(v.Hour)
	}
	return at
}

// Known gives the tallies of the rows of hours, of those views where it says so.
func (x *Tallies) Known(c *Selector, views []store.View, into []Tally) (known []bool) {
	known = make([]bool, len(views))
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.of(c.key)
	for i := range views {
		if views[i].Heads.Len() == 0 {
			x.forgetOpen(s, views[i].Hour)
		}
		if have, ok := s.hours[views[i].Hour]; ok && have.Version == c.Version(&views[i]) {
			into[i], known[i] = Tally{int(have.early), int(have.main)}, true
		}
	}
	return known
}

// of is what is remembered of a selection. mu is held.
func (x *Tallies) of(key string) *tallySelect {
	if x.selects == nil {
		x.selects = map[string]*tallySelect{}
	}
	s := x.selects[key]
	if s == nil {
		s = &tallySelect{hours: map[uint32]hourTally{}, open: map[uint32]openTally{}, mixes: map[uint32]hourMix{}, rows: map[uint32]hourRows{}}
		x.selects[key] = s
		x.size += selectionSize(key)
	}
	x.clock++
	s.used = x.clock
	x.trim()
	return s
}

// Remember keeps the tally of an hour's rows.
func (x *Tallies) Remember(c *Selector, of Version, t Tally) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.of(c.key)
	if _, ok := s.hours[of.hour]; !ok {
		x.size++
	}
	s.hours[of.hour] = hourTally{of, uint32(t.Early), uint32(t.Main)}
	x.trim()
}

// trim lets go of the selections that were not used for longest, but never of
// the one that was used last. mu is held.
func (x *Tallies) trim() {
	for x.size > tallyMost && len(x.selects) > 1 {
		oldest := ""
		for key, s := range x.selects {
			if oldest == "" || s.used < x.selects[oldest].used {
				oldest = key
			}
		}
		s := x.selects[oldest]
		x.size -= selectionSize(oldest) + len(s.hours) + mixSize*len(s.mixes) + s.hashes.size()
		for _, o := range s.open {
			x.size -= o.size()
		}
		for _, n := range s.rows {
			x.size -= n.size()
		}
		delete(x.selects, oldest)
	}
}
