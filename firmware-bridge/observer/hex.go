package observer

const noNibble = 0xFF

// nibble is the value of a hex digit, or noNibble.
func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return noNibble
}

// decodeHex fills dst from hex digits of any case, with blanks between them
// and perhaps 0x in front. It gives the number of bytes that the text holds,
// which may be more than fit; it is false if the text is not hex of whole bytes.
func decodeHex(dst []byte, s string) (int, bool) {
	s = trimBlanks(s)
	if len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s = s[2:]
	}
	n, high := 0, byte(noNibble)
	for i := range len(s) {
		v := nibble(s[i])
		switch {
		case v == noNibble && isBlank(s[i]):
		case v == noNibble:
			return n, false
		case high == noNibble:
			high = v
		default:
			if n < len(dst) {
				dst[n] = high<<4 | v
			}
			n, high = n+1, noNibble
		}
	}
	return n, high == noNibble
}
