package index

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// world is a small store: what it holds and what it tells of changes are as
// the real one's.
type world struct {
	seq uint64
	tx  []*sent // by ID, from 1
	now map[uint32][]*sent

	// between is called while an hour is being read.
	between func()
	// refuse makes reading an hour fail.
	refuse func(hour uint32) bool
}

// sent is one transmission.
type sent struct {
	mesh.Scanned
	hour uint32
	text *Text
}

func newWorld() *world { return &world{now: map[uint32][]*sent{}} }

// Hours lists the hours that hold anything, newest first.
func (w *world) Hours() []uint32 {
	hours := newestFirst(w.now)
	w.pause()
	return hours
}

func (w *world) pause() {
	if w.between != nil {
		w.between()
	}
}

// moment is an hour as it was.
type moment struct {
	w    *world
	hour uint32
	seq  uint64
	list []mesh.Scanned
}

// Pick copies an hour.
func (w *world) Pick(hour uint32) Pick {
	w.pause()
	m := moment{w: w, hour: hour, seq: w.seq}
	for _, s := range w.now[hour] {
		m.list = append(m.list, s.view())
	}
	w.pause()
	return m
}

func (s *sent) view() mesh.Scanned {
	v := s.Scanned
	v.Obs = slices.Clone(v.Obs)
	v.Tree = cloneTree(v.Tree)
	return v
}

func cloneTree(t mesh.Tree) mesh.Tree {
	t.HopBytes, t.Parents = bytes.Clone(t.HopBytes), slices.Clone(t.Parents)
	return t
}

func (m moment) Seq() uint64 { return m.seq }

// Each shows each transmission in memory that is then used again.
func (m moment) Each(fn func(*mesh.Scanned) bool) {
	if m.w.refuse != nil && m.w.refuse(m.hour) {
		panic("the hour cannot be read")
	}
	var v mesh.Scanned
	for i := range m.list {
		from := &m.list[len(m.list)-1-i] // in no order
		v.Obs = append(v.Obs[:0], from.Obs...)
		v.Tree.HopBytes = append(v.Tree.HopBytes[:0], from.Tree.HopBytes...)
		v.Tree.Parents = append(v.Tree.Parents[:0], from.Tree.Parents...)
		obs, tree := v.Obs, v.Tree
		v = *from
		v.Obs, v.Tree.HopBytes, v.Tree.Parents = obs, tree.HopBytes, tree.Parents
		more := fn(&v)
		m.w.pause()
		if !more {
			return
		}
	}
}

func (w *world) count() int64 { return int64(len(w.tx)) }

// report is a copy of a packet.
type report struct {
	at, arrived int64
	observer    uint32
	snr         int8
	path        []meshcore.Hop
	route       meshcore.Route
}

// begin starts a transmission.
func (w *world) begin(typ meshcore.Type, payload []byte, verified bool, r report) Event {
	s := &sent{hour: uint32(int32(mesh.HourOf(r.at)))}
	s.ID, s.Type, s.Payload, s.Verified, s.First = uint64(len(w.tx)+1), typ, payload, verified, r.at
	s.Hash = meshcore.Hash{byte(s.ID), byte(s.ID >> 8), 1}
	if typ == meshcore.TypeGrpTxt {
		s.text = ReadText(ring(), payload)
	}
	w.tx = append(w.tx, s)
	w.now[s.hour] = append(w.now[s.hour], s)
	e := w.hear(s.ID, r)
	e.New, e.Text = true, s.text
	if verified {
		a, err := meshcore.ParseAdvert(payload)
		if err != nil {
			panic(err)
		}
		e.Advert = &a
	}
	return e
}

// worldRegions are where observers are: nowhere known, near, and beyond what has
// a bit in a regionSet.
var worldRegions = [3]uint16{0, 1, 70}

// hear adds a copy to a transmission.
func (w *world) hear(id uint64, r report) Event {
	s := w.tx[id-1]
	w.seq++
	length, path, err := meshcore.EncodePath(r.path)
	if err != nil {
		panic(err)
	}
	header := byte(s.Type)<<2 | byte(r.route)
	o := mesh.Observation{At: r.at, Arrived: r.arrived, Observer: r.observer, Region: worldRegions[r.observer%3], SNR4: r.snr, RSSI: -90,
		Header: header, PathLen: length, Path: path}
	if r.arrived == 0 {
		o.Arrived = r.at
	}
	if r.observer%2 == 1 {
		o.Flags = mesh.FlagLate
	}
	if r.observer > 2 {
		o.Flags |= mesh.FlagHeardStands
	}
	e := Event{Seq: w.seq, Hour: s.hour, Tx: s.ID, Hash: s.Hash, Type: s.Type, Payload: s.Payload, Was: s.First, Obs: o, Leaf: -1}
	before := s.Tree.Len()
	if width := int(length>>6) + 1; r.route.IsFlood() && s.Type != meshcore.TypeTrace && (s.Tree.Width == 0 || s.Tree.Width == width && s.Tree.Header == header) {
		s.Tree.Width, s.Tree.Header = width, header
		e.Leaf = s.grow(path)
	}
	s.First = min(s.First, r.at)
	e.First, e.Tree, e.Fresh = s.First, cloneTree(s.Tree), before+1
	s.Obs = append(s.Obs, mesh.ScannedObs{At: o.At, Arrived: o.Arrived, Observer: o.Observer, Region: o.Region, Leaf: e.Leaf,
		SNR4: o.SNR4, RSSI: o.RSSI, Flags: o.Flags, Header: header, PathLen: length, OwnPath: path})
	return e
}

func (s *sent) grow(path []byte) (leaf int32) {
	t := &s.Tree
	for ; len(path) > 0; path = path[t.Width:] {
		next := int32(0)
		for n := 1; n <= t.Len(); n++ {
			if t.Parents[n-1] == uint32(leaf) && bytes.Equal(t.HopBytes[(n-1)*t.Width:n*t.Width], path[:t.Width]) {
				next = int32(n)
			}
		}
		if next == 0 {
			t.Parents = append(t.Parents, uint32(leaf))
			t.HopBytes = append(t.HopBytes, path[:t.Width]...)
			next = int32(t.Len())
		}
		leaf = next
	}
	return leaf
}

// improve has the last copy of a transmission measured better.
func (w *world) improve(id uint64) Event {
	s := w.tx[id-1]
	w.seq++
	o := &s.Obs[len(s.Obs)-1]
	o.SNR4++
	return Event{Seq: w.seq, Hour: s.hour, Improved: true}
}

// dropBefore lets go of the hours before one.
func (w *world) dropBefore(hour uint32) {
	for h := range w.now {
		if h < hour {
			delete(w.now, h)
		}
	}
}

// people are the nodes of the random world: relays that share bytes, and one
// that is no relay.
func people() (list []mesh.Node) {
	for i, k := range []meshcore.PublicKey{key(0xA1, 1), key(0xA1, 2), key(0xB2, 1), key(0xC3, 9, 9), key(0xD4)} {
		n := relay(k)
		if i == 4 {
			n.Role = meshcore.RoleCompanion
		}
		list = append(list, n)
	}
	return list
}

// facts are those of the random world.
type facts struct{}

func (facts) Nodes() []mesh.Node { return people() }
func (facts) Observers() []mesh.Observer {
	return []mesh.Observer{{Num: 1, ID: "x"}, {Num: 2, ID: "y"}}
}
func (facts) Metrics(string, int64, int64) []mesh.MetricsSample { return nil }

// chance makes random changes to a world and tells of them.
type chance struct {
	*rand.Rand
	w     *world
	hour  uint32 // changes are around this one
	floor uint32
	tell  func(*Event)
	drop  func(at int64)
}

func (c *chance) path(width int) (hops []meshcore.Hop) {
	nodes := people()
	for range c.IntN(9) {
		hops = append(hops, nodes[c.IntN(len(nodes))].Key.Hop(width))
	}
	return hops
}

// report is a copy around a time. Widths are mostly those of the transmission.
func (c *chance) report(at int64, id uint64) report {
	width := 1 + int(id%3)
	r := report{at: at, observer: uint32(1 + c.IntN(4)), snr: int8(c.IntN(80) - 40), route: meshcore.Flood}
	switch c.IntN(12) {
	case 0:
		width = 1 + c.IntN(3)
	case 1:
		r.route = meshcore.Direct
		if c.IntN(2) == 0 {
			return r
		}
	case 2:
		r.arrived = at + int64(c.IntN(5*mesh.HourMS))
	case 3:
		r.snr = mesh.NoSNR
	}
	r.path = c.path(width)
	return r
}

// step makes one change.
func (c *chance) step() {
	switch n := c.IntN(100); {
	case n < 35 || len(c.w.tx) == 0:
		hour := max(c.hour-uint32(c.IntN(4)), c.floor)
		at := mesh.HourStart(hour) + int64(c.IntN(mesh.HourMS))
		id := uint64(len(c.w.tx) + 1)
		typ, payload, verified := c.content(id)
		e := c.w.begin(typ, payload, verified, c.report(at, id))
		c.tell(&e)
	case n < 92:
		s := c.w.tx[c.IntN(len(c.w.tx))]
		if s.hour < c.floor {
			return
		}
		e := c.w.hear(s.ID, c.report(s.First+int64(c.IntN(2*lateFirst))-lateFirst/2, s.ID))
		c.tell(&e)
	case n < 95:
		s := c.w.tx[c.IntN(len(c.w.tx))]
		if s.hour < c.floor {
			return
		}
		e := c.w.improve(s.ID)
		c.tell(&e)
	case n < 97:
		c.hour++
	case n < 98 && c.floor+6 < c.hour:
		c.floor++
		c.w.dropBefore(c.floor)
		c.drop(mesh.HourStart(c.floor))
	}
}

func (c *chance) content(id uint64) (meshcore.Type, []byte, bool) {
	switch c.IntN(5) {
	case 0:
		k := people()[c.IntN(5)].Key
		return meshcore.TypeAdvert, advertOf(k), c.IntN(4) > 0
	case 1:
		return meshcore.TypeGrpTxt, groupText(meshcore.PublicChannelKey(), "Ada", fmt.Sprint(id)).Payload, false
	case 2:
		return meshcore.TypeGrpTxt, groupText(meshcore.HashtagKey("#other"), "Eve", fmt.Sprint(id)).Payload, false
	case 3:
		return meshcore.TypeTrace, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9}, false
	}
	return meshcore.TypeTxtMsg, []byte("0123456789abcdef0123"), false
}

// advertOf is the payload of an advert with a signature that nobody checks.
func advertOf(k meshcore.PublicKey) []byte {
	b := append(slices.Clone(k[:]), make([]byte, 4+64)...)
	return append(b, byte(meshcore.RoleRepeater))
}

// built are all indexes that a builder has made.
type built struct {
	*Builder
	routes *Routes
	relays *Relays
	links  *Links
	lists  *Set
}

func newBuilt(t testing.TB, past Past, total func() int64) built {
	t.Helper()
	b := built{Builder: NewBuilder(ring(), NewGates(), nil)}
	b.Begin(facts{}, past, total)
	b.routes, b.links, b.relays = b.days[0].x.(*Routes), b.days[1].x.(*Links), b.hours[0].x.(*Relays)
	b.lists = b.Builder.lists
	return b
}
