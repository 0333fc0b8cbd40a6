package ui

import (
	"slices"

	"hilltop/ui/part"
)

// PacketsPage is the list of packets. All strings are ready to print.
type PacketsPage struct {
	Count    string   // "50 of 12,345 packets"
	Note     string   // what is counted, or that something was cut; "" none
	See      part.Way // another view of the same; no Text: none
	Filter   PacketFilter
	Head     []HeadCell    // over the rows
	Orders   []part.Column // of the list, where the heads are hidden; none: it has one
	Rows     []PacketRow
	Nothing  *PacketsNothing // in place of rows
	Loading  string          // what is still being prepared; "" when all is there
	Older    string          // URL; "" at the oldest
	OlderSay string          // words of that link
	Newest   string          // URL of the first page; "" on it
	Live     bool            // new rows come in by themselves
	Each     bool            // a row is a reception
	Views    []Pick          // ways to look at what matches
	Mix      *PacketMix      // nil of nothing
	Export   *Export         // nil when there is nothing to export
	Pages    *Paging         // in place of Older and Newest: of orders other than the usual one
}

// HeadCell are the heads over one cell of the rows, the first on top.
type HeadCell []part.Column

// PacketMix is what everything that matches comes to.
type PacketMix struct {
	Parts []MixPart // the most frequent first
}

// MixPart is one type of what matches.
type MixPart struct {
	Type     part.Type
	Count    string
	Percent  string
	Href     string // the list with this type alone
	X, Width string // of its part of the strip, which is 100 wide
}

// PacketFilter is the filter line and its form.
type PacketFilter struct {
	Chips     []part.Chip
	Clear     string // URL without any filter; "" when none is set
	Means     string // what is meant by a chip that does not say all of it; "" none
	Ignored   string // why some chips do not count; "" when all do
	Types     []FilterOption
	Regions   []FilterOption
	Areas     []FilterOption // none: the operator has named none
	Observers []FilterOption
	Time      TimeFields
	Routes    []FilterOption
	Widths    []FilterOption // of hops
	SNRFrom   string         // dB, as asked
	SNRTo     string
	Channels  []FilterOption
	Hash      string
	Node      string // hostile: as asked
	NodeName  string // of the field
	NodeLabel string
	Keep      []Kept // what the form hands on
	Open      bool
}

// TimeFields say when, in a form: a span back from now, and times between which.
type TimeFields struct {
	Windows  []FilterOption
	From, To string // as fields of forms have times, in Zone
	Zone     string
}

// FilterOption is a value to choose.
type FilterOption struct {
	Value, Label string
	Badge        *part.Type // of a type
	On           bool
}

// PacketsNothing says why there are no rows.
type PacketsNothing struct {
	Title string
	Text  string
	Ways  []part.Way
}

// PacketRow is one packet of the list.
type PacketRow struct {
	ID       string // of the element
	Href     string
	Hash     string // eight digits
	Stripe   string // colour that follows the packet from page to page; no meaning
	At       string // where it stands, Unix ms: the order of rows
	When     part.Moment
	Type     part.Type
	Route    string // "flood" or "direct"
	Scope    string // chip; "" when the packet has no scope
	Size     string
	Width    string // hop width; "" when it means nothing
	Observer part.Named
	Others   string   // "and 3 more", "" none
	Regions  []string // at most two and a "+N"
	Path     PathCell
	Copies   string
	Say      Preview
	Late     string // "late +5 h"; "" when it is not
	Each     bool   // it is one reception: Copies is how long after the first
	Signal   string // SNR of the reception that it shows; "" unknown

	Unfold     string          // address of the list with this row unfolded; "" where there is one reception only
	Receptions []ReceptionLine // of a row that is unfolded
	MoreHref   string          // where all receptions are
	More       string          // "all 120 receptions"; "" when all are here
}

// PathCell is the path of a copy.
type PathCell struct {
	Kind  string // "heard", "ahead" or "trace"
	Lead  string // words before: "still to go", "SNR so far"
	Hops  []part.HopName
	Rest  []part.HopName // behind the "+N"
	Empty string         // words in place of hops
	More  string         // "+2 paths" that other copies took
}

// Preview is what a packet says, in a line. Parts that are empty are left out.
type Preview struct {
	Tag     string // hostile: channel name
	TagHref string
	Locked  bool
	Role    part.RoleMark
	TagHue  string // class of the channel's colour
	Who     part.Named
	Clock   string // "clock 7 m ahead": when the sender's clock says what cannot be; "" else
	Text    string // hostile
	Note    string // our words
}

// ReceptionLine is one reception in an unfolded row.
type ReceptionLine struct {
	Href     string
	When     part.Moment
	Delay    string
	Observer part.Named
	Region   string
	SNR      string
	RSSI     string
	Path     PathCell
	Late     string
}

func anyOn(all []FilterOption) bool {
	return slices.ContainsFunc(all, func(o FilterOption) bool { return o.On })
}
