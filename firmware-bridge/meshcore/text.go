package meshcore

import (
	"fmt"
	"strings"
	"unicode"
)

// Reasons for which a text holds no frame. The strings are stable.
const (
	ReasonNotHex    = "not_hex"    // a character that is neither a hex digit nor a blank
	ReasonOddDigits = "odd_digits" // half a byte at the end
	ReasonLink      = "link"       // a link that adds a channel or contact
)

// InputError says why a text holds no frame, and where.
type InputError struct {
	Reason string // [ReasonNotHex], [ReasonOddDigits] or [ReasonLink]
	Offset int    // whole bytes of the frame before the place
	Column int    // character of the text, the first is 1
}

// Error gives reason and place.
func (e *InputError) Error() string {
	return fmt.Sprintf("text: %s at character %d, after %d bytes", e.Reason, e.Column, e.Offset)
}

// FrameFromText reads a frame as people hand it on: hex digits in any case,
// with blanks between them or none, or the link of a business card,
// "meshcore://" and the digits (see [CardURI]). It does not take the frame
// apart, and sets no limit to its length. The error is an [*InputError].
func FrameFromText(s string) ([]byte, error) {
	column := 1
	for _, r := range s {
		if !unicode.IsSpace(r) {
			break
		}
		column++
	}
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	if n := len(uriScheme); len(s) >= n && strings.EqualFold(s[:n], uriScheme) {
		s = s[n:]
		if strings.ContainsAny(s, "/?") {
			return nil, &InputError{Reason: ReasonLink, Column: column}
		}
		column += n
	}
	return hexBytes(s, column)
}

// hexBytes reads digits and blanks; the first character stands in this column.
func hexBytes(s string, column int) ([]byte, error) {
	frame := make([]byte, 0, min(len(s)/2, MaxFrame))
	high, odd, at := byte(0), false, column
	for _, r := range s {
		v, ok := hexDigit(r)
		switch {
		case unicode.IsSpace(r):
		case !ok:
			return nil, &InputError{Reason: ReasonNotHex, Offset: len(frame), Column: column}
		case odd:
			frame, odd = append(frame, high<<4|v), false
		default:
			high, odd, at = v, true, column
		}
		column++
	}
	if odd {
		return nil, &InputError{Reason: ReasonOddDigits, Offset: len(frame), Column: at}
	}
	return frame, nil
}

func hexDigit(r rune) (byte, bool) {
	switch {
	case r >= '0' && r <= '9':
		return byte(r - '0'), true
	case r >= 'A' && r <= 'F':
		return byte(r-'A') + 10, true
	case r >= 'a' && r <= 'f':
		return byte(r-'a') + 10, true
	}
	return 0, false
}
