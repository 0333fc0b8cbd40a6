package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"hilltop/appliance/internal/mesh"
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

func decidedKey(hour uint32) string {
	const digits = "0123456789abcdef"
	b := [2 + 8]byte{'w', '/'}
	for i := len(b) - 1; i > 1; i-- {
		b[i], hour = digits[hour&15], hour>>4
	}
	return string(b[:])
}

// grownKey is what was decided of an hour since its names were filed: with the
// names of that generation it is all; 0: those in the hour's own file.
func grownKey(hour, generation uint32) string { return fmt.Sprintf("wg/%08x/%08x", hour, generation) }

// namesPlace is where a start finds what is decided of an hour.
type namesPlace uint8

const (
	namesNone  namesPlace = iota // nothing is decided
	namesAside                   // in frames and checkpoints
	namesFiled                   // in a committed file, and what it grew by in frames and checkpoints
)

// hourNames is what the directory has of what is decided of an hour.
type hourNames struct {
	place   namesPlace
	file    namesFile // that is committed; its generation is 0 if there is none
	foreign bool      // the file cannot be read, and is left as it is
	filed   int       // bytes that are in a file
	grown   int       // bytes since
}

// wantFile tells whether names are to be written into a file: none has them, or
// they have grown so much that checkpoints would write them again and again.
func (n *hourNames) wantFile() bool {
	return n.place == namesAside || n.place == namesFiled && n.grown > n.filed/namesShare+namesSlack
}

// DecidedTo tells up to when, Unix ms, everything that was due has been decided. From
// the first call on an hour's names are filed only when they are whole: those of a
// slower machine would be written more than once.
func (s *Store) DecidedTo(ms int64) {
	s.decidedTo.Store(max(ms, s.decidedTo.Load()))
}

// decidedWhole tells whether only late copies and sweeps may still add to what is
// decided of an hour.
func (s *Store) decidedWhole(hour uint32) bool {
	to := s.decidedTo.Load()
	return to == 0 || to >= mesh.HourStart(hour+1)+episodeMS
}

const (
	namesShare = 2
	namesSlack = 4 << 10
)

// setNames notes where a start finds what is decided of an hour.
func (d *directory) setNames(h *hourRoom, names hourNames) {
	d.mu.Lock()
	defer d.mu.Unlock()
	h.names = names
}

// Decision is what a start finds all of, or nothing.
type Decision struct {
	More  map[uint32]string // what is decided of hours grows by this
	Whole map[uint32]string // what takes the place of what was decided of hours
	Files NamesFiles        // that have what Whole says of hours; of the others it goes into the frame
	Keys  string            // the numbered keys grow by this
	Log   string            // the model's log grows by this
	Again *string           // the pass that is under way
	Sweep *string           // what a sweep has to look at
}

// Decide keeps a decision, in one frame. What it says of hours that have gone, or
// are not loaded any more, goes with them.
func (s *Store) Decide(d Decision) {
	s.w.Lock()
	defer s.w.Unlock()
	s.grow(keyNamed, d.Keys)
	for _, hour := range slices.Sorted(maps.Keys(d.More)) {
		s.growDecided(hour, d.More[hour])
	}
	for _, hour := range slices.Sorted(maps.Keys(d.Whole)) {
		s.replaceDecided(hour, d.Whole[hour], d.Files[hour])
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
	return h.names.place != namesFiled || !h.hidden() && !h.names.foreign
}

// growDecided has what is decided of an hour grow. Frames tell of what has been
// filed only what it grew by: they are repeated before files are read.
func (s *Store) growDecided(hour uint32, more string) {
	if more == "" || !s.takesDecided(hour) {
		return
	}
	h := s.dir.hours[hour]
	names := h.names
	if names.place != namesFiled {
		s.grow(decidedKey(hour), more)
		names.place = namesAside
	} else {
		s.set(decidedKey(hour), s.valueOf(decidedKey(hour))+more)
		s.grow(grownKey(hour, names.file.Generation), more)
		names.grown += len(more)
	}
	s.dir.setNames(h, names)
}

// replaceDecided puts names in the place of what was decided of an hour. file has
// them, if its generation is not 0.
func (s *Store) replaceDecided(hour uint32, whole string, file namesFile) {
	if !s.takesDecided(hour) {
		s.discardNames(hour, file)
		return
	}
	h := s.dir.hours[hour]
	if h.hidden() {
		s.discardNames(hour, file)
	} else if file.Generation > 0 {
		s.set(decidedKey(hour), whole)
		s.commitNames(h, file, whole, whole)
		return
	}
	s.forgetFiledNames(h)
	names := hourNames{place: namesAside}
	if s.putBoth(decidedKey(hour), whole); whole == "" {
		names.place = namesNone
	}
	s.dir.setNames(h, names)
}

// namesOf is what is decided of an hour, also if that is in its own file alone and
// the hour is read for nobody.
func (s *Store) namesOf(h *hourRoom) string {
	if names, ok := s.value(decidedKey(h.num)); ok || h.sealed == nil {
		return names
	}
	return h.sealed.Names() + s.valueOf(grownKey(h.num, 0))
}

// placeNames notes where what is decided of each hour is, after all files have been
// read. Of an hour that is not loaded, and of which nothing stands aside, it is in
// a file.
func (s *Store) placeNames() {
	for _, hour := range s.DecidedHours() {
		if h, ok := s.dir.hours[hour]; ok && h.names.place == namesNone {
			s.dir.setNames(h, hourNames{place: namesAside})
		}
	}
	for _, h := range s.dir.hours {
		if h.names.place == namesNone && h.unread() {
			h.names.place = namesFiled
		}
	}
}

// filedNames lists the keys of what is decided of hours and stands in files. The
// writer's lock is held.
func (s *Store) filedNames() map[string]bool {
	filed := map[string]bool{}
	for _, h := range s.dir.hours {
		if h.names.place == namesFiled {
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
	keys := []string{decidedKey(hour), namesKey(hour)}
	s.under(fmt.Sprintf("wg/%08x/", hour), func(key, _ string) { keys = append(keys, key) })
	s.deleteAll(keys)
	if h, ok := s.dir.hours[hour]; ok {
		s.dir.setNames(h, hourNames{})
	}
}

// isDecided tells whether a key is one of those above.
func isDecided(key string) bool {
	switch key {
	case keyModel, keyModelLog, keyNamed, keyAgain, keySweep:
		return true
	}
	return strings.HasPrefix(key, "w/") && key == decidedKey(hourOfKey(key))
}
