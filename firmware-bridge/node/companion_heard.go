package node

import "hilltop/firmware-bridge/meshcore"

// LogRX is a received frame as the radio heard it.
type LogRX struct {
	SNR   int8 // quarter dB
	RSSI  int8 // dBm, not below -128
	Frame []byte
}

// ParseLogRX reads a message of [CodeLogRX].
func ParseLogRX(b []byte) (LogRX, error) {
	c := open(b, CodeLogRX)
	v := LogRX{SNR: c.i8(), RSSI: c.i8(), Frame: c.rest()}
	return v, c.err()
}

// TraceData is a trace that has gone its whole route.
type TraceData struct {
	Trace meshcore.Trace
	SNRs  []byte // quarter dB of each hop, as signed bytes
	Own   int8   // quarter dB with which the companion heard the last hop
}

// ParseTraceData reads a message of [CodeTraceData].
func ParseTraceData(b []byte) (TraceData, error) {
	c := open(b, CodeTraceData)
	c.u8() // always 0
	n := int(c.u8())
	t := meshcore.Trace{Flags: c.u8(), Tag: c.u32(), AuthCode: c.u32()}
	t.Route = c.take(n)
	v := TraceData{Trace: t, SNRs: c.take(n >> (t.Flags & 3)), Own: c.i8()}
	return v, c.err()
}

// Text is a text that a companion has received and decrypted.
type Text struct {
	Direct    bool    // from a contact; else in a channel
	From      [6]byte // direct: first bytes of the sender's key
	Channel   byte    // else: index in the companion's list
	HasSNR    bool    // false of the old form
	SNR       int8    // quarter dB
	PathLen   byte    // as in a frame: hops and their width; 0xFF came direct
	TxtType   byte    // [meshcore.TextPlain] and so on
	Timestamp uint32  // unix seconds by the sender's clock
	Author    [4]byte // of a signed text: first bytes of the author's key
	Text      string  // as sent; in a channel with the sender's name before it
}

// ParseText reads a message of [CodeContactMsg], [CodeChannelMsg],
// [CodeContactMsgV3] or [CodeChannelMsgV3].
func ParseText(b []byte) (Text, error) {
	if len(b) == 0 {
		return Text{}, ErrCompanion
	}
	c, v := cursor{b: b[1:]}, Text{}
	switch b[0] {
	case CodeContactMsg, CodeContactMsgV3:
		v.Direct = true
	case CodeChannelMsg, CodeChannelMsgV3:
	default:
		return v, ErrCompanion
	}
	if v.HasSNR = b[0] == CodeContactMsgV3 || b[0] == CodeChannelMsgV3; v.HasSNR {
		v.SNR = c.i8()
		c.take(2) // reserved
	}
	if v.Direct {
		v.From = c.prefix()
	} else {
		v.Channel = c.u8()
	}
	v.PathLen, v.TxtType, v.Timestamp = c.u8(), c.u8(), c.u32()
	if v.Direct && v.TxtType == meshcore.TextSigned {
		v.Author = [4]byte(c.take(4))
	}
	v.Text = c.text(len(c.b))
	return v, c.err()
}

// ChannelData is an application's datagram in a channel.
type ChannelData struct {
	SNR      int8 // quarter dB
	Channel  byte // index in the companion's list
	PathLen  byte // as in a frame; 0xFF came direct
	DataType uint16
	Data     []byte
}

// ParseChannelData reads a message of [CodeChannelData].
func ParseChannelData(b []byte) (ChannelData, error) {
	c := open(b, CodeChannelData)
	v := ChannelData{SNR: c.i8()}
	c.take(2) // reserved
	v.Channel, v.PathLen, v.DataType = c.u8(), c.u8(), c.u16()
	v.Data = c.take(int(c.u8()))
	return v, c.err()
}

// Raw is the payload of a RAW_CUSTOM or CONTROL packet that a companion hands
// to its host.
type Raw struct {
	SNR     int8 // quarter dB
	RSSI    int8 // dBm
	PathLen byte // of a CONTROL packet, as in a frame; else 0xFF
	Payload []byte
}

// ParseRaw reads a message of [CodeRawData] or [CodeControlData].
func ParseRaw(b []byte) (Raw, error) {
	c := open(b, CodeRawData)
	if len(b) > 0 && b[0] == CodeControlData {
		c = open(b, CodeControlData)
	}
	v := Raw{SNR: c.i8(), RSSI: c.i8(), PathLen: c.u8(), Payload: c.rest()}
	return v, c.err()
}

// AdvertPath is the way by which a node's last advert came.
type AdvertPath struct {
	Heard uint32 // unix seconds by the companion's clock
	Path  Path
}

// ParseAdvertPath reads a message of [CodeAdvertPath].
func ParseAdvertPath(b []byte) (AdvertPath, error) {
	c := open(b, CodeAdvertPath)
	v := AdvertPath{Heard: c.u32(), Path: c.path()}
	return v, c.err()
}
