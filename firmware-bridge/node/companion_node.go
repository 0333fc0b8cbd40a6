package node

import "hilltop/firmware-bridge/meshcore"

// open begins to read a payload of this code.
func open(b []byte, code byte) cursor {
	if len(b) == 0 || b[0] != code {
		return cursor{short: true}
	}
	return cursor{b: b[1:]}
}

func (c *cursor) err() error {
	if c.short {
		return ErrCompanion
	}
	return nil
}

// SelfInfo is what a companion says of itself.
type SelfInfo struct {
	Role           meshcore.Role
	TxPower        int8 // dBm
	MaxTxPower     int8 // dBm
	Key            meshcore.PublicKey
	LatE6, LonE6   int32 // degrees times 1,000,000
	MultiAcks      byte  // ACKs sent besides the first
	AdvertPosition byte  // whether adverts carry the position: 0 no
	TelemetryModes byte  // two bits each, from bit 0: base, location, environment
	ManualAdd      bool  // contacts are not added by themselves
	FreqKHz, BWHz  uint32
	SF, CR         byte
	Name           string // as sent
}

// ParseSelfInfo reads a message of [CodeSelfInfo].
func ParseSelfInfo(b []byte) (SelfInfo, error) {
	c := open(b, CodeSelfInfo)
	s := SelfInfo{
		Role: meshcore.Role(c.u8()), TxPower: c.i8(), MaxTxPower: c.i8(), Key: c.key(), LatE6: c.i32(), LonE6: c.i32(),
		MultiAcks: c.u8(), AdvertPosition: c.u8(), TelemetryModes: c.u8(), ManualAdd: c.u8() != 0,
		FreqKHz: c.u32(), BWHz: c.u32(), SF: c.u8(), CR: c.u8(),
	}
	s.Name = c.text(len(c.b))
	return s, c.err()
}

// DeviceInfo is what a companion says of its firmware.
type DeviceInfo struct {
	Protocol    byte // version of the companion protocol
	MaxContacts int
	MaxChannels int
	PIN         uint32 // of Bluetooth; 0 none
	BuildDate   string
	Model       string
	Version     string
	Repeats     bool // it forwards packets; protocol 9 and later
	HopWidth    int  // bytes a hop of what it floods, 1 to 3; protocol 10 and later, else 0
}

// ParseDeviceInfo reads a message of [CodeDeviceInfo].
func ParseDeviceInfo(b []byte) (DeviceInfo, error) {
	c := open(b, CodeDeviceInfo)
	d := DeviceInfo{
		Protocol: c.u8(), MaxContacts: 2 * int(c.u8()), MaxChannels: int(c.u8()), PIN: c.u32(),
		BuildDate: c.text(12), Model: c.text(40), Version: c.text(20),
	}
	if len(c.b) > 0 {
		d.Repeats = c.u8() != 0
	}
	if len(c.b) > 0 {
		d.HopWidth = int(c.u8()) + 1
	}
	return d, c.err()
}

// Battery is the state of battery and storage.
type Battery struct {
	MilliVolt       uint16
	UsedKB, TotalKB uint32 // of the file system; 0 if the firmware does not say
}

// ParseBattery reads a message of [CodeBattery].
func ParseBattery(b []byte) (Battery, error) {
	c := open(b, CodeBattery)
	v := Battery{MilliVolt: c.u16()}
	if len(c.b) > 0 {
		v.UsedKB, v.TotalKB = c.u32(), c.u32()
	}
	return v, c.err()
}

// CoreStats is the state of a node's processor.
type CoreStats struct {
	BatteryMV  uint16
	UptimeSecs uint32
	Errors     uint16 // bits: 1 packet pool full, 2 channel always busy, 4 radio not receiving
	Queue      byte   // packets waiting to be sent
}

// ParseCoreStats reads a message of [CodeStats] of type 0.
func ParseCoreStats(b []byte) (CoreStats, error) {
	c := openStats(b, StatsCore)
	s := CoreStats{BatteryMV: c.u16(), UptimeSecs: c.u32(), Errors: c.u16(), Queue: c.u8()}
	return s, c.err()
}

// RadioStats is the state of a node's radio.
type RadioStats struct {
	NoiseFloor int16  // dBm
	RSSI       int8   // dBm, of the last packet
	SNR        int8   // quarter dB, of the last packet
	TxSecs     uint32 // time spent sending
	RxSecs     uint32 // time spent receiving
}

// ParseRadioStats reads a message of [CodeStats] of type 1.
func ParseRadioStats(b []byte) (RadioStats, error) {
	c := openStats(b, StatsRadio)
	s := RadioStats{NoiseFloor: c.i16(), RSSI: c.i8(), SNR: c.i8(), TxSecs: c.u32(), RxSecs: c.u32()}
	return s, c.err()
}

// PacketStats counts packets since the boot.
type PacketStats struct {
	Received, Sent uint32
	SentFlood      uint32
	SentDirect     uint32
	RecvFlood      uint32
	RecvDirect     uint32
	RecvErrors     uint32 // of the radio
	HasRecvErrors  bool   // false before firmware 1.12
}

// ParsePacketStats reads a message of [CodeStats] of type 2.
func ParsePacketStats(b []byte) (PacketStats, error) {
	c := openStats(b, StatsPackets)
	s := PacketStats{Received: c.u32(), Sent: c.u32(), SentFlood: c.u32(), SentDirect: c.u32(), RecvFlood: c.u32(), RecvDirect: c.u32()}
	if s.HasRecvErrors = len(c.b) >= 4; s.HasRecvErrors {
		s.RecvErrors = c.u32()
	}
	return s, c.err()
}

func openStats(b []byte, kind StatsKind) cursor {
	c := open(b, CodeStats)
	if c.u8() != byte(kind) {
		c.short = true
	}
	return c
}

// Contact is a node in a companion's list, or a new one that it has heard.
type Contact struct {
	Key          meshcore.PublicKey
	Role         meshcore.Role
	Favourite    bool
	Out          Path // by which the companion sends to it
	Name         string
	LastAdvert   uint32 // unix seconds by the node's clock
	LatE6, LonE6 int32  // degrees times 1,000,000
	Modified     uint32 // unix seconds by the companion's clock
}

// ParseContact reads a message of [CodeContact] or [CodeNewAdvert].
func ParseContact(b []byte) (Contact, error) {
	c := open(b, CodeContact)
	if len(b) > 0 && b[0] == CodeNewAdvert {
		c = open(b, CodeNewAdvert)
	}
	v := Contact{Key: c.key(), Role: meshcore.Role(c.u8()), Favourite: c.u8()&1 != 0, Out: Path{Len: c.u8()}}
	all := c.take(meshcore.MaxPath)
	if width := int(v.Out.Len>>6) + 1; v.Out.Known() && width <= 3 {
		v.Out.Bytes = all[:min(width*int(v.Out.Len&63), len(all))]
	}
	v.Name, v.LastAdvert, v.LatE6, v.LonE6, v.Modified = c.text(32), c.u32(), c.i32(), c.i32(), c.u32()
	return v, c.err()
}

// Channel is a channel that a companion has.
type Channel struct {
	Index byte
	Name  string
	Key   meshcore.ChannelKey
}

// ParseChannelInfo reads a message of [CodeChannelInfo].
func ParseChannelInfo(b []byte) (Channel, error) {
	c := open(b, CodeChannelInfo)
	v := Channel{Index: c.u8(), Name: c.text(32)}
	v.Key, _ = meshcore.NewChannelKey(c.take(16)) // 16 bytes are always a key
	return v, c.err()
}
