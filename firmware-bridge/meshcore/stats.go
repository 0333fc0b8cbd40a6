package meshcore

import "encoding/binary"

// ServerStats is how a repeater or room server is doing: the body of a
// [Tagged] that answers a [RequestStatus]. Counters count since the boot.
type ServerStats struct {
	BatteryMV  uint16
	TxQueue    uint16 // packets waiting to be sent
	NoiseDBm   int16
	LastRSSI   int16 // dBm
	Received   uint32
	Sent       uint32
	AirtimeS   uint32 // seconds of sending
	UptimeS    uint32
	SentFlood  uint32
	SentDirect uint32
	RecvFlood  uint32
	RecvDirect uint32
	ErrorBits  uint16 // 1 packet pool full, 2 channel always busy, 4 radio not receiving
	LastSNR    int16  // quarter dB
	DirectDups uint16
	FloodDups  uint16
}

const serverStatsLen = 48

func parseServerStats(b []byte) (s ServerStats, err error) {
	if len(b) < serverStatsLen {
		return s, ErrPlaintext
	}
	u16, u32 := binary.LittleEndian.Uint16, binary.LittleEndian.Uint32
	return ServerStats{
		BatteryMV: u16(b), TxQueue: u16(b[2:]), NoiseDBm: int16(u16(b[4:])), LastRSSI: int16(u16(b[6:])),
		Received: u32(b[8:]), Sent: u32(b[12:]), AirtimeS: u32(b[16:]), UptimeS: u32(b[20:]),
		SentFlood: u32(b[24:]), SentDirect: u32(b[28:]), RecvFlood: u32(b[32:]), RecvDirect: u32(b[36:]),
		ErrorBits: u16(b[40:]), LastSNR: int16(u16(b[42:])), DirectDups: u16(b[44:]), FloodDups: u16(b[46:]),
	}, nil
}

func (s ServerStats) appendTo(dst []byte) []byte {
	le := binary.LittleEndian
	for _, v := range []uint16{s.BatteryMV, s.TxQueue, uint16(s.NoiseDBm), uint16(s.LastRSSI)} {
		dst = le.AppendUint16(dst, v)
	}
	for _, v := range []uint32{s.Received, s.Sent, s.AirtimeS, s.UptimeS, s.SentFlood, s.SentDirect, s.RecvFlood, s.RecvDirect} {
		dst = le.AppendUint32(dst, v)
	}
	for _, v := range []uint16{s.ErrorBits, uint16(s.LastSNR), s.DirectDups, s.FloodDups} {
		dst = le.AppendUint16(dst, v)
	}
	return dst
}

// RepeaterStats is the status of a repeater, 56 bytes (simple_repeater,
// MyMesh.h). Sensors answer alike.
type RepeaterStats struct {
	ServerStats
	RxAirtimeS    uint32 // seconds of receiving
	HasRecvErrors bool   // false before firmware 1.12
	RecvErrors    uint32
}

// ParseRepeaterStats reads a status of at least 52 bytes. What is shorter than
// 56 is of old firmware and lacks the receive errors; within a response, whose
// padding stays, the two cannot be told apart, and those of old firmware read
// as 0. The error is [ErrPlaintext].
func ParseRepeaterStats(b []byte) (s RepeaterStats, err error) {
	if s.ServerStats, err = parseServerStats(b); err != nil || len(b) < serverStatsLen+4 {
		return RepeaterStats{}, ErrPlaintext
	}
	s.RxAirtimeS = binary.LittleEndian.Uint32(b[serverStatsLen:])
	if s.HasRecvErrors = len(b) >= serverStatsLen+8; s.HasRecvErrors {
		s.RecvErrors = binary.LittleEndian.Uint32(b[serverStatsLen+4:])
	}
	return s, nil
}

// AppendTo appends the 52 or 56 bytes to dst.
func (s RepeaterStats) AppendTo(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(s.appendTo(dst), s.RxAirtimeS)
	if s.HasRecvErrors {
		dst = binary.LittleEndian.AppendUint32(dst, s.RecvErrors)
	}
	return dst
}

// RoomStats is the status of a room server, 52 bytes (simple_room_server,
// MyMesh.cpp).
type RoomStats struct {
	ServerStats
	Posted uint16 // posts taken in
	Pushes uint16 // posts sent to clients
}

// ParseRoomStats reads a status of at least 52 bytes. The error is
// [ErrPlaintext].
func ParseRoomStats(b []byte) (s RoomStats, err error) {
	if s.ServerStats, err = parseServerStats(b); err != nil || len(b) < serverStatsLen+4 {
		return RoomStats{}, ErrPlaintext
	}
	s.Posted, s.Pushes = binary.LittleEndian.Uint16(b[serverStatsLen:]), binary.LittleEndian.Uint16(b[serverStatsLen+2:])
	return s, nil
}

// AppendTo appends the 52 bytes to dst.
func (s RoomStats) AppendTo(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint16(s.appendTo(dst), s.Posted)
	return binary.LittleEndian.AppendUint16(dst, s.Pushes)
}
