package meshcore

import (
	"encoding/binary"
	"errors"
	"strings"
)

// Limits of what fits a channel's packet, in bytes.
const (
	MaxGroupText = 160 // "sender: message"
	MaxGroupData = 165 // data of a GRP_DATA
)

// ErrDataLength says that a GRP_DATA announces more than it holds; the
// firmware drops it.
var ErrDataLength = errors.New("data_len exceeds the plaintext")

// ErrPlaintext says that a plaintext is too short for what it should hold.
var ErrPlaintext = errors.New("plaintext is too short")

// Group is what anyone can read of a GRP_TXT or GRP_DATA payload.
type Group struct {
	Channel    byte // first byte of SHA-256 of the channel's key
	MAC        [2]byte
	Ciphertext []byte
}

// ParseGroup reads the payload of a GRP_TXT or GRP_DATA packet, of at least 4
// bytes.
func ParseGroup(payload []byte) (Group, error) {
	return parseGroup(&reader{b: payload})
}

func parseGroup(r *reader) (g Group, err error) {
	if err := r.need(4); err != nil {
		return g, err
	}
	g.Channel = r.u8("channel hash", SectionHash)
	copy(g.MAC[:], r.take(2, "MAC", SectionMAC))
	g.Ciphertext = r.rest("ciphertext", SectionCiphertext)
	return g, nil
}

// AppendTo appends the payload to dst.
func (g Group) AppendTo(dst []byte) []byte {
	dst = append(dst, g.Channel)
	dst = append(dst, g.MAC[:]...)
	return append(dst, g.Ciphertext...)
}

// GroupText is a text in a channel. Sender and text are bytes of a stranger:
// they need not be UTF-8, and nobody has signed them.
type GroupText struct {
	Channel   string // name of the key that opened it; set by [KeyRing.OpenText]
	Timestamp uint32 // unix seconds by the sender's clock
	TxtType   byte   // 0; the firmware drops all others
	Attempt   byte   // 0 to 3
	Text      string // "sender: message", as sent, up to the first NUL
	HasSender bool   // whether something stands before a ": " in Text
	Sender    string // what stands before the first ": "
	Message   string // what stands behind it, or all of Text
}

// ParseGroupText reads the plaintext of a GRP_TXT packet.
func ParseGroupText(plain []byte) (GroupText, error) {
	if len(plain) < 5 {
		return GroupText{}, ErrPlaintext
	}
	return parseGroupText(&reader{b: plain}), nil
}

func parseGroupText(r *reader) (t GroupText) {
	t.Timestamp = r.u32("timestamp", SectionTimestamp)
	t.TxtType, t.Attempt = splitTextFlags(r.u8("flags", SectionFlags))
	t.Text = r.text("text", SectionText)
	r.rest("padding", SectionPadding)
	t.Message = t.Text
	if i := strings.Index(t.Text, ": "); i > 0 {
		t.HasSender, t.Sender, t.Message = true, t.Text[:i], t.Text[i+2:]
	}
	return t
}

func splitTextFlags(b byte) (txtType, attempt byte) { return b >> 2, b & 3 }

// Plain is the plaintext without padding. It takes Text, not Sender and
// Message; see [NewGroupText].
func (t GroupText) Plain() []byte {
	b := binary.LittleEndian.AppendUint32(nil, t.Timestamp)
	b = append(b, t.TxtType<<2|t.Attempt&3)
	return append(b, t.Text...)
}

// NewGroupText is a plain text from a sender.
func NewGroupText(timestamp uint32, sender, message string) GroupText {
	return GroupText{Timestamp: timestamp, Text: sender + ": " + message, HasSender: true, Sender: sender, Message: message}
}

// Seal encrypts the text to the payload of a GRP_TXT packet. The error is
// [ErrPlainTooLong].
func (t GroupText) Seal(k ChannelKey) ([]byte, error) { return k.Seal(t.Plain()) }

// GroupData is an application's datagram in a channel.
type GroupData struct {
	Channel  string // name of the key that opened it; set by [KeyRing.OpenData]
	DataType uint16 // number allocated to the application
	DataLen  byte   // as announced
	Data     []byte
}

// ParseGroupData reads the plaintext of a GRP_DATA packet. With
// [ErrDataLength] type and length are set.
func ParseGroupData(plain []byte) (GroupData, error) {
	return parseGroupData(&reader{b: plain})
}

func parseGroupData(r *reader) (d GroupData, err error) {
	if r.left() < 3 {
		return d, ErrPlaintext
	}
	d.DataType = r.u16("data type", SectionTag)
	d.DataLen = r.u8("data length", SectionFlags)
	if int(d.DataLen) > r.left() {
		r.rest("data", SectionData)
		return d, ErrDataLength
	}
	d.Data = r.take(int(d.DataLen), "data", SectionData)
	r.rest("padding", SectionPadding)
	return d, nil
}

// Plain is the plaintext without padding. Its length byte is that of Data.
func (d GroupData) Plain() []byte {
	b := binary.LittleEndian.AppendUint16(nil, d.DataType)
	return append(append(b, byte(len(d.Data))), d.Data...)
}

// Seal encrypts the datagram to the payload of a GRP_DATA packet. The error is
// [ErrPlainTooLong].
func (d GroupData) Seal(k ChannelKey) ([]byte, error) { return k.Seal(d.Plain()) }
