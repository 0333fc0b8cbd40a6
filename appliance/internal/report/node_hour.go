package report

import (
	"encoding/binary"
	"maps"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// hourOfNode sums up the packets of a node that are stored in an hour: those that
// stand there, and those that stand shortly before.
type hourOfNode struct{ main, early nodeSum }

// nodeSum is what some packets of a node show.
type nodeSum struct {
	packets, receptions int64
	types               [16]int64
	passed              [64]int64
	hearers             map[uint32]*Hearer // by number of the observer; who that is is not filled in
}

// add takes a packet; start is where the hour begins.
func (h *hourOfNode) add(n *nodePackets, s *mesh.Scanned, start int64) bool {
	sum := &h.main
	if s.First < start {
		sum = &h.early
	}
	sum.packets++
	sum.receptions += int64(len(s.Obs))
	sum.types[s.Type&15]++
	sent := n.sent(s)
	for i := range s.Obs {
		o := &s.Obs[i]
		if meshcore.Route(o.Header&3).IsFlood() || o.PathLen&63 == 0 { // the path of another is still to go
			sum.passed[o.PathLen&63]++
		}
		if n.heard(s, o, sent) {
			sum.hear(o)
		}
	}
	return true
}

// hear takes a reception by which the node itself was heard.
func (n *nodeSum) hear(o *mesh.ScannedObs) {
	h := n.hearers[o.Observer]
	if h == nil {
		if n.hearers == nil {
			n.hearers = map[uint32]*Hearer{}
		}
		h = &Hearer{First: o.At, Last: o.At}
		n.hearers[o.Observer] = h
	}
	h.Receptions++
	h.First, h.Last = min(h.First, o.At), max(h.Last, o.At)
	if o.SNR4 != mesh.NoSNR {
		h.SNR.add(int64(o.SNR4))
	}
	if o.RSSI != mesh.NoRSSI {
		h.RSSI.add(int64(o.RSSI))
	}
}

// heard is how many receptions were of the node itself.
func (n *nodeSum) heard() (all int64) {
	for _, h := range n.hearers {
		all += h.Receptions
	}
	return all
}

// pack gives the sums in bytes.
func (h *hourOfNode) pack() []byte {
	var b []byte
	put := func(list ...int64) {
		for _, v := range list {
			b = binary.AppendVarint(b, v)
		}
	}
	sparse := func(list []int64) {
		for i, v := range list {
			if v != 0 {
				put(int64(i), v)
			}
		}
		put(-1)
	}
	for _, sum := range []*nodeSum{&h.main, &h.early} {
		put(sum.packets)
		if sum.packets == 0 {
			continue
		}
		put(sum.receptions)
		sparse(sum.types[:])
		sparse(sum.passed[:])
		put(int64(len(sum.hearers)))
		for _, num := range slices.Sorted(maps.Keys(sum.hearers)) {
			o := sum.hearers[num]
			put(int64(num), o.Receptions, o.First, o.Last-o.First, o.SNR.N, o.SNR.Sum, o.SNR.Squares, o.RSSI.N, o.RSSI.Sum, o.RSSI.Squares)
		}
	}
	return slices.Clip(b)
}

// unpack adds what pack gave.
func (h *hourOfNode) unpack(b []byte) {
	get := func() int64 {
		v, n := binary.Varint(b)
		b = b[n:]
		return v
	}
	sparse := func(list []int64) {
		for i := get(); i >= 0; i = get() {
			list[i] += get()
		}
	}
	for _, sum := range []*nodeSum{&h.main, &h.early} {
		packets := get()
		if packets == 0 {
			continue
		}
		sum.packets += packets
		sum.receptions += get()
		sparse(sum.types[:])
		sparse(sum.passed[:])
		if sum.hearers == nil {
			sum.hearers = map[uint32]*Hearer{}
		}
		for n := get(); n > 0; n-- {
			num := uint32(get())
			o := &Hearer{Receptions: get(), First: get()}
			o.Last = o.First + get()
			o.SNR, o.RSSI = Spread{get(), get(), get()}, Spread{get(), get(), get()}
			if have := sum.hearers[num]; have != nil {
				have.join(o)
			} else {
				sum.hearers[num] = o
			}
		}
	}
}
