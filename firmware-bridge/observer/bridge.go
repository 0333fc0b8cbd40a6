package observer

import (
	"math"
	"strings"
)

// textFields are the members of a companion bridge's message, flat or nested
// under "payload".
type textFields struct {
	text, channel, prefix, sent, snr, snrLow, payload member
}

func (f *textFields) take(key string, v member) {
	switch key {
	case "text":
		f.text = v
	case "channel_idx":
		f.channel = v
	case "pubkey_prefix":
		f.prefix = v
	case "sender_timestamp":
		f.sent = v
	case "SNR":
		f.snr = v
	case "snr":
		f.snrLow = v
	case "payload":
		f.payload = v
	}
}

// parseText reads a message of a companion bridge. It names no observer.
func parseText(m *Message, t topic, object string) {
	m.Dialect = DialectBridge
	var f textFields
	eachMember(object, f.take)
	if f.payload.IsObject() {
		f.payload.ForEach(func(k, v member) bool {
			f.take(k.Str, v)
			return true
		})
	}
	text, bad := clean(str(f.text), maxText)
	if bad {
		m.warn(WarnBadUTF8)
	}
	switch {
	case text == "":
		m.ignore(EmptyText)
		return
	case m.Retained:
		m.ignore(RetainedPacket)
		return
	}
	b := &BridgeMessage{Private: t.direct, Channel: -1, Text: keep(text)}
	if t.direct {
		b.From = keep(senderPrefix(str(f.prefix), t.last))
	} else {
		b.Channel = channelIndex(content(f.channel), t.last)
		b.Sender = senderName(b.Text)
	}
	if v, ok := number(f.sent); ok && v > 0 && v <= math.MaxUint32 {
		b.Sent = uint32(v)
	}
	b.SNR, b.HasSNR = readSNR(m, either(f.snr, f.snrLow))
	m.Kind, m.Text = KindMessage, b
}

// senderPrefix prefers the payload's word over the topic's.
func senderPrefix(candidates ...string) string {
	for _, s := range candidates {
		if s = trimBlanks(s); len(s) == 12 && isHex(s) {
			return strings.ToLower(s)
		}
	}
	return ""
}

// channelIndex is 0 to 255, or -1.
func channelIndex(candidates ...string) int {
	for _, s := range candidates {
		if n, ok := digits(s); ok && n <= 255 {
			return n
		}
	}
	return -1
}

// senderName is what stands before the first ": ", as companions write it.
func senderName(text string) string {
	name, _, ok := strings.Cut(text, ": ")
	if !ok || len([]rune(name)) > 32 {
		return ""
	}
	return name
}
