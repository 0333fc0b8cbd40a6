package web

import (
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"
)

// Lists have hundreds of rows of a score of members each. Rows of packets are
// written by hand: what encoding/json does by reflection takes four times as long. A
// test holds the two together, byte for byte.

// apiAppender is a row that writes itself, as apiJSON would.
type apiAppender interface {
	appendJSON(b []byte) []byte
}

// appendRow appends a row as JSON.
func appendRow(b []byte, v any) []byte {
	if row, ok := v.(apiAppender); ok {
		return row.appendJSON(b)
	}
	b = append(b, apiJSON(v)...)
	return b[:len(b)-1]
}

func (t apiTransmission) appendJSON(b []byte) []byte {
	b = appendInt(append(b, `{"id":`...), t.ID)
	b = appendText(append(b, `,"raw_hex":`...), t.RawHex)
	b = appendText(append(b, `,"hash":`...), t.Hash)
	b = appendText(append(b, `,"first_seen":`...), t.FirstSeen)
	b = appendText(append(b, `,"timestamp":`...), t.Timestamp)
	b = appendInt(append(b, `,"route_type":`...), int64(t.RouteType))
	b = appendInt(append(b, `,"payload_type":`...), int64(t.PayloadType))
	b = appendInt(append(b, `,"payload_version":`...), int64(t.PayloadVersion))
	b = appendText(append(b, `,"decoded_json":`...), t.DecodedJSON)
	b = appendInt(append(b, `,"observation_count":`...), int64(t.ObservationCount))
	b = appendText(append(b, `,"observer_id":`...), t.ObserverID)
	b = appendText(append(b, `,"observer_name":`...), t.ObserverName)
	b = appendOr(append(b, `,"observer_iata":`...), t.ObserverIATA, appendText)
	b = appendOr(append(b, `,"snr":`...), t.SNR, appendNumber)
	b = appendOr(append(b, `,"rssi":`...), t.RSSI, appendInt16)
	b = appendOr(append(b, `,"score":`...), t.Score, appendNumber)
	b = appendText(append(b, `,"path_json":`...), t.PathJSON)
	b = appendList(append(b, `,"_parsedPath":`...), t.ParsedPath, appendText)
	b = appendText(append(b, `,"direction":`...), t.Direction)
	if t.ResolvedPath != nil {
		b = appendList(append(b, `,"resolved_path":`...), t.ResolvedPath, appendTextOr)
	}
	if len(t.Observations) > 0 {
		b = appendList(append(b, `,"observations":`...), t.Observations, func(b []byte, o apiObservation) []byte { return o.appendJSON(b) })
	}
	return append(b, '}')
}

func (o apiObservation) appendJSON(b []byte) []byte {
	b = appendInt(append(b, `{"id":`...), o.ID)
	b = appendInt(append(b, `,"transmission_id":`...), o.TransmissionID)
	b = appendText(append(b, `,"hash":`...), o.Hash)
	b = appendText(append(b, `,"observer_id":`...), o.ObserverID)
	b = appendText(append(b, `,"observer_name":`...), o.ObserverName)
	b = appendOr(append(b, `,"observer_iata":`...), o.ObserverIATA, appendText)
	b = appendOr(append(b, `,"snr":`...), o.SNR, appendNumber)
	b = appendOr(append(b, `,"rssi":`...), o.RSSI, appendInt16)
	b = appendOr(append(b, `,"score":`...), o.Score, appendNumber)
	b = appendText(append(b, `,"direction":`...), o.Direction)
	b = appendInt(append(b, `,"route_type":`...), int64(o.RouteType))
	b = appendInt(append(b, `,"payload_type":`...), int64(o.PayloadType))
	b = appendText(append(b, `,"path_json":`...), o.PathJSON)
	if o.ResolvedPath != nil {
		b = appendList(append(b, `,"resolved_path":`...), o.ResolvedPath, appendTextOr)
	}
	if o.ResolvedConfidence != nil {
		b = appendList(append(b, `,"resolved_confidence":`...), o.ResolvedConfidence, appendNumber)
	}
	b = appendText(append(b, `,"raw_hex":`...), o.RawHex)
	b = appendText(append(b, `,"timestamp":`...), o.Timestamp)
	return append(b, '}')
}

func appendInt(b []byte, n int64) []byte   { return strconv.AppendInt(b, n, 10) }
func appendInt16(b []byte, n int16) []byte { return appendInt(b, int64(n)) }

// appendNumber appends a number that is neither infinite nor NaN.
func appendNumber(b []byte, x float64) []byte {
	if size := math.Abs(x); size != 0 && (size < 1e-6 || size >= 1e21) { // written with an exponent
		long, err := json.Marshal(x)
		if err != nil {
			panic(err) // our own numbers
		}
		return append(b, long...)
	}
	return strconv.AppendFloat(b, x, 'f', -1, 64)
}

// appendOr appends null in place of what is not there.
func appendOr[T any](b []byte, v *T, one func([]byte, T) []byte) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	return one(b, *v)
}

func appendTextOr(b []byte, s *string) []byte { return appendOr(b, s, appendText) }

func appendList[T any](b []byte, list []T, one func([]byte, T) []byte) []byte {
	if list == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, v)
	}
	return append(b, ']')
}

// appendText appends a text as encoding/json writes it where HTML is not escaped.
func appendText(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if ' ' <= c && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				b = append(append(b, s[from:i]...), `\ufffd`...)
			case r == '\u2028' || r == '\u2029':
				b = append(append(b, s[from:i]...), `\u202`...)
				b = append(b, digits[r&15])
			default:
				i += size
				continue
			}
			i += size
			from = i
			continue
		}
		b = append(append(b, s[from:i]...), '\\')
		switch c {
		case '"', '\\':
			b = append(b, c)
		case '\b':
			b = append(b, 'b')
		case '\f':
			b = append(b, 'f')
		case '\n':
			b = append(b, 'n')
		case '\r':
			b = append(b, 'r')
		case '\t':
			b = append(b, 't')
		default:
			b = append(b, 'u', '0', '0', digits[c>>4], digits[c&15])
		}
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}
