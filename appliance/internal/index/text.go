package index

import (
	"strings"
	"unicode"

	"hilltop/firmware-bridge/meshcore"
)

const maxSender = 64 // bytes; longer ones are part of the text

// ReadText decrypts a GRP_TXT payload with the ring's keys, to what people may
// be shown: valid UTF-8 without control characters. It is nil if no key fits
// or if it holds no plain text.
func ReadText(ring *meshcore.KeyRing, payload []byte) *Text {
	g, err := ring.OpenText(payload)
	if err != nil || g.TxtType != meshcore.TextPlain {
		return nil
	}
	t := &Text{Channel: g.Channel, Text: clean(g.Text), Sent: g.Timestamp}
	if g.HasSender && len(g.Sender) <= maxSender {
		t.Sender, t.Text = clean(g.Sender), clean(g.Message)
	}
	return t
}

// clean makes a stranger's bytes a line or several of text.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, meshcore.ValidText(s))
}
