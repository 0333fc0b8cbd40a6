package meshcore

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Packet is one frame taken apart. Its slices alias the frame it was parsed
// from.
type Packet struct {
	Header    byte // as received; [Packet.AppendTo] builds it from the three fields below
	Route     Route
	Type      Type
	Version   uint8     // payload version; only 0 is in use
	Transport [2]uint16 // scope codes, if the route has them
	PathLen   byte      // bits 0-5: hops, bits 6-7: bytes a hop less one
	PathBytes []byte    // see [Packet.Heard], [Packet.Ahead], [Packet.TraceSNR]
	Payload   []byte    // 0 to 184 bytes
}

// Parse takes a frame apart and refuses what the firmware's dispatcher
// refuses, in its order. The error is a [*FrameError]; the packet then holds
// what was read before it. An empty payload is no error here.
func Parse(frame []byte) (Packet, error) {
	r := reader{b: frame}
	return parsePacket(&r)
}

// ParseKept takes a frame apart as nodes do that get it by another way than the
// air: on a business card, or over a bridge. Unlike [Parse] it accepts every
// payload version and refuses an empty payload (Packet.cpp, readFrom). The
// error is a [*FrameError].
func ParseKept(frame []byte) (Packet, error) {
	r := reader{b: frame}
	p, err := parseVersion(&r, true)
	if err == nil && len(p.Payload) == 0 {
		err = frameError(ReasonEmptyPayload, len(frame), "nothing behind the path")
	}
	return p, err
}

func parsePacket(r *reader) (Packet, error) { return parseVersion(r, false) }

func parseVersion(r *reader, anyVersion bool) (p Packet, err error) {
	switch n := len(r.b); {
	case n == 0:
		return p, frameError(ReasonEmpty, 0, "no bytes")
	case n > MaxFrame:
		return p, frameError(ReasonFrameTooLong, MaxFrame, "%d bytes, a radio delivers at most %d", n, MaxFrame)
	}
	p.Header = r.u8("header", SectionHeader)
	p.Route, p.Type, p.Version = Route(p.Header&3), Type(p.Header>>2&15), p.Header>>6
	if p.Version != 0 && !anyVersion {
		return p, frameError(ReasonUnsupportedVersion, 0, "payload version bits are %d", p.Version)
	}
	if err := parsePath(r, &p); err != nil {
		return p, err
	}
	if r.left() > MaxPayload {
		return p, frameError(ReasonPayloadTooLong, r.off+MaxPayload, "%d bytes of payload, at most %d", r.left(), MaxPayload)
	}
	p.Payload = r.b[r.off:len(r.b):len(r.b)]
	return p, nil
}

// parsePath reads the transport codes, the path length and the path.
func parsePath(r *reader, p *Packet) error {
	least := 1
	if p.Route.HasTransport() {
		least = 5
	}
	if r.left() < least {
		return frameError(ReasonTooShort, len(r.b), "%d bytes, at least %d before the payload", len(r.b), least+1)
	}
	if p.Route.HasTransport() {
		p.Transport[0] = r.u16("transport code 0", SectionTransport)
		p.Transport[1] = r.u16("transport code 1", SectionTransport)
	}
	p.PathLen = r.u8("path length", SectionPathLen)
	width, count, err := splitPathLen(p.PathLen, r.off-1)
	if err != nil {
		return err
	}
	if r.left() < width*count {
		return frameError(ReasonTruncatedPath, len(r.b), "%d bytes of path, %d announced", r.left(), width*count)
	}
	if p.Type == TypeTrace {
		p.PathBytes = r.hops(width*count, 1, "SNR", SectionSNR)
		return nil
	}
	p.PathBytes = r.hops(count, width, "hop", SectionPath)
	return nil
}

// splitPathLen gives the bytes a hop and the number of hops.
func splitPathLen(b byte, offset int) (width, count int, err error) {
	width, count = int(b>>6)+1, int(b&63)
	switch {
	case width == 4:
		err = frameError(ReasonReservedHashSize, offset, "path length byte is %02X", b)
	case width*count > MaxPath:
		err = frameError(ReasonPathTooLong, offset, "%d hops of %d bytes, at most %d bytes", count, width, MaxPath)
	}
	return width, count, err
}

func frameError(reason string, offset int, format string, args ...any) error {
	return &FrameError{Reason: reason, Offset: offset, Detail: fmt.Sprintf(format, args...)}
}

// AppendTo appends the frame to dst: the inverse of [Parse]. It writes what the
// packet says without checking it; see [Packet.Validate].
func (p Packet) AppendTo(dst []byte) []byte {
	dst = append(dst, p.header())
	if p.Route.HasTransport() {
		dst = binary.LittleEndian.AppendUint16(dst, p.Transport[0])
		dst = binary.LittleEndian.AppendUint16(dst, p.Transport[1])
	}
	dst = append(dst, p.PathLen)
	dst = append(dst, p.PathBytes...)
	return append(dst, p.Payload...)
}

// Len is the length of the frame in bytes.
func (p Packet) Len() int {
	n := 2 + len(p.PathBytes) + len(p.Payload)
	if p.Route.HasTransport() {
		n += 4
	}
	return n
}

// Validate tells whether the packet makes a frame that [Parse] accepts.
func (p Packet) Validate() error {
	width, count, err := splitPathLen(p.PathLen, 0)
	switch {
	case p.Version != 0:
		return frameError(ReasonUnsupportedVersion, 0, "payload version is %d", p.Version)
	case err != nil:
		return err
	case len(p.PathBytes) != width*count:
		return frameError(ReasonTruncatedPath, 0, "%d bytes of path, %d announced", len(p.PathBytes), width*count)
	case len(p.Payload) > MaxPayload:
		return frameError(ReasonPayloadTooLong, 0, "%d bytes of payload, at most %d", len(p.Payload), MaxPayload)
	}
	return nil
}

// HopWidth is the number of bytes of a hop, 1 to 3, as the originator chose
// it. It says nothing about a TRACE: see [Trace.HashSize].
func (p Packet) HopWidth() int { return int(p.PathLen>>6) + 1 }

// Hash is the content hash by which the mesh and its observers know a packet:
// the first 8 bytes of SHA-256 over the type and the payload (Packet.cpp,
// calculatePacketHash). Route, version, codes and path are not part of it, so
// all copies of a flood have the same. Of a TRACE the path length is part of
// it, hence every stage of a trace has its own.
func (p Packet) Hash() Hash {
	var in [3 + MaxFrame]byte
	b := append(in[:0], byte(p.Type&15))
	if p.Type == TypeTrace {
		b = append(b, p.PathLen, 0)
	}
	sum := sha256.Sum256(append(b, p.Payload...))
	return Hash(sum[:8])
}

// SeenHash is the hash by which a node knows that it has handled a packet. It
// is [Packet.Hash], but for an ACK in a MULTIPART packet, where the byte that
// counts down is left out, so that all of them are one (Mesh.cpp,
// forwardMultipartDirect).
func (p Packet) SeenHash() Hash {
	if m, err := ParseMultipart(p.Payload); p.Type == TypeMultipart && err == nil && m.Inner == TypeAck {
		p.Payload = p.Payload[1:]
	}
	return p.Hash()
}
