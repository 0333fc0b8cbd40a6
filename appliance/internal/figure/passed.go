package figure

import (
	"bytes"
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
	leaf = slices.Grow(marks[:0], 1+t.Len())[:1+t.Len()]
	clear(leaf)
	if t.Width == 0 || !mesh.Travelled(t.Header, byte(t.Width-1)<<6) {
		return leaf
	}
	for _, hop := range hops {
		if hop.Width() != t.Width {
			continue
		}
		// Few nodes of a tree have the hop: these are found as its bytes are.
		for list, is, from := t.HopBytes, hop.Bytes(), 0; ; {
			at := bytes.Index(list[from:], is)
			if at < 0 {
				break
			}
			if at += from; at%t.Width == 0 {
				leaf[at/t.Width+1] = true
			}
			from = at + 1
		}
	}
	for n, parent := range t.Parents {
		leaf[n+1] = leaf[n+1] || leaf[parent]
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

// reading is memory for a row or an open record that is read.
type reading struct {
	column.Reader
	open    store.HeadReader
	marks   []bool
	parents []uint32
}

var readings = sync.Pool{New: func() any { return new(reading) }}

// eachWanted calls fn for the observations of a row that are wanted, by their places
// in the columns, in the order of their arrival, until it is false. reporters is what
// the picker's reporters are. Of the row's stream no more is read than the tree, unless
// copies that are not in it have to be looked at.
func (p *Picker) eachWanted(b *column.Hour, row int, reporters []uint8, fn func(o int) bool) {
	r := readings.Get().(*reading)
	defer readings.Put(r)
	width, header := b.Tree(row)
	// All copies in a tree are floods, so that their route and width say what shape
	// they are of.
	inTree := width > 0 && (!p.shaped || p.shapes&column.Shape(header, byte(width-1)<<6) != 0)
	passing := p.passing(b, row)
	if passing && inTree {
		t := b.TreeOf(row, r.parents)
		r.parents, r.marks = t.Parents, PassedIn(p.hops, &t, r.marks)
	}
	who, leaves, snrs := b.Reporters(), b.Leaves(), b.SNRs()
	from, to := int(b.Starts()[row]), int(b.Starts()[row+1])
	var whole *mesh.Scanned
	for o := from; o < to; o++ {
		if reporters != nil && reporters[who.At(o)] == 0 || p.snr.On && !p.loud(snrs[o]) {
			continue
		}
		if leaf := leaves.At(o); leaf > 0 {
			if !inTree || passing && !r.marks[leaf-1] {
				continue
			}
		} else {
			if whole == nil {
				whole = r.Row(b, row)
			}
			x := &whole.Obs[o-from]
			if !p.takes(x.Header, x.PathLen, x.SNR4) || passing && !Passed(p.hops, x.Header, x.PathLen, x.OwnPath) {
				continue
			}
		}
		if !fn(o) {
			return
		}
	}
}

// eachCopy calls fn for the copies of an open record that are wanted, in the order of
// their arrival, until it is false. Its paths are read where nodes are asked for, and
// not what an index lists of it, so that the record alone says what is wanted.
func (p *Picker) eachCopy(h *store.Head, fn func(c *store.Heard) bool) {
	passing, beside := len(p.hops) > 0 && !p.sentHead(h), p.beside()
	var r *reading
	var tx *mesh.Scanned
	if passing {
		if !slices.ContainsFunc(p.spelled, h.Mentions) || beside && !slices.ContainsFunc(h.Copies, p.wantsHeard) {
			return
		}
		r = readings.Get().(*reading)
		defer readings.Put(r)
		var ok bool
		if tx, ok = r.open.Read(h); !ok {
			return
		}
		r.marks = PassedIn(p.hops, &tx.Tree, r.marks)
	}
	for i := range h.Copies {
		c := &h.Copies[i]
		if beside && !p.wantsHeard(*c) || passing && !PassedBy(p.hops, r.marks, &tx.Obs[i]) {
			continue
		}
		if !fn(c) {
			return
		}
	}
}
