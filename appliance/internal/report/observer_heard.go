package report

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// heardNodes finds by step the known nodes that sent an advert which an observer
// received, and, with names, those that certainly relayed what it did. Steps are
// whole hours; a packet is of the one in which it stands. Of open records those
// that open has are of the observer.
func (o Observers) heardNodes(ctx context.Context, num uint32, picks []store.HourPick, in span, each time.Duration, steps int, names index.Naming, open map[uint64]bool) ([]bitSet, error) {
	parts := make([]heardParts, len(picks))
	question := fmt.Sprint("heard of by ", num)
	err := Share(ctx, len(picks), func(_, i int) { parts[i] = o.heardIn(picks[i], num, question, open) })
	heard, who := make([]bitSet, steps), newNumbered(o.Store, names)
	for i := range parts {
		start := int64(picks[i].Hour()) * hourMs
		parts[i].each(func(early bool) heardBy {
			at := start
			if early {
				at -= hourMs
			}
			if !in.has(at) {
				return heardBy{func(keyBegin) {}, func(uint32) {}}
			}
			step := &heard[(at-in.from)/each.Milliseconds()]
			return heardBy{
				sender: func(begin keyBegin) {
					if n, ok := who.known[begin]; ok {
						step.put(n)
					}
				},
				hop: func(hop uint32) {
					if n := who.alone(hop); n != nobody {
						step.put(n)
					}
				},
			}
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
	two   []int32
	three map[uint32]int32
}

const nobody = -1

func newNumbered(st *store.Store, names index.Naming) *numbered {
	all := st.Nodes()
	n := &numbered{names: names, known: make(map[keyBegin]int32, len(all)), three: map[uint32]int32{}}
	for i := range all {
		if all[i].FirstAdvert != 0 {
			n.number(beginOf(all[i].Key[:]))
		}
	}
	if names != nil {
		n.two = make([]int32, 1<<16)
	}
	return n
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

// heardParts is hourOfObserver of the rows, as pack gives it, nil if there are
// none, and of the open records.
type heardParts struct {
	sealed []byte
	open   hourOfObserver
}

// heardBy takes what was heard: senders of adverts, and hops as of reachKey.
type heardBy struct {
	sender func(keyBegin)
	hop    func(uint32)
}

// each gives what was heard of both parts, which may recur, to what to gives for
// what stands in the hour, and for what stands before it.
func (p *heardParts) each(to func(early bool) heardBy) {
	both := [2]heardBy{to(false), to(true)}
	if p.sealed != nil {
		eachHeard(p.sealed, both)
	}
	for i, set := range [...]*heardSet{&p.open.main, &p.open.early} {
		for begin := range set.senders {
			both[i].sender(begin)
		}
		for hop := range set.hops {
			both[i].hop(hop)
		}
	}
}

// heardIn finds of whom an observer received something in an hour.
func (o Observers) heardIn(pick store.HourPick, num uint32, question string, open map[uint64]bool) (out heardParts) {
	start := int64(pick.Hour()) * hourMs
	if state := pick.State(); state != "" {
		known, ok := o.Memory.Recall(question, pick.Hour(), state)
		if !ok {
			alone := hourOfObserver{}
			block, over := pick.Block()
			wanted := (&matcher{observers: map[uint32]bool{num: true}}).reporters(block)
			starts, who := block.Starts(), block.Reporters()
			block.Scan(0, block.Len(), func(row int) bool { return over(row) || !anyOf(wanted, who, starts[row], starts[row+1]) },
				func(s *mesh.Scanned) bool { return alone.add(s, num, start) })
			known = alone.pack()
			o.Memory.Remember(question, pick.Hour(), state, known)
		}
		out.sealed = known
	}
	pick.OpenOf(func(id uint64) bool { return open[id] }, func(s *mesh.Scanned) bool { return out.open.add(s, num, start) })
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
		b = binary.AppendUvarint(b, uint64(len(set.hops)))
		last := uint32(0)
		for _, hop := range slices.Sorted(maps.Keys(set.hops)) {
			b = binary.AppendUvarint(b, uint64(hop-last))
			last = hop
		}
	}
	return slices.Clip(b)
}

// eachHeard gives what was packed.
func eachHeard(b []byte, to [2]heardBy) {
	get := func() uint64 {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return v
	}
	for _, to := range to {
		for n := get(); n > 0; n-- {
			to.sender(beginOf(b[:len(keyBegin{})]))
			b = b[len(keyBegin{}):]
		}
		hop := uint32(0)
		for n := get(); n > 0; n-- {
			hop += uint32(get())
			to.hop(hop)
		}
	}
}
