package store

// What changes records is done here, by the writer for what comes in and by
// Load for what a frame says, so that both lead to the same state.

// addNew starts a record.
func (s *Store) addNew(b beginning, e *entry) {
	r := &s.scratch
	s.scratchSlot = -1
	*r = record{id: b.id, hash: b.hash, kind: b.kind, verified: b.verified, base: e.obs.Arrived, payload: b.payload,
		tree: r.tree, entries: append(r.entries[:0], *e)}
	s.buf = r.encode(s.buf[:0])
	at := episode{id: b.id, hash: b.hash, hour: hourOf(e.obs.At), first: e.obs.At, copies: 1}
	s.set(at.key(), string(s.buf))
	s.dir.add(at)
	s.nextID = max(s.nextID, b.id+1)
	e.leaf, e.kind = r.entries[0].leaf, r.entries[0].kind
	r.entries[0].merged = nil
}

// addCopy appends an observation to the record that scratch holds. Its packed
// bytes only grow: the tree's new hops stand with the copy that brought them.
func (s *Store) addCopy(slot int32, e *entry) {
	at := s.dir.slots[slot]
	c := codec{b: append(s.buf[:0], s.scratchValue...), writing: true}
	c.entry(e, &s.scratch.arrived, &s.scratch.tree)
	s.buf = c.b
	s.scratchSlot = -1
	s.set(at.key(), string(c.b))
	s.dir.grew(slot, min(at.first, e.obs.At))
}

// improve replaces an observation of the record that scratch holds. Where it
// stands does not change.
func (s *Store) improve(slot int32, ordinal int, e *entry) {
	r := &s.scratch
	r.fillPaths()
	at := r.entries[ordinal].obs.At
	r.entries[ordinal] = *e
	r.entries[ordinal].obs.At = at
	s.buf = r.encode(s.buf[:0])
	s.scratchSlot = -1
	s.set(s.dir.slots[slot].key(), string(s.buf))
	r.entries[ordinal].merged = nil
}

// evictHour deletes the records of an hour.
func (s *Store) evictHour(hour uint32) {
	keys := s.dir.inHour(hour)
	s.scratchSlot = -1
	s.dir.evict(hour)
	s.deleteAll(keys)
}
