package ui

import "hilltop/ui/part"

// ChannelPage is one channel with a page of its messages.
type ChannelPage struct {
	Name     string // hostile; of a locked one its hash byte
	Note     string
	Link     string // URL of the channel, at its newest messages
	Back     string // URL of the list of channels
	Star     *Star  // nil: it cannot be starred
	Locked   *LockedChannel
	Find     ChatFind
	Live     bool             // the page is at the newest: new messages come in
	Onward   bool             // the page begins at a time and is read downwards
	Messages []ChannelMessage // oldest first
	Empty    string           // why there are none; "" when there are
	Nothing  *PacketsNothing  // the filters empty the page
	Say      string           // "51 to 100 of 1,602"
	Older    string           // URL; "" there are none
	Newer    string
	Newest   string
	Export   *Export
	NamesSay string // what the names are of
	Senders  []SenderLine
	More     string // "and 12 more names"
	Share    *Share // nil: what is known must not be shown
}

// ChatFind is what messages are searched for, with what is in force.
type ChatFind struct {
	Action string
	Text   string // hostile
	Sender string // hostile
	Day    string // "2026-05-01"
	Chips  []part.Chip
	Box    *FilterBox
	Keep   []Kept // what the form hands on
	Clear  string
	Nodes  string // URL of the nodes of the sender's name; "" none is asked for
}

// FilterBox are the filters for where and when, to choose in a form.
type FilterBox struct {
	Regions   []FilterOption
	Observers []FilterOption
	Time      TimeFields
}

// LockedChannel says why messages cannot be read, and what helps.
type LockedChannel struct {
	Byte  string // two hex digits
	Chips []part.Chip
	Why   string
	Facts []part.Fact
	Add   AddChannel
}

// Share is what others need to read along, of a channel whose key is no secret.
type Share struct {
	Link  string // meshcore://channel/add?…
	Key   string // hex
	Given string // why the key is no secret
}

// SenderLine is a name under which messages were sent.
type SenderLine struct {
	Name     string // hostile
	Full     string // hostile
	Href     string
	Messages string
	Last     part.Moment
}
