package column

import (
	"cmp"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Row is one transmission with everything that is known of it. What [Encode]
// was given comes back from [Hour.Row] as it was; but a payload or a path of
// its own that is empty is never nil.
type Row struct {
	ID       uint64 // from 1 to below 10^15
	Hash     meshcore.Hash
	Type     meshcore.Type
	Verified bool  // an advert whose signature and fields were good when it came in
	Base     int64 // Unix ms; from which the store counts, almost always when Obs[0] arrived
	Payload  []byte
	// Tree is that of the flood copies, its nodes in the order of their numbers.
	Tree mesh.Tree
	Obs  []Obs // in order of arrival; at least one
}

// Obs is one observation of a row. If its path is a leaf of the tree then
// Path is nil, and the rest of its head is what the leaf says.
type Obs struct {
	mesh.Observation
	Feed   uint32  // of the first message that reported it
	Merged []Claim // of the others
	Leaf   int32   // node of the tree whose path it has; -1: a head of its own
}

// Claim is one further message that reported an observation.
type Claim struct {
	Feed    uint32
	Claimed int64 // the time that it stated, Unix ms; valid if OK
	OK      bool
}

// span is where the earliest and the latest copy stand, Unix ms.
func (r *Row) span() (first, last int64) {
	first, last = r.Obs[0].At, r.Obs[0].At
	for i := range r.Obs[1:] {
		at := r.Obs[i+1].At
		first, last = min(first, at), max(last, at)
	}
	return first, last
}

// Reporter is what many observations of an hour have in common: who heard
// them, where it was, and how they came in. An hour lists its reporters once,
// and its observations point there.
type Reporter struct {
	Observer uint32
	Region   uint16
	Feed     uint32
	Sources  uint64
	Flags    mesh.Flag
	has      shape
}

// shape tells which fields an observation has in its transmission's stream.
type shape uint8

const (
	hasArrived shape = 1 << iota // it does not stand where it arrived
	hasClaimed                   // the time claimed is not where it stands
	hasMerged                    // other messages were merged into it
	hasScore                     // score or duration are known
	shapeMask  = 1<<iota - 1
)

// reporterOf gives the reporter of an observation.
func reporterOf(o *Obs) Reporter {
	r := Reporter{Observer: o.Observer, Region: o.Region, Feed: o.Feed, Sources: o.Sources, Flags: o.Flags}
	if o.Arrived != o.At {
		r.has |= hasArrived
	}
	if o.Flags&mesh.FlagClaimed != 0 && o.Claimed != o.At {
		r.has |= hasClaimed
	}
	if len(o.Merged) > 0 {
		r.has |= hasMerged
	}
	if o.Score != mesh.NoScore || o.DurationMS != 0 {
		r.has |= hasScore
	}
	return r
}

// compare is the order of an hour's list of reporters.
func (r Reporter) compare(o Reporter) int {
	for _, c := range [...]int{
		cmp.Compare(r.Observer, o.Observer), cmp.Compare(r.Region, o.Region), cmp.Compare(r.Feed, o.Feed),
		cmp.Compare(r.Sources, o.Sources), cmp.Compare(r.Flags, o.Flags), cmp.Compare(r.has, o.has),
	} {
		if c != 0 {
			return c
		}
	}
	return 0
}
