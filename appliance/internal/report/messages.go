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
	Best      int              // the number of that with the longest path, of several the first
	Hops      int              // on the path of Best
	SNR4      int8             // of Best
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
	out.Rows = eachHeld(c.Store, list, func(m mesh.Message) uint64 { return m.Tx }, func(m mesh.Message, tx *mesh.Scanned) ChannelMessage {
		return withCopies(m, tx, observers)
	})
	return out
}

// eachHeld makes something of each of a list with its transmission, which is valid until
// fn returns; those that are no longer held are left out.
func eachHeld[A, B any](st *store.Store, list []A, id func(A) uint64, fn func(A, *mesh.Scanned) B) []B {
	out, held := make([]B, len(list)), make([]bool, len(list))
	Share(context.Background(), len(list), func(_, i int) { // nothing ends it early
		held[i] = st.ShowByID(id(list[i]), func(tx *mesh.Scanned) { out[i] = fn(list[i], tx) })
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
func withCopies(m mesh.Message, tx *mesh.Scanned, observers map[uint32]*mesh.Observer) ChannelMessage {
	out := ChannelMessage{Message: m, Latest: tx.First, Copies: len(tx.Obs)}
	best := 0
	order := make([]int, len(tx.Obs))
	for i := range tx.Obs {
		order[i] = i
		o, have := &tx.Obs[i], &tx.Obs[best]
		out.Latest = max(out.Latest, o.At)
		if hops, most := o.PathLen&63, have.PathLen&63; hops > most || hops == most && o.At < have.At {
			best = i
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(tx.Obs[a].At, tx.Obs[b].At) })
	seen := make([]uint32, 0, 32)
	out.Observers = make([]*mesh.Observer, 0, min(len(order), cap(seen)))
	for _, i := range order {
		if num := tx.Obs[i].Observer; !slices.Contains(seen, num) {
			seen = append(seen, num)
			o := observers[num]
			if o == nil {
				o = &mesh.Observer{}
			}
			out.Observers = append(out.Observers, o)
		}
	}
	out.Best, out.Hops, out.SNR4 = best, pathHops(&tx.Obs[best]), tx.Obs[best].SNR4
	return out
}

// pathHops is how many relays the path of a copy has, passed or to come.
func pathHops(o *mesh.ScannedObs) int {
	if o.HasTree() {
		return int(o.PathLen & 63)
	}
	p := ownPacket(o)
	if heard, ok := p.Heard(); ok {
		return heard.Len()
	}
	ahead, _ := p.Ahead()
	return ahead.Len()
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
