package simmesh

import "unicode/utf8"

// appendString writes a JSON string in ASCII, as Python's json.dumps does.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	u := func(c rune) { b = append(b, '\\', 'u', hex[c>>12&15], hex[c>>8&15], hex[c>>4&15], hex[c&15]) }
	b = append(b, '"')
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', byte(c))
		case c >= 0x10000:
			c -= 0x10000
			u(0xD800 + c>>10)
			u(0xDC00 + c&0x3FF)
		case c < 0x20 || c > 0x7E:
			u(c)
		default:
			b = append(b, byte(c))
		}
	}
	return append(b, '"')
}
