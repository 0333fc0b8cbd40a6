package web

import (
	"encoding/json"
	"strconv"
	"strings"
)

// appendJSON writes a payload as encoding/json would, where HTML is escaped. Of some
// sixty members each payload has a few.
func (d *decodedPayload) appendJSON(b []byte) []byte {
	b = appendEscaped(append(b, `{"type":`...), d.Type)
	b = memberText(b, `,"error":`, d.Error)
	b = memberText(b, `,"raw":`, d.Raw)
	b = memberText(b, `,"destHash":`, d.DestHash)
	b = memberText(b, `,"srcHash":`, d.SrcHash)
	b = memberText(b, `,"mac":`, d.MAC)
	b = memberText(b, `,"encryptedData":`, d.EncryptedData)
	b = memberText(b, `,"ephemeralPubKey":`, d.EphemeralPubKey)
	b = memberText(b, `,"pathData":`, d.PathData)
	b = memberText(b, `,"extraHash":`, d.ExtraHash)
	b = memberInt(b, `,"ackLen":`, d.AckLen)
	b = memberInt(b, `,"ackAttempt":`, d.AckAttempt)
	b = memberInt(b, `,"ackRand":`, d.AckRand)
	b = memberText(b, `,"pubKey":`, d.PubKey)
	b = memberInt(b, `,"timestamp":`, d.Timestamp)
	b = memberText(b, `,"timestampISO":`, d.TimestampISO)
	b = memberText(b, `,"signature":`, d.Signature)
	b = memberBool(b, `,"signatureValid":`, d.SignatureValid)
	if d.Flags != nil {
		b = d.Flags.appendJSON(append(b, `,"flags":`...))
	}
	b = memberNumber(b, `,"lat":`, d.Lat)
	b = memberNumber(b, `,"lon":`, d.Lon)
	b = memberText(b, `,"name":`, d.Name)
	b = memberInt(b, `,"channelHash":`, d.ChannelHash)
	b = memberText(b, `,"channelHashHex":`, d.ChannelHashHex)
	b = memberText(b, `,"decryptionStatus":`, d.DecryptionStatus)
	b = memberText(b, `,"channel":`, d.Channel)
	b = memberText(b, `,"sender":`, d.Sender)
	b = memberText(b, `,"text":`, d.Text)
	b = memberInt(b, `,"sender_timestamp":`, d.SenderTimestamp)
	b = memberInt(b, `,"dataType":`, d.DataType)
	b = memberInt(b, `,"dataLen":`, d.DataLen)
	b = memberText(b, `,"decryptedBlob":`, d.DecryptedBlob)
	b = memberInt(b, `,"tag":`, d.Tag)
	b = memberInt(b, `,"authCode":`, d.AuthCode)
	b = memberInt(b, `,"traceFlags":`, d.TraceFlags)
	if len(d.SNRValues) > 0 {
		b = appendList(append(b, `,"snrValues":`...), d.SNRValues, appendNumber)
	}
	b = memberInt(b, `,"remaining":`, d.Remaining)
	b = memberInt(b, `,"innerType":`, d.InnerType)
	b = memberText(b, `,"innerTypeName":`, d.InnerTypeName)
	b = memberText(b, `,"innerAckCrc":`, d.InnerAckCRC)
	b = memberInt(b, `,"innerAckLen":`, d.InnerAckLen)
	b = memberInt(b, `,"innerAckAttempt":`, d.InnerAckAttempt)
	b = memberInt(b, `,"innerAckRand":`, d.InnerAckRand)
	b = memberText(b, `,"innerPayload":`, d.InnerPayload)
	b = memberText(b, `,"ctrlFlags":`, d.CtrlFlags)
	b = memberBool(b, `,"ctrlZeroHop":`, d.CtrlZeroHop)
	b = memberInt(b, `,"ctrlLength":`, d.CtrlLength)
	b = memberText(b, `,"ctrlSubtype":`, d.CtrlSubtype)
	b = memberInt(b, `,"ctrlFilter":`, d.CtrlFilter)
	b = memberInt(b, `,"ctrlTag":`, d.CtrlTag)
	b = memberInt(b, `,"ctrlSince":`, d.CtrlSince)
	b = memberInt(b, `,"ctrlNodeType":`, d.CtrlNodeType)
	b = memberInt(b, `,"ctrlSNR":`, d.CtrlSNR)
	b = memberText(b, `,"ctrlPubKey":`, d.CtrlPubKey)
	b = memberInt(b, `,"rawLength":`, d.RawLength)
	b = memberText(b, `,"firstByteTag":`, d.FirstByteTag)
	return append(b, '}')
}

func (f *decodedFlags) appendJSON(b []byte) []byte {
	b = appendInt(append(b, `{"raw":`...), int64(f.Raw))
	b = appendInt(append(b, `,"type":`...), int64(f.Type))
	b = strconv.AppendBool(append(b, `,"chat":`...), f.Chat)
	b = strconv.AppendBool(append(b, `,"repeater":`...), f.Repeater)
	b = strconv.AppendBool(append(b, `,"room":`...), f.Room)
	b = strconv.AppendBool(append(b, `,"sensor":`...), f.Sensor)
	b = strconv.AppendBool(append(b, `,"hasLocation":`...), f.HasLocation)
	b = strconv.AppendBool(append(b, `,"hasFeat1":`...), f.HasFeat1)
	b = strconv.AppendBool(append(b, `,"hasFeat2":`...), f.HasFeat2)
	b = strconv.AppendBool(append(b, `,"hasName":`...), f.HasName)
	return append(b, '}')
}

// The members of a payload are left out where they are empty. name is what stands
// before the value.

func memberText(b []byte, name, s string) []byte {
	if s == "" {
		return b
	}
	return appendEscaped(append(b, name...), s)
}

func memberInt[T int | uint32](b []byte, name string, n *T) []byte {
	if n == nil {
		return b
	}
	return appendInt(append(b, name...), int64(*n))
}

func memberBool(b []byte, name string, v *bool) []byte {
	if v == nil {
		return b
	}
	return strconv.AppendBool(append(b, name...), *v)
}

func memberNumber(b []byte, name string, x *float64) []byte {
	if x == nil {
		return b
	}
	return appendNumber(append(b, name...), *x)
}

// appendEscaped appends a text as encoding/json writes it where HTML is escaped.
func appendEscaped(b []byte, s string) []byte {
	if !strings.ContainsAny(s, "<>&") {
		return appendText(b, s)
	}
	escaped, err := json.Marshal(s)
	if err != nil {
		panic(err) // a text
	}
	return append(b, escaped...)
}
