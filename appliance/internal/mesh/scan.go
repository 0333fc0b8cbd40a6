package mesh

import "hilltop/firmware-bridge/meshcore"

// Scanned is one transmission as a scan shows it. It and all that it refers to
// are valid only until the scan goes on.
type Scanned struct {
	ID   uint64
	Hash meshcore.Hash
	Type meshcore.Type
	// Verified marks an advert whose signature and fields were good when it
	// came in: checking a signature costs more than reading the transmission.
	Verified bool
	First    int64 // where its earliest copy stands, Unix ms
	Payload  []byte
	Tree     Tree         // of the flood copies that fit it; its Width is 0 if none did
	Obs      []ScannedObs // in order of arrival: their places are their ordinals
}

// Tree is the tree of the paths that the copies of one flood took. Node 0 is
// the root, whose path is empty: the originator itself was heard. The path of
// node n is that of its parent, which comes before it, and then its own hop.
type Tree struct {
	Header    byte      // that all copies in the tree have
	Transport [2]uint16 // that they have; valid iff the route has transport codes
	Width     int       // bytes a hop, 1 to 3; 0: there is no tree
	HopBytes  []byte    // node n has HopBytes[(n-1)*Width : n*Width]
	Parents   []uint32  // node n has Parents[n-1]
}

// Len is the number of nodes without the root.
func (t Tree) Len() int { return len(t.Parents) }

// Hop is the hop of node n, from 1 to Len.
func (t Tree) Hop(n int) meshcore.Hop {
	return meshcore.NewHop(t.HopBytes[(n-1)*t.Width : n*t.Width])
}

// Parent is the node before node n, from 1 to Len.
func (t Tree) Parent(n int) int { return int(t.Parents[n-1]) }

// ScannedObs is one observation as a scan shows it.
type ScannedObs struct {
	At       int64 // where it stands, Unix ms
	Arrived  int64 // Unix ms
	Observer uint32
	Region   uint16
	Leaf     int32 // node of the tree whose path it has; -1: a head of its own
	SNR4     int8  // quarter dB; NoSNR if unknown
	RSSI     int16 // dBm; NoRSSI if unknown
	Flags    Flag
	Header   byte
	PathLen  byte   // as on the air
	OwnPath  []byte // path bytes; valid if Leaf is -1
}

// HasTree tells whether the observation's path is a node of the tree.
func (o ScannedObs) HasTree() bool { return o.Leaf >= 0 }
