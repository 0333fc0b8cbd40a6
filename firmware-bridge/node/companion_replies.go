package node

import (
	"fmt"

	"hilltop/firmware-bridge/meshcore"
)

// Sent tells how a companion has sent what it was told to.
type Sent struct {
	Flood     bool
	Tag       uint32 // tag of the answer, or code of the ACK, to wait for
	TimeoutMS uint32 // within which it should come
}

// Confirmed is the arrival of an ACK that was waited for.
type Confirmed struct {
	Tag       uint32 // as in [Sent]
	RoundTrip uint32 // ms
}

// Login is how a sign-in at a server has ended.
type Login struct {
	OK          bool
	Server      [6]byte // first bytes of its key
	Admin       bool
	Clock       uint32 // the server's, unix seconds; 0 of old firmware
	Permissions byte   // low two bits: [meshcore.Permission]
	Level       byte   // of the server's firmware
}

// ServerStatus is how a server says that it is doing.
type ServerStatus struct {
	Server [6]byte // first bytes of its key
	Body   []byte  // see [meshcore.ParseRepeaterStats] and [meshcore.ParseRoomStats]
}

// Telemetry is the readings of a node, or of the companion itself.
type Telemetry struct {
	Node [6]byte // first bytes of its key
	Body []byte  // see [meshcore.ParseReadings]
}

// Tagged is an answer to a request that the host made itself.
type Tagged struct {
	Tag  uint32 // as in [Sent]
	Body []byte
}

// Discovery is the way to a node and back.
type Discovery struct {
	Node    [6]byte // first bytes of its key
	Out, In Path
}

// The smaller messages, each of one value.
type (
	// ContactsStart is how many contacts follow.
	ContactsStart uint32
	// ContactsEnd is when the newest of the contacts sent was changed, unix
	// seconds.
	ContactsEnd uint32
	// Time is the companion's clock, unix seconds.
	Time uint32
	// SignStart is how many bytes the companion can sign at most.
	SignStart uint32
	// Signature is what the companion has signed.
	Signature [64]byte
	// Export is the frame of an advert: a business card, see
	// [meshcore.CardURI].
	Export []byte
	// Heard is the key of a known node whose advert came.
	Heard meshcore.PublicKey
	// PathUpdated is the key of a node to which a new way is known.
	PathUpdated meshcore.PublicKey
	// ContactDeleted is the key of a node that had to make room for another.
	ContactDeleted meshcore.PublicKey
)

// ParseCompanion reads the payload of any frame of a companion that is known:
// the result is a value of the type that the code stands for, such as
// [SelfInfo], [LogRX], [Text] or [Plain]; a [Fault] for [CodeErr] and a
// [meshcore.PrivateKey] for [CodePrivateKey]. The error is [ErrCompanion] or
// [ErrCompanionCode]. Slices alias the payload.
func ParseCompanion(b []byte) (any, error) {
	if len(b) == 0 {
		return nil, ErrCompanion
	}
	switch b[0] {
	case CodeOK, CodeNoMoreMessages, CodeDisabled, CodeMessageWaiting, CodeContactsFull:
		return Plain(b[0]), nil
	case CodeSelfInfo:
		return value(ParseSelfInfo(b))
	case CodeDeviceInfo:
		return value(ParseDeviceInfo(b))
	case CodeBattery:
		return value(ParseBattery(b))
	case CodeContact, CodeNewAdvert:
		return value(ParseContact(b))
	case CodeChannelInfo:
		return value(ParseChannelInfo(b))
	case CodeContactMsg, CodeChannelMsg, CodeContactMsgV3, CodeChannelMsgV3:
		return value(ParseText(b))
	case CodeChannelData:
		return value(ParseChannelData(b))
	case CodeRawData, CodeControlData:
		return value(ParseRaw(b))
	case CodeAdvertPath:
		return value(ParseAdvertPath(b))
	case CodeLogRX:
		return value(ParseLogRX(b))
	case CodeTraceData:
		return value(ParseTraceData(b))
	case CodeStats:
		return parseStats(b)
	}
	c := cursor{b: b[1:]}
	v := parseSmall(b[0], &c)
	switch {
	case v == nil:
		return nil, fmt.Errorf("%w: 0x%02X", ErrCompanionCode, b[0])
	case c.short:
		return nil, ErrCompanion
	}
	return v, nil
}

func value[T any](v T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

func parseStats(b []byte) (any, error) {
	if len(b) < 2 {
		return nil, ErrCompanion
	}
	switch StatsKind(b[1]) {
	case StatsCore:
		return value(ParseCoreStats(b))
	case StatsRadio:
		return value(ParseRadioStats(b))
	case StatsPackets:
		return value(ParsePacketStats(b))
	}
	return nil, fmt.Errorf("%w: statistics of type %d", ErrCompanionCode, b[1])
}

// parseSmall reads what has no function of its own; nil for an unknown code.
func parseSmall(code byte, c *cursor) any {
	switch code {
	case CodeErr:
		return Fault(c.u8())
	case CodeContactsStart:
		return ContactsStart(c.u32())
	case CodeContactsEnd:
		return ContactsEnd(c.u32())
	case CodeSent:
		return Sent{Flood: c.u8() == 1, Tag: c.u32(), TimeoutMS: c.u32()}
	case CodeTime:
		return Time(c.u32())
	case CodeExport:
		return Export(c.rest())
	case CodePrivateKey:
		return meshcore.PrivateKey(c.take(64))
	case CodeSignStart:
		c.u8() // reserved
		return SignStart(c.u32())
	case CodeSignature:
		return Signature(c.take(64))
	case CodeAdvert:
		return Heard(c.key())
	case CodePathUpdated:
		return PathUpdated(c.key())
	case CodeContactDeleted:
		return ContactDeleted(c.key())
	case CodeSendConfirmed:
		return Confirmed{Tag: c.u32(), RoundTrip: c.u32()}
	case CodeLoginSuccess:
		return loginSuccess(c)
	case CodeLoginFail:
		c.u8() // reserved
		return Login{Server: c.prefix()}
	case CodeStatusResponse:
		c.u8() // reserved
		return ServerStatus{Server: c.prefix(), Body: c.rest()}
	case CodeTelemetry:
		c.u8() // reserved
		return Telemetry{Node: c.prefix(), Body: c.rest()}
	case CodeBinaryResponse:
		c.u8() // reserved
		return Tagged{Tag: c.u32(), Body: c.rest()}
	case CodePathDiscovery:
		c.u8() // reserved
		return Discovery{Node: c.prefix(), Out: c.path(), In: c.path()}
	}
	return nil
}

// loginSuccess reads what old firmware ends after the server's key.
func loginSuccess(c *cursor) Login {
	l := Login{OK: true, Admin: c.u8() != 0, Server: c.prefix()}
	if len(c.b) > 0 {
		l.Clock, l.Permissions, l.Level = c.u32(), c.u8(), c.u8()
	}
	return l
}
