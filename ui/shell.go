// Package ui holds the pages: their models, templates and styles. A model's
// strings are ready to print; its numbers are for geometry alone. The package
// knows no store and no HTTP: whoever serves a page fills the model and the
// shell around it.
package ui

import "strings"

// Shell is what stands around every page.
type Shell struct {
	Title   string // of the page; its heading is the page's own matter
	Site    string // name of this observatory
	Section string // Href of the current entry of the navigation; "" none
	Assets  Assets
	Theme   string // "light", "dark", or "" as the system says
	Here    string // path and query of this page, for the way back
	Banners []Banner
	Refresh string // seconds until the page loads again where no script runs; "" never
	Live    string // URL of the event stream
	Scripts []string
	Version string
}

// Assets are the URLs of the files that every page needs.
type Assets struct {
	Style  string
	Script string
	Sprite string
}

// Banner is a message that stands on every page.
type Banner struct {
	Tone   string // "busy", "warn", "bad" or "info"
	Title  string
	Text   string
	Meter  *Meter
	Action *Link
}

// Meter is how far something has come; Value is "" when that is not known.
type Meter struct{ Value, Max string }

// Link is a text that leads somewhere.
type Link struct{ Text, Href string }

// NavEntry is one of the main pages.
type NavEntry struct {
	Label string
	Href  string
	Icon  string
	Foot  bool // on phones at the foot of the page: the bar has room for six
}

// navigation lists the main pages in their order.
func navigation() []NavEntry {
	return []NavEntry{
		{Label: "Home", Href: "/", Icon: "home"},
		{Label: "Packets", Href: "/packets", Icon: "packets"},
		{Label: "Channels", Href: "/channels", Icon: "channels"},
		{Label: "Nodes", Href: "/nodes", Icon: "nodes"},
		{Label: "Observers", Href: "/observers", Icon: "observers"},
		{Label: "Tools", Href: "/tools", Icon: "tools", Foot: true},
		{Label: "System", Href: "/system", Icon: "system"},
	}
}

// title names the page in a tab: the page first, then the observatory.
func (s Shell) title() string {
	if s.Title == "" || s.Title == s.Site {
		return s.Site
	}
	return s.Title + " · " + s.Site
}

// plain takes out what a name must not do to a line of text: control
// characters.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text)
}
