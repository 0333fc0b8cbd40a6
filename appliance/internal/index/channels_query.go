package index

import (
	"cmp"
	"fmt"
	"slices"

	"hilltop/appliance/internal/mesh"
)

// List sums up every channel that has a key or had traffic, as far as it was
// received in these bounds (nil: all): those that can be read by name, then the
// locked ones by hash byte.
func (x *Channels) List(in *Received) []Channel {
	open := make(map[string]*channelSum)
	var list []*channelSum
	for _, key := range x.ring.Channels() {
		if open[key.Name] == nil {
			open[key.Name] = &channelSum{Channel: Channel{Ref: key.Name, Name: key.Name, HashByte: key.Key.HashByte()}}
			list = append(list, open[key.Name])
		}
	}
	slices.SortFunc(list, func(a, b *channelSum) int { return cmp.Compare(a.Name, b.Name) })
	var locked [256]*channelSum
	x.eachHour(func(hour uint32, h *channelHour) bool {
		if in.mayHold(hour) {
			h.sum(hour, in, open, &locked)
		}
		return true
	})
	for hash, c := range locked {
		if c == nil {
			continue
		}
		c.Ref, c.HashByte, c.Locked, c.Why = fmt.Sprintf("%02X", hash), byte(hash), true, WhyNoKey
		if len(x.ring.Candidates(byte(hash))) > 0 {
			c.Why = WhyWrong
		}
		list = append(list, c)
	}
	out := make([]Channel, len(list))
	for i, c := range list {
		out[i] = c.Channel
	}
	return out
}

// Readable are the names of the channels that have a key, by name.
func (x *Channels) Readable() (names []string) {
	for _, key := range x.ring.Channels() {
		names = append(names, key.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Locked are the hash bytes of what was sent in channels and no key opens, ascending:
// the locked ones of List.
func (x *Channels) Locked() (hashes []byte) {
	open := x.Readable()
	var locked [256]bool
	x.eachHour(func(_ uint32, h *channelHour) bool {
		for _, o := range h.summed().others {
			locked[o.hash] = locked[o.hash] || o.data == "" || !slices.Contains(open, o.data)
		}
		return true
	})
	for hash, is := range locked {
		if is {
			hashes = append(hashes, byte(hash))
		}
	}
	return hashes
}

// sum adds an hour to the channels' sums. The index's lock is held.
func (h *channelHour) sum(hour uint32, in *Received, open map[string]*channelSum, locked *[256]*channelSum) {
	s, ok := h.summedIn(hour, in)
	if !ok {
		s = &hourSums{channels: h.channelSums(hour, in), others: h.otherSums(in)}
	}
	for _, n := range s.channels {
		c, latest := open[h.names[n.channel]], &h.texts[n.latest]
		if c == nil {
			continue // its key is gone
		}
		c.Messages += n.messages
		c.Copies += n.copies
		first := mesh.HourStart(hour) + int64(latest.first)
		if !c.texts || first > c.Last || first == c.Last && latest.tx > c.LastText.Tx {
			c.texts, c.Last, c.LastText = true, first, h.message(hour, latest)
		}
	}
	for _, o := range s.others {
		if o.data != "" && open[o.data] != nil {
			open[o.data].Data += o.messages
			continue
		}
		if locked[o.hash] == nil {
			locked[o.hash] = &channelSum{}
		}
		c := locked[o.hash]
		c.Messages += o.messages
		c.Last = max(c.Last, o.last)
	}
}

// MessagesIn gives at most n texts of a channel after the newest skip ones,
// newest first, and how many there are: of those of which a copy was received
// in one of the regions; nil: anywhere.
func (x *Channels) MessagesIn(name string, in *Regions, skip, n int) (list []mesh.Message, total int) {
	if name == "" {
		return nil, 0
	}
	const most = 1 << 27 // more than are held, and sums of it are an int everywhere
	skip, n = min(max(skip, 0), most), min(max(n, 0), most)
	f := newFinding(TextQuery{Received: Received{In: in}, Channel: name, Limit: skip + n})
	x.eachHour(func(hour uint32, h *channelHour) bool {
		f.hour(hour, h)
		return true
	})
	f.cut()
	f.places = f.places[min(skip, len(f.places)):]
	return x.messages(f.places), f.out.Total
}

// Message gives the text of a transmission.
func (x *Channels) Message(tx uint64) (m mesh.Message, ok bool) {
	x.eachHour(func(hour uint32, h *channelHour) bool {
		m, ok = h.find(hour, tx)
		return !ok
	})
	return m, ok
}

// Latest gives at most n texts of all channels, newest first.
func (x *Channels) Latest(n int) []mesh.Message {
	f := finding{q: TextQuery{Limit: n}}
	x.eachHour(func(hour uint32, h *channelHour) bool {
		f.hour(hour, h)
		f.cut()
		// What is stored in earlier hours stands before this one.
		return len(f.places) < n || f.places[n-1].first < mesh.HourStart(hour)
	})
	return x.messages(f.places)
}

// ChannelCount is how many texts a channel had.
type ChannelCount struct {
	Name     string
	Messages int64
}

// Busiest counts the texts of each channel that stand in from ≤ time < to (Unix
// ms), the busiest channel first.
func (x *Channels) Busiest(from, to int64) []ChannelCount {
	counts := make(map[string]int64)
	x.eachHour(func(hour uint32, h *channelHour) bool {
		if _, any := inside(hour, from, to); !any {
			return true
		}
		here := make([]int64, len(h.names))
		for i := range h.texts {
			if at := mesh.HourStart(hour) + int64(h.texts[i].first); at >= from && at < to {
				here[h.texts[i].channel]++
			}
		}
		for i, n := range here {
			if n > 0 {
				counts[h.names[i]] += n
			}
		}
		return true
	})
	list := make([]ChannelCount, 0, len(counts))
	for name, n := range counts {
		list = append(list, ChannelCount{name, n})
	}
	slices.SortFunc(list, func(a, b ChannelCount) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.Name, b.Name))
	})
	return list
}
