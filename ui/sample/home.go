package sample

import (
	"hilltop/ui"
	"hilltop/ui/part"
)

func sampleTime(text string) part.Moment {
	return part.Moment{ISO: "2026-05-01T" + text + ".000Z", Text: text, Full: "2026-05-01 " + text + ".000 UTC"}
}

func homePages() []Page {
	feeds := []ui.FeedLine{
		{Name: "Embedded broker", Where: "[::]:1883", State: part.State{Tone: part.Good, Word: "2 clients"}, Rate: "41 messages in the last minute"},
		{Name: "letsmesh", Where: "wss://mqtt.example/mqtt", State: part.State{Tone: part.Bad, Word: "not connected", Note: "for 4 m"}, Rate: "0 messages in the last minute", Last: sampleTime("11:58:02"), Error: "The broker refused the token: its clock and this machine's differ by 3 h."},
	}
	empty := ui.HomePage{Title: "Hilltop", Feeds: feeds[:1], SetUp: sampleGuide()}
	loading := ui.HomePage{Title: "Hilltop", Feeds: feeds, Wait: &part.Progress{What: "What is known of the mesh", Text: "Loading history: 12 MiB of 50 MiB (24 %)", Value: "12", Max: "50"}}
	last := noon()
	usual := ui.HomePage{Title: "Hilltop", Note: "data since 2026-04-24 12:00:00 UTC", Feeds: feeds, Box: []part.Fact{{Name: "Last packet", When: &last}, {Name: "Without reception", Value: "for 14 m 0 s", Note: "in the last 24 h", Href: "/system#gaps"}}, Mesh: sampleMesh("Burnaby Mtn", "is the bridge down again?")}
	hostile := usual
	hostile.Title, hostile.Mesh = Hostile, sampleMesh(Hostile, Hostile)
	hostile.Feeds = []ui.FeedLine{{Name: Hostile, Where: Hostile, Error: Hostile, State: part.State{Tone: part.Bad, Word: "not connected"}}}
	silent := usual
	silent.Mesh = &ui.HomeMesh{RelaysWait: &part.Progress{What: "The list of relays", Text: "Finding who relayed: 10 of 100 packets (10 %)", Value: "10", Max: "100"}, NoMessages: "No channel message could be read yet", ObserversSay: "0 of 0 delivering"}
	return []Page{
		{"home-empty", ui.Home(empty)},
		{"home-loading", ui.Home(loading)},
		{"home", ui.Home(usual)},
		{"home-silent", ui.Home(silent)},
		{"home-hostile", ui.Home(hostile)},
	}
}

func sampleGuide() *ui.SetUp {
	return &ui.SetUp{
		Host: "hilltop.lan", Broker: "1883", Web: "8080", Here: true, Since: sampleTime("12:01:00"), BadPort: "port 1883 is taken: choose another with --broker",
		Recipes: []ui.Recipe{{Name: "meshcoretomqtt", Where: "99-user.toml", Text: "server = \"hilltop.lan\"\n", Note: "A note."}},
		Check:   "mosquitto_pub -h hilltop.lan", Demo: "hilltop demo",
	}
}

func sampleMesh(name, text string) *ui.HomeMesh {
	spark := part.Spark{Title: "Packets by hour, the last 24 h", Values: []float64{0, 1, 12, 400, 0.2}, First: "24 h ago", Last: "now"}
	good := part.State{Tone: part.Good, Word: "active"}
	return &ui.HomeMesh{
		Stars: []ui.StarRow{
			{Key: nodeKey[:16], Name: part.Named{Text: name, Href: "/nodes/" + nodeKey}, Mark: repeater(), State: &part.State{Tone: part.Good, Word: "active"}, When: noon(), Card: &ui.StarCard{
				Figures: []ui.CardFigure{{Label: "Relayed, 24 h", Value: "412 + 12 probable", Href: "/packets?via=" + nodeKey}, {Label: "Observers", Value: "3 direct"}, {Label: "SNR, mean", Value: "+4.2 dB", Bars: 3}},
				Spark:   part.Spark{Title: "Packets certainly relayed by hour, the last 24 h", Values: []float64{1, 4, 2, 8, 5, 7}, First: "24 h ago", Last: "now", Open: true, Deaf: []part.Deaf{{From: 0.2, To: 0.3, Reason: "20:05 to 23:01: this machine was off"}}},
			}},
			{Kind: "channel", Key: name, Icon: "i-channels", Name: part.Named{Text: name, Href: "/channels/x"}, Count: "12 new", When: noon()},
			{Key: "a3f1c2d300000000", Name: part.Named{Text: name, Href: "/nodes/" + nodeKey}, Mark: repeater(), State: &good, When: noon()},
			{Key: "00112233aabbccdd", Name: part.Named{Text: "00112233…", Code: true}, Note: "not known here"},
		},
		Figures: []part.Figure{
			{Label: "Packets", Value: "1.2 M", Exact: "1,234,567", Note: "last 24 h", Href: "/packets?w=24h", Spark: &spark},
			{Label: "Observers", Value: "2", Exact: "2", Note: "1 delivering", Href: "/observers"},
		},
		Roles:        []ui.RoleCount{{Mark: part.RoleMark{Class: "repeater", Letter: "R", Word: "repeater"}, Count: "120", Active: "118 active", Href: "/nodes?role=repeater", Share: 1}},
		NodesNote:    "from their adverts",
		ObserversSay: "1 of 2 delivering",
		Observers: []ui.HomeObserver{
			{Name: part.Named{Text: name, Href: "/observers/A1"}, Region: "SEA", State: part.State{Tone: part.Good, Word: "delivering"}, Day: "1,024", Last: sampleTime("12:04:11"), Spark: spark},
			{Name: part.Named{Text: "A1B2C3D4…", Code: true}, State: part.State{Tone: part.Bad, Word: "down"}, Day: "0"},
		},
		Relays:   []ui.HomeCount{{Name: part.Named{Text: name, Href: "/nodes/a1"}, Count: "1,204", Share: 1}, {Name: part.Named{Text: "B2C3D4E5…", Code: true}, Count: "301", Share: 0.25}},
		Channels: []ui.HomeCount{{Name: part.Named{Text: "#test", Href: "/channels/%23test"}, Count: "12", Share: 1}},
		Messages: []ui.ChannelMessage{{
			ID: "m-1", At: "1777637051000", Sender: name, SenderHref: "/channels/%23test?sender=x", Letter: "A", Hue: "who-3", Text: []ui.Run{{Text: text}},
			When: sampleTime("12:04:11"), Copies: "3 copies", Heard: []string{"2 hops"}, Href: "/packets/0011223344556677",
			Channel: part.Named{Text: "#test", Href: "/channels/%23test"},
		}},
	}
}
