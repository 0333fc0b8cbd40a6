package store

import (
	"strconv"
	"strings"
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
			s.deleteAll([]string{key})
			s.facts.remove(key)
		}
		return o.c.err == nil
	case opAppend:
		return s.applyAppend(o)
	case opEvict:
		var hour uint32
		unsigned(&o.c, &hour)
		if o.c.err == nil {
			s.evictHour(hour)
		}
		return o.c.err == nil
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
	if _, known := s.dir.byID[b.id]; !known {
		s.addNew(b, &e)
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
	if !ok || s.unpack(slot) == 0 {
		return false
	}
	n := len(s.scratch.entries)
	switch {
	case ordinal > n, improve && ordinal == n:
		return false
	case improve:
		s.improve(slot, ordinal, &e)
	case ordinal == n:
		s.addCopy(slot, &e)
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
	ok := s.enter(key, value)
	if ok {
		s.set(key, value)
	}
	return ok
}

// enter makes what follows from a key and its value; false if the value cannot
// be read.
func (s *Store) enter(key, value string) bool {
	kind, _, _ := strings.Cut(key, "/")
	switch kind {
	case "t":
		return s.enterRecord(key, value)
	case "i":
		return s.names.load(key, value)
	case "m":
		return true
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

func (s *Store) enterRecord(key, value string) bool {
	s.scratchSlot = -1
	r := &s.scratch
	if r.decode(value) != nil {
		return false
	}
	first, last := r.span()
	at := episode{id: r.id, hash: r.hash, hour: hourOfKey(key), first: first, copies: uint32(len(r.entries))}
	if _, known := s.dir.byID[r.id]; known || at.key() != key || at.hour < hourOf(first) || at.hour > hourOf(last) {
		return false
	}
	s.dir.add(at)
	s.nextID = max(s.nextID, r.id+1)
	return true
}
