package report

import (
	"slices"
	"strings"

	"hilltop/firmware-bridge/meshcore"
)

// Starred gives the nodes whose keys begin with these digits, all of one length,
// by the digits: the first of each by key.
func (n Nodes) Starred(digits []string, now int64) map[string]NodeRow {
	out := make(map[string]NodeRow, len(digits))
	if len(digits) == 0 {
		return out
	}
	size := len(digits[0])
	for _, r := range n.rows(now) {
		begin := r.Node.Key.String()[:min(size, 2*len(meshcore.PublicKey{}))]
		if have, ok := out[begin]; slices.Contains(digits, begin) && (!ok || strings.Compare(r.Node.Key.String(), have.Node.Key.String()) < 0) {
			out[begin] = r
		}
	}
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
