package replay

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner walks over JSON text. It finds where values end, and leaves it to
// their readers whether they are sound inside.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\t' || s.b[s.i] == '\r' || s.b[s.i] == '\n') {
		s.i++
	}
}

// take skips white space and c; it tells whether c was there.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

func (s *scanner) atEnd() bool {
	s.space()
	return s.i == len(s.b)
}

// value skips a value and returns its text; nil if there is none.
func (s *scanner) value() []byte {
	s.space()
	from := s.i
	if s.i == len(s.b) {
		return nil
	}
	ok := false
	switch s.b[s.i] {
	case '"':
		ok = s.str()
	case '{', '[':
		ok = s.nested()
	default:
		ok = s.word()
	}
	if !ok {
		return nil
	}
	return s.b[from:s.i:s.i]
}

// str skips a string that begins here.
func (s *scanner) str() bool {
	for i := s.i + 1; ; {
		n := bytes.IndexByte(s.b[i:], '"')
		if n < 0 {
			return false
		}
		i += n
		back := i
		for s.b[back-1] == '\\' { // ends at the opening quote at the latest
			back--
		}
		i++
		if (i-1-back)%2 == 0 {
			s.i = i
			return true
		}
	}
}

// nested skips an object or array that begins here, by counting brackets
// outside of strings.
func (s *scanner) nested() bool {
	for depth := 0; s.i < len(s.b); {
		switch s.b[s.i] {
		case '"':
			if !s.str() {
				return false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.i++
		if depth == 0 {
			return true
		}
	}
	return false
}

// word skips a number or one of true, false and null.
func (s *scanner) word() bool {
	from := s.i
	for s.i < len(s.b) {
		c := s.b[s.i]
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E') {
			break
		}
		s.i++
	}
	return s.i > from
}

// unquote is the text of a JSON string; it shares memory with b where there
// are no escapes. Bytes that are no UTF-8 stay as they are: the string stands
// for a payload that may be anything.
func unquote(b []byte) ([]byte, bool) {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return nil, false
	}
	b = b[1 : len(b)-1 : len(b)-1]
	i := bytes.IndexByte(b, '\\')
	if i < 0 {
		return b, true
	}
	out := append(make([]byte, 0, len(b)), b[:i]...)
	for b = b[i:]; len(b) > 0; {
		i := bytes.IndexByte(b, '\\')
		if i < 0 {
			return append(out, b...), true
		}
		out = append(out, b[:i]...)
		var n int
		if out, n = appendEscape(out, b[i:]); n == 0 {
			return nil, false
		}
		b = b[i+n:]
	}
	return out, true
}

// appendEscape appends what the escape at the start of b stands for, and
// returns the escape's length, 0 if it is none.
func appendEscape(out, b []byte) ([]byte, int) {
	if len(b) < 2 {
		return out, 0
	}
	if b[1] == 'u' {
		return appendUnicode(out, b)
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	i := bytes.IndexByte([]byte(from), b[1])
	if i < 0 {
		return out, 0
	}
	return append(out, to[i]), 2
}

func appendUnicode(out, b []byte) ([]byte, int) {
	r, ok := hex4(b)
	if !ok {
		return out, 0
	}
	if utf16.IsSurrogate(r) {
		if low, ok := hex4(b[6:]); ok {
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				return utf8.AppendRune(out, both), 12
			}
		}
	}
	return utf8.AppendRune(out, r), 6 // half a pair becomes U+FFFD
}

// hex4 reads \uXXXX.
func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
