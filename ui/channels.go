package ui

import "hilltop/ui/part"

// ChannelsPage is the list of channels. All strings are ready to print.
type ChannelsPage struct {
	Count  string
	Open   []ChannelRow
	Locked []LockedRow
	NoText bool   // no message was read yet
	Sample string // lines of configuration that add a channel
}

// ChannelRow is a channel that can be read.
type ChannelRow struct {
	ID       string // of the element
	Name     part.Named
	Byte     string // hash byte
	Sender   string // hostile: of the last text
	Text     string // hostile: the last text; "" there is none
	When     part.Moment
	Messages string
	Data     string // "" none
	Senders  string
}

// LockedRow is a hash byte under which packets came that no key opens.
type LockedRow struct {
	Byte    string
	Href    string
	Why     string
	Packets string
	Last    part.Moment
}
