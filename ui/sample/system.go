package sample

import (
	"hilltop/ui"
	"hilltop/ui/part"
)

func systemPages() []Page {
	wait := part.Progress{What: "What is stored", Text: "Loading history: 12 MiB of 50 MiB (24 %)", Value: "12", Max: "50"}
	empty := ui.SystemPage{
		Note:  "up for 1.0 s",
		Gates: []ui.GateLine{{Name: "load", State: part.State{Tone: part.Half, Word: "History not ready"}, Text: wait.Text, Meter: &ui.Meter{Value: "12", Max: "50"}}},
		Wait:  &wait, Clock: ui.ClockBlock{Now: sampleTime("00:00:07"), Confirm: true}, Operator: ui.OperatorBlock{In: true, Save: true},
	}
	return []Page{
		{"system-loading", ui.System(empty)},
		{"system", ui.System(sampleSystem("meshcore_0151F8A2A91F27"))},
		{"system-hostile", ui.System(sampleSystem(Hostile))},
	}
}

func sampleSystem(name string) ui.SystemPage {
	at := sampleTime("12:04:11")
	return ui.SystemPage{
		Note: "up for 3 d",
		Figures: []part.Figure{{Label: "Messages a minute", Value: "41", Note: "1 of 2 sources connected · 2 clients of the broker", Href: "#sources"}, {Label: "Without reception", Value: "14 m 0 s", Note: "in the last 24 h", Href: "#gaps"},
			{Label: "Memory", Value: "57 MiB", Note: "of the whole process", Href: "#process"}, {Label: "Disk free", Value: "11 GiB", Note: "of 29 GiB", Href: "#disk"}},
		Gates: []ui.GateLine{{Name: "load", State: part.State{Tone: part.Good, Word: "History ready"}, Text: "for 3 d · 48 MiB"}},
		Feeds: []ui.FeedRow{{Name: name, URL: "mqtts://broker.example:8883", State: part.State{Tone: part.Half, Word: "connected, silent"}, Rate: "0", Rate5: "2", Messages: "12,345", Lost: "3", Dropped: "0", Error: name, ErrorAt: at, Insecure: true, Ends: part.State{Tone: part.Half, Word: "its certificate ends in 3 d, 2026-05-04"}}},
		Broker: ui.BrokerBlock{
			Facts: []part.Fact{{Name: "Port", Value: "[::]:1883", Code: true, Note: "open for 3 d"}}, Problem: "port 1883 is taken: choose another with --broker",
			Clients: []ui.ClientRow{{ID: name, Login: name, Remote: "192.168.1.7:40000", Transport: "TCP", State: part.State{Tone: part.Half, Word: "slowed"}, Since: at, Last: at, Rate: "9,000", Messages: "120,000", Refused: "1", Why: name}},
			Refused: []ui.RefusalRow{{Reason: "topic not allowed", Count: "1", Who: name, Last: at}},
		},
		Intake:  []part.Fact{{Name: "Messages", Value: "120,000", Note: "of every kind"}},
		Ignored: []part.Fact{{Name: "An empty message", Value: "2"}},
		Process: []part.Fact{{Name: "Memory", Value: "57 MiB"}, {Name: "Written to disks"}},
		LongTerm: []part.Chart{{
			Spark: part.Spark{Title: "Packets a day", Values: []float64{40, 0, 120, 90, 30}, First: "9 Oct 2025", Last: "today", Open: true,
				Deaf: []part.Deaf{{From: 0.2, To: 0.4, Reason: "10 Oct 2025 00:00 to 11 Oct 2025 00:00: this machine was off"}}},
			Kind: "columns", Size: "m", Scale: []part.Tick{{At: 120, Text: "120"}, {At: 60, Text: "60"}}, Figure: "280 packets", Note: "5 days (UTC) · the most in one: 120", Shown: true,
		}},
		Disk:      []part.Fact{{Name: "Last saved", When: &at}},
		Problems:  []ui.ProblemRow{{File: "journal.00000042", What: "damaged from byte 1,024 on", Do: "It was set aside; nothing needs to be done."}},
		Malformed: ui.MalformedBlock{Total: "8 messages", Counts: []ui.CountRow{{Reason: "bad_hex", Means: "The frame is not hex", Source: name, Count: "8"}}, Last: []ui.MalformedRow{{At: at, Reason: "The frame is not hex", Source: name, Topic: name, Payload: name}}},
		Rejected: ui.RejectedBlock{Total: "1 advert", Counts: []ui.CountRow{{Reason: "signature", Means: "The signature does not fit", Count: "1"}}, Last: []ui.RejectedRow{{
			At: at, Reason: "The signature does not fit", Key: "a1b2c3d4…", KeyFull: "a1b2c3d4", Packet: part.Named{Text: "00112233", Href: "/packets/0011223344556677", Code: true}, Observer: part.Named{Text: name},
		}}},
		Gaps:     []ui.GapRow{{From: at, What: "its source was not connected", Subject: name, Length: "4 m 0 s", Lost: "12", Open: true}},
		Deaf:     part.Heat{Title: "Time without reception by the day (UTC), 30 days: 4 h 0 m in all", Values: []float64{0, 0, 60, 180, 0}, First: "30 days ago", Last: "today"},
		GapsNote: "spans in which something was not received or not kept",
		Clock:    ui.ClockBlock{Known: true, Now: at},
		Operator: ui.OperatorBlock{Closed: true},
		About:    []part.Fact{{Name: "Version", Value: "v1", Code: true}},
	}
}
