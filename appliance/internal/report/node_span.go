package report

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// NodeSpan is what a node's packets show that stand in some hours: adverts that
// it sent, and packets that it certainly relayed.
type NodeSpan struct {
	From       int64      // where the first hour begins, Unix ms
	ByHour     []int64    // packets, the hour that is not over last
	Types      [16]int64  // packets by payload type
	Passed     [64]int64  // receptions by relays that they passed
	Hearers    []Hearer   // observers that heard the node itself, most receptions first
	SNR        Spread     // of their receptions
	Latest     []HeardOne // of their receptions with an SNR, the newest first
	Receptions int64
}

// Packets is how many there are.
func (n NodeSpan) Packets() (all int64) {
	for _, c := range n.ByHour {
		all += c
	}
	return all
}

// Hearer is an observer that heard a node itself.
type Hearer struct {
	Observer    mesh.Observer
	Receptions  int64
	SNR, RSSI   Spread // quarter dB, dBm
	First, Last int64  // Unix ms
}

// HeardOne is a reception by which an observer heard a node itself.
type HeardOne struct {
	At       int64 // Unix ms
	SNR4     int8
	RSSI     int16
	Observer mesh.Observer
}

// Spread sums whole numbers up.
type Spread struct{ N, Sum, Squares int64 }

func (s *Spread) add(v int64) { s.N, s.Sum, s.Squares = s.N+1, s.Sum+v, s.Squares+v*v }

func (s *Spread) join(o Spread) { s.N, s.Sum, s.Squares = s.N+o.N, s.Sum+o.Sum, s.Squares+o.Squares }

// Mean is their mean; 0 of none.
func (s Spread) Mean() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.Sum) / float64(s.N)
}

// Deviation is their standard deviation, of the whole population; 0 of none.
func (s Spread) Deviation() float64 {
	if s.N == 0 {
		return 0
	}
	n := float64(s.N)
	return math.Sqrt(max(0, (n*float64(s.Squares)-float64(s.Sum)*float64(s.Sum))/(n*n)))
}

// NodeSpan looks at a node's packets in so many hours up to now, of which the
// last is not over, and at no more than most of its latest receptions. Its error
// is that of ctx.
func (p Packets) NodeSpan(ctx context.Context, key meshcore.PublicKey, hours, most int, now int64) (NodeSpan, error) {
	of := nodePackets{p: p, key: key, hops: p.Nodes.Hops(key)}
	of.question, of.mentions = fmt.Sprint("packets of ", key, of.hops), mentioning(of.hops)
	of.wanted = map[meshcore.Hop]bool{}
	for _, h := range of.hops {
		of.wanted[h] = true
	}
	last := uint32(max(now, 0) / hourMs)
	first := last + 1 - min(last+1, uint32(hours))
	views := p.Store.Views(func(hour uint32) bool { return hour >= first }).Hours
	out := NodeSpan{From: int64(first) * hourMs, ByHour: make([]int64, last+1-first)}
	parts := make([]hourOfNode, len(views))
	err := Share(ctx, len(views), func(_, i int) { parts[i] = of.hour(&views[i]) })
	if err != nil {
		return out, err
	}
	hearers := map[uint32]*Hearer{}
	add := func(hour uint32, s *nodeSum) {
		if hour < first || hour > last {
			return
		}
		out.ByHour[hour-first] += s.packets
		out.Receptions += s.receptions
		for i, n := range s.types {
			out.Types[i] += n
		}
		for i, n := range s.passed {
			out.Passed[i] += n
		}
		for num, h := range s.hearers {
			if hearers[num] == nil {
				o, _ := p.Store.ObserverByNum(num)
				hearers[num] = &Hearer{Observer: o, First: h.First, Last: h.Last}
			}
			hearers[num].join(h)
			out.SNR.join(h.SNR)
		}
	}
	for i := range views {
		add(views[i].Hour, &parts[i].main)
		add(views[i].Hour-1, &parts[i].early)
	}
	for _, num := range slices.Sorted(maps.Keys(hearers)) {
		out.Hearers = append(out.Hearers, *hearers[num])
	}
	slices.SortStableFunc(out.Hearers, func(a, b Hearer) int { return cmp.Compare(b.Receptions, a.Receptions) })
	out.Latest = of.latest(views, parts, out.From, most)
	return out, ctx.Err()
}

func (h *Hearer) join(o *Hearer) {
	h.Receptions += o.Receptions
	h.SNR.join(o.SNR)
	h.RSSI.join(o.RSSI)
	h.First, h.Last = min(h.First, o.First), max(h.Last, o.Last)
}

// nodePackets finds the packets of a node.
type nodePackets struct {
	p        Packets
	key      meshcore.PublicKey
	hops     []meshcore.Hop // that it alone fits
	wanted   map[meshcore.Hop]bool
	mentions func(*store.Head) bool // of open records that may have one of hops in a path
	question string
}

// has tells whether a transmission is one of the node's.
func (n *nodePackets) has(s *mesh.Scanned) bool { return n.sent(s) || heardHop(s, n.wanted) }

// sent tells whether it is the node's advert.
func (n *nodePackets) sent(s *mesh.Scanned) bool {
	return s.Type == meshcore.TypeAdvert && s.Verified && len(s.Payload) >= len(n.key) && meshcore.PublicKey(s.Payload[:len(n.key)]) == n.key
}

// ids are those of an hour's, ascending.
func (n *nodePackets) ids(hour uint32) []uint64 {
	ids := n.p.Nodes.SentWithin(hour, n.key)
	if len(n.hops) > 0 {
		ids = append(ids, n.p.Relays.Within(hour, n.hops)...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// hour sums up those that are stored in an hour.
func (n *nodePackets) hour(v *store.View) (out hourOfNode) {
	start := int64(v.Hour) * hourMs
	if state := v.State(); state != "" {
		known, ok := n.p.Memory.Recall(n.question, v.Hour, state)
		if !ok {
			alone := hourOfNode{}
			n.sealed(v, func(s *mesh.Scanned) bool { return alone.add(n, s, start) })
			known = alone.pack()
			n.p.Memory.Remember(n.question, v.Hour, state, known)
		}
		out.unpack(known)
	}
	n.p.Memory.EachPart(n.question, v.Hour, v.Heads.Serials(), func(k int) []byte {
		alone := hourOfNode{}
		n.open(v.Heads.Chunk(k), func(s *mesh.Scanned) bool { return alone.add(n, s, start) })
		return alone.pack()
	}, func(_ int, packed []byte) { out.unpack(packed) })
	return out
}

func (n *nodePackets) sealed(v *store.View, fn func(*mesh.Scanned) bool) {
	sealedOf(v, n.ids(v.Hour), fn)
}

func (n *nodePackets) open(heads []store.Head, fn func(*mesh.Scanned) bool) {
	maybe := func(h *store.Head) bool { return h.Sender != nil && *h.Sender == n.key || n.mentions(h) }
	store.EachOf(heads, maybe, func(s *mesh.Scanned) bool { return !n.has(s) || fn(s) })
}

// latest are the newest receptions by which the node itself was heard.
func (n *nodePackets) latest(views []store.View, parts []hourOfNode, from int64, most int) (out []HeardOne) {
	type one struct {
		at   int64
		snr4 int8
		rssi int16
		by   uint32
	}
	var list []one
	for i := range views {
		if parts[i].main.heard()+parts[i].early.heard() == 0 {
			continue
		}
		take := func(s *mesh.Scanned) bool {
			sent := n.sent(s)
			for k := range s.Obs {
				if o := &s.Obs[k]; s.First >= from && o.SNR4 != mesh.NoSNR && n.heard(s, o, sent) {
					list = append(list, one{o.At, o.SNR4, o.RSSI, o.Observer})
				}
			}
			return true
		}
		n.sealed(&views[i], take)
		for k := range views[i].Heads.Chunks() {
			n.open(views[i].Heads.Chunk(k), take)
		}
		slices.SortStableFunc(list, func(a, b one) int {
			return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.by, b.by))
		})
		// What is stored in the hours before stands before this one ends, or copies
		// of it some minutes later.
		if len(list) > most && list[most].at >= int64(views[i].Hour)*hourMs+episodeLength.Milliseconds() {
			break
		}
	}
	for _, o := range list[:min(most, len(list))] {
		by, _ := n.p.Store.ObserverByNum(o.by)
		out = append(out, HeardOne{o.at, o.snr4, o.rssi, by})
	}
	return out
}

// heard tells whether an observation is of the node's own sending: its hop was
// the last, or it sent the packet and no relay was between.
func (n *nodePackets) heard(s *mesh.Scanned, o *mesh.ScannedObs, sent bool) bool {
	if o.Leaf > 0 {
		return n.wanted[s.Tree.Hop(int(o.Leaf))]
	}
	if o.Leaf < 0 {
		if width, path, ok := ownHeard(o); ok {
			return n.wanted[meshcore.NewHop(path[len(path)-width:])]
		}
	}
	return sent && o.PathLen&63 == 0
}
