package meshcore

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// Login is the plaintext of an ANON_REQ by which a client signs in.
type Login struct {
	Timestamp uint32 // unix seconds by the client's clock
	Since     uint32 // of a room: posts after it are wanted
	Password  string // at most 15 bytes; "" relies on the access list
}

// maxPassword is the most that a server reads of a password.
const maxPassword = 15

// ParseLogin reads the plaintext of a sign-in; room tells that it goes to a
// room server, which is not in the packet. The error is [ErrPlaintext]; also
// for an [AnonQuery], when it goes to a repeater.
func ParseLogin(plain []byte, room bool) (l Login, err error) {
	head := 4
	if room {
		head = 8
	}
	if len(plain) < head || !room && len(plain) > 4 && plain[4] != 0 && plain[4] < ' ' {
		return l, ErrPlaintext
	}
	l.Timestamp = binary.LittleEndian.Uint32(plain)
	if room {
		l.Since = binary.LittleEndian.Uint32(plain[4:])
	}
	l.Password = string(upToNUL(plain[head:]))
	return l, nil
}

// Plain is the plaintext, for a room server or another server. A password is
// cut to 15 bytes.
func (l Login) Plain(room bool) []byte {
	b := binary.LittleEndian.AppendUint32(nil, l.Timestamp)
	if room {
		b = binary.LittleEndian.AppendUint32(b, l.Since)
	}
	return append(b, l.Password[:min(len(l.Password), maxPassword)]...)
}

// AnonKind is what an [AnonQuery] asks.
type AnonKind byte

// The kinds of anonymous queries.
const (
	AnonRegions AnonKind = 1
	AnonOwner   AnonKind = 2
	AnonBasic   AnonKind = 3
)

// AnonQuery is the plaintext of an ANON_REQ that asks a repeater something
// without signing in. Repeaters answer it only when it came direct.
type AnonQuery struct {
	Timestamp uint32
	Kind      AnonKind
	PathLen   byte   // of the way back, as in a frame
	PathBytes []byte // the way back
}

// ParseAnonQuery reads the plaintext of a query. The error is [ErrPlaintext],
// also for a [Login], or [ErrBadPath].
func ParseAnonQuery(plain []byte) (q AnonQuery, err error) {
	if len(plain) < 6 || plain[4] == 0 || plain[4] >= ' ' {
		return q, ErrPlaintext
	}
	q.Timestamp, q.Kind, q.PathLen = binary.LittleEndian.Uint32(plain), AnonKind(plain[4]), plain[5]
	width, count, err := splitPathLen(q.PathLen, 0)
	if err != nil || len(plain) < 6+width*count {
		return q, ErrBadPath
	}
	q.PathBytes = plain[6 : 6+width*count : 6+width*count]
	return q, nil
}

// Plain is the plaintext.
func (q AnonQuery) Plain() []byte {
	b := binary.LittleEndian.AppendUint32(nil, q.Timestamp)
	return append(append(b, byte(q.Kind), q.PathLen), q.PathBytes...)
}

// LoginReply is a server's answer to a [Login] that it accepts: the plaintext
// of a RESPONSE, 13 bytes. A refused login gets none.
type LoginReply struct {
	Clock       uint32 // unix seconds by the server's clock
	Admin       bool
	Permissions byte    // low two bits: [Permission]
	Random      [4]byte // makes the packet another one
	Level       byte    // of the server's firmware: 2 repeaters, 1 room servers
}

// ParseLoginReply reads the plaintext. The error is [ErrPlaintext], also for an
// answer that does not say OK.
func ParseLoginReply(plain []byte) (r LoginReply, err error) {
	if len(plain) < 13 || plain[4] != 0 {
		return r, ErrPlaintext
	}
	return LoginReply{
		Clock: binary.LittleEndian.Uint32(plain), Admin: plain[6] != 0, Permissions: plain[7], Random: [4]byte(plain[8:]), Level: plain[12],
	}, nil
}

// Plain is the plaintext.
func (r LoginReply) Plain() []byte {
	b := append(binary.LittleEndian.AppendUint32(nil, r.Clock), 0, 0, 0, r.Permissions)
	if r.Admin {
		b[6] = 1
	}
	return append(append(b, r.Random[:]...), r.Level)
}

// Features of a repeater, in the answer to an [AnonBasic] query.
const (
	FeatureUARTBridge    = 0x01
	FeatureESPNowBridge  = 0x03
	FeatureNotForwarding = 0x80
)

// AnonReply is a repeater's answer to an [AnonQuery]: the body of a [Tagged]
// whose tag is the query's timestamp. Its kind decides which of the last four
// mean something.
type AnonReply struct {
	Clock    uint32   // unix seconds by the server's clock
	Regions  []string // of AnonRegions; "*" is whatever has no region
	Name     string   // of AnonOwner
	Info     string   // of AnonOwner: what the owner wrote
	Features byte     // of AnonBasic: the Feature constants
}

// ParseAnonReply reads the body of an answer to a query of this kind. The error
// is [ErrPlaintext].
func ParseAnonReply(body []byte, kind AnonKind) (r AnonReply, err error) {
	if len(body) < 4 || kind == AnonBasic && len(body) < 5 {
		return r, ErrPlaintext
	}
	r.Clock = binary.LittleEndian.Uint32(body)
	text := string(upToNUL(body[4:]))
	switch kind {
	case AnonRegions:
		if text != "" {
			r.Regions = strings.Split(text, ",")
		}
	case AnonOwner:
		r.Name, r.Info, _ = strings.Cut(text, "\n")
	case AnonBasic:
		r.Features = body[4]
	default:
		return r, ErrPlaintext
	}
	return r, nil
}

// Body is the body of the answer to a query of this kind.
func (r AnonReply) Body(kind AnonKind) []byte {
	b := binary.LittleEndian.AppendUint32(nil, r.Clock)
	switch kind {
	case AnonRegions:
		return append(b, strings.Join(r.Regions, ",")...)
	case AnonOwner:
		return append(b, r.Name+"\n"+r.Info...)
	}
	return append(bytes.Clone(b), r.Features)
}
