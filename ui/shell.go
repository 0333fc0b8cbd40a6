// Package ui holds the pages: their models, templates and styles. A model's
// strings are ready to print; its numbers are for geometry alone. The package
// knows no store and no HTTP: whoever serves a page fills the model and the
// shell around it.
package ui

import (
	_ "embed" // the sprite
	"slices"
	"strings"
)

// Shell is what stands around every page.
type Shell struct {
	Title   string // of the page; its heading is the page's own matter
	Site    string // name of this observatory
	Section string // Href of the current entry of the navigation; "" none
	Assets  Assets
	Look    Look
	Here    string // path and query of this page, for the way back
	Carry   string // parameters that links to lists take along: where and when; "" none
	Sought  string // hostile: what was searched for
	Banners []Banner
	Refresh string // seconds until the page loads again where no script runs; "" never
	Live    string // URL of the event stream
	Scripts []string
	Version string
	Source  string // URL of its source; "" not known
}

// Look is what a viewer has set of how pages look; "" is as the system says.
type Look struct {
	Theme    string // "light" or "dark"
	Contrast string // "more" or "usual"
	Density  string // "compact"
	Times    string // "clock": times of day in place of ages
	Zone     string // in which times are written, such as "Europe/Berlin"; "" it is to be found out
}

// Assets are the URLs of the files that every page needs.
type Assets struct {
	Style  string
	Script string
	Font   string
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
	More  bool // behind "More" on phones
	List  bool // it takes the filters for where and when
}

// navigation lists the main pages in their order.
func navigation() []NavEntry {
	return []NavEntry{
		{Label: "Home", Href: "/", Icon: "i-home"},
		{Label: "Packets", Href: "/packets", Icon: "i-packets", List: true},
		{Label: "Channels", Href: "/channels", Icon: "i-channels", List: true},
		{Label: "Nodes", Href: "/nodes", Icon: "i-nodes", List: true},
		{Label: "Observers", Href: "/observers", Icon: "i-observers", More: true, List: true},
		{Label: "Tools", Href: "/tools", Icon: "i-tools", More: true},
		{Label: "System", Href: "/system", Icon: "i-system", More: true},
	}
}

// tools are the pages that stand at the end of the bar, and behind "More" on
// phones.
func tools() []NavEntry {
	return []NavEntry{
		{Label: "Settings", Href: "/settings", Icon: "i-settings", More: true},
		{Label: "Help", Href: "/help", Icon: "i-help", More: true},
	}
}

// Pages lists every page that has an address of its own.
func Pages() []NavEntry {
	return append(append(navigation(), tools()...), NavEntry{Label: "Traces", Href: "/traces"}, NavEntry{Label: "Style", Href: "/style"})
}

// behind lists what phones have behind "More".
func behind() []NavEntry {
	return slices.DeleteFunc(append(navigation(), tools()...), func(n NavEntry) bool { return !n.More })
}

// leadsTo is the address of an entry, with what this page's links take along.
func (s Shell) leadsTo(n NavEntry) string {
	if n.List && s.Carry != "" {
		return n.Href + "?" + s.Carry
	}
	return n.Href
}

// isBehind tells whether the current page is one of those.
func (s Shell) isBehind() bool {
	return slices.ContainsFunc(behind(), func(n NavEntry) bool { return n.Href == s.Section })
}

//go:embed icons.svg
var sprite string

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

// zoneSay says in which time zone a page is written.
func zoneSay(l Look) string {
	if l.Zone == "" {
		return "Times in UTC"
	}
	return "Times in " + l.Zone
}
