package replay

import (
	"bytes"
	"errors"
	"strconv"
	"time"
)

// line is one message as it stands in a recording.
type line struct {
	at       time.Time
	topic    []byte // shares the line's memory, unless it has escapes
	payload  []byte // likewise
	retained bool
}

var (
	errSyntax  = errors.New("not a JSON object")
	errTime    = errors.New("no time, or one that cannot be read")
	errTopic   = errors.New("no topic")
	errPayload = errors.New("no payload")
)

// members is the values of a line's members, raw; nil where absent.
type members struct {
	t, tst, topic, payload, text, length, retain []byte
}

// parseLine reads one line of a recording. Members it does not know are
// skipped; of one that occurs twice the last counts.
func parseLine(b []byte) (line, error) {
	m, err := scanMembers(b)
	if err != nil {
		return line{}, err
	}
	var l line
	if l.at, err = m.arrival(); err != nil {
		return line{}, err
	}
	var ok bool
	if l.topic, ok = unquote(m.topic); !ok || len(l.topic) == 0 {
		return line{}, errTopic
	}
	if l.payload, ok = m.body(); !ok {
		return line{}, errPayload
	}
	l.retained = string(m.retain) == "1" || string(m.retain) == "true"
	return l, nil
}

func scanMembers(b []byte) (members, error) {
	var m members
	s := scanner{b: b}
	if !s.take('{') {
		return m, errSyntax
	}
	for first := true; !s.take('}'); first = false {
		if !first && !s.take(',') {
			return m, errSyntax
		}
		key := s.value()
		if !s.take(':') {
			return m, errSyntax
		}
		v := s.value()
		if v == nil {
			return m, errSyntax
		}
		m.set(key, v)
	}
	if !s.atEnd() {
		return m, errSyntax
	}
	return m, nil
}

// set keeps a member; key still has its quotes.
func (m *members) set(key, v []byte) {
	switch string(key) {
	case `"t"`:
		m.t = v
	case `"tst"`:
		m.tst = v
	case `"topic"`:
		m.topic = v
	case `"payload"`:
		m.payload = v
	case `"payload_text"`:
		m.text = v
	case `"payloadlen"`:
		m.length = v
	case `"retain"`:
		m.retain = v
	}
}

func (m *members) arrival() (time.Time, error) {
	if m.t != nil {
		return milliseconds(m.t)
	}
	if text, ok := unquote(m.tst); ok {
		return mosquittoTime(text)
	}
	if n, err := strconv.ParseInt(string(m.tst), 10, 64); err == nil && n >= 0 && n <= maxMs/1000 {
		return time.Unix(n, 0).UTC(), nil
	}
	return time.Time{}, errTime
}

// body is the MQTT payload. A string stands for its text, as %j prints every
// payload; but with %J it may be a JSON string itself, which the length tells.
func (m *members) body() ([]byte, bool) {
	if m.text != nil {
		return unquote(m.text)
	}
	if m.payload == nil {
		return nil, false
	}
	n := -1
	if v, err := strconv.Atoi(string(m.length)); err == nil {
		n = v
	}
	switch {
	case m.payload[0] == '"':
		text, ok := unquote(m.payload)
		if ok && n == len(m.payload) && n != len(text) {
			return m.payload, true
		}
		return text, ok
	case bytes.Equal(m.payload, []byte("null")) && n != len("null"):
		return []byte{}, true // how mosquitto_sub shows an empty payload
	}
	return m.payload, true
}
