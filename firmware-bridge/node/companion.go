package node

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"hilltop/firmware-bridge/meshcore"
)

// MaxCompanionPayload is the most that a companion frame holds, in bytes. A
// received frame of 174 bytes or more is therefore never reported.
const MaxCompanionPayload = 176

// Codes of companion messages: the first byte of a payload.
const (
	CodeSelfInfo   = 5
	CodeDeviceInfo = 13
	CodeStats      = 24
	CodeLogRX      = 0x88
	CodeTraceData  = 0x89
)

// ErrCompanion says that a companion message is too short for its code.
var ErrCompanion = errors.New("companion message: too short")

// CompanionReader reads the frames that a companion sends to its host:
// '>', a length of two bytes, payload.
type CompanionReader struct{ in *bufio.Reader }

// NewCompanionReader reads from r, a serial port or a TCP connection.
func NewCompanionReader(r io.Reader) *CompanionReader {
	return &CompanionReader{bufio.NewReader(r)}
}

// Next gives the payload of the next frame; its first byte is a code. Bytes
// between frames are skipped. A length that cannot be is taken for such a
// byte. At the end of the input it gives io.EOF, also within a frame.
func (r *CompanionReader) Next() ([]byte, error) {
	for {
		b, err := r.in.ReadByte()
		if err != nil {
			return nil, err
		}
		if b != '>' {
			continue
		}
		head, err := r.in.Peek(2)
		if err != nil {
			return nil, err
		}
		n := int(binary.LittleEndian.Uint16(head))
		if n == 0 || n > MaxCompanionPayload {
			continue
		}
		payload := make([]byte, 2+n)
		if _, err := io.ReadFull(r.in, payload); err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			}
			return nil, err
		}
		return payload[2:], nil
	}
}

// WriteCommand writes a frame from the host to a companion: '<', a length of
// two bytes, payload.
func WriteCommand(w io.Writer, payload []byte) error {
	if len(payload) == 0 || len(payload) > MaxCompanionPayload {
		return fmt.Errorf("companion command: %d bytes, want 1 to %d", len(payload), MaxCompanionPayload)
	}
	b := binary.LittleEndian.AppendUint16([]byte{'<'}, uint16(len(payload)))
	if _, err := w.Write(append(b, payload...)); err != nil {
		return fmt.Errorf("companion command: %w", err)
	}
	return nil
}

// DeviceQuery asks for [DeviceInfo], and for messages in their third form.
func DeviceQuery() []byte { return []byte{22, 3} }

// AppStart introduces an application by name and asks for [SelfInfo].
func AppStart(name string) []byte { return append([]byte{1, 0, 0, 0, 0, 0, 0, 0}, name...) }

// LogRX is a received frame as the radio heard it.
type LogRX struct {
	SNR   int8 // quarter dB
	RSSI  int8 // dBm, not below -128
	Frame []byte
}

// ParseLogRX reads a message of [CodeLogRX].
func ParseLogRX(b []byte) (LogRX, error) {
	if len(b) < 3 || b[0] != CodeLogRX {
		return LogRX{}, ErrCompanion
	}
	return LogRX{SNR: int8(b[1]), RSSI: int8(b[2]), Frame: b[3:]}, nil
}

// SelfInfo is what a companion says of itself.
type SelfInfo struct {
	Role          meshcore.Role
	TxPower       int8 // dBm
	MaxTxPower    int8 // dBm
	Key           meshcore.PublicKey
	LatE6, LonE6  int32
	FreqKHz, BWHz uint32
	SF, CR        byte
	Name          string // as sent
}

// ParseSelfInfo reads a message of [CodeSelfInfo].
func ParseSelfInfo(b []byte) (SelfInfo, error) {
	if len(b) < 58 || b[0] != CodeSelfInfo {
		return SelfInfo{}, ErrCompanion
	}
	return SelfInfo{
		Role: meshcore.Role(b[1]), TxPower: int8(b[2]), MaxTxPower: int8(b[3]), Key: meshcore.PublicKey(b[4:36]),
		LatE6: int32(binary.LittleEndian.Uint32(b[36:])), LonE6: int32(binary.LittleEndian.Uint32(b[40:])),
		FreqKHz: binary.LittleEndian.Uint32(b[48:]), BWHz: binary.LittleEndian.Uint32(b[52:]),
		SF: b[56], CR: b[57], Name: cString(b[58:]),
	}, nil
}

// DeviceInfo is what a companion says of its firmware.
type DeviceInfo struct {
	Protocol    byte
	MaxContacts int
	MaxChannels int
	BuildDate   string
	Model       string
	Version     string
}

// ParseDeviceInfo reads a message of [CodeDeviceInfo].
func ParseDeviceInfo(b []byte) (DeviceInfo, error) {
	if len(b) < 80 || b[0] != CodeDeviceInfo {
		return DeviceInfo{}, ErrCompanion
	}
	return DeviceInfo{
		Protocol: b[1], MaxContacts: 2 * int(b[2]), MaxChannels: int(b[3]),
		BuildDate: cString(b[8:20]), Model: cString(b[20:60]), Version: cString(b[60:80]),
	}, nil
}

// TraceData is a trace that has gone its whole route.
type TraceData struct {
	Trace meshcore.Trace
	SNRs  []byte // quarter dB of each hop, as signed bytes
	Own   int8   // quarter dB with which the companion heard the last hop
}

// ParseTraceData reads a message of [CodeTraceData].
func ParseTraceData(b []byte) (TraceData, error) {
	if len(b) < 13 || b[0] != CodeTraceData {
		return TraceData{}, ErrCompanion
	}
	t := meshcore.Trace{Flags: b[3], Tag: binary.LittleEndian.Uint32(b[4:]), AuthCode: binary.LittleEndian.Uint32(b[8:])}
	rest, n := b[12:], int(b[2])
	hops := n >> (t.Flags & 3)
	if len(rest) < n+hops+1 {
		return TraceData{}, ErrCompanion
	}
	t.Route = rest[:n]
	return TraceData{Trace: t, SNRs: rest[n : n+hops], Own: int8(rest[n+hops])}, nil
}

// CoreStats is the state of a node's processor.
type CoreStats struct {
	BatteryMV  uint16
	UptimeSecs uint32
	Errors     uint16
	Queue      byte
}

// RadioStats is the state of a node's radio.
type RadioStats struct {
	NoiseFloor int16 // dBm
	RSSI       int8  // dBm, of the last packet
	SNR        int8  // quarter dB, of the last packet
	TxSecs     uint32
	RxSecs     uint32
}

// ParseCoreStats reads a message of [CodeStats] of type 0.
func ParseCoreStats(b []byte) (CoreStats, error) {
	if len(b) < 11 || b[0] != CodeStats || b[1] != 0 {
		return CoreStats{}, ErrCompanion
	}
	return CoreStats{
		BatteryMV: binary.LittleEndian.Uint16(b[2:]), UptimeSecs: binary.LittleEndian.Uint32(b[4:]),
		Errors: binary.LittleEndian.Uint16(b[8:]), Queue: b[10],
	}, nil
}

// ParseRadioStats reads a message of [CodeStats] of type 1.
func ParseRadioStats(b []byte) (RadioStats, error) {
	if len(b) < 14 || b[0] != CodeStats || b[1] != 1 {
		return RadioStats{}, ErrCompanion
	}
	return RadioStats{
		NoiseFloor: int16(binary.LittleEndian.Uint16(b[2:])), RSSI: int8(b[4]), SNR: int8(b[5]),
		TxSecs: binary.LittleEndian.Uint32(b[6:]), RxSecs: binary.LittleEndian.Uint32(b[10:]),
	}, nil
}

// cString is the text up to the first NUL.
func cString(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
