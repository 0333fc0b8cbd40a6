package figure

import (
	"math"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Filter says which observations count. A list that is nil says nothing; an
// empty one lets nothing pass.
type Filter struct {
	// From and To are a span in Unix ms: observations that stand at From or
	// later and before To.
	From, To int64
	// ByFirst makes the span that of transmissions: all observations of those
	// whose first copy stands in it, and no others.
	ByFirst bool

	Types    []meshcore.Type // of the transmission
	Channels []byte          // first byte of the payload of group text and data
	Verified bool            // only adverts whose signature and fields were good

	Observers []uint32
	Regions   []uint16
	Routes    []meshcore.Route
	Widths    []int // bytes a hop, as [mesh.HopWidth] says; 0 for unknown
	// Relays are beginnings of hops, and Keys nodes that a hop may mean: the
	// path of a flood has a hop that begins so, or that is how such a key
	// begins. Paths of direct packets and traces, which were not travelled so,
	// do not match.
	Relays []meshcore.Hop
	Keys   []meshcore.PublicKey

	Hops Range // relays that a flood passed; others do not match
	Size Range // bytes of the frame
	SNR4 Range // quarter dB; unknown does not match
	RSSI Range // dBm; unknown does not match
}

// Range is a range of numbers, both ends in it. The zero Range says nothing.
type Range struct {
	Least, Greatest int
	On              bool
}

// Between is a range that says something.
func Between(least, greatest int) Range { return Range{least, greatest, true} }

// Has tells whether a number is in it.
func (r Range) Has(n int) bool { return !r.On || n >= r.Least && n <= r.Greatest }

// Always is the filter that lets everything pass.
func Always() Filter { return Filter{From: math.MinInt64, To: math.MaxInt64} }

// NoChannel is the channel of a transmission that is in none.
const NoChannel = -1

// minGroup is the least payload of group text and data, as of
// meshcore.ParseGroup.
const minGroup = 4

// channel is the first byte of the payload of group text and data.
func channel(t meshcore.Type, payload []byte) int {
	if t != meshcore.TypeGrpTxt && t != meshcore.TypeGrpData || len(payload) < minGroup {
		return NoChannel
	}
	return int(payload[0])
}

// copyOf is an observation as filters and tables see it.
type copyOf struct {
	at       int64
	observer uint32
	region   uint16
	snr      int8
	rssi     int16
	route    uint8
	width    int8
	hops     int32
	size     int32
}

// transmission is a transmission as filters and tables see it.
type transmission struct {
	first   int64
	kind    meshcore.Type
	channel int
	payload int // bytes
}

// compiled is a filter made ready.
type compiled struct {
	Filter
	types     [256]bool
	channels  [256]bool
	observers set
	regions   set
	routes    [4]bool
	widths    [4]bool
	relays    []relay
	firsts    [256]bool // first bytes of hops that may match
	channelOn bool
	relayOn   bool
	paths     bool // it asks what only paths tell
}

// relay is a pattern of a hop: all bytes that both have must be the same; a
// hop must have least bytes.
type relay struct {
	bytes []byte
	least int
}

func compile(f Filter) *compiled {
	c := &compiled{Filter: f, observers: newSet(f.Observers), channelOn: f.Channels != nil, relayOn: f.Relays != nil || f.Keys != nil}
	regions := make([]uint32, 0, len(f.Regions))
	for _, r := range f.Regions {
		regions = append(regions, uint32(r))
	}
	if f.Regions == nil {
		regions = nil
	}
	c.regions = newSet(regions)
	fill(c.types[:], f.Types)
	fill(c.channels[:], f.Channels)
	fill(c.routes[:], f.Routes)
	fill(c.widths[:], f.Widths)
	for _, h := range f.Relays {
		if b := h.Bytes(); len(b) > 0 {
			c.relays, c.firsts[b[0]] = append(c.relays, relay{b, len(b)}), true
		}
	}
	for _, k := range f.Keys {
		c.relays, c.firsts[k[0]] = append(c.relays, relay{k[:3:3], 1}), true
	}
	c.paths = f.Routes != nil || f.Widths != nil || c.relayOn || f.Hops.On || f.Size.On
	return c
}

// fill marks what is in a list; everything if it is nil.
func fill[T ~byte | ~int](marks []bool, list []T) {
	for i := range marks {
		marks[i] = list == nil
	}
	for _, v := range list {
		if int(v) >= 0 && int(v) < len(marks) {
			marks[v] = true
		}
	}
}

// set is a set of numbers, most of them small; all of them if it is not on.
type set struct {
	on   bool
	bits []uint64
	more map[uint32]struct{}
}

const smallNumbers = 1 << 16

func newSet(list []uint32) (s set) {
	s.on = list != nil
	for _, v := range list {
		if v >= smallNumbers {
			if s.more == nil {
				s.more = make(map[uint32]struct{})
			}
			s.more[v] = struct{}{}
			continue
		}
		for int(v/64) >= len(s.bits) {
			s.bits = append(s.bits, 0)
		}
		s.bits[v/64] |= 1 << (v % 64)
	}
	return s
}

func (s *set) has(v uint32) bool {
	switch {
	case !s.on:
		return true
	case int64(v/64) < int64(len(s.bits)):
		return s.bits[v/64]>>(v%64)&1 != 0
	}
	_, ok := s.more[v]
	return ok
}

// takes tells whether a transmission is as the filter says.
func (c *compiled) takes(t *transmission, verified bool) bool {
	return c.types[t.kind] && (!c.channelOn || t.channel >= 0 && c.channels[t.channel]) &&
		(verified || !c.Verified) && (!c.ByFirst || c.inSpan(t.first))
}

func (c *compiled) inSpan(t int64) bool { return t >= c.From && t < c.To }

// hears tells whether an observation is as the filter says, as far as columns
// tell.
func (c *compiled) hears(o *copyOf) bool {
	return (c.ByFirst || c.inSpan(o.at)) && c.observers.has(o.observer) && c.regions.has(uint32(o.region)) && c.signal(o.snr, o.rssi)
}

func (c *compiled) signal(snr int8, rssi int16) bool {
	return (!c.SNR4.On || snr != mesh.NoSNR && c.SNR4.Has(int(snr))) && (!c.RSSI.On || rssi != mesh.NoRSSI && c.RSSI.Has(int(rssi)))
}

// passes tells whether an observation is as the filter says of its head, but
// for its relays.
func (c *compiled) passes(o *copyOf) bool {
	return c.routes[o.route] && c.widths[o.width] && c.Size.Has(int(o.size)) && (!c.Hops.On || o.hops >= 0 && c.Hops.Has(int(o.hops)))
}

// means tells whether a hop is one of the filter's relays.
func (c *compiled) means(hop []byte) bool {
	if !c.firsts[hop[0]] {
		return false
	}
	for i := range c.relays {
		r := &c.relays[i]
		if n := min(len(hop), len(r.bytes)); len(hop) >= r.least && string(hop[:n]) == string(r.bytes[:n]) {
			return true
		}
	}
	return false
}
