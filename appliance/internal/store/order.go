package store

import (
	"encoding/hex"
	"slices"
	"strings"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

func before(first int64, id uint64, than int64, thanID uint64) bool {
	return first < than || first == than && id < thanID
}

// stretch is a part of an hour's episodes in the order of first, then of ID:
// rows that are not overridden, and open records between them.
type stretch struct {
	d          *directory
	h          *hourRoom
	row, rows  int // from, and to below
	slot, open int // places in h.open
}

// till is what of an hour is before (first, id); after what is not. The hour
// may be nil.
func (d *directory) till(h *hourRoom, first int64, id uint64) stretch {
	s := stretch{d: d, h: h}
	if h != nil {
		s.open = d.search(h.open, first, id)
		if h.sealed != nil {
			s.rows = h.sealed.search(first, id)
		}
	}
	return s
}

func (d *directory) after(h *hourRoom, first int64, id uint64) stretch {
	s := stretch{d: d, h: h}
	if h != nil {
		s.slot, s.open = d.search(h.open, first, id), len(h.open)
		if h.sealed != nil {
			s.row, s.rows = h.sealed.search(first, id), h.sealed.Len()
		}
	}
	return s
}

// last is the last episode of a stretch.
func (s *stretch) last() (e episode, ok bool) {
	for s.row < s.rows && s.h.sealed.isOver(s.rows-1) {
		s.rows--
	}
	if s.slot < s.open {
		e, ok = s.d.at(openRef|ref(s.h.open[s.open-1])), true
	}
	if s.row < s.rows {
		if first, id := s.h.sealed.First(s.rows-1), s.h.sealed.ID(s.rows-1); !ok || before(e.first, e.id, first, id) {
			return s.h.sealed.episode(s.rows - 1), true
		}
	}
	return e, ok
}

// first is the first episode of a stretch.
func (s *stretch) first() (e episode, ok bool) {
	for s.row < s.rows && s.h.sealed.isOver(s.row) {
		s.row++
	}
	if s.slot < s.open {
		e, ok = s.d.at(openRef|ref(s.h.open[s.slot])), true
	}
	if s.row < s.rows {
		if first, id := s.h.sealed.First(s.row), s.h.sealed.ID(s.row); !ok || before(first, id, e.first, e.id) {
			return s.h.sealed.episode(s.row), true
		}
	}
	return e, ok
}

// dropLast and dropFirst shorten a stretch by what last or first gave.
func (s *stretch) dropLast(e episode) {
	if e.block != nil {
		s.rows--
	} else {
		s.open--
	}
}

func (s *stretch) dropFirst(e episode) {
	if e.block != nil {
		s.row++
	} else {
		s.slot++
	}
}

// inOrder is the hour at a place of order; nil if there is none. mu is held.
func (d *directory) inOrder(i int) *hourRoom {
	if i < 0 || i >= len(d.order) {
		return nil
	}
	return d.order[i]
}

// older fills batch with what comes before (first, id), newest first, and no
// earlier than from. An episode may stand up to ten minutes before its hour, so
// an hour overlaps the one before, and no other.
func (d *directory) older(batch []episode, first int64, id uint64, from int64) []episode {
	d.mu.RLock()
	defer d.mu.RUnlock()
	i, found := d.placeInOrder(next(mesh.HourOf(first)))
	if !found {
		i--
	}
	upper, lower := d.till(d.inOrder(i), first, id), d.till(d.inOrder(i-1), first, id)
	for len(batch) < cap(batch) {
		e, ok := upper.last()
		other, more := lower.last()
		if !ok {
			if !more && i < 1 {
				break
			}
			i--
			upper, lower = lower, d.till(d.inOrder(i-1), first, id)
			continue
		}
		take := &upper
		if more && before(e.first, e.id, other.first, other.id) {
			take, e = &lower, other
		}
		if e.first < from {
			break
		}
		take.dropLast(e)
		batch = append(batch, e)
	}
	return batch
}

// newer fills batch with what comes after (first, id), oldest first, and
// before to.
func (d *directory) newer(batch []episode, first int64, id uint64, to int64) []episode {
	d.mu.RLock()
	defer d.mu.RUnlock()
	i, _ := d.placeInOrder(mesh.HourOf(first))
	lower, upper := d.after(d.inOrder(i), first, id+1), d.after(d.inOrder(i+1), first, id+1)
	for len(batch) < cap(batch) {
		e, ok := lower.first()
		other, more := upper.first()
		if !ok {
			if !more && i >= len(d.order)-1 {
				break
			}
			i++
			lower, upper = upper, d.after(d.inOrder(i+1), first, id+1)
			continue
		}
		take := &lower
		if more && before(other.first, other.id, e.first, e.id) {
			take, e = &upper, other
		}
		if e.first >= to {
			break
		}
		take.dropFirst(e)
		batch = append(batch, e)
	}
	return batch
}

// byPrefix lists hashes that begin with the hex digits, roughly the newest first.
func (d *directory) byPrefix(prefix string, limit int) (found []meshcore.Hash) {
	prefix = strings.ToLower(prefix)
	if strings.Trim(prefix, "0123456789abcdef") != "" || len(prefix) > 16 {
		return nil
	}
	whole, _ := hex.DecodeString(prefix[:len(prefix)&^1])
	known := map[meshcore.Hash]bool{}
	take := func(h meshcore.Hash) bool {
		if string(h[:len(whole)]) == string(whole) && !known[h] && strings.HasPrefix(h.String(), prefix) {
			known[h] = true
			found = append(found, h)
		}
		return len(found) < limit
	}
	for _, hour := range d.hoursDown() {
		hashes, block := d.hashesIn(hour)
		for _, h := range slices.Backward(hashes) {
			if !take(h) {
				return found
			}
		}
		for row := block.Len() - 1; row >= 0; row-- {
			if !take(block.Hash(row)) {
				return found
			}
		}
	}
	return found
}

// noRows is what an hour that is not sealed has of rows.
var noRows column.Hour

// hashesIn gives the hashes of an hour's open records, and its rows, for
// whoever looks at all of them without a lock.
func (d *directory) hashesIn(hour uint32) (open []meshcore.Hash, block *column.Hour) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	i, ok := d.placeInOrder(hour)
	if !ok {
		return nil, &noRows
	}
	h := d.order[i]
	open = make([]meshcore.Hash, len(h.open))
	for i, slot := range h.open {
		open[i] = d.slots[slot].hash
	}
	if h.sealed == nil {
		return open, &noRows
	}
	return open, h.sealed.Hour
}
