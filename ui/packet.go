package ui

import (
	"strconv"

	"hilltop/ui/part"

	"github.com/a-h/templ"
)

// PacketPage is everything about one packet.
type PacketPage struct {
	Hash     string // 16 digits
	Stripe   string // as in PacketRow
	Type     part.Type
	Summary  string      // the rest of the title line
	Line     []part.Fact // "from", "to", "hops": who to whom, when known
	Alerts   []string
	Message  *MessageBlock
	Say      Preview // in place of a message
	Facts    []part.Fact
	Clocks   []ClockRow
	Spread   []part.Fact // propagation
	Episodes []string
	Selected string // "reception 2 of 9"
	Link     string // URL of the packet
	LinkHere string // URL of the selected reception
	Fresh    bool   // more copies may come in
	Missing  string // why the reception asked for is not shown
	Previous string // URL of the reception before
	Next     string

	Receptions []ReceptionRow
	Heads      Heads
	Tree       []TreeLine
	TreeNote   string
	Relayed    *RelayedBlock // of the selected reception
	Direct     *DirectBlock
	Trace      *TraceBlock
	Legend     []HexMark
	Dump       []HexLine
	HexNote    string
	Raw        string // whole frame, upper-case hex
	Fields     []FieldRow
	Plain      []FieldRow // of what was decrypted
	JSON       string
	Back       string // URL of the list
}

// tells is whether the preview says more than who sends to whom, which the
// head of the page has said already.
func (p PacketPage) tells() bool {
	return len(p.Line) == 0 || p.Say.Tag != "" || p.Say.Who.Text != "" || p.Say.Text != ""
}

// MessageBlock is a channel's message, or why it cannot be read.
type MessageBlock struct {
	Locked  bool
	Channel string // hostile
	Hue     string // class of its colour
	Href    string
	Sender  string // hostile; unsigned
	Text    string // hostile
	Why     string // when locked
	Sent    part.Moment
	Facts   string  // "3 hops · +6.5 dB"
	Sealed  *Sealed // what a key that the browser keeps may open; nil: none can
}

// sealedIn are the attributes by which the script finds what may be opened.
func sealedIn(m MessageBlock) templ.Attributes {
	if m.Sealed == nil {
		return nil
	}
	kind := "text"
	if m.Sealed.Data {
		kind = "data"
	}
	return templ.Attributes{"data-own-sealed": m.Sealed.Payload, "data-own-kind": kind, "data-crypto": m.Sealed.Crypto}
}

// Sealed is a channel's packet that this machine has no key for.
type Sealed struct {
	Payload string // hex
	Data    bool   // it is a GRP_DATA, else a text
	Crypto  string // URL of the script that opens it
}

// ClockRow is one of the clocks and how it differs.
type ClockRow struct {
	Name   string // "received"
	Whose  string
	When   part.Moment
	Text   string // in place of When, when the clock said nonsense
	Differ string
	Stands bool // the packet stands at this time
}

// ReceptionRow is one reception in the table.
type ReceptionRow struct {
	Number   string
	Href     string
	Selected bool
	When     part.Moment
	Delay    string // after the first
	Observer part.Named
	Region   string
	Route    string
	Hops     string
	SNR      string
	Bars     int // 1 to 4 by margin above the limit of the radio's setting; 0 unknown
	Margin   string
	RSSI     string
	Score    string
	Path     PathCell
	Sources  string
	Late     string
	Episode  string // number, when there are several
}

// RelayedBlock is who relayed a copy, hop by hop.
type RelayedBlock struct {
	Note string
	Text string
	Hops []RelayedHop
}

// RelayedHop is a hop and who may be behind it.
type RelayedHop struct {
	Number     string
	Hop        part.HopName
	Verdict    string // "named, 98 %", "ambiguous"
	Candidates []RelayCandidate
}

// RelayCandidate is who may be behind a hop, and why.
type RelayCandidate struct {
	Who      part.Named
	Note     string // "known by longer hops alone"
	P        string
	Evidence []RelayEvidence
}

// RelayEvidence is one reason for or against.
type RelayEvidence struct {
	Text  string
	About part.Named // the relay or observer that it is about
	Odds  string     // "3 × for it"; "" none
}

// TreeLine is a line of the tree of copies: a run of relays, then who heard it.
type TreeLine struct {
	Depth  int
	Hops   []part.HopName
	Origin bool
	Heard  []TreeHeard
}

// TreeHeard is an observer at the end of a branch.
type TreeHeard struct {
	Observer part.Named
	SNR      string
	Href     string
	Selected bool
}

// DirectBlock explains the path of a direct packet.
type DirectBlock struct {
	Text string
	Path PathCell
}

// HexMark is an entry of the legend of the bytes.
type HexMark struct {
	Class string // style of the bytes
	Name  string
	Bytes string // "32 B"
}

// HexLine is a line of the dump.
type HexLine struct {
	Offset string
	Cells  []HexRun
	ASCII  string
}

// HexRun is neighbouring bytes of one field on a line.
type HexRun struct {
	Class string
	Title string
	Field string // id of the field's row
	Bytes string // "A1 B2"
	Half  bool   // the second half of the line begins with it
}

// FieldRow is one field of the frame.
type FieldRow struct {
	ID       string
	Class    string
	Head     string // first of a section: its heading
	Offset   string
	Length   string
	Name     string
	Value    string // hostile
	Code     bool
	Note     string // hostile
	Bits     []BitRow
	Relation *part.HopName
}

// BitRow is some bits of a field: "..0101..", what they are, and what that means.
type BitRow struct{ Bits, Name, Value string }

// PacketMissing is the page of a hash that is not held.
type PacketMissing struct {
	Asked string
	Text  string
	Near  []PacketRow
}

// PacketChoice is the page of a prefix that several packets have.
type PacketChoice struct {
	Asked string
	More  string
	Rows  []PacketRow
}

// ReceptionColumns head the table of a packet's receptions.
func ReceptionColumns() []part.Column {
	return []part.Column{
		{Label: "No."}, {Label: "Observer"}, {Label: "Time"}, {Label: "Delay", Numeric: true, Help: "after the first reception"},
		{Label: "Hops", Numeric: true}, {Label: "SNR", Numeric: true, Help: "signal to noise ratio; bars show how far it lies above what the radio's setting needs"},
		{Label: "RSSI", Numeric: true}, {Label: "Score", Numeric: true, Help: "the firmware's own rating of the reception, 0 to 1"}, {Label: "Path"},
	}
}

func fieldGrid(id string) part.Grid {
	return part.Grid{ID: id, Caption: "Fields of the frame", Columns: []part.Column{
		{Label: "Field"}, {Label: "Offset", Numeric: true}, {Label: "Length", Numeric: true}, {Label: "Value"}, {Label: "Meaning"},
	}}
}

func treeDepth(n int) string { return "depth-" + strconv.Itoa(n) }
