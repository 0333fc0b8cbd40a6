package report

import (
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// RelayRow is a node with what it relayed, certainly and probably.
type RelayRow struct {
	index.RelayCount
	Node mesh.Node
}

// BusiestRelays are the n nodes that certainly relayed most packets of the last
// span up to now.
func (n Nodes) BusiestRelays(span time.Duration, now time.Time, most int) (rows []RelayRow) {
	if n.Relays == nil {
		return nil
	}
	list := n.Relays.Busiest(n.Index.Naming(), now.Add(-span).UnixMilli(), now.UnixMilli()+1)
	for _, c := range list[:min(most, len(list))] {
		node, _ := n.Store.Node(c.Key)
		all := n.Relays.Count(c.Key, n.Index.Hops(c.Key), now.Add(-span).UnixMilli(), now.UnixMilli()+1)
		c.Believed = all.Believed
		rows = append(rows, RelayRow{c, node})
	}
	return rows
}

// RelayActivity is how much a node relayed lately, in packets.
type RelayActivity struct {
	Hour, Day, Week index.RelayCount
	Unscoped        index.RelayCount // of Day, floods without scope
	ByHour          []int64          // of the last 24 hours, the current one last
}

// activity tells how much a node relayed up to now, Unix ms.
func (n Nodes) activity(key meshcore.PublicKey, now int64) *RelayActivity {
	if n.Relays == nil {
		return nil
	}
	hops := n.Index.Hops(key)
	count := func(span time.Duration) index.RelayCount {
		return n.Relays.Count(key, hops, now-span.Milliseconds(), now+1)
	}
	const hours = 24
	return &RelayActivity{
		Hour: count(time.Hour), Day: count(hours * time.Hour), Week: count(7 * hours * time.Hour),
		Unscoped: n.Relays.Unscoped(key, hops, now-hours*time.Hour.Milliseconds(), now+1),
		ByHour:   n.Relays.ByHour(hops, now-(hours-1)*time.Hour.Milliseconds(), hours),
	}
}

// BusiestChannels are the channels with most texts in the last span up to now.
func BusiestChannels(x *index.Channels, span time.Duration, now time.Time, most int) []index.ChannelCount {
	list := x.Busiest(now.Add(-span).UnixMilli(), now.UnixMilli()+1)
	return list[:min(most, len(list))]
}
