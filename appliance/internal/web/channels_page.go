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
	"hilltop/ui"
	"hilltop/ui/part"
)

// channelsPage fills the list of channels in. unread counts new messages by
// channel.
func channelsPage(p *ui.ChannelsPage, l report.ChannelList, unread map[string]int, prefs prefs, now time.Time) {
	p.Count = fmt.Sprintf("%s readable · %s locked", countText(int64(len(l.Open))), countText(int64(len(l.Locked))))
	p.NoText = true
	news := 0
	for _, c := range l.Open {
		p.NoText = p.NoText && c.Messages == 0
		row := channelLine(c, now)
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
}

func hashByteText(b byte) string { return fmt.Sprintf("%02X", b) }

// channelSample are lines of configuration that add channels.
func channelSample() string {
	return "[[channel]]\nname = \"#hilltop\"\n\n[[channel]]\nname = \"Friends\"\nkey  = \"00112233445566778899aabbccddeeff\""
}

func channelLine(c report.ChannelRow, now time.Time) ui.ChannelRow {
	row := ui.ChannelRow{
		ID: fmt.Sprintf("c-%x", c.Name), Byte: hashByteText(c.HashByte), When: momentOr(c.Last, now), Letter: letterOf(c.Name), Hue: hueOf(c.Name),
		Name:     part.Named{Text: clean(c.Name, nameLimit), Href: channelHref(c.Name)},
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
func chatFind(q channelQuery, now time.Time) ui.ChatFind {
	f := ui.ChatFind{Action: channelQuery{Ref: q.Ref, Rows: packetsUsual}.at(), Text: clean(q.Text, textMost), Sender: q.Sender}
	if q.At != 0 {
		day := time.UnixMilli(q.At).In(now.Location())
		f.Day = day.Format(time.DateOnly)
		f.Chips = append(f.Chips, part.Chip{Name: "from", Value: minuteText(day, now), Without: q.before(mesh.Cursor{}).at()})
	}
	if q.Text != "" {
		f.Chips = append(f.Chips, part.Chip{Name: "words", Value: clean(q.Text, textMost), Without: q.without("q").at()})
	}
	if q.Sender != "" {
		f.Nodes = "/nodes?" + url.Values{"q": {clean(q.Sender, textMost-1)}}.Encode()
		f.Chips = append(f.Chips, part.Chip{Name: "name", Value: clean(q.Sender, nameLimit), Without: q.without("sender").at()})
	}
	if len(f.Chips) > 1 {
		f.Clear = q.without("").at()
	}
	return f
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

// messagesFound are the messages of all channels that hold some words.
func messagesFound(l report.TextList, list report.ChannelList, q channelQuery, now time.Time) *ui.MessagesFound {
	f := &ui.MessagesFound{Rows: wording{now: now, words: index.Words(q.Text), channel: true, around: true}.lines(l.Rows)}
	for _, name := range openNames(list) {
		if q.Text != "" && strings.Contains(strings.ToLower(name), strings.ToLower(q.Text)) {
			f.Channels = append(f.Channels, part.Named{Text: clean(name, nameLimit), Href: channelHref(name)})
		}
	}
	all := plural(int64(l.Total), "message", "messages")
	f.Say = partSay(l.Newer, len(l.Rows), l.Total, all)
	if f.Say == "" {
		f.Say = all
	}
	if l.Newer > 0 || q.onward() {
		f.Pages.Newest = q.before(mesh.Cursor{}).at()
	}
	if n := len(l.Rows); n > 0 && l.Newer+n < l.Total {
		f.Pages.Older, f.Pages.OlderSay = q.before(textPlace(l.Rows[n-1])).at(), "Older messages"
	}
	if len(l.Rows) == 0 {
		f.Nothing = nothingSaid(q, l.Total)
	}
	return f
}

func textPlace(m report.HeardText) mesh.Cursor { return mesh.Cursor{First: m.First, ID: m.Tx} }

// nothingSaid is in place of messages where the query has none.
func nothingSaid(q channelQuery, wanted int) *ui.PacketsNothing {
	none := &ui.PacketsNothing{Title: "No message holds this", Text: "Words are looked for in all messages that can be read here, in upper and lower case; words in quotation marks only together."}
	switch {
	case wanted > 0 && q.After != (mesh.Cursor{}), wanted > 0 && q.onward():
		none.Title, none.Text = "No message is newer", ""
		none.Ways = []part.Way{{Text: "The newest", Href: q.before(mesh.Cursor{}).at()}}
		return none
	case wanted > 0:
		none.Title, none.Text = "No message is older", ""
		none.Ways = []part.Way{{Text: "The newest", Href: q.before(mesh.Cursor{}).at()}}
		return none
	case q.Sender != "":
		none.Title = "No message by this name"
	}
	if q.Text != "" && q.Sender != "" {
		none.Ways = append(none.Ways, part.Way{Text: "Without the words", Href: q.without("q").at()}, part.Way{Text: "By any name", Href: q.without("sender").at()})
	}
	if q.Ref != "" && q.Text != "" {
		elsewhere := q.without("sender")
		elsewhere.Ref = ""
		none.Ways = append(none.Ways, part.Way{Text: "In all channels", Href: elsewhere.at()})
	}
	none.Ways = append(none.Ways, part.Way{Text: "All messages", Href: q.without("").at()})
	return none
}

const sendersShown = 50 // names on a channel's page

// channelPage makes a page of a channel's messages.
func channelPage(d report.ChannelDetail, q channelQuery, now time.Time) ui.ChannelPage {
	p := ui.ChannelPage{
		Name: clean(d.Name, nameLimit), Note: channelNote(d), Link: channelHref(d.Name), Find: chatFind(q, now), Live: q.newest(), Onward: q.onward() || q.After != (mesh.Cursor{}),
		Messages: wording{now: now, words: index.Words(q.Text), around: q.filtered()}.lines(d.Messages),
	}
	slices.Reverse(p.Messages)
	n := len(d.Messages)
	switch {
	case n == 0 && q.newest():
		p.Empty = "No message of this channel has been received yet."
	case n == 0:
		p.Nothing = nothingSaid(q, d.Wanted)
	}
	all := plural(int64(d.Wanted), "message", "messages")
	if q.filtered() {
		all = fmt.Sprintf("%s of %s", countText(int64(d.Wanted)), plural(d.Channel.Messages, "message", "messages"))
	}
	if d.Wanted > 0 {
		v := url.Values{"channel": {d.Name}}
		for name, s := range map[string]string{"q": q.Text, "sender": q.Sender} {
			if s != "" {
				v.Set(name, s)
			}
		}
		p.Export = exportLinks("messages", v, d.Wanted, "message", "messages")
	}
	p.Say = partSay(d.Newer, n, d.Wanted, all)
	if p.Say == "" && q.filtered() {
		p.Say = all
	}
	if n > 0 && d.Newer+n < d.Wanted {
		p.Older = q.before(textPlace(d.Messages[n-1])).at()
	}
	if n > 0 && d.Newer > 0 {
		p.Newer, p.Newest = q.after(textPlace(d.Messages[0])).at(), q.before(mesh.Cursor{}).at()
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

func senderLine(s index.Sender, channel string, now time.Time) ui.SenderLine {
	line := ui.SenderLine{Name: clean(s.Name, nameLimit), Messages: plural(s.Messages, "message", "messages"), Last: moment(s.Last, now)}
	if s.Name != "" {
		line.Href = channelQuery{Ref: channel, Sender: s.Name, Rows: packetsUsual}.at()
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
