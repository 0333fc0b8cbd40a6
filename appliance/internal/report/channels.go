package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/store"
)

// Channels answers what is asked about channels and their messages.
type Channels struct {
	Store *store.Store
	Index *index.Channels
}

// ChannelRow is one channel of the list.
type ChannelRow struct {
	index.Channel
	Senders int // names under which its texts were sent
}

// ChannelList is every channel that has a key here or had traffic.
type ChannelList struct {
	Open   []ChannelRow // that can be read: the latest text first, then those without any
	Locked []ChannelRow // the most traffic first
}

// List sums up all channels.
func (c Channels) List() (out ChannelList) {
	for _, ch := range c.Index.List(nil) {
		if ch.Locked {
			out.Locked = append(out.Locked, ChannelRow{Channel: ch})
			continue
		}
		out.Open = append(out.Open, ChannelRow{Channel: ch, Senders: named(c.Index.Senders(ch.Name))})
	}
	sortChannels(out)
	return out
}

// Called lists at most n channels that can be read whose names have some text in
// them, in any case: the latest text first, then those without any.
func (c Channels) Called(text string, n int) (list []index.Channel) {
	text = strings.ToLower(text)
	called := func(name string) bool { return strings.Contains(strings.ToLower(name), text) }
	if !slices.ContainsFunc(c.Index.Readable(), called) {
		return nil
	}
	for _, ch := range c.Index.List(nil) {
		if !ch.Locked && called(ch.Name) {
			list = append(list, ch)
		}
	}
	slices.SortStableFunc(list, func(a, b index.Channel) int { return cmp.Compare(b.Last, a.Last) })
	return list[:min(n, len(list))]
}

func named(list []index.Sender) (n int) {
	for _, s := range list {
		if s.Name != "" {
			n++
		}
	}
	return n
}

// ChannelQuery asks for messages of a channel.
type ChannelQuery struct {
	Ref  string          // name, or hash byte of a locked one
	Find index.TextQuery // which of its messages; Channel is set by Ref
}

// ChannelDetail is a channel with a page of its messages.
type ChannelDetail struct {
	ChannelRow
	Messages []HeardText    // newest first
	Newer    int            // wanted messages that are newer than these
	Wanted   int            // all wanted messages
	Senders  []index.Sender // the most recent first
	SameByte []string       // other readable channels with this hash byte
}

// Channel describes one channel, false if there is none of this name or hash
// byte. A readable one goes before a locked one of the same reference; any hash
// byte is that of a locked channel, which may not have been heard.
func (c Channels) Channel(q ChannelQuery) (ChannelDetail, bool) {
	all := c.Index.List(nil)
	found, ok := findChannel(all, q.Ref)
	if !ok {
		return ChannelDetail{}, false
	}
	d := ChannelDetail{ChannelRow: ChannelRow{Channel: found}}
	for _, ch := range all {
		if !ch.Locked && ch.HashByte == found.HashByte && ch.Name != found.Name {
			d.SameByte = append(d.SameByte, ch.Name)
		}
	}
	if found.Locked {
		return d, true
	}
	d.Senders = c.Index.Senders(found.Name)
	d.ChannelRow.Senders = named(d.Senders)
	q.Find.Channel = found.Name
	texts := c.Index.Find(q.Find)
	d.Messages, d.Newer, d.Wanted = c.heard(texts.Rows), texts.Newer, texts.Total
	return d, true
}

func findChannel(all []index.Channel, ref string) (index.Channel, bool) {
	for _, ch := range all {
		if !ch.Locked && ch.Name == ref {
			return ch, true
		}
	}
	hash, err := strconv.ParseUint(ref, 16, 8)
	if err != nil || len(ref) != 2 {
		return index.Channel{}, false
	}
	locked := index.Channel{Ref: strings.ToUpper(ref), HashByte: byte(hash), Locked: true, Why: index.WhyNoKey}
	for _, ch := range all {
		switch {
		case ch.HashByte != locked.HashByte:
		case ch.Locked:
			return ch, true
		default:
			locked.Why = index.WhyWrong
		}
	}
	return locked, true
}

// Near lists the readable channels whose name has some of what was asked for,
// in any case.
func (c Channels) Near(asked string, limit int) (out []string) {
	asked = strings.ToLower(strings.TrimLeft(asked, "#"))
	for _, ch := range c.Index.List(nil) {
		if len(out) < limit && !ch.Locked && asked != "" && strings.Contains(strings.ToLower(ch.Name), asked) {
			out = append(out, ch.Name)
		}
	}
	return out
}

func sortChannels(l ChannelList) {
	slices.SortStableFunc(l.Open, func(a, b ChannelRow) int { return cmp.Compare(b.Last, a.Last) })
	slices.SortStableFunc(l.Locked, func(a, b ChannelRow) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.HashByte, b.HashByte))
	})
}
