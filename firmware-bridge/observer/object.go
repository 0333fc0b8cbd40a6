package observer

import (
	"bytes"
	"strings"
	"unsafe"

	"github.com/tidwall/gjson"
)

// member is one value of a JSON object; the zero member is absent.
type member = gjson.Result

const maxPayload = 64 << 10 // bytes; more is refused unread

// openObject prepares a payload that should be a JSON object. It tolerates
// what publishers put around it, and the bare NaN and Infinity that Python
// writes. The text shares the payload's memory. reason is "" if it is one.
func openObject(payload []byte) (object string, repaired bool, reason Reason) {
	payload = trimPayload(payload)
	if len(payload) == 0 {
		return "", false, EmptyPayload
	}
	if !gjson.ValidBytes(payload) {
		payload = repairNumbers(payload)
		if payload == nil || !gjson.ValidBytes(payload) {
			return "", false, NotJSON
		}
		repaired = true
	}
	if payload[0] != '{' {
		return "", false, NotObject
	}
	return unsafe.String(unsafe.SliceData(payload), len(payload)), repaired, ""
}

// trimPayload cuts a byte order mark, blanks, and NULs behind.
func trimPayload(p []byte) []byte {
	p = bytes.TrimPrefix(p, []byte("\uFEFF"))
	return bytes.Trim(p, " \t\r\n\x00")
}

// repairNumbers is a copy in which NaN, Infinity and -Infinity outside strings
// have become null; nil if there are none.
func repairNumbers(p []byte) []byte {
	var out []byte
	from, inString := 0, false
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString || c != 'N' && c != 'I' && c != '-':
		default:
			if n := notFinite(p[i:]); n > 0 {
				out = append(append(out, p[from:i]...), "null"...)
				from, i = i+n, i+n-1
			}
		}
	}
	if out == nil {
		return nil
	}
	return append(out, p[from:]...)
}

// notFinite is the length of the token that stands for no number.
func notFinite(p []byte) int {
	for _, token := range [...]string{"NaN", "Infinity", "-Infinity", "-NaN"} {
		if bytes.HasPrefix(p, []byte(token)) {
			return len(token)
		}
	}
	return 0
}

// content is the text of a string or number, "" of anything else. Strings may
// share the payload's memory: clone what is kept.
func content(m member) text {
	switch m.Type {
	case gjson.String:
		return m.Str
	case gjson.Number:
		return m.Raw
	}
	return ""
}

// number reads a number or a text that is one.
func number(m member) (float64, bool) { return parseNumber(content(m)) }

// str is the text of a string only.
func str(m member) string {
	if m.Type == gjson.String {
		return m.Str
	}
	return ""
}

// either prefers the member whose name matches exactly, unless it is null where
// the other says something.
func either(exact, other member) member {
	if exact.Exists() && (exact.Type != gjson.Null || !other.Exists()) {
		return exact
	}
	return other
}

// keep is a copy that does not hold the payload's memory.
func keep(s string) string { return strings.Clone(s) }
