package ui

import "hilltop/ui/part"

// ChannelPage is one channel with a page of its messages.
type ChannelPage struct {
	Name     string // hostile; of a locked one its hash byte
	Note     string
	Link     string // URL of the channel, at its newest messages
	Locked   *LockedChannel
	Live     bool // the page is at the newest: new messages come in
	Messages []ChannelMessage
	Empty    string // why there are none; "" when there are
	Pages    part.Pager
	Export   *Export
	Senders  []SenderLine
	More     string // "and 12 more names"
}

// LockedChannel says why messages cannot be read, and what helps.
type LockedChannel struct {
	Why    string
	Facts  []part.Fact
	Sample string
}

// ChannelMessage is one message.
type ChannelMessage struct {
	ID       string // of the element
	At       string // Unix ms: its place among the others
	Sender   string // hostile; "" it names none
	FullName string // hostile
	Text     string // hostile; lines stay lines
	When     part.Moment
	Sent     string // when the sender's clock says something else
	Copies   string
	Href     string // of the packet
}

// SenderLine is a name under which messages were sent.
type SenderLine struct {
	Name     string // hostile
	Full     string // hostile
	Messages string
	Last     part.Moment
}
