package store

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"hilltop/appliance/internal/mesh"
)

func gapKey(id uint64) string { return fmt.Sprintf("g/%016x", id) }

// AddGap enters a gap in the ledger and gives its number. One whose To is 0
// lasts until CloseGap.
func (s *Store) AddGap(g mesh.Gap) (id uint64) {
	s.facts.mu.Lock()
	defer s.facts.mu.Unlock()
	id = s.facts.nextGap
	s.facts.nextGap++
	s.facts.enterGap(id, g)
	return id
}

// CloseGap ends a gap at a time, Unix ms, with what is known to be lost. An
// unknown number changes nothing.
func (s *Store) CloseGap(id uint64, to, lost int64) {
	s.facts.mu.Lock()
	defer s.facts.mu.Unlock()
	if g, ok := s.facts.gaps[id]; ok {
		g.To, g.Lost = to, lost
		s.facts.enterGap(id, g)
	}
}

// enterGap stores a gap and notes the change. mu is held.
func (f *facts) enterGap(id uint64, g mesh.Gap) {
	f.gaps[id] = g
	f.dirty[gapKey(id)] = func() (string, bool) {
		g, ok := f.gaps[id]
		return pack(&g, (*codec).gap), ok
	}
}

func (f *facts) loadGap(hex, value string) bool {
	id, err := strconv.ParseUint(hex, 16, 64)
	g, ok := unpack(value, (*codec).gap)
	if err != nil || !ok || hex != gapKey(id)[len("g/"):] {
		return false
	}
	f.gaps[id] = g
	f.nextGap = max(f.nextGap, id+1)
	return true
}

// OpenGaps are those that last, by number: after a start, those that the end
// of the last run left.
func (s *Store) OpenGaps() map[uint64]mesh.Gap {
	s.facts.mu.RLock()
	defer s.facts.mu.RUnlock()
	open := map[uint64]mesh.Gap{}
	for id, g := range s.facts.gaps {
		if g.To == 0 {
			open[id] = g
		}
	}
	return open
}

// Gaps lists what overlaps the span from..to, Unix ms, oldest first.
func (s *Store) Gaps(from, to int64) []mesh.Gap {
	s.facts.mu.RLock()
	defer s.facts.mu.RUnlock()
	var list []mesh.Gap
	for _, g := range s.facts.gaps {
		if g.From < to && (g.To == 0 || g.To >= from) {
			list = append(list, g)
		}
	}
	slices.SortFunc(list, func(a, b mesh.Gap) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.To, b.To))
	})
	return list
}

// evictGaps forgets what ended before a time.
func (f *facts) evictGaps(before int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, g := range f.gaps {
		if g.To != 0 && g.To < before {
			delete(f.gaps, id)
			f.dirty[gapKey(id)] = func() (string, bool) { return "", false }
		}
	}
}
