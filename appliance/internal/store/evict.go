package store

import "time"

// Evict deletes the hours that ended longer than MaxAge ago, whole, the oldest
// first, and metrics and gaps of then. It gives where the oldest hour that
// stays begins, Unix ms; 0 if nothing went. Only a caller who trusts the
// machine's clock may call it.
func (s *Store) Evict(now time.Time) (before int64) {
	if s.opts.MaxAge <= 0 {
		return 0
	}
	limit := now.Add(-s.opts.MaxAge).UnixMilli()
	s.w.Lock()
	defer s.w.Unlock()
	for {
		hour, ok := s.dir.oldestHour()
		if end := (int64(hour) + 1) * hourMS; !ok || end > limit {
			break
		}
		s.pending.evict(hour)
		s.evictHour(hour)
		before = (int64(hour) + 1) * hourMS
	}
	s.evictMetrics(limit)
	s.facts.evictGaps(limit)
	return before
}
