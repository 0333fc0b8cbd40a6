package report

import (
	"bytes"
	"slices"

	"hilltop/appliance/internal/index"
)

// Starred gives the nodes whose keys begin with these hex digits in lower case, by the digits: the first of each by key.
func (n Nodes) Starred(digits []string, now int64) map[string]NodeRow {
	out := make(map[string]NodeRow, len(digits))
	if len(digits) == 0 {
		return out
	}
	n.each(func(_ int, s *index.NodeStats) {
		for _, begin := range digits {
			if !KeyBegins(s.Node.Key, begin) {
				continue
			}
			if have, ok := out[begin]; !ok || bytes.Compare(s.Node.Key[:], have.Node.Key[:]) < 0 {
				out[begin] = NodeRow{NodeStats: *s, State: s.StateAt(now)}
			}
		}
	})
	return out
}

// Watched gives the observers with these ids, by id.
func (o Observers) Watched(ids []string, now int64) map[string]ObserverRow {
	out := make(map[string]ObserverRow, len(ids))
	if len(ids) == 0 {
		return out
	}
	for _, r := range o.List(ObserverQuery{Sort: ObserversByDay, Limit: 1 << 20, Now: now}).Rows {
		if slices.Contains(ids, r.ID) {
			out[r.ID] = r
		}
	}
	return out
}
