package ui

import "hilltop/ui/part"

// ChannelsPage is the list of channels, or what was found in their messages.
// All strings are ready to print.
type ChannelsPage struct {
	Count    string
	Find     ChatFind
	Found    *MessagesFound // in place of the list
	Own      int            // channels of which this browser has the keys
	Open     []ChannelRow
	Locked   []LockedRow
	Unfolded bool // the locked ones are shown: their order was asked for
	Heads    Heads
	Say      string          // "14 locked: one for each hash byte"
	Show     string          // "readable" or "locked": that part alone; "" both
	NoText   string          // why no readable channel has a message; "" one has
	NoLocked string          // why there is nothing locked
	None     *PacketsNothing // the filters leave no channel
	Reread   *part.Progress  // what is held is being read with new keys; nil it has been
	Unread   string          // "12 new messages", "" none
	Direct   string          // URL of the direct messages, as packets
	Export   *Export         // nil when there is nothing to export
	Add      AddChannel
}

// MessagesFound is a part of the messages that hold some words.
type MessagesFound struct {
	Channels []part.Named     // whose name holds them
	Rows     []ChannelMessage // newest first
	Say      string           // "1 to 50 of 1,602"
	Pages    part.Pager
	Nothing  *PacketsNothing // in place of rows
}

// ChannelRow is a channel that can be read.
type ChannelRow struct {
	ID       string // of the element
	Name     part.Named
	Letter   string
	Hue      string
	Byte     string // hash byte
	Sender   string // hostile: of the last text
	Text     string // hostile: the last text; "" there is none
	When     part.Moment
	Messages string
	Data     string // "" none
	Senders  string
	Unread   string // "3", "99+"; "" none
	Star     StarMark
}

// LockedColumns head the table of channels that cannot be read.
func LockedColumns() []part.Column {
	return []part.Column{{Label: "Hash byte"}, {Label: "Why"}, {Label: "Packets", Numeric: true}, {Label: "Last"}}
}

// LockedRow is a hash byte under which packets came that no key opens.
type LockedRow struct {
	Byte    string
	Href    string
	Why     string
	Packets string
	Last    part.Moment
}

// AddChannel is what helps to read another channel: in this browser, or on the
// machine.
type AddChannel struct {
	Scripts OwnScripts
	Known   []KnownChannel // readable here, for the script to lead to
	Sample  string         // lines of configuration that add a channel
	Admin   *AdminKeys     // nil: the machine has no admin token
}

// OwnScripts are URLs of what opens channels in the browser.
type OwnScripts struct {
	Crypto string
	QR     string
}

// KnownChannel is one that the machine reads.
type KnownChannel struct {
	Name string // hostile
	Href string
}

// AdminKeys are the channels that the machine reads, for the operator.
type AdminKeys struct {
	SignedIn bool
	Keys     []GivenKey
}

// GivenKey is one of them.
type GivenKey struct {
	Name  string // hostile
	Ref   string // what stands for it in a form
	Byte  string
	Fixed bool // it was not given here
}
