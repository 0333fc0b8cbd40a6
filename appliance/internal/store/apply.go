package store

import (
	"fmt"
	"strconv"
	"strings"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// apply repeats the changes of a frame, and gives how many could not be: what
// they rest on is not there, or they are damaged. Changes that were made
// already are passed over.
func (s *Store) apply(raw []byte) (skipped int64) {
	o := ops{c: codec{b: raw}}
	for o.c.more() {
		if !s.applyOne(&o) {
			skipped++
		}
	}
	return skipped
}

func (s *Store) applyOne(o *ops) bool {
	var kind byte
	o.c.byte(&kind)
	switch kind {
	case opNew:
		return s.applyNew(o)
	case opCopy, opImprove:
		return s.applyCopy(o, kind == opImprove)
	case opPut:
		var key, value string
		o.c.string(&key)
		o.c.string(&value)
		return o.c.err == nil && s.applyPut(key, value)
	case opDelete:
		var key string
		o.c.string(&key)
		if o.c.err == nil {
			s.applyDelete(key)
		}
		return o.c.err == nil
	case opAppend:
		return s.applyAppend(o)
	case opChange:
		var c change
		if o.c.change(&c); o.c.err != nil {
			return false
		}
		old, _ := s.value(c.key)
		value, ok := c.of(old)
		return ok && s.applyPut(c.key, value)
	case opEvict:
		var hour uint32
		unsigned(&o.c, &hour)
		if o.c.err == nil {
			s.dropRecords(hour, nil)
			s.forgetFile(hour)
			s.forgetDecided(hour)
		}
		return o.c.err == nil
	case opSealed:
		return s.applySealed(o)
	}
	o.c.fail()
	return false
}

func (s *Store) applyNew(o *ops) bool {
	var b beginning
	var e entry
	o.beginBody(&b, &e)
	if o.c.err != nil {
		return false
	}
	b.verified = b.verified || s.verifies(b.kind, b.payload)
	if _, known := s.dir.byID[b.id]; !known {
		s.addNew(b, &e, mesh.HourOf(e.obs.At))
		s.dir.touch(mesh.HourOf(e.obs.At), e.obs.Arrived)
	}
	return true
}

func (s *Store) applyCopy(o *ops, improve bool) bool {
	var id uint64
	var ordinal int
	var e entry
	o.copyBody(&id, &ordinal, &e)
	if o.c.err != nil {
		return false
	}
	s.nextID = max(s.nextID, id+1)
	slot, ok := s.dir.byID[id]
	at := openRef | ref(slot)
	if !ok || s.unpack(at) == 0 {
		return false
	}
	s.dir.touch(s.dir.slots[slot].hour, e.obs.Arrived)
	n := len(s.scratch.entries)
	switch {
	case ordinal > n, improve && ordinal == n:
		return false
	case improve:
		s.improve(at, ordinal, &e)
	case ordinal == n:
		s.addCopy(at, &e)
	}
	return true
}

func (s *Store) applyAppend(o *ops) bool {
	var key, more string
	var at uint64
	o.c.string(&key)
	o.c.uvarint(&at)
	o.c.string(&more)
	old, _ := s.value(key)
	if o.c.err != nil || uint64(len(old)) < at {
		return false
	}
	if uint64(len(old)) == at {
		s.set(key, old+more)
	}
	return true
}

func (s *Store) applyPut(key, value string) bool {
	if strings.HasPrefix(key, "t/") {
		return s.enterRecord(key, value)
	}
	ok := s.enter(key, value)
	if ok {
		s.set(key, value)
	}
	return ok
}

// verifies tells whether a stored transmission is an advert that an earlier
// version did not say to be verified, and is.
func (s *Store) verifies(kind meshcore.Type, payload []byte) bool {
	return s.old && kind == meshcore.TypeAdvert && s.opts.Verify != nil && s.opts.Verify(payload)
}

// verified gives a record, which is in scratch, as this version stores it.
func (s *Store) verified(value string) string {
	r := &s.scratch
	if !s.verifies(r.kind, r.payload) {
		return value
	}
	r.verified = true
	c := codec{writing: true}
	r.head(&c) // as long as the one before
	return string(c.b) + value[len(c.b):]
}

// enter makes what follows from a key and its value, but for records; false if the
// value cannot be read.
func (s *Store) enter(key, value string) bool {
	kind, _, _ := strings.Cut(key, "/")
	switch kind {
	case "i":
		return s.names.load(key, value)
	case "f":
		return s.enterFile(key, value)
	case "r", "R":
		_, ok := unpack(value, (*codec).rollup)
		return ok
	case "m", "u", "wg":
		return true
	case "wf":
		_, ok := unpack(value, (*codec).namesFile)
		return ok && key == namesKey(hourOfKey(key))
	case "w":
		return isDecided(key)
	case "c":
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil || n > maxID {
			return false
		}
		s.nextID, s.savedID = max(s.nextID, n), n
		return true
	}
	return s.facts.load(key, value)
}

// enterRecord stores an open record; false if it cannot be read.
func (s *Store) enterRecord(key, value string) bool {
	s.scratchRef = 0
	r := &s.scratch
	if r.decode(value) != nil {
		return false
	}
	first, last := r.span()
	at := episode{id: r.id, hash: r.hash, hour: hourOfKey(key), first: first, copies: uint32(len(r.entries))}
	// What waits for an hour that is not loaded may stand ten minutes beside it.
	if at.key() != key || at.hour < mesh.HourOf(first-episodeMS) || at.hour > mesh.HourOf(last+episodeMS) {
		return false
	}
	if slot, known := s.dir.byID[r.id]; known {
		if s.dir.slots[slot].hour != at.hour {
			return false
		}
		s.dir.drop(at.hour, []int32{slot}) // as it was before
	}
	value = s.verified(value)
	s.set(key, value)
	s.dir.add(at, r, value)
	s.dir.touch(at.hour, r.arrived)
	s.nextID = max(s.nextID, r.id+1)
	return true
}

func (s *Store) applySealed(o *ops) bool {
	var hour uint32
	var keep []uint64
	o.sealedBody(&hour, &keep)
	if o.c.err != nil {
		return false
	}
	kept := make(map[uint64]bool, len(keep))
	for _, id := range keep {
		kept[id] = true
	}
	s.dropRecords(hour, kept)
	return true
}

func (s *Store) applyDelete(key string) {
	s.deleteAll([]string{key})
	s.facts.remove(key)
	switch kind, _, _ := strings.Cut(key, "/"); kind {
	case "t":
		s.forgetRecord(key)
	case "f":
		s.setFile(hourOfKey(key), hourFile{})
	}
}

// forgetRecord takes an open record out whose value is deleted.
func (s *Store) forgetRecord(key string) {
	var id uint64
	if n, err := fmt.Sscanf(key[strings.LastIndexByte(key, '/')+1:], "%x", &id); n != 1 || err != nil {
		return
	}
	if slot, ok := s.dir.byID[id]; ok && s.dir.at(openRef|ref(slot)).key() == key {
		s.scratchRef = 0
		s.dir.drop(hourOfKey(key), []int32{slot})
	}
}
