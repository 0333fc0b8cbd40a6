package store

import (
	"bytes"
	"slices"

	"hilltop/appliance/internal/column"
)

// What changes records is done here, by the writer for what comes in and by
// Load for what a frame says, so that both lead to the same state.

// addNew starts a record, which is kept in an hour.
func (s *Store) addNew(b beginning, e *entry, hour uint32) ref {
	r := &s.scratch
	s.scratchRef = 0
	*r = record{id: b.id, hash: b.hash, kind: b.kind, verified: b.verified, base: e.obs.Arrived, payload: b.payload,
		tree: r.tree, entries: append(r.entries[:0], *e)}
	s.buf = r.encode(s.buf[:0])
	at := episode{id: b.id, hash: b.hash, hour: hour, first: e.obs.At, copies: 1}
	value := string(s.buf)
	s.set(at.key(), value)
	s.nextID = max(s.nextID, b.id+1)
	e.leaf, e.kind = r.entries[0].leaf, r.entries[0].kind
	r.entries[0].merged = nil
	return s.dir.add(at, r, value)
}

// addCopy appends an observation to the open record that scratch holds, and to
// scratch: the next copy is often of the same episode. The packed bytes only
// grow: the tree's new hops stand with the copy that brought them.
func (s *Store) addCopy(at ref, e *entry) {
	was, r := s.dir.at(at), &s.scratch
	c := codec{b: append(s.buf[:0], s.scratchValue...), writing: true}
	c.entry(e, &r.arrived, &r.tree)
	s.buf = c.b
	value := string(c.b)
	s.set(was.key(), value)
	s.dir.grew(at, e, value)
	r.entries = append(r.entries, *e)
	o := &r.entries[len(r.entries)-1].obs
	if n := len(o.Path); e.kind == kindOwn {
		o.Path = bytesOf(value[len(value)-n:]) // it stands last; the caller's is the caller's
	} else {
		o.Path = nil
	}
	s.scratchSize, s.scratchValue = len(value), value
}

// improve replaces an observation of the open record that scratch holds. Where
// it stands does not change.
func (s *Store) improve(at ref, ordinal int, e *entry) {
	r := &s.scratch
	r.fillPaths()
	stands := r.entries[ordinal].obs.At
	r.entries[ordinal] = *e
	r.entries[ordinal].obs.At = stands
	s.buf = r.encode(s.buf[:0])
	s.scratchRef = 0
	value := string(s.buf)
	s.set(s.dir.at(at).key(), value)
	s.dir.became(at, value, ordinal, e.obs.SNR4)
	r.entries[ordinal].merged = nil
}

// openUp readies the episode in scratch for a change. A row becomes an open
// record, and frames have it whole, so that they can be repeated without the
// hour's file.
func (s *Store) openUp(at ref, arrived int64) ref {
	e := s.dir.at(at)
	switch {
	case e.block != nil:
		s.set(e.key(), s.scratchValue)
		s.pending.put(e.key(), s.scratchValue)
		at = s.dir.takeOut(at, &s.scratch, s.scratchValue)
		s.scratchRef = at
	case s.sealing.asRow(e):
		s.pending.put(e.key(), s.scratchValue)
	}
	s.sealing.note(e)
	s.dir.touch(e.hour, arrived)
	return at
}

// dropRecords deletes an hour's open records but for some.
func (s *Store) dropRecords(hour uint32, keep map[uint64]bool) {
	h, ok := s.dir.hours[hour]
	if !ok {
		return
	}
	var slots []int32
	var keys []string
	for _, slot := range h.open {
		if e := s.dir.at(openRef | ref(slot)); !keep[e.id] {
			slots, keys = append(slots, slot), append(keys, e.key())
		}
	}
	s.scratchRef = 0
	s.dir.drop(hour, slots)
	s.deleteAll(keys)
}

// row gives the record as a row, which shares nothing with it but what aliases
// the record's value.
func (r *record) row() column.Row {
	row := column.Row{ID: r.id, Hash: r.hash, Type: r.kind, Verified: r.verified, Base: r.base, Payload: r.payload, Tree: r.tree.Tree}
	row.Tree.HopBytes, row.Tree.Parents = bytes.Clone(r.tree.HopBytes), slices.Clone(r.tree.Parents)
	row.Obs = make([]column.Obs, len(r.entries))
	for i := range r.entries {
		e := &r.entries[i]
		o := column.Obs{Observation: e.obs, Feed: e.feed, Leaf: -1}
		if e.kind != kindOwn {
			o.Leaf = int32(e.leaf)
		}
		for _, m := range e.merged {
			o.Merged = append(o.Merged, column.Claim{Feed: m.feed, Claimed: m.claimed, OK: m.ok})
		}
		row.Obs[i] = o
	}
	return row
}

// packRow gives a row as a record's value.
func packRow(row column.Row) string {
	tx := row.Transmission()
	r := record{id: row.ID, hash: row.Hash, kind: row.Type, verified: row.Verified, base: row.Base, payload: row.Payload,
		entries: make([]entry, len(row.Obs))}
	for i, o := range row.Obs {
		e := entry{obs: tx.Observations[i], feed: o.Feed}
		for _, m := range o.Merged {
			e.merged = append(e.merged, claim{feed: m.Feed, claimed: m.Claimed, ok: m.OK})
		}
		r.entries[i] = e
	}
	return string(r.encode(nil))
}
