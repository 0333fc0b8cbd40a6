package figure

import (
	"slices"
	"sync"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// Where nodes are wanted, an observation is wanted if its own path has one of their
// hops; of what one of them sent as an advert all are.

// passing tells whether a row is of the nodes for its paths alone.
func (p *Picker) passing(b *column.Hour, row int) bool { return len(p.hops) > 0 && !p.sent(b, row) }

// sent tells whether a row is an advert that one of the nodes has signed.
func (p *Picker) sent(b *column.Hour, row int) bool {
	var key meshcore.PublicKey
	return len(p.senders) > 0 && b.Type(row) == meshcore.TypeAdvert && b.Verified(row) && copy(key[:], b.Payload(row)) == len(key) && p.senders[key]
}

// sentHead is sent of an open record.
func (p *Picker) sentHead(h *store.Head) bool {
	return h.Sender != nil && h.Type == meshcore.TypeAdvert && p.senders[*h.Sender]
}

// Passed tells whether a copy's own path was travelled and has one of the hops.
func Passed(hops []meshcore.Hop, header, pathLen byte, path []byte) bool {
	if !mesh.Travelled(header, pathLen) {
		return false
	}
	width := int(pathLen>>6) + 1
	for ; len(path) >= width; path = path[width:] {
		if slices.Contains(hops, meshcore.NewHop(path[:width])) {
			return true
		}
	}
	return false
}

// PassedIn tells of each node of a tree, and of its root, whether its path has one of
// the hops. The memory of marks is used again.
func PassedIn(hops []meshcore.Hop, t *mesh.Tree, marks []bool) (leaf []bool) {
	leaf = append(marks[:0], false)
	if t.Width == 0 || !mesh.Travelled(t.Header, byte(t.Width-1)<<6) {
		return append(leaf, make([]bool, t.Len())...)
	}
	for n := 1; n <= t.Len(); n++ {
		leaf = append(leaf, leaf[t.Parent(n)] || slices.Contains(hops, t.Hop(n)))
	}
	return leaf
}

// PassedBy tells whether the path of an observation has one of the hops; marks are
// those of its tree.
func PassedBy(hops []meshcore.Hop, marks []bool, o *mesh.ScannedObs) bool {
	if o.HasTree() {
		return marks[o.Leaf]
	}
	return Passed(hops, o.Header, o.PathLen, o.OwnPath)
}

// reading is memory for a row that is read.
type reading struct {
	column.Reader
	marks []bool
}

var readings = sync.Pool{New: func() any { return new(reading) }}

// eachWanted reads a row and calls fn for the observations that are wanted, in the
// order of their arrival, with their ordinals.
func (p *Picker) eachWanted(b *column.Hour, row int, fn func(i int, o *mesh.ScannedObs)) {
	r := readings.Get().(*reading)
	defer readings.Put(r)
	passing := p.passing(b, row)
	s := r.Row(b, row)
	if passing {
		r.marks = PassedIn(p.hops, &s.Tree, r.marks)
	}
	for i := range s.Obs {
		if o := &s.Obs[i]; p.wants(o) && (!passing || PassedBy(p.hops, r.marks, o)) {
			fn(i, o)
		}
	}
}

// wantedIn tells which copies of an open record are wanted. Their paths are read
// where nodes are asked for.
func (p *Picker) wantedIn(h *store.Head) func(i int) bool {
	heard := func(i int) bool { return p.wantsHeard(h.Copies[i]) }
	if len(p.hops) == 0 || p.sentHead(h) || !slices.ContainsFunc(h.Copies, p.wantsHeard) {
		return heard
	}
	tx, _ := p.of.Open(h.ID)
	return func(i int) bool {
		if i >= len(tx.Observations) || !heard(i) {
			return false
		}
		o := &tx.Observations[i]
		return Passed(p.hops, o.Header, o.PathLen, o.Path)
	}
}
