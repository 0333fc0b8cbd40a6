package report

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// heardNodes finds by step the known nodes that sent an advert which an observer
// received, and, with names, those that certainly relayed what it did. Steps are
// whole hours; a packet is of the one in which it stands.
func (o Observers) heardNodes(ctx context.Context, num uint32, in span, each time.Duration, steps int, names index.Naming) ([]map[meshcore.PublicKey]bool, error) {
	known := map[keyBegin]meshcore.PublicKey{}
	for _, n := range o.Store.Nodes() {
		if n.FirstAdvert != 0 {
			known[beginOf(n.Key[:])] = n.Key
		}
	}
	picks := picksIn(o.Store, in)
	parts := make([]hourOfObserver, len(picks))
	question := fmt.Sprint("heard of by ", num)
	err := Share(ctx, len(picks), func(_, i int) { parts[i] = o.heardIn(picks[i], num, question) })
	heard := make([]map[meshcore.PublicKey]bool, steps)
	for i := range heard {
		heard[i] = map[meshcore.PublicKey]bool{}
	}
	for i := range parts {
		start := int64(picks[i].Hour()) * hourMs
		for at, set := range map[int64]*heardSet{start: &parts[i].main, start - hourMs: &parts[i].early} {
			if !in.has(at) {
				continue
			}
			step := heard[(at-in.from)/each.Milliseconds()]
			for begin := range set.senders {
				if key, ok := known[begin]; ok {
					step[key] = true
				}
			}
			if names == nil {
				continue
			}
			for hop := range set.hops {
				if key, ok := names.One(reachHop(hop)); ok {
					step[key] = true
				}
			}
		}
	}
	return heard, err
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

// heardIn finds of whom an observer received something in an hour.
func (o Observers) heardIn(pick store.HourPick, num uint32, question string) (out hourOfObserver) {
	start := int64(pick.Hour()) * hourMs
	if state := pick.State(); state != "" {
		packed, ok := o.Memory.Recall(question, pick.Hour(), state)
		if !ok {
			alone := hourOfObserver{}
			block, over := pick.Block()
			wanted := (&matcher{observers: map[uint32]bool{num: true}}).reporters(block)
			starts, who := block.Starts(), block.Reporters()
			block.Scan(0, block.Len(), func(row int) bool { return over(row) || !anyOf(wanted, who, starts[row], starts[row+1]) },
				func(s *mesh.Scanned) bool { return alone.add(s, num, start) })
			packed = alone.pack()
			o.Memory.Remember(question, pick.Hour(), state, packed)
		}
		out.unpack(packed)
	}
	pick.Open(func(s *mesh.Scanned) bool { return out.add(s, num, start) })
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

// unpack reads what pack gave.
func (h *hourOfObserver) unpack(b []byte) {
	get := func() uint64 {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return v
	}
	for _, set := range []*heardSet{&h.main, &h.early} {
		set.senders, set.hops = map[keyBegin]bool{}, map[uint32]bool{}
		for n := get(); n > 0; n-- {
			set.senders[beginOf(b[:len(keyBegin{})])] = true
			b = b[len(keyBegin{}):]
		}
		hop := uint32(0)
		for n := get(); n > 0; n-- {
			hop += uint32(get())
			set.hops[hop] = true
		}
	}
}
