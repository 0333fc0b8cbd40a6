package meshcore

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// An answer does not say what it answers: whoever asked remembers the kind by
// the tag. Hence one function for each kind, over the body of a [Tagged].

// Neighbour is one entry of a repeater's list of neighbours.
type Neighbour struct {
	Prefix []byte // first bytes of the key
	AgeS   uint32 // seconds since it was heard
	SNR    int8   // quarter dB
}

// Neighbours is a repeater's answer to a [RequestNeighbours].
type Neighbours struct {
	Total uint16 // neighbours that the repeater knows
	List  []Neighbour
}

// ParseNeighbours reads the body of an answer; prefixLen is that of the
// question. The error is [ErrPlaintext].
func ParseNeighbours(body []byte, prefixLen int) (n Neighbours, err error) {
	if len(body) < 4 || prefixLen < 1 || prefixLen > len(PublicKey{}) {
		return n, ErrPlaintext
	}
	n.Total = binary.LittleEndian.Uint16(body)
	count, size := int(binary.LittleEndian.Uint16(body[2:])), prefixLen+5
	if body = body[4:]; len(body) < count*size {
		return n, ErrPlaintext
	}
	for range count {
		n.List = append(n.List, Neighbour{
			Prefix: body[:prefixLen:prefixLen], AgeS: binary.LittleEndian.Uint32(body[prefixLen:]), SNR: int8(body[prefixLen+4]),
		})
		body = body[size:]
	}
	return n, nil
}

// AppendTo appends the body to dst. All prefixes are of one length.
func (n Neighbours) AppendTo(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, n.Total)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(n.List)))
	for _, e := range n.List {
		dst = binary.LittleEndian.AppendUint32(append(dst, e.Prefix...), e.AgeS)
		dst = append(dst, byte(e.SNR))
	}
	return dst
}

// Permission is what a client may do at a server: the low two bits of a byte.
type Permission byte

// The permissions (ClientACL.h).
const (
	PermissionGuest     Permission = 0
	PermissionRead      Permission = 1
	PermissionReadWrite Permission = 2
	PermissionAdmin     Permission = 3
)

// String is the permission in words.
func (p Permission) String() string {
	return [...]string{"guest", "read-only", "read-write", "admin"}[p&3]
}

// AccessEntry is one client on a server's list.
type AccessEntry struct {
	Prefix [6]byte // of the client's key
	Flags  byte    // as sent
}

// Permission is what the client may do.
func (a AccessEntry) Permission() Permission { return Permission(a.Flags & 3) }

// ParseAccessList reads the body of an answer to a [RequestAccessList]. It ends
// at a prefix of zeroes, which is padding: no key begins so.
func ParseAccessList(body []byte) (list []AccessEntry) {
	for len(body) >= 7 && !bytes.Equal(body[:6], make([]byte, 6)) {
		list = append(list, AccessEntry{Prefix: [6]byte(body), Flags: body[6]})
		body = body[7:]
	}
	return list
}

// AppendTo appends the entry to dst.
func (a AccessEntry) AppendTo(dst []byte) []byte { return append(append(dst, a.Prefix[:]...), a.Flags) }

// Owner is a repeater's answer to a [RequestOwnerInfo].
type Owner struct {
	Version string // of the firmware
	Name    string
	Info    string // what the owner wrote, with line breaks
}

// ParseOwner reads the body of an answer. Lines that are missing are empty.
func ParseOwner(body []byte) (o Owner) {
	line := strings.SplitN(string(upToNUL(body)), "\n", 3)
	line = append(line, "", "")
	return Owner{Version: line[0], Name: line[1], Info: line[2]}
}

// AppendTo appends the body to dst.
func (o Owner) AppendTo(dst []byte) []byte {
	return append(dst, o.Version+"\n"+o.Name+"\n"+o.Info...)
}

func upToNUL(b []byte) []byte {
	before, _, _ := bytes.Cut(b, []byte{0})
	return before
}

// SpanReading is the range of one kind of reading within a span of time.
type SpanReading struct {
	Channel        byte
	Kind           ReadingKind
	Min, Max, Mean float64 // in the kind's unit
}

// spanForm is the form of a value in a span. The sensor firmware writes
// humidity there in two bytes, in tenths (SensorMesh.cpp).
func spanForm(k ReadingKind) (p lppPart, ok bool) {
	if k == ReadingHumidity {
		return lppPart{2, false, 0.1}, true
	}
	f := lppForms[k]
	if len(f.parts) != 1 {
		return p, false
	}
	return f.parts[0], true
}

// ParseSpan reads the body of an answer to a [RequestAvgMinMax]: the server's
// clock in unix seconds, and a range for each reading. It ends at channel 0,
// which is padding. The error is [ErrPlaintext] or [ErrReading]; what comes
// before the place is good.
func ParseSpan(body []byte) (clock uint32, list []SpanReading, err error) {
	if len(body) < 4 {
		return 0, nil, ErrPlaintext
	}
	clock, body = binary.LittleEndian.Uint32(body), body[4:]
	for len(body) > 0 && body[0] != 0 {
		if len(body) < 2 {
			return clock, list, ErrReading
		}
		r := SpanReading{Channel: body[0], Kind: ReadingKind(body[1])}
		p, ok := spanForm(r.Kind)
		if body = body[2:]; !ok || len(body) < 3*p.bytes {
			return clock, list, ErrReading
		}
		for i, into := range []*float64{&r.Min, &r.Max, &r.Mean} {
			*into = scaled(bigEndian(body[i*p.bytes:(i+1)*p.bytes], p.signed), p.scale)
		}
		list, body = append(list, r), body[3*p.bytes:]
	}
	return clock, list, nil
}
