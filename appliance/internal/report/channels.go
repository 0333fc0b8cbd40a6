package report

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/store"
)

// Channels answers what is asked about channels and their messages.
type Channels struct {
	Store   *store.Store
	Index   *index.Channels
	Tallies *Tallies // what is remembered of sealed hours; nil: nothing
}

// ChannelRow is one channel of the list.
type ChannelRow struct {
	index.Channel
	Senders int // names under which its texts were sent
}

// ChannelList is every channel that has a key here or had traffic; in bounds of
// where and when, those that had any there.
type ChannelList struct {
	Open        []ChannelRow // that can be read: the latest text first, then those without any
	Locked      []ChannelRow // the most traffic first
	KnownOpen   int          // of all
	KnownLocked int
	Without     []Dropped // in bounds that leave none: the channels that there are without each of them
}

// List sums up all channels.
func (c Channels) List() (out ChannelList) {
	for _, ch := range c.Index.List(nil) {
		out.add(ChannelRow{Channel: ch})
	}
	for i := range out.Open {
		out.Open[i].Senders = named(c.Index.Senders(out.Open[i].Name))
	}
	out.KnownOpen, out.KnownLocked = len(out.Open), len(out.Locked)
	sortChannels(out)
	return out
}

func (l *ChannelList) add(r ChannelRow) {
	if r.Locked {
		l.Locked = append(l.Locked, r)
	} else {
		l.Open = append(l.Open, r)
	}
}

// ListWithin sums up channels as far as they were received in the bounds of a
// search, whose channel, sender and words do not matter. Senders are not
// counted in bounds.
func (c Channels) ListWithin(ctx context.Context, q TextSearch) (out ChannelList, err error) {
	if !q.bounded() {
		return c.List(), nil
	}
	for _, ch := range c.Index.List(nil) {
		if ch.Locked {
			out.KnownLocked++
		} else {
			out.KnownOpen++
		}
	}
	list, err := c.within(ctx, q)
	for _, ch := range list {
		out.add(ChannelRow{Channel: ch})
	}
	if err == nil && len(list) == 0 {
		bounds := TextSearch{Regions: q.Regions, Observers: q.Observers, From: q.From, To: q.To}
		out.Without, err = dropped(bounds, textLifts(), func(q TextSearch) (int, error) {
			list, err := c.within(ctx, q)
			return len(list), err
		})
	}
	sortChannels(out)
	return out, err
}

// within sums up the channels that had traffic in the bounds of a search.
func (c Channels) within(ctx context.Context, q TextSearch) ([]index.Channel, error) {
	in, err := c.received(ctx, q)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(c.Index.List(&in), func(ch index.Channel) bool { return ch.Messages+ch.Data == 0 }), nil
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

// ChannelDetail is a channel with a page of its messages.
type ChannelDetail struct {
	ChannelRow
	TextList                // of its messages
	Senders  []index.Sender // the most recent first
	SameByte []string       // other readable channels with this hash byte
}

// Channel describes one channel with the texts that a search wants of it; false
// if there is none of this name or hash byte. A readable one goes before a
// locked one of the same reference; any hash byte is that of a locked channel,
// which may not have been heard.
func (c Channels) Channel(ctx context.Context, ref string, q TextSearch) (d ChannelDetail, ok bool, err error) {
	all := c.Index.List(nil)
	found, ok := findChannel(all, ref)
	if !ok {
		return d, false, nil
	}
	d.ChannelRow.Channel = found
	for _, ch := range all {
		if !ch.Locked && ch.HashByte == found.HashByte && ch.Name != found.Name {
			d.SameByte = append(d.SameByte, ch.Name)
		}
	}
	if found.Locked {
		return d, true, nil
	}
	d.Senders = c.Index.Senders(found.Name)
	d.ChannelRow.Senders = named(d.Senders)
	q.Channel = found.Name
	d.TextList, err = c.Texts(ctx, q)
	return d, true, err
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
