package report

import (
	"bytes"
	"slices"

	"hilltop/appliance/internal/index"
	"hilltop/firmware-bridge/meshcore"
)

// Starred gives the nodes whose keys begin with these hex digits in lower case, by the digits: the first of each by key.
func (n Nodes) Starred(digits []string, now int64) map[string]NodeRow {
	out := make(map[string]NodeRow, len(digits))
	if len(digits) == 0 {
		return out
	}
	at := listening(n.Store, now)
	n.each(func(_ int, s *index.NodeStats) {
		for _, begin := range digits {
			if !KeyBegins(s.Node.Key, begin) {
				continue
			}
			if have, ok := out[begin]; !ok || bytes.Compare(s.Node.Key[:], have.Node.Key[:]) < 0 {
				out[begin] = NodeRow{NodeStats: *s, State: s.StateAt(at)}
			}
		}
	})
	return out
}

// NodeCard is what a node did in the last day, and how it is heard.
type NodeCard struct {
	Activity *RelayActivity // nil while relays are being counted
	Direct   int            // observers that heard an advert of it without a relay between
	Links    bool           // whether that is known yet
	SNR      index.SNR      // of what they heard
	SF       uint8          // of the one that heard most
}

// Card tells how a node is doing: from indexes alone.
func (n Nodes) Card(key meshcore.PublicKey, now int64) NodeCard {
	c := NodeCard{Activity: n.activity(key, now), Links: n.Links != nil}
	for i, d := range n.direct(key) {
		if c.Direct++; i == 0 {
			c.SF = d.Observer.Radio.SF
		}
		if all := c.SNR.Count + d.SNR.Count; d.SNR.Count > 0 {
			c.SNR.Mean4 = (c.SNR.Mean4*float64(c.SNR.Count) + d.SNR.Mean4*float64(d.SNR.Count)) / float64(all)
			c.SNR.Count = all
		}
	}
	return c
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
