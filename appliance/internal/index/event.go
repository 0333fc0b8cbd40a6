package index

import (
	"bytes"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Event is one observation that has just been stored, and what its
// transmission has become by it. What it refers to is valid only during the
// call that it is handed to.
type Event struct {
	Seq  uint64 // of the change, rising with every one
	Hour uint32 // in which the transmission is stored, since 1970; it stays there

	Tx      uint64 // transmission ID; a new one is greater than all before
	Hash    meshcore.Hash
	Type    meshcore.Type
	Payload []byte

	First int64 // where the transmission stands now, Unix ms
	Was   int64 // where it stood before this observation; as First if New
	New   bool  // the observation is the transmission's first to arrive
	// Improved says that nothing was heard anew: a second report of an
	// observation told more of it. All else but Seq and Hour may be zero.
	Improved bool

	Obs  mesh.Observation
	Tree mesh.Tree // of the transmission now
	// Fresh is the first node of the tree that is there since this observation;
	// Tree.Len()+1 if none is.
	Fresh int
	// Leaf is the node of the tree whose path the observation has; -1: it has a
	// path of its own.
	Leaf int32

	Advert *meshcore.Advert // of a new transmission with a valid advert, else nil
	Text   *Text            // of a new transmission with a channel text that could be read, else nil
}

// keep makes the event its own.
func (e Event) keep() Event {
	e.Payload, e.Obs.Path = bytes.Clone(e.Payload), bytes.Clone(e.Obs.Path)
	e.Tree.HopBytes, e.Tree.Parents = bytes.Clone(e.Tree.HopBytes), slices.Clone(e.Tree.Parents)
	return e
}

// heardOwn gives the relays of an observation with a path of its own; false if
// it has none that were heard.
func (e *Event) heardOwn() (meshcore.HeardPath, bool) {
	if e.Leaf >= 0 {
		return meshcore.HeardPath{}, false
	}
	return e.Obs.Packet(nil).Heard()
}

// heardOwn is the same of an observation that a scan shows.
func heardOwn(t *mesh.Scanned, o *mesh.ScannedObs) (meshcore.HeardPath, bool) {
	if o.Leaf >= 0 {
		return meshcore.HeardPath{}, false
	}
	return meshcore.Packet{Route: meshcore.Route(o.Header & 3), Type: t.Type, PathLen: o.PathLen, PathBytes: o.OwnPath}.Heard()
}

// passed is how many relays the observation passed.
func (e *Event) passed() uint32 {
	if e.Leaf >= 0 {
		return uint32(e.Obs.PathLen & 63)
	}
	path, _ := e.heardOwn()
	return uint32(path.Len())
}

// passedBy is the same of an observation that a scan shows.
func passedBy(t *mesh.Scanned, o *mesh.ScannedObs) int {
	if o.Leaf >= 0 {
		return int(o.PathLen & 63)
	}
	path, _ := heardOwn(t, o)
	return path.Len()
}

// Text is a channel text that could be read.
type Text struct {
	Channel string // name of the key
	Sender  string // as claimed, cleaned; "" if the text names none
	Text    string // cleaned
	Sent    uint32 // the sender's clock, Unix s
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
