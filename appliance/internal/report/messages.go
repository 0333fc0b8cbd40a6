package report

import (
	"cmp"
	"context"
	"slices"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
)

// ChannelMessage is a text of a channel with what its copies tell.
type ChannelMessage struct {
	mesh.Message
	Latest    int64            // where its latest copy stands, Unix ms
	Copies    int              // observations
	Observers []*mesh.Observer // that made them, each once, in the order of their first copies
	Best      Reception        // with the longest path, of several the first; its nodes are not named
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
	slices.Reverse(list)
	observers := map[uint32]*mesh.Observer{}
	for _, o := range c.Store.Observers() {
		observers[o.Num] = &o
	}
	out.Rows = eachHeld(c.Store, list, func(m mesh.Message) uint64 { return m.Tx }, func(m mesh.Message, tx mesh.Transmission) ChannelMessage {
		return withCopies(m, tx, observers)
	})
	return out
}

// eachHeld makes something of each of a list with its transmission; those that are no
// longer held are left out.
func eachHeld[A, B any](st *store.Store, list []A, id func(A) uint64, fn func(A, mesh.Transmission) B) []B {
	out, held := make([]B, len(list)), make([]bool, len(list))
	Share(context.Background(), len(list), func(_, i int) { // nothing ends it early
		if tx, ok := st.PacketByID(id(list[i])); ok {
			out[i], held[i] = fn(list[i], tx), true
		}
	})
	n := 0
	for i, ok := range held {
		if ok {
			out[n] = out[i]
			n++
		}
	}
	return out[:n]
}

// withCopies tells of a text what its copies do, which these observers made.
func withCopies(m mesh.Message, tx mesh.Transmission, observers map[uint32]*mesh.Observer) ChannelMessage {
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
	seen := make([]uint32, 0, 32)
	out.Observers = make([]*mesh.Observer, 0, min(len(order), cap(seen)))
	for _, i := range order {
		if num := tx.Observations[i].Observer; !slices.Contains(seen, num) {
			seen = append(seen, num)
			o := observers[num]
			if o == nil {
				o = &mesh.Observer{}
			}
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
