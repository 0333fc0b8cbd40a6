package sample

import (
	"hilltop/ui"
	"hilltop/ui/part"
)

const channelLines = "[[channel]]\nname = \"#hilltop\""

func sampleAdd(name string) ui.AddChannel {
	return ui.AddChannel{
		Scripts: ui.OwnScripts{Crypto: "/static/crypto.js", QR: "/static/qr.js"}, Sample: channelLines,
		Known: []ui.KnownChannel{{Name: name, Href: "/channels/Public"}},
	}
}

// samplePosts are messages of two days, with all that can stand in one.
func samplePosts(name, text string) []ui.ChannelMessage {
	return []ui.ChannelMessage{
		{ID: "m-1", At: "1777550650000", Day: "2026-04-30", DaySay: "Thursday, 30 April 2026", Letter: "·", Hue: "who-1", Text: []ui.Run{{Text: "two\nlines"}}, When: noon(), Copies: "1 copy", Href: "/packets/4d3c2b1a00112234"},
		{
			ID: "m-2", At: "1777637051000", Day: "2026-05-01", DaySay: "Friday, 1 May 2026", Sender: name, FullName: name, SenderHref: "/channels/Public?sender=x", Letter: "A", Hue: "who-3",
			Text: []ui.Run{{Kind: ui.Mention, Text: "@" + name, Href: "/channels/Public?sender=x"}, {Text: " " + text + " "}, {Kind: ui.Sought, Text: text}, {Kind: ui.Hashtag, Text: "#ferry", Href: "/channels?q=%23ferry"}},
			When: noon(), Sent: "sender's clock 54 d behind", Copies: "12 copies", Heard: []string{"2–4 hops", "5 observers", "+6.5 dB"}, Href: "/packets/4d3c2b1a00112233",
		},
		{ID: "m-3", At: "1777637052000", Day: "2026-05-01", DaySay: "Friday, 1 May 2026", Sender: name, Letter: "A", Hue: "who-3", Text: []ui.Run{{Text: text}}, When: noon(), Copies: "2 copies", Heard: []string{"1 observer"}, Href: "/packets/4d3c2b1a00112235", Around: "/channels/Public?at=1777637052000#m-3"},
	}
}

func channelPages() []Page {
	list := func(name, text string) ui.ChannelsPage {
		return ui.ChannelsPage{
			Count: "2 readable · 1 locked", Find: ui.ChatFind{Action: "/channels"}, Unread: "7 new messages", Own: 1, Direct: "/packets?type=2", Add: sampleAdd(name),
			Open: []ui.ChannelRow{
				{ID: "c-50", Name: part.Named{Text: name, Href: "/channels/Public"}, Letter: "P", Hue: "who-2", Byte: "11", Sender: name, Text: text, When: noon(), Messages: "1,602 messages", Senders: "189 names", Data: "4 data packets", Unread: "7", Star: ui.StarMark{Of: "channel:" + name, Name: name, On: true}},
				{ID: "c-51", Name: part.Named{Text: "#ferry", Href: "/channels/%23ferry"}, Letter: "F", Hue: "who-5", Byte: "82", Messages: "0 messages", Star: ui.StarMark{Of: "channel:#ferry", Name: "#ferry"}},
			},
			Locked: []ui.LockedRow{{Byte: "A5", Href: "/channels/A5", Why: "keys but none fits", Packets: "74", Last: noon()}},
			Say:    "74 packets under 1 hash byte, which is all they show of the key",
		}
	}
	found := func(name, text string) ui.ChannelsPage {
		p := list(name, text)
		p.Find.Text, p.Find.Chips = text, []part.Chip{{Name: "words", Value: text, Without: "/channels"}}
		p.Found = &ui.MessagesFound{Channels: []part.Named{{Text: name, Href: "/channels/Public"}}, Rows: samplePosts(name, text)[1:], Say: "the newest 2 of 60 messages",
			Pages: part.Pager{Older: "/channels?before=1777637050000-1&q=x", OlderSay: "Older messages"}}
		return p
	}
	nothing := list("Public", "x")
	nothing.Found = &ui.MessagesFound{Nothing: &ui.PacketsNothing{Title: "0 of 1,602 messages", Text: "The filter takes all of them away.", Ways: []part.Way{{Text: "All messages", Href: "/channels"}}}}
	elsewhere := list("Public", "x")
	elsewhere.Open, elsewhere.Locked, elsewhere.Count = nil, nil, "0 of 2 readable · 0 of 1 locked"
	elsewhere.None = &ui.PacketsNothing{Title: "0 of 3 channels", Text: "The filter takes all of them away.", Ways: []part.Way{{Text: "any region: 3", Href: "/channels"}}}
	reading := part.Progress{What: "What the new keys open", Text: "12 of 48 hours have been read with them", Value: "12", Max: "48"}
	admin := func(k ui.AdminKeys) ui.ChannelsPage {
		p := list("Public", "rain again at Liberty Lake")
		p.Add.Admin, p.Reread = &k, &reading
		return p
	}
	chat := func(name, text string) ui.ChannelPage {
		return ui.ChannelPage{
			Link: "/channels/Public", Back: "/channels", Export: &ui.Export{Say: "All 1,602 messages that match, as a file:", CSV: "/export/messages.csv?channel=Public", JSON: "/export/messages.json?channel=Public", Text: "/export/messages.txt?channel=Public", Page: "/export/messages.html?channel=Public"},
			Name: name, Note: "1,602 messages · hash byte 11 · all held", Live: true, Star: &ui.Star{Kind: "channel", Key: name, Back: "/channels/Public"},
			Find: ui.ChatFind{Action: "/channels/Public"}, Messages: samplePosts(name, text), Say: "the newest 3 of 1,602 messages",
			Older:    "/channels/Public?before=1777637050000-1",
			NamesSay: "as claimed: nothing proves who writes", Senders: []ui.SenderLine{{Name: name, Full: name, Href: "/channels/Public?sender=x", Messages: "38 messages", Last: noon()}}, More: "and 139 more names",
			Share: &ui.Share{Link: "meshcore://channel/add?name=Public&secret=8b3387e9c5cdea6ac9e5edbaa115cd72", Key: "8b3387e9c5cdea6ac9e5edbaa115cd72", Given: "Every companion starts with this channel."},
		}
	}
	within := func(name, text string) ui.ChannelPage {
		p := chat(name, text)
		p.Live, p.Onward, p.Say = false, true, "51 to 53 of 60 that match, of 1,602 messages, from the newest"
		p.Find.Text, p.Find.Sender, p.Find.Day = text, name, "2026-05-01"
		p.Find.Keep, p.Find.Box = []ui.Kept{{Name: "n", Value: "20"}}, &ui.FilterBox{
			Regions: []ui.FilterOption{{Value: name, Label: name, On: true}}, Observers: []ui.FilterOption{{Value: "AB", Label: name}},
			Time: ui.TimeFields{Windows: []ui.FilterOption{{Value: "1h", Label: "1h"}}, Zone: "UTC"},
		}
		p.Find.Chips = []part.Chip{{Name: "words", Value: text, Without: "/channels/Public"}, {Name: "name", Value: name, Without: "/channels/Public"}}
		p.Find.Clear, p.Find.Nodes = "/channels/Public", "/nodes?q=x"
		p.Newer, p.Newest = "/channels/Public?after=1777637052000-3", "/channels/Public"
		return p
	}
	empty := ui.ChannelPage{Name: "#ferry", Back: "/channels?region=SEA", Live: true, Find: ui.ChatFind{Action: "/channels/%23ferry"}, Empty: "No message of this channel has been received yet."}
	none := within("Public", "rain")
	none.Messages, none.Older, none.Newer, none.Newest, none.Say = nil, "", "", "", ""
	none.Nothing = &ui.PacketsNothing{Title: "0 of 1,602 messages", Ways: []part.Way{{Text: "By any name", Href: "/channels/Public?q=rain"}, {Text: "All messages", Href: "/channels/Public"}}}
	locked := &ui.LockedChannel{Byte: "A5", Chips: []part.Chip{{Name: "region", Value: "SEA", Without: "/channels/A5", Ignored: true}}, Why: "No key: this machine knows none with this hash byte.", Add: sampleAdd("Public"), Facts: []part.Fact{{Name: "Hash byte", Value: "A5", Code: true}}}
	keys := []ui.GivenKey{{Name: "#hilltop", Byte: "3E", Fixed: true}, {Name: Hostile, Ref: "00112233", Byte: "C1"}}
	return []Page{
		{"channels-empty", ui.Channels(ui.ChannelsPage{Count: "1 readable · 0 locked", NoText: "No message of these channels has been received yet.", NoLocked: "Every channel packet so far could be read.", Say: "their packets show one byte of the key", Add: sampleAdd("Public"), Open: []ui.ChannelRow{{ID: "c-50", Name: part.Named{Text: "Public", Href: "/channels/Public"}, Letter: "P", Hue: "who-2", Byte: "11", Messages: "0 messages"}}})},
		{"channels", ui.Channels(list("Public", "rain again at Liberty Lake"))},
		{"channels-hostile", ui.Channels(list(Hostile, Hostile))},
		{"channels-found", ui.Channels(found("Public", "rain"))},
		{"channels-found-hostile", ui.Channels(found(Hostile, Hostile))},
		{"channels-nothing", ui.Channels(nothing)},
		{"channels-elsewhere", ui.Channels(elsewhere)},
		{"channels-keys", ui.Channels(admin(ui.AdminKeys{SignedIn: true, Keys: keys}))},
		{"channels-signed-out", ui.Channels(admin(ui.AdminKeys{}))},
		{"channel", ui.Channel(chat("Public", "rain again at Liberty Lake"))},
		{"channel-within", ui.Channel(within("Public", "rain"))},
		{"channel-nothing", ui.Channel(none)},
		{"channel-empty", ui.Channel(empty)},
		{"channel-locked", ui.Channel(ui.ChannelPage{Name: "Locked channel A5", Back: "/channels", Note: "its messages cannot be read here", Locked: locked})},
		{"channel-hostile", ui.Channel(chat(Hostile, Hostile))},
		{"channel-within-hostile", ui.Channel(within(Hostile, Hostile))},
	}
}
