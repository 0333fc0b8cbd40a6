package report

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
	"hilltop/firmware-bridge/meshcore"
)

// PacketRow is one packet of the list: one episode of a transmission.
type PacketRow struct {
	ID         uint64
	Hash       meshcore.Hash
	Type       meshcore.Type
	First      int64 // where the earliest copy stands, Unix ms
	Size       int   // bytes of the earliest copy's frame
	Shown      Reception
	Copies     int         // receptions
	Others     int         // observers of other receptions than the shown one's
	Receptions []Reception // all, in the order asked for; nil unless they were asked for
	After      int64       // how long after the earliest copy the shown one stands, ms
	Paths      int         // different paths among them
	Regions    []string    // of all receptions, the shown one's first, then in the order of first mention
	Scope      Scope
	Content    Content
}

// Reception is one observation, named.
type Reception struct {
	Num      int    // place within its episode, from 0; stays the same
	Episode  uint64 // ID of the episode
	Obs      mesh.Observation
	Observer mesh.Observer
	Region   string   // where the observer was, "" unknown
	Sources  []string // that delivered it
	Route    meshcore.Route
	Path     Path
	Size     int // bytes of this copy's frame
}

// Late tells whether it arrived long after it was heard.
func (r Reception) Late() bool { return r.Obs.Flags&mesh.FlagLate != 0 }

// Scope is the region that a packet with transport codes is meant for.
type Scope struct {
	Has   bool // the route carries transport codes
	Name  string
	Codes [2]uint16
}

// row describes one packet. Its path and observer are those of the earliest
// reception that is wanted.
func (p Packets) row(tx mesh.Transmission, m *matcher) PacketRow {
	order := standing(tx.Observations)
	first := &tx.Observations[order[0]]
	out := PacketRow{ID: tx.ID, Hash: tx.Hash, Type: tx.Type, First: first.At, Copies: len(order), Content: p.content(tx)}
	wanted := m.matchCopies(&tx)
	shown := max(0, slices.IndexFunc(order, func(i int) bool { return wanted(&tx.Observations[i]) }))
	out.Shown = p.one(tx, order[shown])
	out.Size = out.Shown.Size
	out.Scope = p.scope(out.Shown.Obs.Packet(tx.Payload))
	paths := pathSet{list: make([]*mesh.Observation, 0, min(len(order), 32))}
	observers := append(make([]uint32, 0, 16), out.Shown.Obs.Observer)
	var regions []uint16
	mention := func(o *mesh.Observation) {
		if o.Region != 0 && !slices.Contains(regions, o.Region) {
			regions = append(regions, o.Region)
			out.Regions = append(out.Regions, p.region(*o))
		}
	}
	mention(&out.Shown.Obs)
	for _, i := range order {
		o := &tx.Observations[i]
		paths.add(o)
		if !slices.Contains(observers, o.Observer) {
			observers = append(observers, o.Observer)
		}
		mention(o)
	}
	out.Paths, out.Others = paths.len(), len(observers)-1
	return out
}

// standing is the order in which observations stand, by their places.
func standing(list []mesh.Observation) []int {
	order := make([]int, len(list))
	sorted := true
	for i := range order {
		order[i] = i
		sorted = sorted && (i == 0 || list[i-1].At <= list[i].At)
	}
	if !sorted {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(list[a].At, list[b].At) })
	}
	return order
}

// pathSet counts different paths. The zero value is empty.
type pathSet struct {
	list  []*mesh.Observation // one of each
	slots []uint16            // by hash of what is in list: its place, plus 1; 0 free. A power of two, half of them free
}

// pathsFew is up to how many paths are compared with all others.
const pathsFew = 8

// pathSeed is hashed with: nobody who sends packets can know it.
var pathSeed = maphash.MakeSeed()

func samePath(a, b *mesh.Observation) bool {
	return a.Header == b.Header && a.PathLen == b.PathLen && bytes.Equal(a.Path, b.Path)
}

func (s *pathSet) add(o *mesh.Observation) {
	if s.slots == nil {
		if slices.ContainsFunc(s.list, func(x *mesh.Observation) bool { return samePath(x, o) }) {
			return
		}
		if s.list = append(s.list, o); len(s.list) > pathsFew {
			s.grow()
		}
		return
	}
	at := s.slot(o)
	if s.slots[at] != 0 {
		return
	}
	s.list = append(s.list, o)
	if s.slots[at] = uint16(len(s.list)); 2*len(s.list) >= len(s.slots) {
		s.grow()
	}
}

// grow makes room for as many again.
func (s *pathSet) grow() {
	s.slots = make([]uint16, max(8*pathsFew, 2*len(s.slots)))
	for i, o := range s.list {
		s.slots[s.slot(o)] = uint16(i + 1)
	}
}

// slot is where a path is, or would be.
func (s *pathSet) slot(o *mesh.Observation) int {
	last := len(s.slots) - 1
	const spread = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio
	head := uint64(o.Header)<<8 | uint64(o.PathLen)
	at := int((maphash.Bytes(pathSeed, o.Path)^head)*spread>>32) & last
	for ; s.slots[at] != 0; at = (at + 1) & last {
		if samePath(s.list[s.slots[at]-1], o) {
			break
		}
	}
	return at
}

func (s *pathSet) len() int { return len(s.list) }

// receptions names the observations of an episode, in the order in which they
// stand.
func (p Packets) receptions(tx mesh.Transmission) []Reception {
	return p.receptionsOf(tx, func(*mesh.Observation) bool { return true })
}

// pathsFrom is how many receptions of a packet are named together: of fewer, each
// for itself takes less.
const pathsFrom = 4

// receptionsOf names those observations of an episode that are wanted, in the
// order in which they stand.
func (p Packets) receptionsOf(tx mesh.Transmission, wanted func(*mesh.Observation) bool) []Reception {
	var list []int
	for i := range tx.Observations {
		if wanted(&tx.Observations[i]) {
			list = append(list, i)
		}
	}
	out := make([]Reception, len(list))
	if len(list) < pathsFrom {
		for at, i := range list {
			out[at] = p.one(tx, i)
		}
	} else {
		names := p.paths(tx)
		for at, i := range list {
			out[at] = p.reception(tx, i, names[i])
		}
	}
	slices.SortStableFunc(out, func(a, b Reception) int { return cmp.Compare(a.Obs.At, b.Obs.At) })
	return out
}

// paths names the hops of every observation of an episode; nil where that is not
// known, or there are none.
func (p Packets) paths(tx mesh.Transmission) [][]naming.Hop {
	if p.Names == nil {
		return make([][]naming.Hop, len(tx.Observations))
	}
	return p.Names.Paths(tx).Hops
}

// one describes one observation of an episode.
func (p Packets) one(tx mesh.Transmission, i int) Reception {
	if p.Names == nil {
		return p.reception(tx, i, nil)
	}
	return p.reception(tx, i, p.Names.Path(tx, i))
}

// reception describes the observation that has a place in an episode, with the
// names of its hops.
func (p Packets) reception(tx mesh.Transmission, i int, names []naming.Hop) Reception {
	o := tx.Observations[i]
	packet := o.Packet(tx.Payload)
	namer := p.namer()
	if len(names) > 0 && len(names) == int(packet.PathLen&63) {
		namer = nil // resolve has the last word
	}
	r := Reception{Num: i, Episode: tx.ID, Obs: o, Route: packet.Route, Size: packet.Len(), Path: pathOf(packet, namer)}
	p.resolve(r.Path.Hops, names)
	r.Observer, _ = p.Store.ObserverByNum(o.Observer)
	r.Region = p.region(o)
	for n := range uint8(64) {
		if o.Sources&(1<<n) != 0 {
			r.Sources = append(r.Sources, p.Store.Source(n))
		}
	}
	return r
}

// region is where the observer was, "" if that is unknown.
func (p Packets) region(o mesh.Observation) string {
	if o.Region == 0 {
		return ""
	}
	return p.Store.Region(o.Region)
}

// resolve names the hops of a path as the packet's copies together show.
func (p Packets) resolve(hops []Hop, names []naming.Hop) {
	if len(hops) != len(names) {
		return
	}
	nodes := make([]mesh.Node, 0, len(names))
	for i, n := range names {
		h := &hops[i]
		h.Resolved, h.P, h.Provisional, h.Node = true, n.P, n.Provisional, nil
		if n.Named {
			node, ok := p.Store.Node(n.Key)
			if !ok {
				node.Key = n.Key
			}
			nodes = append(nodes, node)
			h.Node = &nodes[len(nodes)-1]
		}
	}
}

// namer is nil while the index of nodes is not there.
func (p Packets) namer() func(meshcore.Hop) (mesh.Node, bool) {
	if p.Nodes == nil {
		return nil
	}
	return p.Nodes.NameHop
}

func (p Packets) content(tx mesh.Transmission) Content {
	c := contentOf(tx.Type, tx.Payload, p.Ring, tx.Verified)
	if c.Advert != nil {
		_, c.Advert.Known = p.Store.Node(c.Advert.Key)
	}
	return c
}

func (p Packets) scope(packet meshcore.Packet) Scope {
	if !packet.Route.HasTransport() {
		return Scope{}
	}
	name, _ := packet.MatchRegion(p.Scopes)
	return Scope{Has: true, Name: name, Codes: packet.Transport}
}
