package meshcore

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Member is a key and its value in an [Object].
type Member struct {
	Key   string
	Value any // string, bool, a number, a list of these, nil or an Object
}

// Object is a JSON object that keeps the order of its members.
type Object []Member

// Get is the value of a key, nil when there is none.
func (o Object) Get(key string) any {
	for _, m := range o {
		if m.Key == key {
			return m.Value
		}
	}
	return nil
}

// MarshalJSON writes the members in order.
func (o Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encodeMember(e, &b, m); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func encodeMember(e *json.Encoder, b *bytes.Buffer, m Member) error {
	if err := e.Encode(m.Key); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the encoder ends each value with a newline
	b.WriteByte(':')
	if err := e.Encode(m.Value); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1)
	return nil
}

// set appends a member.
func (o *Object) set(key string, value any) { *o = append(*o, Member{key, value}) }

// hex appends bytes as upper-case hex.
func (o *Object) hex(key string, b []byte) { o.set(key, upperHex(b)) }

// text appends a text of a stranger, and its bytes when it is not UTF-8.
func (o *Object) text(key, s string) {
	o.set(key, ValidText(s))
	if !utf8.ValidString(s) {
		o.hex(key+"_hex", []byte(s))
	}
}

// ValidText replaces what is not UTF-8 by U+FFFD, one for each longest start
// of a character as the Unicode standard recommends (§3.9, U+FFFD substitution
// of maximal subparts). Go's own conversion replaces every byte.
func ValidText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b []byte
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			n = maximalSubpart(s)
		}
		b = utf8.AppendRune(b, r)
		s = s[n:]
	}
	return string(b)
}

// maximalSubpart is the length of the broken character that s begins with. A
// prefix of a character is one that some continuation makes valid.
func maximalSubpart(s string) int {
	n := 1
	for n < min(3, len(s)) && !utf8.FullRuneInString(s[:n+1]) {
		n++
	}
	return n
}
