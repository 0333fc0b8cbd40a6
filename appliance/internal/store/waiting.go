package store

// What waits for an hour that is not loaded is in no rollup. When the hour goes
// before memory had room to merge it, what waited is compared with the hour's file
// and its neighbours in a store of their own, so that the rollup counts it once.

// waitsFor tells whether something waits for an hour that is not loaded.
func (s *Store) waitsFor(hour uint32) bool {
	s.dir.mu.RLock()
	defer s.dir.mu.RUnlock()
	h, ok := s.dir.hours[hour]
	return ok && h.unread() && !h.foreign && len(h.open) > 0
}

// rollupOfWaiting is the rollup of an hour with what waits for it; key is "" if the
// hour's file cannot be read, as nobody knows then what it has already.
func (s *Store) rollupOfWaiting(hour uint32) (key, value string) {
	x, err := newStore(s.opts)
	if err != nil {
		return "", ""
	}
	defer x.db.Close()
	if !s.copyHour(x, hour, false) {
		return "", ""
	}
	near := [...]uint32{hour - min(1, hour), next(hour)}
	for _, num := range near {
		if num != hour {
			s.copyHour(x, num, true)
		}
	}
	beside := func() Rollup {
		r := newRollup()
		for num, h := range x.dir.hours {
			if num != hour {
				p := x.pickRoom(num, h).finish()
				p.Each(r.take)
			}
		}
		return r
	}
	was := beside()
	x.nextID = maxID / 2 // no number of another
	s.recordsOf(hour, func(_, value string) {
		var r record
		if r.decode(value) == nil {
			r.eachCopy(func(c Copy) { x.place(c) })
		}
	})
	p := x.pickRoom(hour, x.dir.hours[hour]).finish()
	now := beside()
	now.plus(was, -1) // what belongs to a neighbour went with this hour
	p.Each(now.take)
	return s.rollupBy(hour, rollupOf(p.block), now)
}

// copyHour gives another store an hour's rows and, if records is true and nothing
// waits for the hour, its open records; false if its file cannot be read.
func (s *Store) copyHour(x *Store, hour uint32, records bool) bool {
	s.dir.mu.RLock()
	h, ok := s.dir.hours[hour]
	if !ok {
		s.dir.mu.RUnlock()
		return false
	}
	file, sealed, unread := h.file, h.sealed, h.unread()
	s.dir.mu.RUnlock()
	if records && !unread {
		s.recordsOf(hour, func(key, value string) { x.applyPut(key, value) })
	}
	if file.Generation == 0 {
		return true
	}
	x.setFile(hour, file)
	if sealed != nil {
		return x.show(hour, newSealedRows(sealed.Hour))
	}
	block, err := s.files.openHour(hour, file)
	return err == nil && x.show(hour, newSealedRows(block))
}

// recordsOf calls fn for the open records of an hour, in the order of their numbers.
func (s *Store) recordsOf(hour uint32, fn func(key, value string)) {
	s.under(recordKey(hour, 0)[:len("t/00000000/")], fn)
}
