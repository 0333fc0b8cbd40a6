package report

import (
	"cmp"
	"context"
	"slices"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
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

const allMessages = int(^uint(0) >> 1)

// Messages gives limit texts of a readable channel, leaving out as many of the
// newest as offset says; with regions, in upper case, only those of which a
// copy was received in one of them.
func (c Channels) Messages(ctx context.Context, p Packets, name string, regions []string, offset, limit int) (out MessageList, err error) {
	var list []mesh.Message
	if regions == nil {
		all := c.Index.List()
		i := slices.IndexFunc(all, func(ch index.Channel) bool { return !ch.Locked && ch.Name == name })
		if i < 0 {
			return out, nil
		}
		list = c.Index.Messages(name, mesh.Cursor{}, offset+limit)
		out.Total = int(all[i].Messages)
	} else {
		there, err := p.textsIn(ctx, regions)
		if err != nil {
			return out, err
		}
		list = slices.DeleteFunc(c.Index.Messages(name, mesh.Cursor{}, allMessages), func(m mesh.Message) bool { return !there[m.Tx] })
		out.Total = len(list)
	}
	for _, m := range pageOf(list, offset, limit) {
		if found := p.Episodes([]uint64{m.Tx}); len(found) > 0 {
			out.Rows = append(out.Rows, ChannelMessage{m, found[0]})
		}
	}
	slices.Reverse(out.Rows)
	return out, nil
}

// textsIn are the transmissions of channel texts of which a copy was received in
// one of the regions.
func (p Packets) textsIn(ctx context.Context, regions []string) (map[uint64]bool, error) {
	q := PacketSearch{Types: []meshcore.Type{meshcore.TypeGrpTxt}, Regions: regions}
	f, err := p.find(ctx, q, mesh.Cursor{})
	if err != nil {
		return nil, err
	}
	there := make(map[uint64]bool, f.total)
	f.each(0, false, func(at spot) bool {
		there[at.id] = true
		return true
	})
	return there, nil
}

// Active lists the readable channels with a text, and the locked ones, as far
// as copies were received in one of the regions; no regions: all. The latest
// come first.
func (c Channels) Active(ctx context.Context, p Packets, regions []string) (open, locked []index.Channel, err error) {
	var there map[uint64]bool
	if regions != nil {
		if there, err = p.textsIn(ctx, regions); err != nil {
			return nil, nil, err
		}
	}
	for _, ch := range c.Index.List() {
		switch {
		case ch.Locked:
			locked = append(locked, ch)
		case ch.Messages == 0:
		case regions == nil:
			open = append(open, ch)
		default:
			list := slices.DeleteFunc(c.Index.Messages(ch.Name, mesh.Cursor{}, allMessages), func(m mesh.Message) bool { return !there[m.Tx] })
			if len(list) > 0 {
				ch.Messages, ch.LastText, ch.Last = int64(len(list)), list[0], list[0].First
				open = append(open, ch)
			}
		}
	}
	latest := func(a, b index.Channel) int { return cmp.Compare(b.Last, a.Last) }
	slices.SortStableFunc(open, latest)
	slices.SortStableFunc(locked, latest)
	return open, locked, nil
}
