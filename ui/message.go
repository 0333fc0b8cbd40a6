package ui

import "hilltop/ui/part"

// ChannelMessage is one message of a channel.
type ChannelMessage struct {
	ID         string // of the element
	At         string // Unix ms: its place among the others
	Day        string // "2026-05-01", in the viewer's zone
	DaySay     string // "Friday, 1 May 2026"
	Sender     string // hostile; "" it names none
	FullName   string // hostile
	SenderHref string // what else was sent under this name; "" no link
	Letter     string // of the sender; a sign for eyes only
	Hue        string // class of the sign: one and the same for one name
	Text       []Run  // lines stay lines
	When       part.Moment
	Sent       string // when the sender's clock says something else
	Copies     string
	Heard      []string   // "2–4 hops", "5 observers", "+6.5 dB": what is known
	Href       string     // of the packet
	Channel    part.Named // where it is not the page's own
	Around     string     // URL of what was said before and after; "" no link
}

// RunKind is what a piece of a message is.
type RunKind string

// The kinds.
const (
	Plain   RunKind = ""
	Mention RunKind = "mention" // a name that the text speaks to
	Hashtag RunKind = "hashtag"
	Sought  RunKind = "sought" // what was searched for
)

// Run is a piece of a message.
type Run struct {
	Kind RunKind
	Text string // hostile
	Href string // "" no link
}

// startsDay tells whether a message is the first of its day on the page.
func startsDay(all []ChannelMessage, i int) bool {
	return all[i].DaySay != "" && (i == 0 || all[i-1].Day != all[i].Day)
}
