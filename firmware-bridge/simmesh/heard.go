package simmesh

import "strconv"

// Kind is how a frame came to its observer.
type Kind uint8

const (
	Flood  Kind = iota // relayed by everybody; the path grows
	Direct             // along a given route; the path shrinks
	Trace              // along a given route, collecting SNRs
	Sent               // the observer's own transmission
)

// String is the kind's name in the lines of paths.
func (k Kind) String() string {
	if names := [...]string{"flood", "direct", "trace", "sent"}; int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// Heard is the truth behind one packet message. Nodes are numbers, indexes of
// [Truth].Nodes.
type Heard struct {
	At       int64  // arrival, Unix ms
	Hash     string // the firmware's packet hash, upper-case hex
	Observer int32
	Source   int32 // who sent the packet first
	From     int32 // whose transmission was heard; of a Sent one, the one that its sender had heard
	Kind     Kind
	Fault    Fault
	Relays   []int32 // flood and trace: the relays so far, in order; direct: those still to come
}

// appendLine writes the truth as one line of JSON.
func (h *Heard) appendLine(b []byte) []byte {
	b = append(b, `{"t": `...)
	b = strconv.AppendInt(b, h.At, 10)
	b = append(append(b, `, "hash": "`...), h.Hash...)
	b = strconv.AppendInt(append(b, `", "observer": `...), int64(h.Observer), 10)
	b = strconv.AppendInt(append(b, `, "src": `...), int64(h.Source), 10)
	b = strconv.AppendInt(append(b, `, "from": `...), int64(h.From), 10)
	b = append(append(b, `, "kind": "`...), h.Kind.String()...)
	b = append(append(b, `", "fault": "`...), h.Fault.String()...)
	b = append(b, `", "relays": [`...)
	for i, n := range h.Relays {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return append(b, "]}\n"...)
}
