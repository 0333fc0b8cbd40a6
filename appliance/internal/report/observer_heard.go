package report

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"sync"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// heardNodes finds by step the known nodes that sent an advert which an observer
// received, and, with names, those that certainly relayed what it did. Steps are
// whole hours; a packet is of the one in which it stands.
func (o Observers) heardNodes(ctx context.Context, num uint32, views store.Views, in span, each time.Duration, steps int, names index.Naming) ([]bitSet, error) {
	parts := make([]heardParts, len(views.Hours))
	question, by := fmt.Sprint("heard of by ", num), heardBy(num, views.Voices)
	err := Share(ctx, len(parts), func(_, i int) { parts[i] = o.heardIn(&views.Hours[i], num, question, by) })
	heard, who := make([]bitSet, steps), newNumbered(o.Store, names)
	defer who.done()
	for i := range parts {
		start := int64(views.Hours[i].Hour) * hourMs
		parts[i].each(func(early bool) heardTo {
			at := start
			if early {
				at -= hourMs
			}
			if !in.has(at) {
				return heardTo{}
			}
			step := &heard[(at-in.from)/each.Milliseconds()]
			to := heardTo{sender: func(begin keyBegin) {
				if n, ok := who.known[begin]; ok {
					step.put(n)
				}
			}}
			if names != nil {
				to.hop = func(hop uint32) {
					if n := who.alone(hop); n != nobody {
						step.put(n)
					}
				}
			}
			return to
		})
	}
	return heard, err
}

// numbered numbers nodes from 0. Two whose keys begin alike are one: lists of adverts
// have no more of a key.
type numbered struct {
	names index.Naming // nil: hops have no names
	known map[keyBegin]int32
	one   [1 << 8]int32 // by hop: 1 + number of the node that it alone fits, or nobody; 0: not asked yet
	two   *[1 << 16]int32
	three map[uint32]int32
}

const nobody = -1

func newNumbered(st *store.Store, names index.Naming) *numbered {
	n := &numbered{names: names, known: make(map[keyBegin]int32, 2048), three: map[uint32]int32{}}
	st.EachNode(func(node *mesh.Node) {
		if node.FirstAdvert != 0 {
			n.number(beginOf(node.Key[:]))
		}
	})
	if names != nil {
		n.two = twos.Get().(*[1 << 16]int32)
	}
	return n
}

var twos = sync.Pool{New: func() any { return new([1 << 16]int32) }}

// done gives back what is used again.
func (n *numbered) done() {
	if n.two != nil {
		clear(n.two[:])
		twos.Put(n.two)
		n.two = nil
	}
}

// number is the node's, made if it has none.
func (n *numbered) number(begin keyBegin) int32 {
	number, known := n.known[begin]
	if !known {
		number = int32(len(n.known))
		n.known[begin] = number
	}
	return number
}

// alone is the number of the node that a hop, as of reachKey, alone fits.
func (n *numbered) alone(hop uint32) int32 {
	if n.names == nil {
		return nobody
	}
	switch hop >> 24 {
	case 1:
		return n.asked(&n.one[hop>>16&0xFF], hop)
	case 2:
		return n.asked(&n.two[hop>>8&0xFFFF], hop)
	}
	at := n.three[hop]
	number := n.asked(&at, hop)
	n.three[hop] = at
	return number
}

func (n *numbered) asked(at *int32, hop uint32) int32 {
	if *at == 0 {
		*at = nobody
		if key, ok := n.names.One(reachHop(hop)); ok {
			*at = 1 + n.number(beginOf(key[:])) // which may be new since the nodes were listed
		}
	}
	if *at == nobody {
		return nobody
	}
	return *at - 1
}

// bitSet is a set of small numbers.
type bitSet []uint64

func (s *bitSet) put(n int32) {
	for int(n/64) >= len(*s) {
		*s = append(*s, 0)
	}
	(*s)[n/64] |= 1 << (n % 64)
}

func (s *bitSet) join(o bitSet) {
	for len(*s) < len(o) {
		*s = append(*s, 0)
	}
	for i, word := range o {
		(*s)[i] |= word
	}
}

// size is how many numbers are in it.
func (s bitSet) size() (n int) {
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// keyBegin is the beginning of a key, which no two nodes share.
type keyBegin [8]byte

func beginOf(b []byte) (k keyBegin) {
	copy(k[:], b)
	return k
}

// hourOfObserver is of whom an observer received something that is stored in an
// hour: that stands there, and that stands shortly before.
type hourOfObserver struct{ main, early heardSet }

// heardSet is the senders of adverts, and the hops on paths as of reachKey.
type heardSet struct {
	senders map[keyBegin]bool
	hops    map[uint32]bool
}

// heardParts is hourOfObserver of the rows and of parts of the open records, each as
// pack gives it.
type heardParts [][]byte

// heardTo takes what was heard: senders of adverts, and hops as of reachKey; nil does not
// want them.
type heardTo struct {
	sender func(keyBegin)
	hop    func(uint32)
}

// each gives what was heard, which may recur, to what to gives for what stands in the
// hour, and for what stands before it.
func (p heardParts) each(to func(early bool) heardTo) {
	both := [2]heardTo{to(false), to(true)}
	for _, packed := range p {
		eachHeard(packed, both)
	}
}

// heardBy wants the open records of which an observer reported a copy.
func heardBy(num uint32, voices []store.Voice) func(*store.Head) bool {
	its := make([]bool, len(voices))
	for i, v := range voices {
		its[i] = v.Observer == num
	}
	return func(h *store.Head) bool {
		return slices.ContainsFunc(h.Copies, func(c store.Heard) bool { return its[c.Voice] })
	}
}

// heardIn finds of whom an observer received something in an hour; of its open
// records those that by wants are the observer's.
func (o Observers) heardIn(v *store.View, num uint32, question string, by func(*store.Head) bool) (out heardParts) {
	start := int64(v.Hour) * hourMs
	if state := v.State(); state != "" {
		known, ok := o.Memory.Recall(question, v.Hour, state)
		if !ok {
			alone := hourOfObserver{}
			wanted := (&matcher{observers: map[uint32]bool{num: true}}).reporters(v.Block)
			starts, who := v.Block.Starts(), v.Block.Reporters()
			v.Block.Scan(0, v.Block.Len(), func(row int) bool { return v.Over(row) || !anyOf(wanted, who, starts[row], starts[row+1]) },
				func(s *mesh.Scanned) bool { return alone.add(s, num, start) })
			known = alone.pack()
			o.Memory.Remember(question, v.Hour, state, known)
		}
		out = append(out, known)
	}
	o.Memory.EachPart(question, v.Hour, v.Heads.Serials(), func(k int) []byte {
		alone := hourOfObserver{}
		store.EachOf(v.Heads.Chunk(k), by, func(s *mesh.Scanned) bool { return alone.add(s, num, start) })
		return alone.pack()
	}, func(_ int, packed []byte) { out = append(out, packed) })
	return out
}

// add takes a transmission.
func (h *hourOfObserver) add(s *mesh.Scanned, num uint32, start int64) bool {
	set := &h.main
	if s.First < start {
		set = &h.early
	}
	any := false
	for i := range s.Obs {
		o := &s.Obs[i]
		if o.Observer != num {
			continue
		}
		if set.hops == nil {
			set.hops, set.senders = map[uint32]bool{}, map[keyBegin]bool{}
		}
		any = true
		for n := int(o.Leaf); n > 0; n = s.Tree.Parent(n) {
			set.hops[reachKey(s.Tree.HopBytes[(n-1)*s.Tree.Width:n*s.Tree.Width])] = true
		}
		if width, path, ok := ownHeard(o); ok {
			for at := 0; at < len(path); at += width {
				set.hops[reachKey(path[at:at+width])] = true
			}
		}
	}
	if any && s.Type == meshcore.TypeAdvert && len(s.Payload) >= len(meshcore.PublicKey{}) {
		set.senders[beginOf(s.Payload)] = true
	}
	return true
}

// pack gives both in bytes.
func (h *hourOfObserver) pack() (b []byte) {
	for _, set := range []*heardSet{&h.main, &h.early} {
		b = binary.AppendUvarint(b, uint64(len(set.senders)))
		for k := range set.senders {
			b = append(b, k[:]...)
		}
		var hops []byte
		last := uint32(0)
		for _, hop := range slices.Sorted(maps.Keys(set.hops)) {
			hops = binary.AppendUvarint(hops, uint64(hop-last))
			last = hop
		}
		b = append(binary.AppendUvarint(b, uint64(len(hops))), hops...) // most do not want them
	}
	return slices.Clip(b)
}

// eachHeard gives what was packed.
func eachHeard(b []byte, to [2]heardTo) {
	take := func(size uint64) []byte {
		n, length := binary.Uvarint(b)
		taken := b[length:][:n*size]
		b = b[length:][n*size:]
		return taken
	}
	for _, to := range to {
		senders, hops := take(uint64(len(keyBegin{}))), take(1)
		for ; to.sender != nil && len(senders) > 0; senders = senders[len(keyBegin{}):] {
			to.sender(beginOf(senders))
		}
		hop := uint32(0)
		for to.hop != nil && len(hops) > 0 {
			more, n := binary.Uvarint(hops)
			hop, hops = hop+uint32(more), hops[n:]
			to.hop(hop)
		}
	}
}
