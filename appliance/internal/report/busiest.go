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
	from, to := now.Add(-span).UnixMilli(), now.UnixMilli()+1
	list := n.Relays.Busiest(n.Memory, n.Index.Naming(), from, to)
	for _, c := range list[:min(most, len(list))] {
		node, _ := n.Store.Node(c.Key)
		all := n.Relays.Counts(n.Memory, c.Key, n.Index.Hops(c.Key), to, from)[0]
		c.Believed = all.Believed
		rows = append(rows, RelayRow{c, node})
	}
	return rows
}

// RelayActivity is how much a node relayed lately, in packets.
type RelayActivity struct {
	Hour, Day, Week index.RelayCount
	ByHour          []int64 // of the last 24 hours, the current one last
}

// activity tells how much a node relayed up to now, Unix ms.
func (n Nodes) activity(key meshcore.PublicKey, now int64) *RelayActivity {
	if n.Relays == nil {
		return nil
	}
	hops := n.Index.Hops(key)
	const hours = 24
	back := func(span time.Duration) int64 { return now - span.Milliseconds() }
	counts := n.Relays.Counts(n.Memory, key, hops, now+1, back(time.Hour), back(hours*time.Hour), back(7*hours*time.Hour))
	return &RelayActivity{
		Hour: counts[0], Day: counts[1], Week: counts[2],
		ByHour: n.Relays.ByHour(hops, back((hours-1)*time.Hour), hours),
	}
}

// BusiestChannels are the channels with most texts in the last span up to now.
func BusiestChannels(x *index.Channels, span time.Duration, now time.Time, most int) []index.ChannelCount {
	list := x.Busiest(now.Add(-span).UnixMilli(), now.UnixMilli()+1)
	return list[:min(most, len(list))]
}
