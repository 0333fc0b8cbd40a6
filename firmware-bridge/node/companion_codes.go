package node

import "errors"

// Codes of what a companion says: the first byte of a payload, with the type
// that [ParseCompanion] makes of it. Those from CodeAdvert on come unasked.
const (
	CodeOK             = 0  // [Plain]: done
	CodeErr            = 1  // [Fault]
	CodeContactsStart  = 2  // [ContactsStart]
	CodeContact        = 3  // [Contact]
	CodeContactsEnd    = 4  // [ContactsEnd]
	CodeSelfInfo       = 5  // [SelfInfo]
	CodeSent           = 6  // [Sent]
	CodeContactMsg     = 7  // [Text], as asked for by old hosts, without SNR
	CodeChannelMsg     = 8  // [Text], likewise
	CodeTime           = 9  // [Time]
	CodeNoMoreMessages = 10 // [Plain]
	CodeExport         = 11 // [Export]
	CodeBattery        = 12 // [Battery]
	CodeDeviceInfo     = 13 // [DeviceInfo]
	CodePrivateKey     = 14 // [meshcore.PrivateKey]
	CodeDisabled       = 15 // [Plain]: the private key is not given away
	CodeContactMsgV3   = 16 // [Text]
	CodeChannelMsgV3   = 17 // [Text]
	CodeChannelInfo    = 18 // [Channel]
	CodeSignStart      = 19 // [SignStart]
	CodeSignature      = 20 // [Signature]
	CodeAdvertPath     = 22 // [AdvertPath]
	CodeStats          = 24 // [CoreStats], [RadioStats] or [PacketStats]
	CodeChannelData    = 27 // [ChannelData]

	CodeAdvert         = 0x80 // [Heard]
	CodePathUpdated    = 0x81 // [PathUpdated]
	CodeSendConfirmed  = 0x82 // [Confirmed]
	CodeMessageWaiting = 0x83 // [Plain]: see [NextMessage]
	CodeRawData        = 0x84 // [Raw]
	CodeLoginSuccess   = 0x85 // [Login]
	CodeLoginFail      = 0x86 // [Login]
	CodeStatusResponse = 0x87 // [ServerStatus]
	CodeLogRX          = 0x88 // [LogRX]
	CodeTraceData      = 0x89 // [TraceData]
	CodeNewAdvert      = 0x8A // [Contact]
	CodeTelemetry      = 0x8B // [Telemetry]
	CodeBinaryResponse = 0x8C // [Tagged]
	CodePathDiscovery  = 0x8D // [Discovery]
	CodeControlData    = 0x8E // [Raw]
	CodeContactDeleted = 0x8F // [ContactDeleted]
	CodeContactsFull   = 0x90 // [Plain]: no room for another contact
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
