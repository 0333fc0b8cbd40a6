package index

import (
	"slices"

	"hilltop/appliance/internal/mesh"
)

// hourSums is what the texts and the rest of an hour come to, wherever copies were
// received. It is made when it is first asked for and forgotten with the next
// change to the hour, so that lists look at every text of the newest hour alone.
type hourSums struct {
	channels []channelSumRow // by their place in names
	senders  []senderSumRow
	others   []otherSumRow
}

// channelSumRow sums up the texts of a channel.
type channelSumRow struct {
	channel          uint32 // place in names
	latest           uint32 // place in texts
	messages, copies int64
}

// senderSumRow sums up what one sender wrote in a channel.
type senderSumRow struct {
	channel, sender uint32 // places in names
	messages        uint32
	last            int32 // where the latest text stands, ms after the hour's start
}

// otherSumRow sums up what has no text: datagrams of a channel, or what is locked
// under a hash byte.
type otherSumRow struct {
	data     string
	hash     byte
	messages int64
	last     int64 // where the latest stands, Unix ms
}

// summed gives the sums of an hour. The index's lock is held, for reading at least.
func (h *channelHour) summed() *hourSums {
	if s := h.sums.Load(); s != nil {
		return s
	}
	s := &hourSums{channels: h.channelSums(0, nil), others: h.otherSums(nil), senders: h.senderSums()}
	h.sums.Store(s)
	return s
}

// whereSums are the sums of an hour by where it was received, as bounds name that:
// the last made first. It never changes.
type whereSums []struct {
	name string
	sums *hourSums // without senders
}

// whereKept is how many sums of an hour are remembered.
const whereKept = 4

// summedIn gives the sums of an hour in these bounds, without senders where these say
// where it was received; false if they are none to be remembered. The index's lock is
// held, for reading at least.
func (h *channelHour) summedIn(hour uint32, in *Received) (*hourSums, bool) {
	if in.takesAll(hour) {
		return h.summed(), true
	}
	if !in.spans(hour) {
		return nil, false
	}
	name, ok := in.where() // where it was received is asked for, then
	if !ok {
		return nil, false
	}
	known := h.where.Load()
	if known != nil {
		for _, k := range *known {
			if k.name == name {
				return k.sums, true
			}
		}
	}
	s := &hourSums{channels: h.channelSums(hour, in), others: h.otherSums(in)}
	if in.Only == nil || h.change <= in.AsOf {
		now := make(whereSums, 1, whereKept)
		now[0].name, now[0].sums = name, s
		if known != nil {
			now = append(now, (*known)[:min(len(*known), whereKept-1)]...)
		}
		h.where.Store(&now)
	}
	return s, true
}

// channelSums sums up the texts that were received in these bounds.
func (h *channelHour) channelSums(hour uint32, in *Received) (list []channelSumRow) {
	places := make([]int32, len(h.names)) // in list, plus 1
	for i := range h.texts {
		r := &h.texts[i]
		if !in.has(mesh.HourStart(hour)+int64(r.first), r.where, h.far, r.tx) {
			continue
		}
		if places[r.channel] == 0 {
			list = append(list, channelSumRow{channel: r.channel, latest: uint32(i)})
			places[r.channel] = int32(len(list))
		}
		c := &list[places[r.channel]-1]
		if l := &h.texts[c.latest]; r.first > l.first || r.first == l.first && r.tx > l.tx {
			c.latest = uint32(i)
		}
		c.messages++
		c.copies += int64(r.copies)
	}
	return slices.Clip(list)
}

// senderSums sums up the texts by channel and sender.
func (h *channelHour) senderSums() (list []senderSumRow) {
	places := map[[2]uint32]int{}
	for i := range h.texts {
		r := &h.texts[i]
		key := [2]uint32{r.channel, r.sender}
		at, known := places[key]
		if !known {
			at = len(list)
			list, places[key] = append(list, senderSumRow{channel: r.channel, sender: r.sender, last: r.first}), at
		}
		s := &list[at]
		s.messages++
		s.last = max(s.last, r.first)
	}
	return slices.Clone(list)
}

// otherSums sums up what has no text and was received in these bounds.
func (h *channelHour) otherSums(in *Received) (list []otherSumRow) {
	var places [256][]int // in list, of each hash byte: those of its datagrams' channels, too
	for i := range h.others {
		u := &h.others[i]
		if !in.has(u.first, u.where, h.far, u.tx) {
			continue
		}
		k := slices.IndexFunc(places[u.hash], func(at int) bool { return list[at].data == u.data })
		if k < 0 {
			k = len(places[u.hash])
			places[u.hash] = append(places[u.hash], len(list))
			list = append(list, otherSumRow{data: u.data, hash: u.hash, last: u.first})
		}
		o := &list[places[u.hash][k]]
		o.messages++
		o.last = max(o.last, u.first)
	}
	return slices.Clip(list)
}
