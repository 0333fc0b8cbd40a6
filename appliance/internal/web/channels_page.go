package web

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

// channelsPage makes the list of channels.
func channelsPage(l report.ChannelList, now time.Time) ui.ChannelsPage {
	p := ui.ChannelsPage{
		Count:  fmt.Sprintf("%s readable · %s locked", countText(int64(len(l.Open))), countText(int64(len(l.Locked)))),
		NoText: true, Sample: channelSample(),
	}
	for _, c := range l.Open {
		p.NoText = p.NoText && c.Messages == 0
		p.Open = append(p.Open, channelLine(c, now))
	}
	for _, c := range l.Locked {
		p.Locked = append(p.Locked, ui.LockedRow{
			Byte: hashByteText(c.HashByte), Href: "/channels/" + hashByteText(c.HashByte), Why: string(c.Why),
			Packets: countText(c.Messages), Last: momentOr(c.Last, now),
		})
	}
	return p
}

func hashByteText(b byte) string { return fmt.Sprintf("%02X", b) }

// channelSample are lines of configuration that add channels.
func channelSample() string {
	return "[[channel]]\nname = \"#hilltop\"\n\n[[channel]]\nname = \"Friends\"\nkey  = \"00112233445566778899aabbccddeeff\""
}

func channelLine(c report.ChannelRow, now time.Time) ui.ChannelRow {
	row := ui.ChannelRow{
		ID: fmt.Sprintf("c-%x", c.Name), Byte: hashByteText(c.HashByte), When: momentOr(c.Last, now),
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

const sendersShown = 50 // names on a channel's page

// channelPage makes a page of a channel's messages.
func channelPage(d report.ChannelDetail, q channelQuery, now time.Time) ui.ChannelPage {
	if d.Locked {
		return lockedPage(d, now)
	}
	p := ui.ChannelPage{
		Name: clean(d.Name, nameLimit), Live: q.Before == (mesh.Cursor{}),
		Note: channelNote(d), Link: channelHref(d.Name),
	}
	for _, m := range d.Messages {
		p.Messages = append(p.Messages, messageLine(m, now))
	}
	switch {
	case len(d.Messages) == 0 && d.Channel.Messages == 0:
		p.Empty = "No message of this channel has been received yet."
	case len(d.Messages) == 0:
		p.Empty = "There are no older messages."
	}
	if d.Channel.Messages > 0 {
		p.Export = exportLinks("messages", url.Values{"channel": {d.Name}}, int(d.Channel.Messages), "message", "messages")
		p.Export.Say = "All " + plural(d.Channel.Messages, "message", "messages") + ", as a file:"
	}
	if !p.Live {
		p.Pages.Newest = q.at(mesh.Cursor{})
	}
	if d.More {
		p.Pages.Older, p.Pages.OlderSay = q.at(d.Next), "Older messages"
	}
	for _, s := range d.Senders[:min(len(d.Senders), sendersShown)] {
		p.Senders = append(p.Senders, senderLine(s, now))
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

func senderLine(s index.Sender, now time.Time) ui.SenderLine {
	line := ui.SenderLine{Name: clean(s.Name, nameLimit), Messages: plural(s.Messages, "message", "messages"), Last: moment(s.Last, now)}
	if line.Name == "" {
		line.Name = "no name"
	}
	if full := clean(s.Name, 200); full != line.Name {
		line.Full = full
	}
	return line
}

// sentApart is how far the sender's clock may be off before a message says so.
const sentApart = 5 * time.Minute

func messageLine(m mesh.Message, now time.Time) ui.ChannelMessage {
	line := ui.ChannelMessage{
		ID: fmt.Sprintf("m-%d", m.Tx), At: fmt.Sprint(m.First), Sender: strings.TrimSpace(clean(m.Sender, nameLimit)), Text: messageText(m.Text),
		When: moment(m.First, now), Copies: plural(int64(m.Copies), "copy", "copies"), Href: packetHref(m.Hash),
	}
	if full := clean(m.Sender, 200); full != line.Sender {
		line.FullName = full
	}
	off := time.Duration(int64(m.Sent)*1000-m.First) * time.Millisecond
	switch {
	case int64(m.Sent)*1000 < 946_684_800_000: // the year 2000
		line.Sent = "sender's clock is not set"
	case off > sentApart:
		line.Sent = "sender's clock " + shortSpan(off) + " ahead"
	case off < -sentApart:
		line.Sent = "sender's clock " + shortSpan(-off) + " behind"
	}
	return line
}

const (
	linesShown = 12  // lines of a message; what follows is joined
	lineMost   = 400 // characters of one: more than a packet holds
)

// messageText keeps the lines of a text and nothing else that strangers could
// do with it.
func messageText(text string) string {
	lines := strings.SplitN(strings.ReplaceAll(text, "\r\n", "\n"), "\n", linesShown)
	for i := range lines {
		lines[i] = clean(lines[i], lineMost)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

func lockedPage(d report.ChannelDetail, now time.Time) ui.ChannelPage {
	last := momentOr(d.Last, now)
	l := &ui.LockedChannel{
		Why: "No key known here has this hash byte.", Sample: channelSample(),
		Facts: []part.Fact{
			{Name: "Hash byte", Value: hashByteText(d.HashByte), Code: true, Note: "the only thing that packets show of the key; channels share it"},
			{Name: "Packets", Value: countText(d.Channel.Messages), Note: "all held"},
			{Name: "Last packet", When: &last},
		},
	}
	if d.Why == index.WhyWrong {
		l.Why = "Known keys have this hash byte, but none of them fits these packets: another channel shares it."
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

// channelQuery is what the address of a channel says.
type channelQuery struct {
	Ref    string
	Before mesh.Cursor
	Rows   int
}

func parseChannelQuery(ref string, v url.Values) (q channelQuery, err error) {
	q.Ref = ref
	if q.Before, err = cursorOf(v, "before"); err != nil {
		return q, err
	}
	q.Rows, err = number(v, "n", packetsUsual, rowsMost)
	return q, err
}

func (q channelQuery) at(before mesh.Cursor) string {
	v := url.Values{}
	if before != (mesh.Cursor{}) {
		v.Set("before", fmt.Sprintf("%d-%d", before.First, before.ID))
	}
	if q.Rows != packetsUsual {
		v.Set("n", fmt.Sprint(q.Rows))
	}
	return address(channelHref(q.Ref), v)
}
