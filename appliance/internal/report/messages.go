package report

import (
	"cmp"
	"slices"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
)

// ChannelMessage is a text of a channel with what its copies tell.
type ChannelMessage struct {
	mesh.Message
	Latest    int64           // where its latest copy stands, Unix ms
	Copies    int             // observations
	Observers []mesh.Observer // that made them, each once, in the order of their first copies
	Best      Reception       // with the longest path, of several the first; its nodes are not named
}

// MessageList is a part of a channel's texts.
type MessageList struct {
	Rows  []ChannelMessage // oldest first
	Total int
}

// Messages gives limit texts of a readable channel, leaving out as many of the
// newest as offset says; with regions, in upper case, only those of which a
// copy was received in one of them.
func (c Channels) Messages(name string, regions []string, offset, limit int) (out MessageList) {
	if !slices.ContainsFunc(c.Index.Readable(), func(known string) bool { return known == name }) {
		return out
	}
	list, total := c.Index.MessagesIn(name, indexRegions(c.Store, regions), offset, limit)
	out.Total = total
	for _, m := range slices.Backward(list) {
		if tx, ok := c.Store.PacketByID(m.Tx); ok {
			out.Rows = append(out.Rows, c.withCopies(m, tx))
		}
	}
	return out
}

// withCopies tells of a text what its copies do.
func (c Channels) withCopies(m mesh.Message, tx mesh.Transmission) ChannelMessage {
	out := ChannelMessage{Message: m, Latest: tx.Last(), Copies: len(tx.Observations)}
	best := 0
	order := make([]int, len(tx.Observations))
	for i, o := range tx.Observations {
		order[i] = i
		have := tx.Observations[best]
		if hops, most := o.PathLen&63, have.PathLen&63; hops > most || hops == most && o.At < have.At {
			best = i
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(tx.Observations[a].At, tx.Observations[b].At) })
	var seen []uint32
	for _, i := range order {
		if num := tx.Observations[i].Observer; !slices.Contains(seen, num) {
			seen = append(seen, num)
			o, _ := c.Store.ObserverByNum(num)
			out.Observers = append(out.Observers, o)
		}
	}
	obs := tx.Observations[best]
	out.Best = Reception{Num: best, Episode: tx.ID, Obs: obs, Path: pathOf(obs.Packet(tx.Payload), nil)}
	return out
}

// Active lists the readable channels with a text, and the locked ones, as far
// as copies were received in one of the regions; no regions: all. The latest
// come first.
func (c Channels) Active(regions []string) (open, locked []index.Channel) {
	for _, ch := range c.Index.List(&index.Received{In: indexRegions(c.Store, regions)}) {
		switch {
		case ch.Locked:
			locked = append(locked, ch)
		case ch.Messages > 0:
			open = append(open, ch)
		}
	}
	latest := func(a, b index.Channel) int { return cmp.Compare(b.Last, a.Last) }
	slices.SortStableFunc(open, latest)
	slices.SortStableFunc(locked, latest)
	return open, locked
}
