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
	x.mu.RLock()
	hours := newestFirst(x.hours)
	x.mu.RUnlock()
	for _, hour := range hours { // each by itself: nobody waits for all of them
		if !in.mayHold(hour) {
			continue
		}
		x.mu.RLock()
		if h := x.hours[hour]; h != nil {
			h.sum(hour, in, open, &locked)
		}
		x.mu.RUnlock()
	}
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

// sum adds an hour to the channels' sums.
func (h *channelHour) sum(hour uint32, in *Received, open map[string]*channelSum, locked *[256]*channelSum) {
	channels, latest := make([]*channelSum, len(h.names)), make([]*textRow, len(h.names))
	for i, name := range h.names {
		channels[i] = open[name]
	}
	for i := range h.texts {
		r := &h.texts[i]
		c := channels[r.channel]
		if c == nil || !in.has(hourStart(hour)+int64(r.first), r.where, h.far, r.tx) {
			continue // its key is gone, or it is not in the bounds
		}
		if l := latest[r.channel]; l == nil || r.first > l.first || r.first == l.first && r.tx > l.tx {
			latest[r.channel] = r
		}
		c.Messages++
		c.Copies += int64(r.copies)
	}
	for i, r := range latest {
		if r == nil {
			continue
		}
		c, first := channels[i], hourStart(hour)+int64(r.first)
		if !c.texts || first > c.Last || first == c.Last && r.tx > c.LastText.Tx {
			c.texts, c.Last, c.LastText = true, first, h.message(hour, r)
		}
	}
	for i := range h.others {
		u := &h.others[i]
		if !in.has(u.first, u.where, h.far, u.tx) {
			continue
		}
		if u.data != "" && open[u.data] != nil {
			open[u.data].Data++
			continue
		}
		if locked[u.hash] == nil {
			locked[u.hash] = &channelSum{}
		}
		c := locked[u.hash]
		c.Messages++
		c.Last = max(c.Last, u.first)
	}
}

// textAt is a text where it stands, Unix ms.
type textAt struct {
	first int64
	row   *textRow
	h     *channelHour
	hour  uint32
}

func (t textAt) message() mesh.Message { return t.h.message(t.hour, t.row) }

// newest orders texts as lists show them: newest first.
func newest(a, b textAt) int {
	return cmp.Or(cmp.Compare(b.first, a.first), cmp.Compare(b.row.tx, a.row.tx))
}

// each gives the texts of a channel, of all if it is "", newest first, as far
// as copies were received in one of the regions.
func (x *Channels) each(name string, in *Regions, fn func(textAt) bool) {
	of := func(hour uint32, h *channelHour, dst []textAt) []textAt {
		channel := uint32(slices.Index(h.names, name))
		for i := range h.texts {
			if r := &h.texts[i]; (name == "" || r.channel == channel) && in.has(r.where, h.far, r.tx) {
				dst = append(dst, textAt{hourStart(hour) + int64(r.first), r, h, hour})
			}
		}
		return dst
	}
	standing(x.hours, of, newest, func(t textAt) int64 { return t.first }, fn)
}

// Messages gives at most n texts of a channel, newest first, strictly before
// the cursor; the zero cursor begins with the newest.
func (x *Channels) Messages(name string, before mesh.Cursor, n int) []mesh.Message {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if name == "" || n <= 0 {
		return nil
	}
	var list []mesh.Message
	x.each(name, nil, func(t textAt) bool {
		if before == (mesh.Cursor{}) || t.first < before.First || t.first == before.First && t.row.tx < before.ID {
			list = append(list, t.message())
		}
		return len(list) < n
	})
	return list
}

// MessagesIn gives at most n texts of a channel after the newest skip ones,
// newest first, and how many there are: of those of which a copy was received
// in one of the regions; nil: anywhere.
func (x *Channels) MessagesIn(name string, in *Regions, skip, n int) (list []mesh.Message, total int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if name == "" {
		return nil, 0
	}
	for _, h := range x.hours {
		channel := slices.Index(h.names, name)
		for i := range h.texts {
			if r := &h.texts[i]; int(r.channel) == channel && in.has(r.where, h.far, r.tx) {
				total++
			}
		}
	}
	x.each(name, in, func(t textAt) bool {
		if skip--; skip < 0 && len(list) < n {
			list = append(list, t.message())
		}
		return len(list) < n
	})
	return list, total
}

// Message gives the text of a transmission.
func (x *Channels) Message(tx uint64) (mesh.Message, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, hour := range newestFirst(x.hours) {
		h := x.hours[hour]
		if i, found := slices.BinarySearchFunc(h.texts, tx, byTextTx); found {
			return h.message(hour, &h.texts[i]), true
		}
	}
	return mesh.Message{}, false
}

// Latest gives at most n texts of all channels, newest first.
func (x *Channels) Latest(n int) []mesh.Message {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var list []mesh.Message
	x.each("", nil, func(t textAt) bool {
		if len(list) < n {
			list = append(list, t.message())
		}
		return len(list) < n
	})
	return list
}

// ChannelCount is how many texts a channel had.
type ChannelCount struct {
	Name     string
	Messages int64
}

// Busiest counts the texts of each channel that stand in from ≤ time < to (Unix
// ms), the busiest channel first.
func (x *Channels) Busiest(from, to int64) []ChannelCount {
	x.mu.RLock()
	defer x.mu.RUnlock()
	counts := make(map[string]int64)
	for hour, h := range x.hours {
		if _, any := inside(hour, from, to); !any {
			continue
		}
		here := make([]int64, len(h.names))
		for i := range h.texts {
			if at := hourStart(hour) + int64(h.texts[i].first); at >= from && at < to {
				here[h.texts[i].channel]++
			}
		}
		for i, n := range here {
			if n > 0 {
				counts[h.names[i]] += n
			}
		}
	}
	list := make([]ChannelCount, 0, len(counts))
	for name, n := range counts {
		list = append(list, ChannelCount{name, n})
	}
	slices.SortFunc(list, func(a, b ChannelCount) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.Name, b.Name))
	})
	return list
}
