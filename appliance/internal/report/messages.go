package report

import (
	"slices"
	"strings"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
)

// ChannelMessage is a text of a channel with the copies that it was heard by.
type ChannelMessage struct {
	mesh.Message
	Packet FoundPacket
}

// MessageList is a part of a channel's texts.
type MessageList struct {
	Rows  []ChannelMessage // oldest first
	Total int
}

// Messages gives limit texts of a readable channel, leaving out as many of the
// newest as offset says; with regions, in upper case, only those of which a
// copy was received in one of them.
func (c Channels) Messages(p Packets, name string, regions []string, offset, limit int) (out MessageList) {
	list := c.Index.Messages(name, mesh.Cursor{}, int(^uint(0)>>1))
	if regions != nil {
		list = slices.DeleteFunc(list, func(m mesh.Message) bool { return !heardIn(p, m, regions) })
	}
	out.Total = len(list)
	for _, m := range pageOf(list, offset, limit) {
		if found := p.Episodes([]uint64{m.Tx}); len(found) > 0 {
			out.Rows = append(out.Rows, ChannelMessage{m, found[0]})
		}
	}
	slices.Reverse(out.Rows)
	return out
}

// heardIn tells whether a copy of a text was received in one of the regions.
func heardIn(p Packets, m mesh.Message, regions []string) bool {
	tx, ok := p.Store.PacketByID(m.Tx)
	return ok && slices.ContainsFunc(tx.Observations, func(o mesh.Observation) bool {
		return o.Region != 0 && slices.Contains(regions, strings.ToUpper(p.Store.Region(o.Region)))
	})
}

// Active lists the readable channels with a text, and the locked ones, as far
// as copies were received in one of the regions; no regions: all. The latest
// come first.
func (c Channels) Active(p Packets, regions []string) (open, locked []index.Channel) {
	for _, ch := range c.Index.List() {
		switch {
		case ch.Locked:
			locked = append(locked, ch)
		case ch.Messages == 0:
		case regions == nil:
			open = append(open, ch)
		default:
			if some := c.Messages(p, ch.Name, regions, 0, 1); some.Total > 0 {
				ch.Messages, ch.LastText = int64(some.Total), some.Rows[0].Message
				ch.Last = ch.LastText.First
				open = append(open, ch)
			}
		}
	}
	latest := func(a, b index.Channel) int { return int(min(max(b.Last-a.Last, -1), 1)) }
	slices.SortStableFunc(open, latest)
	slices.SortStableFunc(locked, latest)
	return open, locked
}
