package sample

import (
	"hilltop/ui"
	"hilltop/ui/part"
)

const channelLines = "[[channel]]\nname = \"#hilltop\""

func channelPages() []Page {
	list := func(name, text string) ui.ChannelsPage {
		return ui.ChannelsPage{
			Count: "2 readable · 1 locked", Sample: channelLines,
			Open: []ui.ChannelRow{
				{ID: "c-50", Name: part.Named{Text: name, Href: "/channels/Public"}, Byte: "11", Sender: name, Text: text, When: noon(), Messages: "1,602 messages", Senders: "189 names", Data: "4 data packets"},
				{ID: "c-51", Name: part.Named{Text: "#ferry", Href: "/channels/%23ferry"}, Byte: "82", Messages: "0 messages"},
			},
			Locked: []ui.LockedRow{{Byte: "A5", Href: "/channels/A5", Why: "keys but none fits", Packets: "74", Last: noon()}},
		}
	}
	chat := func(name, text string) ui.ChannelPage {
		return ui.ChannelPage{
			Link: "/channels/Public",
			Name: name, Note: "1,602 messages · hash byte 11 · all held", Live: true,
			Messages: []ui.ChannelMessage{
				{ID: "m-2", At: "1777637051000", Sender: name, FullName: name, Text: text, When: noon(), Sent: "sender's clock 54 d behind", Copies: "12 copies", Href: "/packets/4d3c2b1a00112233"},
				{ID: "m-1", At: "1777637050000", Text: "two\nlines", When: noon(), Copies: "1 copy", Href: "/packets/4d3c2b1a00112234"},
			},
			Pages:   part.Pager{Older: "/channels/Public?before=1777637050000-1", OlderSay: "Older messages"},
			Senders: []ui.SenderLine{{Name: name, Full: name, Messages: "38 messages", Last: noon()}}, More: "and 139 more names",
		}
	}
	locked := &ui.LockedChannel{Why: "No key known here has this hash byte.", Sample: channelLines, Facts: []part.Fact{{Name: "Hash byte", Value: "A5", Code: true}}}
	return []Page{
		{"channels-empty", ui.Channels(ui.ChannelsPage{Count: "1 readable · 0 locked", NoText: true, Sample: channelLines, Open: []ui.ChannelRow{{ID: "c-50", Name: part.Named{Text: "Public", Href: "/channels/Public"}, Byte: "11", Messages: "0 messages"}}})},
		{"channels", ui.Channels(list("Public", "rain again at Liberty Lake"))},
		{"channels-hostile", ui.Channels(list(Hostile, Hostile))},
		{"channel", ui.Channel(chat("Public", "rain again at Liberty Lake"))},
		{"channel-empty", ui.Channel(ui.ChannelPage{Name: "#ferry", Live: true, Empty: "No message of this channel has been received yet."})},
		{"channel-locked", ui.Channel(ui.ChannelPage{Name: "Locked channel A5", Note: "its messages cannot be read here", Locked: locked})},
		{"channel-hostile", ui.Channel(chat(Hostile, Hostile))},
	}
}
