package simmesh

import (
	"strconv"
	"time"
)

func (r *record) appendHead(b []byte) []byte {
	b = append(b, `"origin": `...)
	b = appendString(b, r.o.n.name)
	b = append(b, `, "origin_id": "`...)
	b = append(b, r.o.n.pubHex...)
	return append(b, '"')
}

func (r *record) appendStamp(b []byte, ms int64) []byte {
	t := time.UnixMilli(ms).UTC()
	b = append(b, `, "timestamp": "`...)
	switch r.o.stamp {
	case stampUTC:
		b = t.AppendFormat(b, "2006-01-02T15:04:05.000000+00:00")
	case stampNaiveUTC:
		b = t.AppendFormat(b, "2006-01-02T15:04:05.000000")
	default:
		b = t.Add(-8*time.Hour).AppendFormat(b, "2006-01-02T15:04:05.000000")
	}
	return append(b, '"')
}

// appendPacket writes the payload of a packet message, in the dialect of the
// observer's client.
func (r *record) appendPacket(b []byte) []byte {
	b = append(b, '{')
	b = r.appendHead(b)
	b = r.appendStamp(b, r.rxMs)
	b = r.appendMoment(b)
	b = r.appendFrame(b)
	if r.kind == recordTX { // nothing was measured; the hash is left out too
		return append(b, '}')
	}
	b = r.appendSignal(b)
	b = append(b, `, "hash": "`...)
	b = append(b, r.f.hash...)
	b = append(b, '"')
	b = r.appendPath(b)
	return append(b, '}')
}

func (r *record) appendMoment(b []byte) []byte {
	t := time.UnixMilli(r.rxMs).UTC()
	b = append(b, `, "type": "PACKET", "direction": "`...)
	if r.kind == recordTX {
		b = append(b, `tx", "time": "`...)
	} else {
		b = append(b, `rx", "time": "`...)
	}
	b = t.AppendFormat(b, "15:04:05")
	b = append(b, `", "date": "`...)
	if r.o.client == clientMCtoMQTT {
		b = t.AppendFormat(b, "2/1/2006")
	} else {
		b = t.AppendFormat(b, "02/01/2006")
	}
	return append(b, '"')
}

func (r *record) appendFrame(b []byte) []byte {
	f := r.f
	b = append(b, `, "len": "`...)
	b = strconv.AppendInt(b, int64(f.size), 10)
	b = append(b, `", "packet_type": "`...)
	b = strconv.AppendInt(b, int64(f.typ), 10)
	if f.direct {
		b = append(b, `", "route": "D", "payload_len": "`...)
	} else {
		b = append(b, `", "route": "F", "payload_len": "`...)
	}
	b = strconv.AppendInt(b, int64(f.payloadLen), 10)
	b = append(b, '"')
	if r.fault == RawMissing {
		return b
	}
	b = append(b, `, "raw": "`...)
	b = r.appendRaw(b)
	return append(b, '"')
}

// appendRaw writes the frame, with its fault.
func (r *record) appendRaw(b []byte) []byte {
	raw, from := r.f.raw, len(b)
	if r.fault == RawTruncated {
		return append(b, raw[:max(1, len(raw)*int(r.entry%60+20)/100)|1]...)
	}
	b = append(b, raw...)
	switch r.fault {
	case RawNotHex:
		b[from+int(r.entry)%len(raw)] = 'X'
	case RawBitFlipped:
		i := len(b) - 1 - int(r.entry)%min(len(raw), 2*r.f.payloadLen)
		b[i] = "0123456789ABCDEF"[hexDigit(b[i])^1]
	case RawPathLength:
		i := from + 2
		if r.f.transport {
			i += 8
		}
		b[i] = "CDEF"[r.entry%4]
	}
	return b
}

func hexDigit(c byte) byte {
	if c >= 'A' {
		return c - 'A' + 10
	}
	return c - '0'
}

// appendSignal writes SNR and RSSI; meshcoretomqtt cuts the SNR to a whole
// number and adds the firmware's score and the time on air.
func (r *record) appendSignal(b []byte) []byte {
	mcToMQTT := r.o.client == clientMCtoMQTT
	b = append(b, `, "SNR": "`...)
	switch {
	case r.fault == SignalUnknown:
		b = append(b, "Unknown"...)
	case mcToMQTT:
		b = strconv.AppendInt(b, int64(r.snr), 10)
	default:
		b = strconv.AppendFloat(b, float64(r.snr), 'f', -1, 32)
	}
	b = append(b, `", "RSSI": "`...)
	if r.fault == SignalUnknown {
		b = append(b, "Unknown"...)
	} else {
		b = strconv.AppendInt(b, int64(r.rssi), 10)
	}
	b = append(b, '"')
	if mcToMQTT {
		b = append(b, `, "score": "`...)
		b = strconv.AppendInt(b, int64(1000*score(float64(r.snr), r.f.size)), 10)
		b = append(b, `", "duration": "`...)
		b = strconv.AppendInt(b, r.f.airMs, 10)
		b = append(b, '"')
	}
	return b
}

// appendPath writes what the clients call path in direct packets: the hops,
// or the ends.
func (r *record) appendPath(b []byte) []byte {
	path := r.f.ends
	if r.o.client == clientCapture {
		path = r.f.hops
	}
	if !r.f.direct || path == "" {
		return b
	}
	b = append(b, `, "path": "`...)
	b = append(b, path...)
	return append(b, '"')
}
