package meshcore

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// Limits of a direct text, in bytes.
const (
	MaxDirectText    = 160 // text
	MaxDirectTextExt = 158 // text of the fifth attempt and later, which is numbered
)

// Kinds of a direct text.
const (
	TextPlain  = 0
	TextCLI    = 1 // command or reply
	TextSigned = 2 // post that a room server pushes
)

// ErrBadPath says that a returned path has an impossible length; the firmware
// drops it.
var ErrBadPath = errors.New("returned path has a bad length")

// DirectText is the plaintext of a TXT_MSG packet.
type DirectText struct {
	Timestamp  uint32  // unix seconds by the sender's clock
	TxtType    byte    // 0 to 2; the firmware drops all others
	Attempt    byte    // 0 to 3
	Author     [4]byte // of a signed text: first bytes of the author's key
	Text       string  // bytes up to the first NUL
	ExtAttempt byte    // of a plain text: number of the attempt when above 3, else 0
}

// ParseDirectText reads the plaintext of a TXT_MSG packet.
func ParseDirectText(plain []byte) (DirectText, error) {
	return parseDirectText(&reader{b: plain})
}

func parseDirectText(r *reader) (t DirectText, err error) {
	if r.left() < 5 {
		return t, ErrPlaintext
	}
	t.Timestamp = r.u32("timestamp", SectionTimestamp)
	t.TxtType, t.Attempt = splitTextFlags(r.u8("flags", SectionFlags))
	if t.TxtType == TextSigned {
		copy(t.Author[:], r.take(4, "author", SectionKey))
	}
	t.Text = r.text("text", SectionText)
	if t.TxtType == TextPlain && r.left() > 1 && r.b[r.off+1] != 0 {
		r.take(1, "NUL", SectionPadding)
		t.ExtAttempt = r.u8("attempt", SectionFlags)
	}
	r.rest("padding", SectionPadding)
	return t, nil
}

// Plain is the plaintext without padding.
func (t DirectText) Plain() []byte {
	b := binary.LittleEndian.AppendUint32(nil, t.Timestamp)
	b = append(b, t.TxtType<<2|t.Attempt&3)
	if t.TxtType == TextSigned {
		b = append(b, t.Author[:]...)
	}
	b = append(b, t.Text...)
	if t.TxtType == TextPlain && t.ExtAttempt != 0 {
		b = append(b, 0, t.ExtAttempt)
	}
	return b
}

// AckInput is the part of the plaintext that [AckCode] covers: it ends with
// the text.
func (t DirectText) AckInput() []byte {
	t.ExtAttempt = 0
	return t.Plain()
}

// Kinds of a request.
const (
	RequestStatus     = 1 // to any server: [NewStatusRequest]
	RequestKeepAlive  = 2 // to a room server: [NewKeepAlive]
	RequestTelemetry  = 3 // to any server or companion: [NewTelemetryRequest]
	RequestAvgMinMax  = 4 // to a sensor: [NewSpanRequest]
	RequestAccessList = 5 // by an admin: [NewAccessListRequest]
	RequestNeighbours = 6 // to a repeater: [NewNeighboursRequest]
	RequestOwnerInfo  = 7 // to a repeater: [NewOwnerRequest]
)

// Request is the plaintext of a REQ packet.
type Request struct {
	Timestamp uint32 // the server's answer begins with it
	Kind      byte
	Data      []byte // parameters, with padding
}

// ParseRequest reads the plaintext of a REQ packet.
func ParseRequest(plain []byte) (Request, error) {
	return parseRequest(&reader{b: plain})
}

func parseRequest(r *reader) (q Request, err error) {
	if r.left() < 5 {
		return q, ErrPlaintext
	}
	q.Timestamp = r.u32("timestamp", SectionTimestamp)
	q.Kind = r.u8("request type", SectionFlags)
	q.Data = r.rest("parameters", SectionData)
	return q, nil
}

// Plain is the plaintext without padding: the inverse of [ParseRequest].
func (q Request) Plain() []byte {
	b := binary.LittleEndian.AppendUint32(nil, q.Timestamp)
	return append(append(b, q.Kind), q.Data...)
}

// Tagged is the plaintext of a RESPONSE, whose tag is that of the request, or
// of an ANON_REQ, whose tag is the sender's time. What the body of a response
// means depends on the request: see [ParseRepeaterStats], [ParseRoomStats],
// [ParseReadings], [ParseSpan], [ParseAccessList], [ParseNeighbours],
// [ParseOwner] and [ParseAnonReply]; that of an ANON_REQ is a [Login] or an
// [AnonQuery].
type Tagged struct {
	Tag  uint32
	Body []byte // with padding
}

// ParseTagged reads the plaintext of a RESPONSE or ANON_REQ packet.
func ParseTagged(plain []byte) (Tagged, error) {
	return parseTagged(&reader{b: plain}, "tag")
}

func parseTagged(r *reader, name string) (t Tagged, err error) {
	if r.left() < 4 {
		return t, ErrPlaintext
	}
	t.Tag = r.u32(name, SectionTag)
	t.Body = r.rest("body", SectionData)
	return t, nil
}

// Plain is the plaintext without padding: the inverse of [ParseTagged].
func (t Tagged) Plain() []byte {
	return append(binary.LittleEndian.AppendUint32(nil, t.Tag), t.Body...)
}

// ReturnedPath is the plaintext of a PATH packet: the flood path by which the
// original packet came, to be used as it is for direct packets.
type ReturnedPath struct {
	PathLen   byte // as in a frame
	PathBytes []byte
	ExtraType Type   // what came along: TypeAck or TypeResponse; 15: nothing
	Extra     []byte // with padding
}

// ParseReturnedPath reads the plaintext of a PATH packet. With [ErrBadPath]
// nothing of it is good.
func ParseReturnedPath(plain []byte) (ReturnedPath, error) {
	return parseReturnedPath(&reader{b: plain})
}

func parseReturnedPath(r *reader) (p ReturnedPath, err error) {
	p.PathLen = r.u8("path length", SectionPathLen)
	width, count, err := splitPathLen(p.PathLen, 0)
	if err != nil || r.left() < width*count+1 {
		r.rest("not read", SectionUnread)
		return p, ErrBadPath
	}
	p.PathBytes = r.hops(count, width, "hop", SectionPath)
	p.ExtraType = Type(r.u8("extra type", SectionFlags) & 15)
	p.Extra = r.rest("extra", SectionData)
	return p, nil
}

// HopWidth is the number of bytes of a hop, 1 to 3.
func (p ReturnedPath) HopWidth() int { return int(p.PathLen>>6) + 1 }

// Hops lists the relays in travel order.
func (p ReturnedPath) Hops() []Hop { return hops{p.PathBytes, p.HopWidth()}.appendTo(nil) }

// Plain is the plaintext without padding: the inverse of [ParseReturnedPath].
func (p ReturnedPath) Plain() []byte {
	b := append([]byte{p.PathLen}, p.PathBytes...)
	return append(append(b, byte(p.ExtraType&15)), bytes.Clone(p.Extra)...)
}
