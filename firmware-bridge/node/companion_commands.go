package node

import (
	"encoding/binary"
	"slices"

	"hilltop/firmware-bridge/meshcore"
)

// Commands are payloads for [WriteCommand]. Those here are what an observer
// needs; each names its answer.

// DeviceQuery asks for [DeviceInfo], and for messages in their third form.
func DeviceQuery() []byte { return []byte{22, 3} }

// AppStart introduces an application by name and asks for [SelfInfo].
func AppStart(name string) []byte { return append([]byte{1, 0, 0, 0, 0, 0, 0, 0}, name...) }

// GetTime asks for [Time].
func GetTime() []byte { return []byte{5} }

// SetTime sets the clock, in unix seconds. The answer is [CodeOK], or
// [FaultIllegalArgument] for a time in the companion's past.
func SetTime(unix uint32) []byte { return binary.LittleEndian.AppendUint32([]byte{6}, unix) }

// SendSelfAdvert sends the companion's own advert, to its neighbours or to the
// whole mesh. The answer is [CodeOK].
func SendSelfAdvert(flood bool) []byte {
	if flood {
		return []byte{7, 1}
	}
	return []byte{7}
}

// GetContacts asks for the contacts changed after since, in unix seconds (0:
// all): [ContactsStart], each [Contact], [ContactsEnd].
func GetContacts(since uint32) []byte {
	if since == 0 {
		return []byte{4}
	}
	return binary.LittleEndian.AppendUint32([]byte{4}, since)
}

// NextMessage takes the oldest message out of the companion: [Text],
// [ChannelData], or [CodeNoMoreMessages].
func NextMessage() []byte { return []byte{10} }

// GetBattery asks for [Battery].
func GetBattery() []byte { return []byte{20} }

// GetChannel asks for [Channel].
func GetChannel(index byte) []byte { return []byte{31, index} }

// SetChannel sets a channel, which an empty name removes; its name is cut to 31
// bytes. The companion takes keys of 16 bytes alone: of longer ones the first
// half would be another channel, and the result is nil. The answer is [CodeOK].
func SetChannel(c Channel) []byte {
	key := c.Key.Bytes()
	if len(key) > 16 {
		return nil
	}
	b := make([]byte, 2+32+16)
	b[0], b[1] = 32, c.Index
	copy(b[2:33], c.Name)
	copy(b[34:], key)
	return b
}

// SignCommands have the companion sign a message of at most 8,192 bytes, such
// as [meshcore.UnsignedToken]: the private key never leaves it. The answers are
// [SignStart], [CodeOK] for each part, and [Signature].
func SignCommands(message []byte) [][]byte {
	out := [][]byte{{33}}
	for part := range slices.Chunk(message, MaxCompanionPayload-1) {
		out = append(out, append([]byte{34}, part...))
	}
	return append(out, []byte{35})
}

// ExportPrivateKey asks for the [meshcore.PrivateKey]; the answer is
// [CodeDisabled] where the firmware keeps it.
func ExportPrivateKey() []byte { return []byte{23} }

// SendTrace sends a trace. The answers are [Sent] and, once it has gone its
// route, [TraceData].
func SendTrace(t meshcore.Trace) []byte {
	b := binary.LittleEndian.AppendUint32([]byte{36}, t.Tag)
	return append(append(binary.LittleEndian.AppendUint32(b, t.AuthCode), t.Flags), t.Route...)
}

// GetSelfTelemetry asks for the companion's own readings: [Telemetry].
func GetSelfTelemetry() []byte { return []byte{39, 0, 0, 0} }

// GetAdvertPath asks for [AdvertPath].
func GetAdvertPath(k meshcore.PublicKey) []byte { return append([]byte{42, 0}, k[:]...) }

// SendControl sends a CONTROL packet to the neighbours, such as a
// [meshcore.DiscoverRequest]; its sub-type is 8 or more. The answer is
// [CodeOK], and [Raw] for what the neighbours answer.
func SendControl(c meshcore.Control) []byte { return c.AppendTo([]byte{55}) }

// StatsKind is a part of the statistics.
type StatsKind byte

// The parts.
const (
	StatsCore    StatsKind = 0 // [CoreStats]
	StatsRadio   StatsKind = 1 // [RadioStats]
	StatsPackets StatsKind = 2 // [PacketStats]
)

// GetStats asks for a part of the statistics.
func GetStats(k StatsKind) []byte { return []byte{56, byte(k)} }

// SendAnonRequest sends a plaintext ([meshcore.Login], [meshcore.AnonQuery]) to
// a server. The answer is [Sent].
func SendAnonRequest(k meshcore.PublicKey, plain []byte) []byte {
	return append(append([]byte{57}, k[:]...), plain...)
}

// SendFrame sends a whole frame as it is; a lower priority goes first. The
// answer is [CodeOK], or [FaultIllegalArgument].
func SendFrame(priority byte, frame []byte) []byte { return append([]byte{65, priority}, frame...) }
