package meshcore

import (
	"crypto/sha256"
	"encoding/binary"
)

// Ack is the payload of an ACK packet. Only the two ends can say to what it
// belongs.
type Ack struct {
	Code  [4]byte // in the order of the air; see [AckCode]
	Extra []byte  // 0 to 2 bytes in practice
}

// ParseAck reads the payload of an ACK packet, of at least 4 bytes.
func ParseAck(payload []byte) (Ack, error) {
	return parseAck(&reader{b: payload})
}

func parseAck(r *reader) (a Ack, err error) {
	if err := r.need(4); err != nil {
		return a, err
	}
	copy(a.Code[:], r.take(4, "ack code", SectionAck))
	switch r.left() {
	case 0:
	case 1:
		a.Extra = r.take(1, "unsynced posts", SectionData)
	default:
		a.Extra = r.b[r.off:len(r.b):len(r.b)]
		r.take(1, "attempt", SectionData)
		r.take(1, "random", SectionData)
		r.rest("not read", SectionUnread)
	}
	return a, nil
}

// AppendTo appends the payload to dst.
func (a Ack) AppendTo(dst []byte) []byte { return append(append(dst, a.Code[:]...), a.Extra...) }

// Uint32 is the code as the number that firmware and tools print.
func (a Ack) Uint32() uint32 { return binary.LittleEndian.Uint32(a.Code[:]) }

// Unsynced is the number of posts that a room server has not yet sent to the
// client, capped to a byte. Only an ACK of 5 bytes has it.
func (a Ack) Unsynced() (posts byte, ok bool) {
	if len(a.Extra) != 1 {
		return 0, false
	}
	return a.Extra[0], true
}

// Attempt is the extended attempt of the acknowledged text, and a byte drawn
// at random to make every ACK another packet. Companions since 1.16 send them.
func (a Ack) Attempt() (attempt, random byte, ok bool) {
	if len(a.Extra) < 2 {
		return 0, 0, false
	}
	return a.Extra[0], a.Extra[1], true
}

// AckCode is the code by which a message is acknowledged: the first 4 bytes of
// SHA-256 over the plaintext up to its text's end and a public key. That is
// the sender's key for plain texts and the receiver's for posts of a room.
func AckCode(plain []byte, key PublicKey) [4]byte {
	sum := sha256.Sum256(append(append([]byte(nil), plain...), key[:]...))
	return [4]byte(sum[:4])
}

// Multipart is the payload of a MULTIPART packet: one of several. The firmware
// knows it only around an ACK.
type Multipart struct {
	Remaining byte // packets still to follow, 0 to 15
	Inner     Type
	Data      []byte // payload of the inner type
}

// ParseMultipart reads the payload of a MULTIPART packet, of at least 3 bytes.
func ParseMultipart(payload []byte) (Multipart, error) {
	m, _, err := parseMultipart(&reader{b: payload})
	return m, err
}

// parseMultipart also reads the inner ACK, if it is one. When that is too
// short, the rest of m is good.
func parseMultipart(r *reader) (m Multipart, ack Ack, err error) {
	if err := r.need(3); err != nil {
		return m, ack, err
	}
	b := r.u8("multipart", SectionFlags)
	m.Remaining, m.Inner = b>>4, Type(b&15)
	m.Data = r.b[r.off:len(r.b):len(r.b)]
	if m.Inner != TypeAck {
		r.rest("inner payload", SectionPayload)
		return m, ack, nil
	}
	if ack, err = parseAck(r); err != nil {
		err = &PayloadError{Reason: ReasonInnerTooShort, Offset: len(r.b), Detail: "an inner ACK has at least 4 bytes"}
	}
	return m, ack, err
}

// Ack reads the inner ACK.
func (m Multipart) Ack() (Ack, bool) {
	if m.Inner != TypeAck {
		return Ack{}, false
	}
	a, err := ParseAck(m.Data)
	return a, err == nil
}

// AppendTo appends the payload to dst.
func (m Multipart) AppendTo(dst []byte) []byte {
	return append(append(dst, m.Remaining<<4|byte(m.Inner&15)), m.Data...)
}
