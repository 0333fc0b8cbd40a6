package index

import (
	"bytes"
	"slices"

	"hilltop/firmware-bridge/meshcore"
)

// linkEnds names the ends of links, numbers them from 0, and remembers what it
// was told.
type linkEnds struct {
	names   Naming
	keys    []meshcore.PublicKey // by number
	numbers map[meshcore.PublicKey]int32
	nodes   []meshcore.PublicKey // originators
	ofNode  []int32              // by originator; noEnd if it was not asked for
	ofHop   map[uint32]int32     // noEnd if no node alone fits it
}

const noEnd = -1

func newLinkEnds(names Naming) linkEnds {
	return linkEnds{names: names, numbers: map[meshcore.PublicKey]int32{}, ofHop: map[uint32]int32{}}
}

func (n *linkEnds) number(key meshcore.PublicKey) int32 {
	at, known := n.numbers[key]
	if !known {
		at = int32(len(n.keys))
		n.numbers[key], n.keys = at, append(n.keys, key)
	}
	return at
}

func (n *linkEnds) hop(code uint32) int32 {
	at, known := n.ofHop[code]
	if !known {
		at = noEnd
		if key, ok := n.names.One(hopCode(code).hop()); ok {
			at = n.number(key)
		}
		n.ofHop[code] = at
	}
	return at
}

func (n *linkEnds) node(originator uint32) int32 {
	for len(n.ofNode) < len(n.nodes) {
		n.ofNode = append(n.ofNode, noEnd)
	}
	at := &n.ofNode[originator]
	if *at == noEnd {
		*at = n.number(n.nodes[originator])
	}
	return *at
}

// linkPair has the numbers of a link's ends, or of its sender and the store's of
// the observer that received: it is hashed more quickly than three of them.
type linkPair uint64

const pairReceived = 1 << 32

func (p linkPair) from() int32    { return int32(p >> 33) }
func (p linkPair) to() uint32     { return uint32(p) }
func (p linkPair) received() bool { return p&pairReceived != 0 }

// ends tells who is at the ends of a link, false if it is not certain.
func (n *linkEnds) ends(k linkKey) (p linkPair, width int, ok bool) {
	var from int32
	switch k.kind() {
	case hopToHop, hopToObserver:
		from, width = n.hop(k.from()), hopCode(k.from()).width()
	default:
		from = n.node(k.from())
	}
	if from == noEnd {
		return 0, 0, false
	}
	p = linkPair(from) << 33
	if k.received() {
		return p | pairReceived | linkPair(k.to()), width, true
	}
	to := n.hop(k.to())
	return p | linkPair(uint32(to)), hopCode(k.to()).width(), to != noEnd && to != from
}

// link is a link between ends.
func (n *linkEnds) link(p linkPair) Link {
	if p.received() {
		return Link{From: n.keys[p.from()], Observer: p.to()}
	}
	return Link{From: n.keys[p.from()], To: n.keys[p.to()]}
}

// ranks are the places of the ends in the order of their keys, by number.
func (n *linkEnds) ranks() []int32 {
	order := make([]int32, len(n.keys))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return bytes.Compare(n.keys[a][:], n.keys[b][:]) })
	ranks := make([]int32, len(order))
	for rank, at := range order {
		ranks[at] = int32(rank)
	}
	return ranks
}
