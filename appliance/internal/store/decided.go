package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What is decided about who relayed a transmission is a string to the store: it
// is kept by hour, grows by what is decided next, and goes with its hour. Beside
// it stand the model that decides, as it was at some moment, and a log of what
// the model was told since.
const (
	keyModel    = "w/model"
	keyModelLog = "w/log"
)

func decidedKey(hour uint32) string { return fmt.Sprintf("w/%08x", hour) }

// Decide adds to what is decided of some hours, and to the log of the model
// that decided it: in one frame, so that a start finds both or neither.
func (s *Store) Decide(more map[uint32]string, log string) {
	s.w.Lock()
	defer s.w.Unlock()
	for _, hour := range slices.Sorted(maps.Keys(more)) {
		s.grow(decidedKey(hour), more[hour])
	}
	s.grow(keyModelLog, log)
	s.cutIfLong()
}

func (s *Store) grow(key, more string) {
	if more == "" {
		return
	}
	old, _ := s.value(key)
	s.set(key, old+more)
	s.pending.append(key, len(old), more)
}

// DecideAgain replaces what is decided of an hour.
func (s *Store) DecideAgain(hour uint32, all string) {
	s.w.Lock()
	defer s.w.Unlock()
	s.putBoth(decidedKey(hour), all)
	s.cutIfLong()
}

// Decided is what is decided of an hour; "" if nothing is.
func (s *Store) Decided(hour uint32) string {
	value, _ := s.value(decidedKey(hour))
	return value
}

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
	return key == keyModel || key == keyModelLog || strings.HasPrefix(key, "w/") && key == decidedKey(hourOfKey(key))
}
