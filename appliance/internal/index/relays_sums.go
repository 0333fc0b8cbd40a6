package index

import (
	"encoding/binary"
	"slices"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Relaying counts transmissions that a node relayed.
type Relaying struct {
	Certain  int64 // under a hop that only this node fits
	Believed int64 // others that it is believed to have relayed
}

func (r *Relaying) count(believed bool) {
	if believed {
		r.Believed++
	} else {
		r.Certain++
	}
}

func (r *Relaying) join(o Relaying) {
	r.Certain += o.Certain
	r.Believed += o.Believed
}

// RelayCount counts the transmissions that a node relayed.
type RelayCount struct {
	Key meshcore.PublicKey
	Relaying
	Unscoped Relaying // of these, floods without transport codes
	Last     int64    // where the latest certain one stands, Unix ms; 0 none
}

// relaySum is RelayCount of one hour.
type relaySum struct {
	Relaying
	unscoped Relaying
	last     int64
}

func (c *RelayCount) join(s relaySum) {
	c.Relaying.join(s.Relaying)
	c.Unscoped.join(s.unscoped)
	c.Last = max(c.Last, s.last)
}

// Count counts the transmissions that stand in from ≤ time < to (Unix ms) and
// that a node relayed: certainly under one of its hops, which only it fits.
func (x *Relays) Count(key meshcore.PublicKey, hops []meshcore.Hop, from, to int64) RelayCount {
	return x.Counts(nil, key, hops, to, from)[0]
}

// Counts is Count from several times on, up to the same. What whole hours come to
// is remembered in m; nil: nothing is.
func (x *Relays) Counts(m *figure.Memory, key meshcore.PublicKey, hops []meshcore.Hop, to int64, from ...int64) []RelayCount {
	out := make([]RelayCount, len(from))
	for i := range out {
		out[i].Key = key
	}
	q := relaysOf{x: x, key: key, codes: codesOfHops(hops), memory: m}
	x.eachHour(slices.Min(from), to, func(hour uint32, h *relayHour) bool {
		sum, summed, split := relaySum{}, false, false
		for i, from := range from {
			switch all, any := inside(hour, from, to); {
			case !all:
				split = split || any
			case !summed:
				sum, summed = q.sum(hour, h), true
				fallthrough
			default:
				out[i].join(sum)
			}
		}
		if !split {
			return true
		}
		q.each(hour, h, func(row uint32, believed bool) {
			first, unscoped := mesh.HourStart(hour)+int64(h.rows.first[row]), h.unscoped(row)
			for i, from := range from {
				if all, _ := inside(hour, from, to); !all && first >= from && first < to {
					one := relaySum{}
					one.add(first, believed, unscoped)
					out[i].join(one)
				}
			}
		})
		return true
	})
	return out
}

func (s *relaySum) add(first int64, believed, unscoped bool) {
	s.count(believed)
	if unscoped {
		s.unscoped.count(believed)
	}
	if !believed {
		s.last = max(s.last, first)
	}
}

// unscoped tells whether a transmission is a flood without transport codes.
func (h *relayHour) unscoped(row uint32) bool {
	return meshcore.Route(h.rows.kind[row]>>4&3) == meshcore.Flood
}

// relaysOf finds what one node relayed, hour by hour. The index is locked
// meanwhile.
type relaysOf struct {
	x        *Relays
	key      meshcore.PublicKey
	codes    []hopCode // that it alone fits
	memory   *figure.Memory
	question string

	certain []uint32
	ids     []uint64
}

// sum adds an hour up, if that is not remembered.
func (q *relaysOf) sum(hour uint32, h *relayHour) (s relaySum) {
	state := ""
	if q.memory != nil {
		if q.question == "" {
			q.question = "relayed by " + string(q.key[:])
			for _, c := range q.codes {
				q.question += string(binary.BigEndian.AppendUint32(nil, uint32(c)))
			}
		}
		turns := binary.AppendUvarint(nil, h.turn)
		if names := q.x.names[hour]; names != nil {
			turns = binary.AppendUvarint(turns, names.turn)
		}
		state = string(turns)
		if known, ok := q.memory.Recall(q.question, hour, state); ok {
			s.unpack(known)
			return s
		}
	}
	q.each(hour, h, func(row uint32, believed bool) {
		s.add(mesh.HourStart(hour)+int64(h.rows.first[row]), believed, h.unscoped(row))
	})
	if q.memory != nil {
		q.memory.Remember(q.question, hour, state, s.pack())
	}
	return s
}

// each calls fn for the rows that the node relayed, each once: those that are
// certain, then those that are only believed.
func (q *relaysOf) each(hour uint32, h *relayHour, fn func(row uint32, believed bool)) {
	q.certain = h.union(q.certain[:0], q.codes)
	for _, row := range q.certain {
		fn(row, false)
	}
	names := q.x.names[hour]
	node, known := q.x.nodes.of[q.key]
	if names == nil || !known {
		return
	}
	q.ids = names.of(q.ids[:0], node)
	row, certain := 0, q.certain // all three ascend
	for _, id := range q.ids {
		for row < len(h.rows.ids) && h.rows.id(uint32(row)) < id {
			row++
		}
		if row == len(h.rows.ids) {
			return
		}
		if h.rows.id(uint32(row)) != id {
			continue // gone, or not there yet
		}
		for len(certain) > 0 && certain[0] < uint32(row) {
			certain = certain[1:]
		}
		if len(certain) == 0 || certain[0] != uint32(row) {
			fn(uint32(row), true)
		}
	}
}

// pack gives the sum in bytes.
func (s *relaySum) pack() []byte {
	b := make([]byte, 0, 4*binary.MaxVarintLen32+binary.MaxVarintLen64)
	for _, n := range [...]int64{s.Certain, s.Believed, s.unscoped.Certain, s.unscoped.Believed, s.last} {
		b = binary.AppendVarint(b, n)
	}
	return slices.Clone(b)
}

// unpack reads what pack gave.
func (s *relaySum) unpack(b []byte) {
	for _, to := range [...]*int64{&s.Certain, &s.Believed, &s.unscoped.Certain, &s.unscoped.Believed, &s.last} {
		n, size := binary.Varint(b)
		*to, b = n, b[size:]
	}
}
