package meshcore

import "encoding/binary"

// Requests differ by random bytes: two that are alike would have one packet
// hash, and the mesh would drop the second.

// NewStatusRequest asks any server how it is doing: see [ParseRepeaterStats]
// and [ParseRoomStats].
func NewStatusRequest(timestamp uint32, random [4]byte) Request {
	return Request{Timestamp: timestamp, Kind: RequestStatus, Data: append(make([]byte, 4), random[:]...)}
}

// NewKeepAlive tells a room server that its client is there and has all posts
// up to since, in unix seconds. The answer is an ACK.
func NewKeepAlive(timestamp, since uint32) Request {
	return Request{Timestamp: timestamp, Kind: RequestKeepAlive, Data: binary.LittleEndian.AppendUint32(nil, since)}
}

// KeepAlive is the time of a [RequestKeepAlive]; false for other kinds and for
// one that is cut off.
func (q Request) KeepAlive() (since uint32, ok bool) {
	if q.Kind != RequestKeepAlive || len(q.Data) < 4 {
		return 0, false
	}
	return binary.LittleEndian.Uint32(q.Data), true
}

// NewTelemetryRequest asks a server or companion for these groups of readings:
// see [ParseReadings]. The mask goes inverted over the air.
func NewTelemetryRequest(timestamp uint32, want TelemetryMask, random [4]byte) Request {
	return Request{Timestamp: timestamp, Kind: RequestTelemetry, Data: append([]byte{^byte(want), 0, 0, 0}, random[:]...)}
}

// Telemetry is what a [RequestTelemetry] wants; false for other kinds and for
// one that is cut off.
func (q Request) Telemetry() (want TelemetryMask, ok bool) {
	if q.Kind != RequestTelemetry || len(q.Data) < 1 {
		return 0, false
	}
	return TelemetryMask(^q.Data[0]), true
}

// NewSpanRequest asks a sensor for the least, greatest and mean readings
// between two times: see [ParseSpan]. Both are in seconds before now.
func NewSpanRequest(timestamp, startAgo, endAgo uint32) Request {
	b := binary.LittleEndian.AppendUint32(nil, startAgo)
	return Request{Timestamp: timestamp, Kind: RequestAvgMinMax, Data: append(binary.LittleEndian.AppendUint32(b, endAgo), 0, 0)}
}

// Span is what a [RequestAvgMinMax] asks for, in seconds before now; false for
// other kinds and for one that is cut off.
func (q Request) Span() (startAgo, endAgo uint32, ok bool) {
	if q.Kind != RequestAvgMinMax || len(q.Data) < 8 {
		return 0, 0, false
	}
	return binary.LittleEndian.Uint32(q.Data), binary.LittleEndian.Uint32(q.Data[4:]), true
}

// NewAccessListRequest asks a server who may do what, which it tells to admins
// alone: see [ParseAccessList].
func NewAccessListRequest(timestamp uint32) Request {
	return Request{Timestamp: timestamp, Kind: RequestAccessList, Data: make([]byte, 2)}
}

// NewOwnerRequest asks a repeater whose it is: see [ParseOwner].
func NewOwnerRequest(timestamp uint32) Request {
	return Request{Timestamp: timestamp, Kind: RequestOwnerInfo}
}

// NeighbourOrder is the order of a repeater's list of neighbours.
type NeighbourOrder byte

// The orders.
const (
	NewestFirst    NeighbourOrder = 0
	OldestFirst    NeighbourOrder = 1
	StrongestFirst NeighbourOrder = 2
	WeakestFirst   NeighbourOrder = 3
)

// NeighboursQuery asks a repeater for a part of its list of neighbours.
type NeighboursQuery struct {
	Count     byte   // entries wanted
	Offset    uint16 // entries to skip
	Order     NeighbourOrder
	PrefixLen byte // bytes of each key wanted, 1 to 32; the answer does not repeat it
}

// NewNeighboursRequest asks for neighbours: see [ParseNeighbours].
func NewNeighboursRequest(timestamp uint32, n NeighboursQuery, random [4]byte) Request {
	b := binary.LittleEndian.AppendUint16([]byte{0, n.Count}, n.Offset)
	return Request{Timestamp: timestamp, Kind: RequestNeighbours, Data: append(append(b, byte(n.Order), n.PrefixLen), random[:]...)}
}

// Neighbours is what a [RequestNeighbours] asks for; false for other kinds,
// for one that is cut off, and for a version other than 0.
func (q Request) Neighbours() (n NeighboursQuery, ok bool) {
	if q.Kind != RequestNeighbours || len(q.Data) < 6 || q.Data[0] != 0 {
		return n, false
	}
	return NeighboursQuery{
		Count: q.Data[1], Offset: binary.LittleEndian.Uint16(q.Data[2:]), Order: NeighbourOrder(q.Data[4]), PrefixLen: q.Data[5],
	}, true
}
