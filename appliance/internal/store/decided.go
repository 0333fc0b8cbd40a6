package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What is decided about who relayed a transmission is a string to the store: it
// is kept by hour, grows by what is decided next, and goes with its hour. Beside
// it stand the keys of the nodes that it numbers, the model that decides, as it
// was at some moment, a log of what the model was told since, and the state of
// what is decided once more.
const (
	keyModel    = "w/model"
	keyModelLog = "w/log"
	keyNamed    = "w/keys"
	keyAgain    = "w/again"
	keySweep    = "w/sweep"
)

func decidedKey(hour uint32) string { return fmt.Sprintf("w/%08x", hour) }

// namesPlace is where a start finds what is decided of an hour.
type namesPlace uint8

const (
	namesNone  namesPlace = iota // nothing is decided
	namesAside                   // in frames and checkpoints
	namesFiled                   // in the hour's committed file, and nowhere else
)

// setNames notes where a start finds what is decided of an hour.
func (d *directory) setNames(hour uint32, place namesPlace) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if h, ok := d.hours[hour]; ok {
		h.names = place
	}
}

// Decision is what a start finds all of, or nothing.
type Decision struct {
	More  map[uint32]string // what is decided of hours grows by this
	Whole map[uint32]string // what takes the place of what was decided of hours
	Keys  string            // the numbered keys grow by this
	Log   string            // the model's log grows by this
	Again *string           // the pass that is under way
	Sweep *string           // what a sweep has to look at
}

// Decide keeps a decision, in one frame. What it says of hours that have gone, or
// are not loaded any more, goes with them.
func (s *Store) Decide(d Decision) {
	for hour := range d.More {
		s.setAside(hour) // one at a time: a sweep may concern many
	}
	s.w.Lock()
	defer s.w.Unlock()
	s.grow(keyNamed, d.Keys)
	for _, hour := range slices.Sorted(maps.Keys(d.More)) {
		s.growDecided(hour, d.More[hour])
	}
	for _, hour := range slices.Sorted(maps.Keys(d.Whole)) {
		if s.takesDecided(hour) {
			s.putBoth(decidedKey(hour), d.Whole[hour])
			s.dir.setNames(hour, namesAside)
		}
	}
	s.grow(keyModelLog, d.Log)
	if d.Again != nil {
		s.putBoth(keyAgain, *d.Again)
	}
	if d.Sweep != nil {
		s.putBoth(keySweep, *d.Sweep)
	}
	s.cutIfLong()
}

// takesDecided tells whether there is anything of an hour, and what is decided of
// it is at hand.
func (s *Store) takesDecided(hour uint32) bool {
	h := s.dir.hours[hour]
	if h == nil || h.file.Generation == 0 && h.transmissions() == 0 {
		return false
	}
	return h.names != namesFiled || !h.hidden()
}

// setAside puts what is decided of an hour, and stands in its file alone, into a
// frame as it is, so that it can grow: frames are repeated before files are read.
func (s *Store) setAside(hour uint32) {
	s.w.Lock()
	defer s.w.Unlock()
	if s.takesDecided(hour) && s.dir.hours[hour].names == namesFiled {
		s.putBoth(decidedKey(hour), s.valueOf(decidedKey(hour)))
		s.dir.setNames(hour, namesAside)
		s.cutIfLong()
	}
}

// growDecided has what is decided of an hour grow.
func (s *Store) growDecided(hour uint32, more string) {
	if more == "" || !s.takesDecided(hour) {
		return
	}
	if key := decidedKey(hour); s.dir.hours[hour].names == namesFiled { // it was sealed just now
		s.putBoth(key, s.valueOf(key)+more)
	} else {
		s.grow(key, more)
	}
	s.dir.setNames(hour, namesAside)
}

// namesOf is what is decided of an hour, also if that is in its file alone and
// the hour is read for nobody.
func (s *Store) namesOf(h *hourRoom) string {
	if names, ok := s.value(decidedKey(h.num)); ok || h.sealed == nil {
		return names
	}
	return h.sealed.Names()
}

// fileNames notes that an hour's file has names. Where these are all that is
// decided of it they are what is read from now on, and a start finds them there.
func (s *Store) fileNames(h *hourRoom, names string) {
	if names == "" {
		return
	}
	value, ok := s.value(decidedKey(h.num))
	if ok && value != names {
		return
	}
	if !h.private {
		s.set(decidedKey(h.num), names) // memory that the hour has anyway
	}
	s.dir.setNames(h.num, namesFiled)
}

// placeNames notes where what is decided of each hour is, after all files have been
// read. Of an hour that is not loaded, and of which nothing stands aside, it is in
// the file.
func (s *Store) placeNames() {
	for _, hour := range s.DecidedHours() {
		if h, ok := s.dir.hours[hour]; ok && h.names != namesFiled {
			s.dir.setNames(hour, namesAside)
		}
	}
	for hour, h := range s.dir.hours {
		if h.names == namesNone && h.unread() {
			s.dir.setNames(hour, namesFiled)
		}
	}
}

// filedNames lists the keys of what is decided of hours and stands in their files
// as it is. The writer's lock is held.
func (s *Store) filedNames() map[string]bool {
	filed := map[string]bool{}
	for _, h := range s.dir.hours {
		if h.names == namesFiled {
			filed[decidedKey(h.num)] = true
		}
	}
	return filed
}

func (s *Store) grow(key, more string) {
	if more == "" {
		return
	}
	old, _ := s.value(key)
	s.set(key, old+more)
	s.pending.append(key, len(old), more)
}

// Again is the pass that is under way, Sweep what a sweep has to look at, and
// Named the numbered keys; each "" at first.
func (s *Store) Again() string { return s.valueOf(keyAgain) }
func (s *Store) Sweep() string { return s.valueOf(keySweep) }
func (s *Store) Named() string { return s.valueOf(keyNamed) }

func (s *Store) valueOf(key string) string {
	value, _ := s.value(key)
	return value
}

// Decided is what is decided of an hour; "" if nothing is.
func (s *Store) Decided(hour uint32) string { return s.valueOf(decidedKey(hour)) }

// DecidedHours lists the hours of which something is decided, ascending.
func (s *Store) DecidedHours() (hours []uint32) {
	s.under("w/", func(key, _ string) {
		if hour := hourOfKey(key); key == decidedKey(hour) {
			hours = append(hours, hour)
		}
	})
	return hours
}

// PutModel keeps the model as it is now; its log begins anew.
func (s *Store) PutModel(model string) {
	s.w.Lock()
	defer s.w.Unlock()
	s.putBoth(keyModel, model)
	s.putBoth(keyModelLog, "")
	s.cutIfLong()
}

// Model is the model as it was kept last, and what it was told since; both are
// "" at first.
func (s *Store) Model() (model, log string) {
	s.w.Lock()
	defer s.w.Unlock()
	model, _ = s.value(keyModel)
	log, _ = s.value(keyModelLog)
	return model, log
}

// forgetDecided lets go of what is decided of an hour that goes.
func (s *Store) forgetDecided(hour uint32) {
	s.deleteAll([]string{decidedKey(hour)})
	s.dir.setNames(hour, namesNone)
}

// isDecided tells whether a key is one of those above.
func isDecided(key string) bool {
	switch key {
	case keyModel, keyModelLog, keyNamed, keyAgain, keySweep:
		return true
	}
	return strings.HasPrefix(key, "w/") && key == decidedKey(hourOfKey(key))
}
