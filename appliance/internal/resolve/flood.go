package resolve

import (
	"hilltop/firmware-bridge/meshcore"
)

// Flood is one flooded transmission as the resolver reads it: the tree that the
// paths of its copies make, and who heard which copy. Its slices stay the
// caller's; one Flood may be filled again and again.
type Flood struct {
	At      int64 // where its first copy stands, Unix ms
	Width   int   // bytes a hop, 1 to 3
	Origin  Origin
	Nodes   []TreeNode // tree node n is Nodes[n-1]; node 0 is the originator
	Reports []Report
}

// TreeNode is one repetition of a transmission by one relay.
type TreeNode struct {
	Parent int32   // the tree node it repeated: smaller than its own number
	Hop    [3]byte // the first Width bytes of the relay's key
}

// Report is one copy that an observer heard. The same observer at the same
// tree node counts once.
type Report struct {
	Node     int32  // the tree node whose radio it heard; 0 is the originator
	Observer uint32 // the caller's number for it, below MaxObservers
	SNR4     int8   // quarter dB; mesh.NoSNR if unknown
}

// Origin is what a frame tells about who started the flood.
type Origin struct {
	Key     meshcore.PublicKey // valid iff HasKey
	HasKey  bool
	Byte    byte // the first byte of the sender's key; valid iff HasByte
	HasByte bool
	Sender  string // as claimed in a readable group text; "" none
}

// OriginOf reads the originator from a payload. sender is the name claimed in
// the group text, "" if there is none or it stays closed.
func OriginOf(kind meshcore.Type, payload []byte, sender string) Origin {
	switch kind {
	case meshcore.TypeAdvert:
		if a, err := meshcore.ParseAdvert(payload); err == nil {
			return Origin{Key: a.Key, HasKey: true}
		}
	case meshcore.TypeAnonReq:
		if e, err := meshcore.ParseAnonEnvelope(payload); err == nil {
			return Origin{Key: e.Sender, HasKey: true}
		}
	case meshcore.TypeReq, meshcore.TypeResponse, meshcore.TypeTxtMsg, meshcore.TypePath:
		if e, err := meshcore.ParseEnvelope(payload); err == nil {
			return Origin{Byte: e.Src, HasByte: true}
		}
	}
	return Origin{Sender: sender}
}

// usable tells whether a flood's tree can be decoded: widths and numbers as
// they must be.
func (f *Flood) usable() bool {
	if f.Width < 1 || f.Width > 3 || len(f.Nodes) > maxTree {
		return false
	}
	for i := range f.Nodes {
		if p := f.Nodes[i].Parent; p < 0 || int(p) > i {
			return false
		}
	}
	for i := range f.Reports {
		r := &f.Reports[i]
		if r.Node < 0 || int(r.Node) > len(f.Nodes) || r.Observer >= MaxObservers {
			return false
		}
	}
	return true
}

// maxTree bounds the work on one flood. The largest trees of busy meshes have a
// few hundred nodes.
const maxTree = 1 << 14
