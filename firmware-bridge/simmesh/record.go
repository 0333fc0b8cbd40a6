package simmesh

import (
	"math"
	"time"

	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// Message is one MQTT message as it arrives at the broker.
type Message struct {
	At      time.Time // arrival, UTC, whole milliseconds
	Topic   string
	Payload []byte // the receiver's to keep
}

type recordKind uint8

const (
	recordRX recordKind = iota
	recordTX
	recordOnline
	recordOffline
)

// record is one message on its way out.
type record struct {
	at    int64 // arrival at the broker, ms
	seq   uint64
	rxMs  int64 // when the observer heard it
	o     *observer
	f     *frame
	snr   float32
	rssi  int16
	kind  recordKind
	fault Fault
	entry uint16 // position of a fault, or noise of a status's counters
}

func (r record) Before(other record) bool {
	return r.at < other.at || r.at == other.at && r.seq < other.seq
}

func (r *record) isStatus() bool { return r.kind >= recordOnline }

func (r *record) message() Message {
	return Message{
		At:      time.UnixMilli(r.at).UTC(),
		Topic:   string(r.appendTopic(nil)),
		Payload: r.appendPayload(make([]byte, 0, r.payloadSize())),
	}
}

func (r *record) payloadSize() int {
	if r.isStatus() {
		return 640
	}
	return 480 + len(r.f.raw)
}

func (r *record) appendTopic(b []byte) []byte {
	b = append(b, "meshcore/"...)
	b = append(b, r.o.iata...)
	b = append(b, '/')
	b = append(b, r.o.n.pubHex...)
	if r.isStatus() {
		return append(b, "/status"...)
	}
	return append(b, "/packets"...)
}

func (r *record) appendPayload(b []byte) []byte {
	switch {
	case r.isStatus():
		return r.appendStatus(b)
	case r.fault == PayloadEmpty:
		return append(b, "{}"...)
	case r.fault == PayloadNotJSON:
		from := len(b)
		b = r.appendPacket(b)
		return b[:from+(len(b)-from)/2]
	}
	return r.appendPacket(b)
}

// truth tells how a packet came to its observer; nil for a status.
func (r *record) truth() *Heard {
	if r.isStatus() {
		return nil
	}
	return &Heard{
		At: r.at, Hash: r.f.hash, Observer: r.o.n.idx, Source: r.f.src, From: r.f.from,
		Kind: r.transport(), Fault: r.fault, Relays: r.f.relays,
	}
}

func (r *record) transport() Kind {
	switch {
	case r.kind == recordTX:
		return Sent
	case r.f.typ == wire.Trace:
		return Trace
	case r.f.direct:
		return Direct
	}
	return Flood
}

// score is the firmware's estimate of a packet's quality, 0 to 1.
func score(snr float64, size int) float64 {
	if snr < snrFloor {
		return 0
	}
	return math.Max(0, math.Min(1, (snr-snrFloor)/10*(1-float64(size)/256)))
}
