package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// channelsPage fills the list of channels in. unread counts new messages by
// channel.
func channelsPage(p *ui.ChannelsPage, l report.ChannelList, unread map[string]int, q channelQuery, prefs prefs, now time.Time) {
	count := func(n, of int) string {
		if !q.filter.filtered() {
			return countText(int64(n))
		}
		return countText(int64(n)) + " of " + countText(int64(of)) // also of all: the filters have been at work
	}
	p.Count = count(len(l.Open), l.KnownOpen) + " readable · " + count(len(l.Locked), l.KnownLocked) + " locked"
	p.NoText, p.NoLocked = "No message of these channels has been received yet.", "Every channel packet so far could be read."
	if q.filter.filtered() {
		p.NoText, p.NoLocked = "The filters leave no message that can be read.", "The filters leave no packet that cannot be read."
	}
	direct := packetsQuery{filter: q.carried()}
	direct.Types = []meshcore.Type{meshcore.TypeTxtMsg}
	p.Direct = direct.at("/packets")
	news := 0
	for _, c := range l.Open {
		if c.Messages > 0 {
			p.NoText = ""
		}
		row := channelLine(c, q, now)
		row.Unread, row.Star = unreadText(unread[c.Name]), channelMark(c.Name, prefs)
		news += unread[c.Name]
		p.Open = append(p.Open, row)
	}
	slices.SortStableFunc(p.Open, func(a, b ui.ChannelRow) int { return boolFirst(a.Star.On, b.Star.On) })
	if news > 0 {
		p.Unread = plural(int64(news), "new message", "new messages")
	}
	var packets int64
	for _, c := range l.Locked {
		packets += c.Messages
		p.Locked = append(p.Locked, ui.LockedRow{
			Byte: hashByteText(c.HashByte), Href: "/channels/" + hashByteText(c.HashByte), Why: string(c.Why),
			Packets: countText(c.Messages), Last: momentOr(c.Last, now),
		})
	}
	p.Say = "their packets show one byte of the key"
	if len(l.Locked) > 0 {
		p.Say = plural(packets, "packet", "packets") + " under " + plural(int64(len(l.Locked)), "hash byte", "hash bytes") + ", which is all they show of the key"
	}
	if len(l.Open)+len(l.Locked) == 0 && q.filter.filtered() {
		p.None = nothingOf(plural(int64(l.KnownOpen+l.KnownLocked), "channel", "channels"), l.Without, func(names ...string) string { return lifted(q, names).at() })
	}
	if n := len(channelsShown(l, q.Show)); n > 0 && p.Found == nil {
		p.Export = exportLinks("channels", q.values(), n, "channel", "channels")
	}
}

func hashByteText(b byte) string { return fmt.Sprintf("%02X", b) }

// channelSample are lines of configuration that add channels.
func channelSample() string {
	return "[[channel]]\nname = \"#hilltop\"\n\n[[channel]]\nname = \"Friends\"\nkey  = \"00112233445566778899aabbccddeeff\""
}

func channelLine(c report.ChannelRow, q channelQuery, now time.Time) ui.ChannelRow {
	row := ui.ChannelRow{
		ID: fmt.Sprintf("c-%x", c.Name), Byte: hashByteText(c.HashByte), When: momentOr(c.Last, now), Letter: letterOf(c.Name), Hue: hueOf(c.Name),
		Name:     part.Named{Text: clean(c.Name, nameLimit), Href: channelAt(c.Name, q.carried()).at()},
		Messages: plural(c.Messages, "message", "messages"),
	}
	if c.Messages > 0 {
		row.Sender, row.Text = clean(c.LastText.Sender, nameLimit), clean(c.LastText.Text, textShown)
	}
	if c.Senders > 0 {
		row.Senders = plural(int64(c.Senders), "name", "names")
	}
	if c.Data > 0 {
		row.Data = plural(c.Data, "data packet", "data packets")
	}
	return row
}

// chatFind is the form that searches messages, with what is in force.
func chatFind(q channelQuery, places choices, now time.Time) ui.ChatFind {
	f := ui.ChatFind{
		Action: channelAt(q.Ref, filter{}).at(), Text: clean(q.Text, textMost), Sender: q.Sender, Chips: channelChips(q, places, now),
		Box:  &ui.FilterBox{Regions: q.regionOptions(places), Observers: q.observerOptions(places), Time: q.timeFields(now)},
		Keep: keep(channelQuery{Rows: q.Rows, Show: q.Show}.values()),
	}
	if q.At != 0 {
		f.Day = time.UnixMilli(q.At).In(now.Location()).Format(time.DateOnly)
	}
	if q.Sender != "" {
		f.Nodes = "/nodes?" + url.Values{"q": {clean(q.Sender, textMost-1)}}.Encode()
	}
	if len(f.Chips) > 1 {
		f.Clear = q.without("").at()
	}
	return f
}

// channelChips are the filters in force, and the time from which on is read.
func channelChips(q channelQuery, places choices, now time.Time) (chips []part.Chip) {
	if q.At != 0 {
		chips = textChip(chips, "from", minuteText(time.UnixMilli(q.At), now), q.begin().at())
	}
	chips = textChip(chips, "words", clean(q.Text, textMost), q.without("q").at())
	return append(chips, q.chips(places.say(now), func(f filter) string {
		q := q.begin()
		q.filter = f
		return q.at()
	})...)
}

// lockedChips are the same on the page of a channel that cannot be read: they
// change nothing there.
func lockedChips(q channelQuery, places choices, now time.Time) []part.Chip {
	chips := channelChips(q, places, now)
	for i := range chips {
		chips[i].Ignored = true
	}
	return chips
}

// wording is how messages that are asked for are written.
func (q channelQuery) wording(now time.Time) wording {
	return wording{now: now, words: index.Words(q.Text), channel: q.Ref == "", around: q.sought(), carry: q.carried()}
}

// partSay says which part of how many messages is on a page, counted from the
// newest.
func partSay(newer, shown, wanted int, from string) string {
	switch {
	case shown == 0 || shown == wanted:
		return ""
	case newer == 0:
		return fmt.Sprintf("the newest %s of %s", countText(int64(shown)), from)
	}
	return fmt.Sprintf("%s to %s of %s, from the newest", countText(int64(newer+1)), countText(int64(newer+shown)), from)
}

// messagesFound are the messages of all channels that hold some words; names are
// of those channels.
func messagesFound(l report.TextList, names []string, q channelQuery, now time.Time) *ui.MessagesFound {
	asked := q.wording(now)
	asked.around = true
	f := &ui.MessagesFound{Rows: asked.lines(l.Rows)}
	for _, name := range names {
		if q.Text != "" && strings.Contains(strings.ToLower(name), strings.ToLower(q.Text)) {
			f.Channels = append(f.Channels, part.Named{Text: clean(name, nameLimit), Href: channelAt(name, q.carried()).at()})
		}
	}
	all := plural(int64(l.Total), "message", "messages")
	f.Say = partSay(l.Newer, len(l.Rows), l.Total, all)
	if f.Say == "" {
		f.Say = all
	}
	if l.Newer > 0 || q.onward() {
		f.Pages.Newest = q.begin().at()
	}
	if n := len(l.Rows); n > 0 && l.Newer+n < l.Total {
		f.Pages.Older, f.Pages.OlderSay = q.before(textPlace(l.Rows[n-1])).at(), "Older messages"
	}
	if len(l.Rows) == 0 {
		f.Nothing = nothingSaid(l, q)
	}
	return f
}

func textPlace(m report.HeardText) mesh.Cursor { return mesh.Cursor{First: m.First, ID: m.Tx} }

// nothingSaid is in place of messages where the query has none.
func nothingSaid(l report.TextList, q channelQuery) *ui.PacketsNothing {
	if l.Total > 0 {
		none := &ui.PacketsNothing{Title: "No message is older", Ways: []part.Way{{Text: "The newest", Href: q.begin().at()}}}
		if q.After != (mesh.Cursor{}) || q.onward() {
			none.Title = "No message is newer"
		}
		return none
	}
	none := nothingOf(plural(int64(l.Known), "message", "messages"), l.Without, func(names ...string) string { return lifted(q, names).at() })
	if q.Text != "" {
		none.Text = "Words are looked for in upper and lower case; words in quotation marks only together. " + none.Text
	}
	return none
}

const sendersShown = 50 // names on a channel's page

// channelPage makes a page of a channel's messages.
func channelPage(d report.ChannelDetail, q channelQuery, places choices, now time.Time) ui.ChannelPage {
	p := ui.ChannelPage{
		Name: clean(d.Name, nameLimit), Note: channelNote(d), Link: channelHref(d.Name), Back: channelAt("", q.carried()).at(), Find: chatFind(q, places, now), Live: q.newest() && q.To.IsZero(), Onward: q.onward() || q.After != (mesh.Cursor{}),
		Messages: q.wording(now).lines(d.Rows),
	}
	slices.Reverse(p.Messages)
	n := len(d.Rows)
	switch {
	case n == 0 && q.newest() && (!q.filtered() || d.Channel.Messages == 0):
		p.Empty = "No message of this channel has been received yet."
	case n == 0:
		p.Nothing = nothingSaid(d.TextList, q)
		p.Live = false
	}
	held := plural(d.Channel.Messages, "message", "messages")
	all := held
	if q.filtered() {
		all = fmt.Sprintf("%s that match, of %s", countText(int64(d.Total)), held)
	}
	if d.Total > 0 {
		v := q.values()
		v.Set("channel", d.Name)
		p.Export = exportLinks("messages", v, d.Total, "message", "messages")
		p.Export.Text, p.Export.Page = address("/export/messages.txt", v), address("/export/messages.html", v)
	}
	p.Say = partSay(d.Newer, n, d.Total, all)
	if p.Say == "" && q.filtered() && d.Total > 0 {
		p.Say = fmt.Sprintf("%s of %s", countText(int64(d.Total)), held)
	}
	if n > 0 && d.Newer+n < d.Total {
		p.Older = q.before(textPlace(d.Rows[n-1])).at()
	}
	if n > 0 && d.Newer > 0 {
		p.Newer, p.Newest = q.after(textPlace(d.Rows[0])).at(), q.begin().at()
	}
	p.NamesSay = "as claimed: nothing proves who writes"
	if q.filter.filtered() {
		p.NamesSay += " · of all held, whatever the filters"
	}
	for _, s := range d.Senders[:min(len(d.Senders), sendersShown)] {
		p.Senders = append(p.Senders, senderLine(s, d.Name, now))
	}
	if n := len(d.Senders) - len(p.Senders); n > 0 {
		p.More = "and " + plural(int64(n), "more name", "more names")
	}
	return p
}

func channelNote(d report.ChannelDetail) string {
	parts := []string{plural(d.Channel.Messages, "message", "messages")}
	if d.Copies > 0 {
		parts = append(parts, plural(d.Copies, "copy", "copies"))
	}
	if d.ChannelRow.Senders > 0 {
		parts = append(parts, plural(int64(d.ChannelRow.Senders), "name", "names"))
	}
	if d.Data > 0 {
		parts = append(parts, plural(d.Data, "data packet", "data packets"))
	}
	return strings.Join(append(parts, "hash byte "+hashByteText(d.HashByte), "all held"), " · ")
}

// senderLine leads to all that was sent under a name, as it is counted.
func senderLine(s index.Sender, channel string, now time.Time) ui.SenderLine {
	line := ui.SenderLine{Name: clean(s.Name, nameLimit), Messages: plural(s.Messages, "message", "messages"), Last: moment(s.Last, now)}
	if s.Name != "" {
		line.Href = senderHref(channel, s.Name, filter{})
	}
	if line.Name == "" {
		line.Name = "no name"
	}
	if full := clean(s.Name, 200); full != line.Name {
		line.Full = full
	}
	return line
}

// lockedPage says of a hash byte why nothing can be read under it: that no key
// has it, that those which have it do not fit, or that nothing was heard.
func lockedPage(d report.ChannelDetail, now time.Time) ui.ChannelPage {
	last := momentOr(d.Last, now)
	l := &ui.LockedChannel{
		Byte: hashByteText(d.HashByte), Why: "No key: this machine knows none with this hash byte.",
		Facts: []part.Fact{
			{Name: "Hash byte", Value: hashByteText(d.HashByte), Code: true, Note: "the only thing that packets show of the key; channels share it"},
			{Name: "Packets", Value: countText(d.Channel.Messages), Note: "all held"},
			{Name: "Last packet", When: &last},
		},
	}
	if d.Channel.Messages > 0 {
		l.Facts[1].Href = address("/packets", url.Values{"channel": {"enc_" + hashByteText(d.HashByte)}})
	}
	switch {
	case d.Channel.Messages == 0:
		l.Why = "Nothing yet: no packet with this hash byte is held that waits for a key."
	case d.Why == index.WhyWrong:
		l.Why = "Wrong key: keys known here have this hash byte, but none of them opens these packets. Another channel shares the byte."
	}
	for i, name := range d.SameByte {
		label := "Known with this byte"
		if i > 0 {
			label = ""
		}
		l.Facts = append(l.Facts, part.Fact{Name: label, Value: clean(name, nameLimit), Href: channelHref(name), Alien: true})
	}
	return ui.ChannelPage{Name: "Locked channel " + hashByteText(d.HashByte), Note: "its messages cannot be read here", Link: channelHref(hashByteText(d.HashByte)), Locked: l}
}
