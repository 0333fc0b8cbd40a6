package meshcore

import (
	"encoding/hex"
	"fmt"
	"iter"
)

// Hop is one entry of a path: the first 1, 2 or 3 bytes of a relay's public
// key. It is not a node: several may share it. Hops compare with ==; the zero
// Hop is none.
type Hop struct {
	b [3]byte
	n uint8
}

// NewHop makes a hop of 1 to 3 bytes. Of any other number it makes the zero Hop.
func NewHop(b []byte) (h Hop) {
	if len(b) < 1 || len(b) > len(h.b) {
		return Hop{}
	}
	h.n = uint8(copy(h.b[:], b))
	return h
}

// ParseHop reads 2, 4 or 6 hex digits in any case.
func ParseHop(s string) (Hop, error) {
	b, err := hex.DecodeString(s)
	if err != nil {
		return Hop{}, fmt.Errorf("hop: %w", err)
	}
	h := NewHop(b)
	if h.n == 0 {
		return h, fmt.Errorf("hop: want 2, 4 or 6 hex digits, have %d", len(s))
	}
	return h, nil
}

// Width is the number of bytes, 1 to 3; 0 of the zero Hop.
func (h Hop) Width() int { return int(h.n) }

// Bytes is a copy of the hop's bytes.
func (h Hop) Bytes() []byte { return append([]byte(nil), h.b[:h.n]...) }

// String is upper-case hex, as observers print it.
func (h Hop) String() string { return upperHex(h.b[:h.n]) }

// Matches reports whether the key begins with the hop. The zero Hop matches none.
func (h Hop) Matches(k PublicKey) bool {
	return h.n > 0 && h == k.Hop(int(h.n))
}

// hops is a sequence of hops of one width.
type hops struct {
	b     []byte
	width int
}

func (p hops) len() int {
	if p.width == 0 {
		return 0
	}
	return len(p.b) / p.width
}

func (p hops) at(i int) Hop { return NewHop(p.b[i*p.width : (i+1)*p.width]) }

func (p hops) all() iter.Seq2[int, Hop] {
	return func(yield func(int, Hop) bool) {
		for i := range p.len() {
			if !yield(i, p.at(i)) {
				return
			}
		}
	}
}

func (p hops) appendTo(dst []Hop) []Hop {
	for i := range p.len() {
		dst = append(dst, p.at(i))
	}
	return dst
}

// HeardPath is the path of a flood: the relays that the copy passed, in the
// order in which they sent it. Empty means that the originator itself was heard.
type HeardPath struct{ hops hops }

// Heard gives the relays of a flooded packet so far. It is false for direct
// packets, whose path was not travelled yet, and for a TRACE.
func (p Packet) Heard() (HeardPath, bool) {
	if !p.Route.IsFlood() || p.Type == TypeTrace {
		return HeardPath{}, false
	}
	return HeardPath{hops{p.PathBytes, p.HopWidth()}}, true
}

// Len is the number of relays.
func (h HeardPath) Len() int { return h.hops.len() }

// At is the i-th relay; 0 is the first that repeated the packet.
func (h HeardPath) At(i int) Hop { return h.hops.at(i) }

// Last is the transmitter that was heard: the last relay. It is false when the
// originator was heard.
func (h HeardPath) Last() (Hop, bool) {
	if h.Len() == 0 {
		return Hop{}, false
	}
	return h.At(h.Len() - 1), true
}

// All yields the relays in travel order.
func (h HeardPath) All() iter.Seq2[int, Hop] { return h.hops.all() }

// AppendHops appends the relays to dst in travel order.
func (h HeardPath) AppendHops(dst []Hop) []Hop { return h.hops.appendTo(dst) }

// RouteAhead is the path of a direct packet: the relays that are still to
// repeat it. None of them was heard. Empty means the last leg.
type RouteAhead struct{ hops hops }

// Ahead gives the relays still to come of a direct packet. It is false for
// floods and for a TRACE.
func (p Packet) Ahead() (RouteAhead, bool) {
	if p.Route.IsFlood() || p.Type == TypeTrace {
		return RouteAhead{}, false
	}
	return RouteAhead{hops{p.PathBytes, p.HopWidth()}}, true
}

// Len is the number of relays still to come.
func (a RouteAhead) Len() int { return a.hops.len() }

// At is the i-th relay still to come; 0 is the next.
func (a RouteAhead) At(i int) Hop { return a.hops.at(i) }

// All yields the relays in the order in which they will repeat the packet.
func (a RouteAhead) All() iter.Seq2[int, Hop] { return a.hops.all() }

// AppendHops appends the relays to dst, the next one first.
func (a RouteAhead) AppendHops(dst []Hop) []Hop { return a.hops.appendTo(dst) }

// TraceSNRs is the path of a TRACE: with which SNR each hop done was heard.
// Entry i was measured by node i of the planned route.
type TraceSNRs struct{ b []byte }

// TraceSNR gives the SNRs that a TRACE has collected. It is false for all
// other types.
func (p Packet) TraceSNR() (TraceSNRs, bool) {
	if p.Type != TypeTrace {
		return TraceSNRs{}, false
	}
	return TraceSNRs{p.PathBytes}, true
}

// Len is the number of hops done.
func (s TraceSNRs) Len() int { return len(s.b) }

// At is the SNR of hop i in quarters of a decibel.
func (s TraceSNRs) At(i int) int8 { return int8(s.b[i]) }

// DB is the SNR of hop i in decibels.
func (s TraceSNRs) DB(i int) float64 { return float64(s.At(i)) / 4 }

// All yields the SNRs in quarters of a decibel, in travel order.
func (s TraceSNRs) All() iter.Seq2[int, int8] {
	return func(yield func(int, int8) bool) {
		for i := range s.b {
			if !yield(i, int8(s.b[i])) {
				return
			}
		}
	}
}
