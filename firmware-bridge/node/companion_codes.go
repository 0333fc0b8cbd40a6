package node

import "errors"

// Codes of what a companion says: the first byte of a payload. Those from
// CodeAdvert on come unasked.
const (
	CodeOK             = 0
	CodeErr            = 1
	CodeContactsStart  = 2
	CodeContact        = 3
	CodeContactsEnd    = 4
	CodeSelfInfo       = 5
	CodeSent           = 6
	CodeContactMsg     = 7 // as asked for by old hosts, without SNR
	CodeChannelMsg     = 8 // likewise
	CodeTime           = 9
	CodeNoMoreMessages = 10
	CodeExport         = 11
	CodeBattery        = 12
	CodeDeviceInfo     = 13
	CodePrivateKey     = 14
	CodeDisabled       = 15
	CodeContactMsgV3   = 16
	CodeChannelMsgV3   = 17
	CodeChannelInfo    = 18
	CodeSignStart      = 19
	CodeSignature      = 20
	CodeAdvertPath     = 22
	CodeStats          = 24
	CodeChannelData    = 27

	CodeAdvert         = 0x80
	CodePathUpdated    = 0x81
	CodeSendConfirmed  = 0x82
	CodeMessageWaiting = 0x83
	CodeRawData        = 0x84
	CodeLoginSuccess   = 0x85
	CodeLoginFail      = 0x86
	CodeStatusResponse = 0x87
	CodeLogRX          = 0x88
	CodeTraceData      = 0x89
	CodeNewAdvert      = 0x8A
	CodeTelemetry      = 0x8B
	CodeBinaryResponse = 0x8C
	CodePathDiscovery  = 0x8D
	CodeControlData    = 0x8E
	CodeContactDeleted = 0x8F
	CodeContactsFull   = 0x90
)

// ErrCompanion says that a companion's payload is too short for its code, or
// is of another code than its reader's.
var ErrCompanion = errors.New("companion message: too short, or of another code")

// ErrCompanionCode says that a code is not known.
var ErrCompanionCode = errors.New("companion message: unknown code")

// Fault is why a companion refused a command: the byte behind [CodeErr].
type Fault byte

// The faults.
const (
	FaultUnsupported     Fault = 1
	FaultNotFound        Fault = 2
	FaultTableFull       Fault = 3
	FaultBadState        Fault = 4
	FaultFileIO          Fault = 5
	FaultIllegalArgument Fault = 6
)

// Error is the fault in words.
func (f Fault) Error() string {
	words := [...]string{"unknown fault", "not supported", "not found", "table is full", "bad state", "file error", "illegal argument"}
	if int(f) >= len(words) {
		f = 0
	}
	return "companion: " + words[f]
}

// Plain is a message that is nothing but its code, such as [CodeOK],
// [CodeNoMoreMessages], [CodeDisabled], [CodeMessageWaiting] and
// [CodeContactsFull].
type Plain byte
