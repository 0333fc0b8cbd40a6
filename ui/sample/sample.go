// Package sample names the states of every page: empty, usual, extreme,
// hostile. The golden tests render each of them.
package sample

import (
	"slices"

	"hilltop/ui"
	"hilltop/ui/part"

	"github.com/a-h/templ"
)

// Page is a page in one state.
type Page struct {
	Name string // "packets-hostile": also the name of its golden file
	Body templ.Component
}

// Pages lists every state of every page.
func Pages() []Page {
	return slices.Concat(
		shellPages(),
		homePages(),
		systemPages(),
		packetPages(),
		tracePages(),
		nodePages(),
		linkPages(),
		reportPages(),
		observerPages(),
		channelPages(),
		toolsPages(),
		morePages(),
	)
}

// Hostile is a stranger's name at its worst: markup, control characters,
// directions turned around, joined and stacked signs, and no end.
const Hostile = "<script>alert(1)</script>\"'&\u202etxt.exe\u202c\u0007\u001b[31m שלום مرحبا Z\u0351\u036b\u0343a\u0362lgo 👩‍👩‍👧‍👦 " +
	"WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"

func shellPages() []Page {
	usual := ui.Shell{Title: "Packets", Site: "Hilltop", Section: "/packets", Assets: ui.Assets{Style: "/s.css", Script: "/s.js", Font: "/f.woff2"}, Here: "/packets", Live: "/events", Version: "Hilltop v1"}
	loading := usual
	loading.Carry = "region=SEA&w=24h"
	loading.Refresh, loading.Look = "2", ui.Look{Theme: "dark", Contrast: "more", Density: "compact", Times: "clock", Zone: "Europe/Berlin"}
	loading.Banners = []ui.Banner{
		{Tone: "demo", Title: "Simulated mesh.", Text: "Everything on this page is made up for a demonstration."},
		{Tone: "busy", Title: "Loading history: 12 MB of 50 MB (24 %)", Meter: &ui.Meter{Value: "1240000", Max: "5000000"}},
		{Tone: "bad", Title: "What arrives is not being saved.", Text: "The disk is full.", Action: &ui.Link{Text: "See the disk", Href: "/system#disk"}},
	}
	hostile := usual
	hostile.Title, hostile.Site, hostile.Here = Hostile, Hostile, "/packets?q=\"><script>"
	whole := func(s ui.Shell) templ.Component { return ui.Page(s) }
	return []Page{
		{"shell", whole(usual)},
		{"shell-loading", whole(loading)},
		{"shell-hostile", whole(hostile)},
		{"waiting", ui.Waiting("Nodes", part.Progress{What: "What this page shows", Text: "Loading history: 12 MB of 50 MB (24 %)", Value: "24", Max: "100"})},
		{"problem-404", ui.Problem(ui.ProblemPage{Status: "404", Title: "No such page", Text: "Nothing is at this address.", Asked: Hostile})},
		{"problem-500", ui.Problem(ui.ProblemPage{Status: "500", Title: "This page could not be made", Text: "The fault is this machine's, not yours.", Ref: "0a1b2c3d",
			Help: []part.Way{{Text: "Try again", Href: "/"}, {Text: "How this machine is doing", Href: "/system"}}})},
	}
}
