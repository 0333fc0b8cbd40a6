package ui

import (
	"slices"

	"hilltop/ui/part"
)

// NodePage is one node. All strings are ready to print.
type NodePage struct {
	Name     string // hostile; what stands for it when it has none
	FullName string // hostile: when Name is clipped; "" when it is not
	NameHint string // "2 other nodes have this name"
	Role     part.RoleMark
	State    part.State
	StateWhy string // what silence means for this role
	Observer string // URL of its page as an observer; "" it is none
	Links    string // URL of the page of its links
	Star     *Star
	Link     string   // URL by its whole key
	Short    string   // URL by as much of its key as tells it from others, for a text message
	Contact  *Contact // nil: its role is not known
	Identity []part.Fact
	Times    []part.Fact
	Figures  []part.Figure
	Relaying string // on what the count of relayed copies rests
	Direct   []DirectRow
	DirectNo string // why there are none
	Adverts  []NodePacket
	Relayed  []NodePacket
	RelayNo  string // why there are none
	Paths    []NodePath
	PathsSay string // "the latest 10 of 48, by 311 packets"; "" they are not shown again

	Panels []Panel
	Heads  Heads

	DirectWait  *part.Progress // instead of Direct, while it is being prepared
	RelayedWait *part.Progress // instead of Relayed, likewise
}

// Contact is a node as the apps of MeshCore add it.
type Contact struct {
	URI  string // hostile in its name, which is escaped: meshcore://contact/add?…
	Code string // URL of the same as a QR code
}

// Star offers to keep something among the viewer's favourites, or to let it go.
type Star struct {
	Kind string // "channel" or "observer"; "" a node
	Key  string // hostile: full key in lower case, name or id
	On   bool
	Back string // path of this page
}

// StarMark is the star of a row: pressed, it puts what the row is about among the
// viewer's own, or takes it out. The page has a starForm.
type StarMark struct {
	Of   string // "node:" and the first digits of a key, "observer:" and an id, "channel:" and a name, both as in an address
	Name string // hostile: of what is starred
	On   bool
}

// DirectRow is an observer that heard a node without a relay between them.
type DirectRow struct {
	Observer part.Named
	Region   string // hostile
	Copies   string
	Bars     int
	SNR      string // mean
	RSSI     string // likewise
	Range    string
	Last     part.Moment
}

// DirectColumns head the table of those that heard a node directly.
func DirectColumns() []part.Column {
	return []part.Column{
		{Label: "Observer"}, {Label: "Region"}, {Label: "Copies", Numeric: true},
		{Label: "SNR, mean", Numeric: true, Help: "of all direct copies that had one"}, {Label: "Range", Numeric: true}, {Label: "RSSI, mean", Numeric: true}, {Label: "Last"},
	}
}

// NodePacketColumns head the tables of packets on a node's page.
func NodePacketColumns() []part.Column {
	return []part.Column{
		{Label: "Received"}, {Label: "Type"}, {Label: "What it says"}, {Label: "Packet"}, {Label: "Route", Help: "with the hops of the first reception"}, {Label: "Hops of"},
		{Label: "Copies", Numeric: true}, {Label: "Observers", Numeric: true}, {Label: "First received by"}, {Label: "SNR", Numeric: true}, {Label: "RSSI", Numeric: true},
	}
}

// NodeAdvertColumns head the table of a node's own adverts, which all say the same.
func NodeAdvertColumns() []part.Column { return slices.Delete(NodePacketColumns(), 1, 3) }

// NodePathColumns head the table of paths through a node.
func NodePathColumns() []part.Column {
	return []part.Column{
		{Label: "Path", Help: "as it was heard, from the sender's end; only where a hop is certainly this node's"}, {Label: "Packets", Numeric: true}, {Label: "Last"}, {Label: "Latest packet"},
	}
}

// NodePacket is a packet on the page of a node.
type NodePacket struct {
	When      part.Moment
	Type      part.Type
	Hash      string // eight digits
	Href      string
	Route     string
	Width     string // of its hops; "" it has none
	Say       Preview
	Copies    string
	Observers string
	By        part.Named // who received it first
	Bars      int
	SNR, RSSI string // of that reception
}

// NodePath is a path through a node.
type NodePath struct {
	Hops    []part.HopName
	Packets string
	Last    part.Moment
	Sample  string
	Href    string // URL of the sample
}

// NodeChoice offers nodes: for a beginning of a key that several share, or for
// one that none has.
type NodeChoice struct {
	Title string
	Text  string
	Asked string // hostile
	List  string // what the rows are; "" none
	Rows  []NodeRow
	Ways  []part.Way
	Star  *Star // of a key that may yet send an advert; nil: it is no whole key
}
