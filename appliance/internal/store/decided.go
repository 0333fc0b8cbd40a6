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

// Decision is what a start finds all of, or nothing.
type Decision struct {
	More  map[uint32]string // what is decided of hours grows by this
	Whole map[uint32]string // what takes the place of what was decided of hours
	Keys  string            // the numbered keys grow by this
	Log   string            // the model's log grows by this
	Again *string           // the pass that is under way
	Sweep *string           // what a sweep has to look at
}

// Decide keeps a decision, in one frame. What it says of hours that have gone
// goes with them.
func (s *Store) Decide(d Decision) {
	s.w.Lock()
	defer s.w.Unlock()
	s.grow(keyNamed, d.Keys)
	for _, hour := range slices.Sorted(maps.Keys(d.More)) {
		if s.holds(hour) {
			s.grow(decidedKey(hour), d.More[hour])
		}
	}
	for _, hour := range slices.Sorted(maps.Keys(d.Whole)) {
		if s.holds(hour) {
			s.putBoth(decidedKey(hour), d.Whole[hour])
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

// holds tells whether there is anything of an hour, loaded or not.
func (s *Store) holds(hour uint32) bool {
	h := s.dir.hours[hour]
	return h != nil && (h.file.Generation > 0 || h.transmissions() > 0)
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
func (s *Store) forgetDecided(hour uint32) { s.deleteAll([]string{decidedKey(hour)}) }

// isDecided tells whether a key is one of those above.
func isDecided(key string) bool {
	switch key {
	case keyModel, keyModelLog, keyNamed, keyAgain, keySweep:
		return true
	}
	return strings.HasPrefix(key, "w/") && key == decidedKey(hourOfKey(key))
}
