package meshcore

import "errors"

// ErrPath says that hops do not make a path: mixed widths, or more than 64
// bytes or 63 hops.
var ErrPath = errors.New("path: hops of one width, at most 63 and 64 bytes")

// NewFlood is a packet as its originator floods it: no hops yet, hopWidth
// bytes for each to come (1 to 3).
func NewFlood(t Type, hopWidth int, payload []byte) Packet {
	p := Packet{Route: Flood, Type: t, PathLen: byte(min(max(hopWidth, 1), 3)-1) << 6, Payload: payload}
	p.Header = p.header()
	return p
}

// NewDirect is a packet for a route of hops of one width; none for the nodes
// in reach only. A TRACE has its route in the payload, and none here.
func NewDirect(t Type, route []Hop, payload []byte) (Packet, error) {
	p := Packet{Route: Direct, Type: t, Payload: payload}
	p.Header = p.header()
	var err error
	p.PathLen, p.PathBytes, err = EncodePath(route)
	return p, err
}

// EncodePath gives the path length byte and the bytes of a path.
func EncodePath(path []Hop) (pathLen byte, b []byte, err error) {
	if len(path) == 0 {
		return 0, nil, nil
	}
	width := path[0].Width()
	if width == 0 || len(path) > MaxHops || width*len(path) > MaxPath {
		return 0, nil, ErrPath
	}
	for _, h := range path {
		if h.Width() != width {
			return 0, nil, ErrPath
		}
		b = append(b, h.b[:h.n]...)
	}
	return byte(width-1)<<6 | byte(len(path)), b, nil
}

// Scoped is the packet with the code of a region, which its payload decides. A
// key of zeroes is no scope, and takes the codes away.
func (p Packet) Scoped(key [16]byte) Packet {
	if key == [16]byte{} {
		p.Route, p.Transport = p.Route.withoutTransport(), [2]uint16{}
		p.Header = p.header()
		return p
	}
	if p.Route.IsFlood() {
		p.Route = TransportFlood
	} else {
		p.Route = TransportDirect
	}
	p.Transport = [2]uint16{RegionCode(key, p.Type, p.Payload), 0}
	p.Header = p.header()
	return p
}

// ScopedNowhere is the packet with both codes 0, which no repeater forwards:
// nodes share contacts so.
func (p Packet) ScopedNowhere() Packet {
	p = p.Scoped([16]byte{1})
	p.Transport = [2]uint16{}
	return p
}

// Relayed is the packet as the node with this key sends it on: of a flood with
// its hop behind the path, of a direct packet without the first hop, which has
// to be the node's. It is false when the node does not relay: the path is
// full, or another node is next. Traces are extended by [Packet.Traced].
func (p Packet) Relayed(k PublicKey) (Packet, bool) {
	width, count := p.HopWidth(), int(p.PathLen&63)
	own := k.Hop(width)
	switch {
	case p.Type == TypeTrace:
		return p, false
	case p.Route.IsFlood():
		if count == MaxHops || width*(count+1) > MaxPath {
			return p, false
		}
		p.PathBytes = append(append([]byte(nil), p.PathBytes...), own.b[:own.n]...)
		p.PathLen++
		return p, true
	case count == 0 || NewHop(p.PathBytes[:width]) != own:
		return p, false
	default:
		p.PathBytes = p.PathBytes[width:]
		p.PathLen--
		return p, true
	}
}

// Traced is a TRACE as the node with this key sends it on: with the SNR, in
// quarter dB, with which it was received. It is false when the node is not the
// next of the planned route.
func (p Packet) Traced(k PublicKey, snr int8) (Packet, bool) {
	t, err := ParseTrace(p.Payload)
	if p.Type != TypeTrace || p.Route.IsFlood() || err != nil || p.PathLen >= MaxHops || t.AtEnd(p.PathLen) {
		return p, false
	}
	next := int(p.PathLen)
	if next >= t.Len() || string(t.At(next)) != string(k[:t.HashSize()]) {
		return p, false
	}
	p.PathBytes = append(append([]byte(nil), p.PathBytes...), byte(snr))
	p.PathLen++
	return p, true
}

func (p Packet) header() byte { return byte(p.Route&3) | byte(p.Type&15)<<2 | p.Version<<6 }
